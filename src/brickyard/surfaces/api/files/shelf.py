"""Real files below one folder. No path leads out of it, through links neither; new folders have mode 0700."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from brickyard.errors import AlreadyExists, DirectoryNotEmpty, InvalidParameterValue, NotFound
from brickyard.surfaces.api.files.drafts import UNFINISHED, Draft

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder."""

    path: str
    name: str
    is_dir: bool
    size: int
    """Bytes; 0 for a folder."""
    modified_ms: int
    place: Path


class Shelf:
    """The files below `root`; paths are shown below `prefix` and given as names that were checked."""

    def __init__(self, root: Path, prefix: str) -> None:
        self._root = root
        self._prefix = prefix

    def shown(self, parts: Parts) -> str:
        """The path as clients see it."""
        return self._prefix + "".join(f"/{part}" for part in parts) or "/"

    def find(self, parts: Parts) -> Entry | None:
        """What is at a path: a folder or a plain file. All else, such as a pipe, counts as nothing."""
        place = self._place(parts)
        is_dir = place.is_dir()
        if not is_dir and not place.is_file():
            # The root is there before anybody has put something into it.
            return None if parts else Entry(self.shown(()), "", is_dir=True, size=0, modified_ms=0, place=place)
        status = place.stat()
        name = parts[-1] if parts else ""
        size = 0 if is_dir else status.st_size
        return Entry(self.shown(parts), name, is_dir, size, status.st_mtime_ns // 1_000_000, place)

    def get(self, parts: Parts) -> Entry:
        """As `find`.

        Raises:
            NotFound: there is nothing.
        """
        found = self.find(parts)
        if found is None:
            raise NotFound(f"No file or directory exists on path {self.shown(parts)}.")
        return found

    def file(self, parts: Parts) -> Entry:
        """The file at a path.

        Raises:
            NotFound: there is none.
        """
        found = self.find(parts)
        if found is None or found.is_dir:
            raise NotFound(f"No file exists on path {self.shown(parts)}.")
        return found

    def folder(self, parts: Parts) -> Entry:
        """The folder at a path.

        Raises:
            NotFound: there is none.
        """
        found = self.find(parts)
        if found is None or not found.is_dir:
            raise NotFound(f"No directory exists on path {self.shown(parts)}.")
        return found

    def names(self, folder: Entry) -> list[str]:
        """The names in a folder, sorted; without what is half written, and without links that lead out."""
        if not folder.place.is_dir():
            return []
        root = os.path.realpath(self._root)
        return sorted(place.name for place in folder.place.iterdir() if _visible(place, root))

    def entries(self, parts: Parts, names: list[str]) -> Iterator[Entry]:
        """What these names of a folder stand for; those that are gone meanwhile are left out."""
        for name in names:
            found = self.find((*parts, name))
            if found is not None:
                yield found

    def make_folder(self, parts: Parts) -> None:
        """Make a folder and those above it.

        Raises:
            AlreadyExists: a file is in the way.
        """
        for depth in range(len(parts) + 1):
            place = self._place(parts[:depth])
            if place.exists() and not place.is_dir():
                raise AlreadyExists(f"{self.shown(parts[:depth])} exists and is no directory.")
            place.mkdir(mode=0o700, parents=True, exist_ok=True)

    def check_free(self, parts: Parts, *, overwrite: bool) -> None:
        """Refuse early what `Draft.publish` would refuse in the end.

        Raises:
            AlreadyExists: there is something, and `overwrite` was not asked for, or it is a folder.
        """
        found = self.find(parts)
        if found is not None and (found.is_dir or not overwrite):
            raise AlreadyExists(f"A file or directory already exists at the path {found.path}")

    def draft(self, parts: Parts, *, overwrite: bool) -> Draft:
        """Begin to write a file; folders above it are made.

        Raises:
            AlreadyExists: as `check_free`, or a file is where a folder is needed.
        """
        self.check_free(parts, overwrite=overwrite)
        self.make_folder(parts[:-1])
        return Draft(self._place(parts), self.shown(parts))

    def move(self, source: Parts, target: Parts) -> None:
        """Move a file, or a folder with all that is in it.

        Raises:
            AlreadyExists: there is something at the target.
            InvalidParameterValue: one of both is the root, or the target lies in the source.
        """
        found = self.get(source)
        if not source or target[: len(source)] == source:
            raise InvalidParameterValue(f"{found.path} cannot be moved to {self.shown(target)}.")
        if self.find(target) is not None:
            raise AlreadyExists(f"A file or directory already exists at the path {self.shown(target)}")
        self.make_folder(target[:-1])
        found.place.rename(self._place(target))

    def delete(self, parts: Parts, *, recursive: bool) -> None:
        """Delete a file or a folder; of a link the link alone.

        Raises:
            DirectoryNotEmpty: the folder holds something and `recursive` was not asked for.
        """
        found = self.get(parts)
        if not parts:
            raise InvalidParameterValue(f"path is {found.path!r}; the root cannot be deleted.")
        if found.place.is_symlink() or not found.is_dir:
            found.place.unlink(missing_ok=True)
        elif recursive:
            shutil.rmtree(found.place)
        else:
            self._delete_empty(found)

    def _delete_empty(self, folder: Entry) -> None:
        try:
            folder.place.rmdir()
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            raise DirectoryNotEmpty(f"The directory {folder.path} is not empty.") from error

    def _place(self, parts: Parts) -> Path:
        place = self._root.joinpath(*parts)
        # `realpath` and not `resolve`, which fails on links that lead to themselves.
        if not Path(os.path.realpath(place)).is_relative_to(os.path.realpath(self._root)):
            raise InvalidParameterValue(f"The path {self.shown(parts)!r} leads out of {self.shown(())}.")
        return place


def _visible(place: Path, root: str) -> bool:
    if place.name.startswith(UNFINISHED) or not (place.is_dir() or place.is_file()):
        return False
    return not place.is_symlink() or Path(os.path.realpath(place)).is_relative_to(root)
