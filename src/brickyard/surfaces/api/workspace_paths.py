"""Paths of the workspace, and the files of this machine behind them. No path leads out of the workspace's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from brickyard.errors import InvalidParameterValue

_MAX_PART = 200
"""Bytes of one name: file systems allow 255, and an extension may be added."""
_MAX_PARTS = 100


def stable_id(text: str) -> int:
    """An id that is always the same for the same text: positive and below 2^53."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 11


def parts_of(path: str) -> tuple[str, ...]:
    """The names that a workspace path is made of, without a leading `/Workspace`; none for the root.

    Doubled and closing slashes do not count.

    Raises:
        InvalidParameterValue: the path is not absolute, leads upwards, or has a name that no file may have.
    """
    if not path.startswith("/"):
        raise InvalidParameterValue(f"path is {path[:200]!r}; it must be absolute, such as /Users/me/notebook.")
    parts = tuple(part for part in path.split("/") if part)
    if parts[:1] == ("Workspace",):
        parts = parts[1:]
    for part in parts:
        if part in {".", ".."} or "\\" in part or not part.isprintable():
            raise InvalidParameterValue(f"path is {path[:200]!r}; {part[:50]!r} is not allowed in it.")
        if len(part.encode()) > _MAX_PART:
            raise InvalidParameterValue(
                f"path has a name of {len(part.encode())} bytes; at most {_MAX_PART} are allowed."
            )
    if len(parts) > _MAX_PARTS:
        raise InvalidParameterValue(f"path has {len(parts)} names; at most {_MAX_PARTS} are allowed.")
    return parts


def shown(parts: tuple[str, ...]) -> str:
    """The path as the API shows it."""
    return "/" + "/".join(parts)


def inside(root: Path, parts: tuple[str, ...]) -> Path:
    """The place on disk.

    Raises:
        InvalidParameterValue: a link on the way leads out of the workspace.
    """
    place = root.joinpath(*parts)
    if not place.resolve().is_relative_to(root.resolve()):
        raise InvalidParameterValue(f"The path {shown(parts)!r} leads out of the workspace.")
    return place
