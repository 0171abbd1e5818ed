"""Configuration that remembers where each value stands, so that every error can name file, line and column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from brickyard.errors import InvalidParameterValue

Step = str | int
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file of the bundle. Lines and columns count from 1."""

    file: str
    """Relative to the bundle's root where it lies inside, with `/`."""
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class BundleError(InvalidParameterValue):
    """The bundle is not as it must be."""

    def __init__(self, message: str, at: Mark | None = None) -> None:
        super().__init__(f"{at}: {message}" if at else message)
        self.at = at


class Block(dict[str, Any]):
    """A mapping; `marks` says where the value of each key stands."""

    def __init__(self, at: Mark | None = None) -> None:
        super().__init__()
        self.at = at
        self.marks: dict[str, Mark] = {}

    def put(self, key: str, value: Any, mark: Mark | None) -> None:
        """Set a value and where it stands."""
        self[key] = value
        if mark is not None:
            self.marks[key] = mark

    def mark(self, key: str) -> Mark | None:
        """Where the value of a key stands; the mapping itself where the key was not written."""
        return self.marks.get(key, self.at)

    def block(self, key: str) -> Block:
        """The mapping under a key; an empty one where nothing is.

        Raises:
            BundleError: something else than a mapping stands there.
        """
        value = self.get(key)
        if value is None:
            return Block(self.mark(key))
        if not isinstance(value, Block):
            raise BundleError(f"{key} is {describe(value)}; it must be a mapping.", self.mark(key))
        return value

    def text(self, key: str, default: str = "") -> str:
        """The text under a key.

        Raises:
            BundleError: something else than text stands there.
        """
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise BundleError(f"{key} is {describe(value)}; it must be text.", self.mark(key))
        return value

    def items_of(self, key: str) -> Items:
        """The list under a key; an empty one where nothing is.

        Raises:
            BundleError: something else than a list stands there.
        """
        value = self.get(key)
        if value is None:
            return Items()
        if not isinstance(value, Items):
            raise BundleError(f"{key} is {describe(value)}; it must be a list.", self.mark(key))
        return value


class Items(list[Any]):
    """A list; `marks` says where each item stands."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Mark | None] = []

    def add(self, value: Any, mark: Mark | None) -> None:
        """Append an item and where it stands."""
        self.append(value)
        self.marks.append(mark)


def describe(value: object) -> str:
    """A value that was given, for the text of an error."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if len(repr(value)) <= 100 else f"{repr(value)[:100]}…"


def steps(path: str) -> list[Step]:
    """`a.b[0].c` as `["a", "b", 0, "c"]`."""
    return [name or int(index) for name, index in _STEP.findall(path)]


def locate(root: Block, path: Iterable[Step]) -> Mark | None:
    """Where the value at a path stands; where the path leaves what was written, the last place on the way."""
    found = root.at
    value: Any = root
    for step in path:
        if isinstance(value, Block) and isinstance(step, str):
            found = value.marks.get(step, found)
            value = value.get(step)
        elif isinstance(value, Items) and isinstance(step, int) and step < len(value):
            found = value.marks[step] or found
            value = value[step]
        else:
            break
    return found


def of_plain(value: Any, at: Mark | None = None) -> Any:
    """Plain JSON as marked configuration, all of it at one place."""
    if isinstance(value, dict):
        block = Block(at)
        for key, entry in value.items():
            block.put(str(key), of_plain(entry, at), at)
        return block
    if isinstance(value, list | tuple):
        items = Items()
        for entry in value:
            items.add(of_plain(entry, at), at)
        return items
    return value


def to_plain(value: Any) -> Any:
    """Configuration without its marks, as JSON."""
    if isinstance(value, dict):
        return {key: to_plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [to_plain(entry) for entry in value]
    return value
