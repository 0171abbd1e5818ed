"""Wheels and requirements files that jobs of a bundle name by local paths, and where they are in the workspace."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from brickyard.surfaces.bundles import paths
from brickyard.surfaces.bundles.artifacts import Artifact, base
from brickyard.surfaces.bundles.marks import Block, BundleError, Items, Mark
from brickyard.surfaces.bundles.shape import jobs_of

INTERNAL = ".internal"
"""The folder of uploaded wheels below `artifact_path`."""
_FILE_OPTION = re.compile(r"(?P<option>-r|--requirement)(?:\s+|=)(?P<path>.+)")


@dataclass(frozen=True, slots=True)
class _List:
    """A list of the configuration, with its items as they were written."""

    items: Items
    written: Items

    @classmethod
    def of(cls, items: Items) -> _List:
        written = Items()
        for item, mark in zip(items, items.marks, strict=True):
            written.add(item, mark)
        return cls(items, written)

    def refill(self, filled: Iterable[tuple[Any, Mark | None]]) -> None:
        entries = list(filled)
        self.items[:] = [entry for entry, _ in entries]
        self.items.marks[:] = [mark for _, mark in entries]


@dataclass(frozen=True, slots=True)
class Packages:
    """What the jobs of a bundle need beside its files."""

    root: Path = Path()
    file_path: str = ""
    artifact_path: str = ""
    artifacts: Sequence[Artifact] = ()
    lists: Sequence[_List] = field(default_factory=tuple)

    @property
    def target(self) -> str:
        """The folder of the workspace that wheels are uploaded to."""
        return f"{self.artifact_path}/{INTERNAL}"

    def settle(self, *, built: bool) -> dict[str, Path]:
        """Put the workspace's paths into the jobs' settings; the wheels to upload, by their names there.

        Args:
            built: whether all artifacts are built. Before that a wheel that is not there yet is no error where the
                bundle builds some, and its pattern stands for it.

        Raises:
            BundleError: a path leads to nothing, or two wheels have one name.
        """
        wheels: dict[str, tuple[Path, Mark | None]] = {}

        def uploaded(given: str, at: Mark | None) -> list[str]:
            return [f"{self.target}/{name}" for name in self._wheels(given, at, wheels, built=built)]

        for listed in self.lists:
            listed.refill(self._filled(listed.written, uploaded))
        if built:
            for artifact in self.artifacts:
                for path, mark in self._outputs(artifact):
                    _add(wheels, path, mark)
        return {name: path for name, (path, _) in wheels.items()}

    def show_local(self) -> None:
        """Name wheels by where they are in the bundle: tools that read a configuration look there for them."""

        def local(given: str, at: Mark | None) -> list[str]:
            return [f"./{Path(os.path.relpath(base(self.root, at) / given, self.root)).as_posix()}"]

        for listed in self.lists:
            listed.refill(self._filled(listed.written, local))

    def _filled(
        self, written: Items, wheels: Callable[[str, Mark | None], list[str]]
    ) -> Iterator[tuple[Any, Mark | None]]:
        for entry, mark in zip(written, written.marks, strict=True):
            key, given, at = _path_of(entry, mark)
            option = _FILE_OPTION.fullmatch(given)
            if option and is_local(option["path"]):
                yield f"{option['option']} {self._file(option['path'], at)}", mark
            elif key == "requirements" and is_local(given):
                yield _with(entry, key, self._file(given, at)), mark
            elif is_local(given):
                for path in wheels(given, at):
                    yield _with(entry, key, path), mark
            else:
                yield entry, mark

    def _wheels(
        self, given: str, at: Mark | None, wheels: dict[str, tuple[Path, Mark | None]], *, built: bool
    ) -> list[str]:
        if not given.endswith(".whl"):
            raise BundleError(f"{given!r} is no wheel; of local packages only wheels are uploaded.", at)
        found = newest(matches(base(self.root, at), given))
        if not found and not built and any(artifact.command for artifact in self.artifacts):
            return [Path(given).name]
        if not found:
            why = "" if self.artifacts else " An entry of artifacts would have it built."
            raise BundleError(f"{given!r}: there is no such wheel.{why}", at)
        for path in found:
            _add(wheels, path, at)
        return [path.name for path in found]

    def _file(self, given: str, at: Mark | None) -> str:
        local = base(self.root, at) / given
        inside = paths.inside(local, self.root, given, at)
        if not local.is_file():
            raise BundleError(f"{given!r}: there is no such file in the bundle.{paths.near(local)}", at)
        return f"{self.file_path}/{inside}"

    def _outputs(self, artifact: Artifact) -> Iterator[tuple[Path, Mark | None]]:
        for pattern, mark in artifact.sources or (("dist/*.whl", None),):
            places = [base(self.root, mark), artifact.folder] if mark else [artifact.folder]
            found = next(filter(None, (newest(matches(place, pattern)) for place in places)), [])
            if not found:
                raise BundleError(f"artifacts.{artifact.key}: there is no file {pattern!r}.", mark or artifact.at)
            yield from ((path, mark or artifact.at) for path in found)


def packages(config: Block, root: Path, artifacts: Sequence[Artifact]) -> Packages:
    """The lists of a configuration that may name local packages."""
    workspace = config.block("workspace")
    jobs = jobs_of(config)
    lists = [_List.of(items) for key in jobs for items in _lists(jobs.block(key))]
    return Packages(root, workspace.text("file_path"), workspace.text("artifact_path"), artifacts, lists)


def is_local(path: str) -> bool:
    """True for a path of this machine; the paths of the workspace are absolute, and addresses have a scheme."""
    if path.startswith(("/", "dbfs:", "-")) or "://" in path:
        return False
    return "/" in path or path.endswith((".whl", ".txt"))


def matches(folder: Path, pattern: str) -> list[Path]:
    """The files that a pattern means, seen from a folder."""
    # Path.glob knows no `..` in patterns.
    found = glob.glob(str(Path(glob.escape(str(folder)), pattern)))  # noqa: PTH207 -- see above
    return sorted(path for path in (Path(name).resolve() for name in found) if path.is_file())


def newest(found: Sequence[Path]) -> list[Path]:
    """Of wheels of one package those that were built last: older versions stay in `dist`."""
    chosen: dict[str, Path] = {}
    for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name)):
        try:
            name, _, _, _ = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            chosen[path.name] = path
        else:
            chosen[name] = path
    return sorted(chosen.values())


def _lists(job: Block) -> Iterator[Items]:
    for task in paths.tasks_of(job):
        yield task.items_of("libraries")
    for entry in job.items_of("environments"):
        if isinstance(entry, Block):
            yield entry.block("spec").items_of("dependencies")


def _path_of(entry: Any, mark: Mark | None) -> tuple[str, str, Mark | None]:
    """(key, text, place) of what an item names; the key is "" for an item that is a text."""
    if isinstance(entry, Block):
        for key in ("whl", "requirements"):
            if isinstance(entry.get(key), str):
                return key, entry[key], entry.mark(key)
        return "", "", mark
    return "", entry if isinstance(entry, str) else "", mark


def _with(entry: Any, key: str, text: str) -> Any:
    if not key:
        return text
    changed = Block(entry.at)
    changed.put(key, text, entry.mark(key))
    return changed


def _add(wheels: dict[str, tuple[Path, Mark | None]], path: Path, mark: Mark | None) -> None:
    other, _ = wheels.setdefault(path.name, (path, mark))
    if other != path and other.read_bytes() != path.read_bytes():
        raise BundleError(f"{other} and {path} are different wheels with one name.", mark)
