"""The workspace's folders, files and notebooks on disk.

A notebook is a file with the extension of its format and is named without it; every other file is named as it is.
Files are made with mode 0600, folders with 0700, and a file is replaced whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from brickyard.errors import AlreadyExists, DirectoryNotEmpty, InvalidParameterValue, NotFound
from brickyard.settings import Settings
from brickyard.surfaces.api import workspace_handles
from brickyard.surfaces.api.workspace_handles import UNFINISHED
from brickyard.surfaces.api.workspace_paths import inside, is_name, meant, shown
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

    def really(self, item: Item) -> str:
        """The path of what is there: another one than the item's where links lead to it."""
        parts = meant(self._root, item.place)
        return _item(parts, self._root.joinpath(*parts)).path if item.kind == "NOTEBOOK" else shown(parts)

    def home_of(self, parts: Parts) -> Parts:
        """The same path with the links in the folders above looked up: where a write would go."""
        return (*meant(self._root, inside(self._root, parts[:-1])), *parts[-1:])

    def read(self, item: Item) -> bytes:
        """The bytes of a file.

        Raises:
            NotFound: it is gone.
        """
        return workspace_handles.read(self._root, meant(self._root, item.place))

    def children(self, parts: Parts) -> Iterator[Item]:
        """What is in a folder, by name; of a file: itself."""
        item = self.get(parts)
        if item.kind != "DIRECTORY":
            yield item
            return
        for place in sorted(item.place.iterdir()):
            below = (*parts, place.name)
            if (
                place.name.startswith(UNFINISHED)
                or not is_name(place.name)
                or (place.is_symlink() and not self._good_link(below))
            ):
                continue
            if place.is_dir():
                yield Item(shown(below), "DIRECTORY", place)
            elif place.is_file():
                yield _item(below, place)

    def _good_link(self, parts: Parts) -> bool:
        try:
            return inside(self._root, parts).exists()
        except InvalidParameterValue:
            return False

    def make_folder(self, parts: Parts) -> str:
        """Make a folder and those above it; the path of the first that was not there, "" where all were.

        Raises:
            AlreadyExists: a file is in the way.
        """
        first = ""
        for depth in range(len(parts) + 1):
            place = inside(self._root, parts[:depth])
            found = self.find(parts[:depth])
            if found is not None and found.kind != "DIRECTORY":
                raise AlreadyExists(f"{found.path} exists and is no folder.")
            if found is None:
                first = first or shown(parts[:depth])
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return first

    def write(self, parts: Parts, suffix: str, data: bytes, *, overwrite: bool) -> None:
        """Write a file; `suffix` is added to its name.

        Raises:
            NotFound: the folder does not exist.
            AlreadyExists: something is there, and `overwrite` was not asked for, or it is a folder.
        """
        found = self.in_the_way(parts, suffix)
        for item in found:
            if item.kind == "DIRECTORY" or not overwrite:
                raise AlreadyExists(f"Path ({item.path}) already exists.")
        folder = inside(self._root, parts[:-1])
        if not folder.is_dir() and len(parts) > 1:
            raise NotFound(f"The parent folder ({shown(parts[:-1])}) does not exist.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = inside(self._root, (*parts[:-1], parts[-1] + suffix))
        workspace_handles.write(self._root, (*meant(self._root, folder), target.name), data)
        for item in found:
            if item.place != target:  # the same notebook in another format: one name is one notebook
                item.place.unlink(missing_ok=True)

    def in_the_way(self, parts: Parts, suffix: str) -> Sequence[Item]:
        """What a `write` of this name would replace."""
        if not parts:
            raise InvalidParameterValue("path is '/'; it must name a file.")
        both = (self.find(parts), self.find((*parts[:-1], parts[-1] + suffix)))
        return [item for item in both if item is not None]

    def delete(self, parts: Parts, *, recursive: bool) -> Item:
        """Delete a file or a folder, of a link the link alone; what it was.

        Raises:
            DirectoryNotEmpty: the folder holds something and `recursive` was not asked for.
        """
        item = self.get(parts)
        if not parts:
            raise InvalidParameterValue("path is '/'; the root cannot be deleted.")
        if item.kind == "DIRECTORY" and not item.place.is_symlink() and not recursive and any(item.place.iterdir()):
            raise DirectoryNotEmpty(f"Folder ({item.path}) is not empty")
        workspace_handles.remove(self._root, (*meant(self._root, item.place.parent), item.place.name))
        return item


def tree_of(settings: Settings) -> Tree:
    """The workspace of this installation; its folder is made where it is not there."""
    settings.workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Tree(settings.workspace)


def _item(parts: Parts, place: Path) -> Item:
    with place.open("rb") as file:
        head = file.read(200)
    if not is_notebook(head, place.suffix):
        return Item(shown(parts), "FILE", place)
    return Item(shown((*parts[:-1], place.stem)), "NOTEBOOK", place)
