"""The packages that a bundle builds, when it is deployed and never before: what is declared, and their commands.

A wheel gets no version of its own for each deployment (`dynamic_version`): tasks know a wheel by its content.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles import fields
from brickyard.surfaces.bundles.marks import Block, BundleError, Mark, describe

SHELLS = ("bash", "sh")
_LAST_LINES = 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """A package of the bundle."""

    key: str
    folder: Path
    """Where it is built."""
    command: str
    """"" where it is there already."""
    argv: tuple[str, ...]
    sources: tuple[tuple[str, Mark | None], ...]
    """Patterns of its files; empty: the wheels in `dist`."""
    at: Mark | None

    @property
    def summary(self) -> str:
        """How it comes to be, for people."""
        return f"{self.command} (in {self.folder.name}/)" if self.command else "as it is"


def declared(config: Block, root: Path) -> list[Artifact]:
    """The artifacts of a configuration, checked.

    Raises:
        BundleError: a field is unknown, refused, of the wrong kind, or names a folder that is not there.
    """
    section = config.block("artifacts")
    return [_artifact(key, section.block(key), root) for key in section]


def notices(config: Block) -> list[str]:
    """Sentences on what has no effect."""
    section = config.block("artifacts")
    reason = fields.NO_MEANING_REASONS["artifacts_dynamic_version"]
    keys = [key for key in section if section.block(key).get("dynamic_version")]
    return [f"artifacts.{key}.dynamic_version has no effect: {reason}." for key in keys]


def build(artifact: Artifact) -> None:
    """Run the artifact's command, if it has one; what it writes is told only if it fails.

    Raises:
        BundleError: it failed; the text has the end of its output.
    """
    if not artifact.command:
        return
    try:
        done = subprocess.run(
            artifact.argv,
            cwd=artifact.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise BundleError(f"artifacts.{artifact.key}: {artifact.argv[0]}: {error.strerror}.", artifact.at) from None
    if done.returncode:
        told = "\n".join(done.stdout.splitlines()[-_LAST_LINES:])
        raise BundleError(
            f"artifacts.{artifact.key}: {artifact.command!r} ended with exit code {done.returncode}:\n{told}",
            artifact.at,
        )


def base(root: Path, mark: Mark | None) -> Path:
    """The folder that relative paths of a place in the configuration start from."""
    return (root / PurePosixPath(mark.file)).parent if mark else root


def _artifact(key: str, block: Block, root: Path) -> Artifact:
    path = f"artifacts.{key}"
    for name in block:
        if name not in fields.ARTIFACT:
            raise BundleError(f"{path}.{name} is not a known field.{nearest(name, fields.ARTIFACT)}", block.mark(name))
    kind = block.text("type", "whl")
    if kind != "whl":
        reason = fields.ARTIFACT_TYPES.get(kind, f"the types are {', '.join(['whl', *fields.ARTIFACT_TYPES])}")
        raise BundleError(f"{path}.type {kind!r} is refused: {reason}.", block.mark("type"))
    given = block.text("path", ".")
    folder = base(root, block.mark("path")) / given
    if not folder.is_dir():
        raise BundleError(f"{path}.path {given!r}: there is no such folder.", block.mark("path"))
    sources = _sources(path, block)
    command, argv = _command(path, block, needed=not sources)
    return Artifact(key, folder.resolve(), command, argv, sources, block.at)


def _sources(path: str, block: Block) -> tuple[tuple[str, Mark | None], ...]:
    files = block.items_of("files")
    found = []
    for entry, mark in zip(files, files.marks, strict=True):
        if not isinstance(entry, Block) or set(entry) != {"source"}:
            raise BundleError(f"{path}.files has {describe(entry)}; each must be a mapping with source alone.", mark)
        found.append((entry.text("source"), entry.mark("source")))
    return tuple(found)


def _command(path: str, block: Block, *, needed: bool) -> tuple[str, tuple[str, ...]]:
    """What builds the artifact: the bundle's command in a shell, or the first tool that there is."""
    shell = block.text("executable")
    if shell and shell not in SHELLS:
        raise BundleError(
            f"{path}.executable is {shell!r}; it must be one of {', '.join(SHELLS)}.", block.mark("executable")
        )
    command = block.text("build")
    if command:
        return command, (shell or shutil.which(SHELLS[0]) or SHELLS[1], "-ec", command)
    if not needed:
        return "", ()
    argv = _tool(shutil.which, lambda name: importlib.util.find_spec(name) is not None)
    return " ".join([Path(argv[0]).name, *argv[1:]]), tuple(argv)


def _tool(command: Callable[[str], str | None], module: Callable[[str], bool]) -> Sequence[str]:
    uv = command("uv")
    if uv:
        return (uv, "build", "--wheel", "--out-dir", "dist", ".")
    if module("build"):
        return (sys.executable, "-m", "build", "--wheel", "--outdir", "dist", ".")
    return (sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", "dist", ".")
