"""Rights on folders, notebooks and files: what is written for a folder holds for all that is in it.

Two kinds of folders have rights without an entry: a home (`/Users/NAME`, `/Repos/NAME`) belongs to its user, and
`/Shared` to everybody. Source: Databricks documentation, folder access control.
"""

from __future__ import annotations

from collections.abc import Iterable

from brickyard.access.identity import USERS, Identity

MANAGE = "CAN_MANAGE"
_HOMES = ("Users", "Repos")


def lineage(path: str) -> list[str]:
    """The path itself and every folder above it, nearest first; the root is `/`."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[:count]) for count in range(len(parts), -1, -1)]


def standing_level(path: str, who: Identity) -> str:
    """The level that somebody has by the place of a path alone; "" where that gives none."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["Shared"] and USERS in who.groups:
        return MANAGE
    if len(parts) > 1 and parts[0] in _HOMES and parts[1] == who.name:
        return MANAGE
    return ""


def is_above(path: str, others: Iterable[str]) -> bool:
    """Whether a folder is on the way to one of the others, and so is shown without right of its own."""
    start = path.rstrip("/") + "/"
    return any(other.startswith(start) for other in others)
