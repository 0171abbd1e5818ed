"""The workspace's folders, files and notebooks on disk.

A notebook is a file with the extension of its format and is named without it; every other file is named as it is.
Files are made with mode 0600, folders with 0700, and a file is replaced whole or not at all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from brickyard.errors import AlreadyExists, DirectoryNotEmpty, InvalidParameterValue, NotFound
from brickyard.surfaces.api.workspace_paths import inside, shown
from brickyard.workloads.notebooks.files import SUFFIXES, is_notebook

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Something in the workspace."""

    path: str
    kind: str
    """`DIRECTORY`, `NOTEBOOK` or `FILE`."""
    place: Path


class Tree:
    """The workspace below `root`. Paths are given as parts that `parts_of` has checked."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, parts: Parts) -> Item | None:
        """What is at a path; a notebook also by its name with the extension."""
        place = inside(self._root, parts)
        if place.is_dir():
            return Item(shown(parts), "DIRECTORY", place)
        if place.is_file():
            return _item(parts, place)
        for suffix in SUFFIXES if parts else ():
            longer = (*parts[:-1], parts[-1] + suffix)
            other = inside(self._root, longer)
            if other.is_file():
                found = _item(longer, other)
                if found.kind == "NOTEBOOK":
                    return found
        return None

    def get(self, parts: Parts) -> Item:
        """As `find`.

        Raises:
            NotFound: there is nothing.
        """
        found = self.find(parts)
        if found is None:
            raise NotFound(f"Path ({shown(parts)}) doesn't exist.")
        return found

    def children(self, parts: Parts) -> Iterator[Item]:
        """What is in a folder, by name; of a file: itself."""
        item = self.get(parts)
        if item.kind != "DIRECTORY":
            yield item
            return
        for place in sorted(item.place.iterdir()):
            below = (*parts, place.name)
            if place.is_symlink() and not place.resolve().is_relative_to(self._root.resolve()):
                continue
            if not place.name.startswith(_UNFINISHED):
                yield Item(shown(below), "DIRECTORY", place) if place.is_dir() else _item(below, place)

    def make_folder(self, parts: Parts) -> None:
        """Make a folder and those above it.

        Raises:
            AlreadyExists: a file is in the way.
        """
        for depth in range(len(parts) + 1):
            place = inside(self._root, parts[:depth])
            found = self.find(parts[:depth])
            if found is not None and found.kind != "DIRECTORY":
                raise AlreadyExists(f"{found.path} exists and is no folder.")
            place.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, parts: Parts, suffix: str, data: bytes, *, overwrite: bool) -> None:
        """Write a file; `suffix` is added to its name.

        Raises:
            NotFound: the folder does not exist.
            AlreadyExists: something is there, and `overwrite` was not asked for, or it is a folder.
        """
        if not parts:
            raise InvalidParameterValue("path is '/'; it must name a file.")
        folder = inside(self._root, parts[:-1])
        if not folder.is_dir() and len(parts) > 1:
            raise NotFound(f"The parent folder ({shown(parts[:-1])}) does not exist.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = inside(self._root, (*parts[:-1], parts[-1] + suffix))
        found = [item for item in (self.find(parts), self.find((*parts[:-1], target.name))) if item is not None]
        for item in found:
            if item.kind == "DIRECTORY" or not overwrite:
                raise AlreadyExists(f"Path ({item.path}) already exists.")
        _replace(target, data)
        for item in found:
            if item.place != target:  # the same notebook in another format: one name is one notebook
                item.place.unlink(missing_ok=True)

    def delete(self, parts: Parts, *, recursive: bool) -> None:
        """Delete a file or a folder.

        Raises:
            DirectoryNotEmpty: the folder holds something and `recursive` was not asked for.
        """
        item = self.get(parts)
        if not parts:
            raise InvalidParameterValue("path is '/'; the root cannot be deleted.")
        if item.kind != "DIRECTORY" or item.place.is_symlink():
            item.place.unlink()
        elif recursive:
            shutil.rmtree(item.place)
        elif any(item.place.iterdir()):
            raise DirectoryNotEmpty(f"Folder ({item.path}) is not empty")
        else:
            item.place.rmdir()


_UNFINISHED = ".brickyard-unfinished-"


def _item(parts: Parts, place: Path) -> Item:
    with place.open("rb") as file:
        head = file.read(200)
    if not is_notebook(head, place.suffix):
        return Item(shown(parts), "FILE", place)
    return Item(shown((*parts[:-1], place.stem)), "NOTEBOOK", place)


def _replace(target: Path, data: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the new one, never a part. mkstemp makes mode 0600."""
    handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
