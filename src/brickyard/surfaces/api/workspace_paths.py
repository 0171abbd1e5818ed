"""Paths of the workspace, and the files of this machine behind them. No path leads out of the workspace's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from brickyard.errors import InvalidParameterValue

_MAX_PART = 200
"""Bytes of one name: file systems allow 255, and an extension may be added."""
_MAX_PARTS = 100
_MAX_PATH = 3000
"""Bytes of a path: the system allows 4,096, and the folder of the home comes before it."""


def stable_id(text: str) -> int:
    """An id that is always the same for the same text: positive and below 2^53."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 11


def parts_of(path: str) -> tuple[str, ...]:
    """The names that a workspace path is made of, without a leading `/Workspace`; none for the root.

    Raises:
        InvalidParameterValue: as `names_of`.
    """
    parts = names_of(path)
    return parts[1:] if parts[:1] == ("Workspace",) else parts


def names_of(path: str, field: str = "path") -> tuple[str, ...]:
    """The names that an absolute path is made of; none for the root. Doubled and closing slashes do not count.

    Raises:
        InvalidParameterValue: the path is not absolute, leads upwards, or has a name that no file may have.
    """
    if not path.startswith("/"):
        raise InvalidParameterValue(f"{field} is {path[:200]!r}; it must be absolute, such as /Users/me/notebook.")
    parts = tuple(part for part in path.split("/") if part)
    for part in parts:
        if not is_name(part):
            raise InvalidParameterValue(f"{field} is {path[:200]!r}; {part[:50]!r} is not allowed in it.")
        if len(part.encode()) > _MAX_PART:
            raise InvalidParameterValue(
                f"{field} has a name of {len(part.encode())} bytes; at most {_MAX_PART} are allowed."
            )
    if len(parts) > _MAX_PARTS:
        raise InvalidParameterValue(f"{field} has {len(parts)} names; at most {_MAX_PARTS} are allowed.")
    if len(path.encode()) > _MAX_PATH:
        raise InvalidParameterValue(f"{field} has {len(path.encode())} bytes; at most {_MAX_PATH} are allowed.")
    return parts


def is_name(part: str) -> bool:
    """Whether something in the workspace may be called so. Files that user code calls otherwise stay unseen."""
    return part not in {".", ".."} and "\\" not in part and part.isprintable()


def shown(parts: tuple[str, ...]) -> str:
    """The path as the API shows it."""
    return "/" + "/".join(parts)


def meant(root: Path, place: Path) -> tuple[str, ...]:
    """The parts of what a place in the workspace means, with the links on the way looked up."""
    return place.resolve().relative_to(root.resolve()).parts


def inside(root: Path, parts: tuple[str, ...]) -> Path:
    """The place on disk.

    Raises:
        InvalidParameterValue: a link on the way leads out of the workspace.
    """
    place = root.joinpath(*parts)
    try:
        out = not place.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # links that lead to each other
        out = True
    if out:
        raise InvalidParameterValue(f"The path {shown(parts)!r} leads out of the workspace.")
    return place
