"""The files of a project and how they get into the workspace: only what changed goes up."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.field import nearest
from brickyard.settings import read
from brickyard.surfaces.bundles import ignore
from brickyard.surfaces.bundles.paths import is_notebook
from brickyard.surfaces.client import Client

MAX_FILE_BYTES = 200 * 1024 * 1024
"""The workspace takes no larger file."""
UPLOADS_AT_ONCE = 4
HOW_TO_EXCLUDE = "Name what is not needed in .gitignore, or in sync.exclude of the bundle."


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which files of a folder belong to the project; patterns are those of `.gitignore`."""

    paths: Sequence[str] = (".",)
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    hidden: bool = True
    """Whether folders count whose names begin with a dot, and virtual environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a project may be, and what to do with one that is larger."""

    files: int = 20_000
    megabytes: int = 500
    advice: str = HOW_TO_EXCLUDE


@dataclass(frozen=True, slots=True)
class Changes:
    """What an upload did, as paths relative to the project."""

    uploaded: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0


def collect(root: Path, selection: Selection, limits: Limits = Limits()) -> dict[str, str]:
    """The project's files: relative path to SHA-256. The home of Brickyard is never among them.

    Raises:
        InvalidParameterValue: a path that is not there, too many or too large files, a link that leaves the folder, or
            two files that would be the same notebook.
    """
    _check_paths(root, selection.paths)
    found: dict[str, str] = {}
    total = 0
    for path in sorted(set(_chosen(root, selection))):
        local = root / path
        size = local.stat().st_size
        total += size
        if size > MAX_FILE_BYTES:
            raise InvalidParameterValue(
                f"{path} has {size:,} bytes; a file of the workspace has at most {MAX_FILE_BYTES:,}. {HOW_TO_EXCLUDE}"
            )
        if len(found) >= limits.files or total > limits.megabytes * 1024 * 1024:
            raise InvalidParameterValue(
                f"{root} holds more than {limits.files:,} files or {limits.megabytes} MB. {limits.advice}"
            )
        found[path] = hashlib.sha256(local.read_bytes()).hexdigest()
    _check_collisions(root, found)
    return found


def upload(client: Client, root: Path, target: str, files: Mapping[str, str], known: Mapping[str, str]) -> Changes:
    """Bring a folder of the workspace from `known` (path to hash, as last uploaded) to `files`."""
    changed = [path for path, digest in files.items() if known.get(path) != digest]
    vanished = [path for path in known if path not in files]
    for path in vanished:
        client.delete_path(f"{target}/{path}")
    for folder in sorted(
        {str(PurePosixPath(target, path).parent) for path in changed} | ({target} if files else set())
    ):
        client.mkdirs(folder)

    def put(path: str) -> None:
        client.put_file(f"{target}/{path}", (root / path).read_bytes())

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        for _ in pool.map(put, changed):
            pass  # Only asks for the error of an upload, if there was one.
    return Changes(changed, vanished, len(files) - len(changed))


def _chosen(root: Path, selection: Selection) -> Iterator[str]:
    excluded, included = ignore.matcher(selection.exclude), ignore.matcher(selection.include)
    walk = _Walk(root, read().home.resolve(), hidden=selection.hidden)
    for path in walk.files("", []):
        if _below(path, selection.paths) and not excluded.verdict(path, is_folder=False) and not _in(excluded, path):
            yield path
    if selection.include:
        for path in walk.files("", None):
            wanted = included.verdict(path, is_folder=False) or _in(included, path)
            if wanted and not excluded.verdict(path, is_folder=False) and not _in(excluded, path):
                yield path


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through the folders of a project, around those that never belong to one."""

    root: Path
    home: Path
    hidden: bool
    always: ignore.Rules = field(default_factory=lambda: ignore.parse(ignore.ALWAYS))

    def files(self, base: str, stack: list[ignore.Rules] | None) -> Iterator[str]:
        """All files; with `stack` None those that `.gitignore` names too."""
        folder = self.root / base
        own = ignore.read(folder, base) if stack is not None else None
        rules = None if stack is None else [*stack, *([own] if own else [])]
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        for entry in listed:
            path = f"{base}/{entry.name}" if base else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if rules and ignore.is_ignored(path, rules, is_folder=is_folder):
                continue
            if self.always.verdict(path, is_folder=is_folder) or (is_folder and self._stays_out(path)):
                continue
            if not is_folder and not self.hidden and entry.name.startswith("."):
                continue  # `.env` and its like hold what belongs to this machine, secrets above all
            if entry.is_symlink():
                _check_link(self.root, path)
            if is_folder:
                yield from self.files(path, rules)
            elif entry.is_file():
                yield path

    def _stays_out(self, path: str) -> bool:
        folder = self.root / path
        if folder.resolve() == self.home:
            return True
        return not self.hidden and (folder.name.startswith(".") or (folder / "pyvenv.cfg").is_file())


def _check_link(root: Path, path: str) -> None:
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise InvalidParameterValue(f"{path} is a link that leaves {root}; nothing outside of it is uploaded.")
    if (root / path).is_dir():
        raise InvalidParameterValue(f"{path} is a link to a folder; only links to files are followed. {HOW_TO_EXCLUDE}")


def _in(rules: ignore.Rules, path: str) -> bool:
    """True where a folder above the path is named."""
    return any(
        rules.verdict(str(folder), is_folder=True) for folder in PurePosixPath(path).parents if str(folder) != "."
    )


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(folder == "." or PurePosixPath(path).is_relative_to(folder) for folder in folders)


def _check_paths(root: Path, paths: Iterable[str]) -> None:
    for path in paths:
        if not (root / path).exists():
            hint = nearest(path, [entry.name for entry in root.iterdir()])
            raise InvalidParameterValue(f"sync.paths names {path!r}; there is no such folder in the bundle.{hint}")


def _check_collisions(root: Path, files: Iterable[str]) -> None:
    taken: dict[str, str] = {}
    for path in files:
        name = str(PurePosixPath(path).with_suffix("")) if is_notebook(root / path) else path
        if name in taken:
            raise InvalidParameterValue(
                f"{taken[name]} and {path} would be the same object {name} of the workspace; rename one of them."
            )
        taken[name] = path
