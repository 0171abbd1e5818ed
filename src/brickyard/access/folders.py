"""Rights on folders, notebooks and files: what is written for a folder holds for all that is in it.

Two kinds of folders have rights without an entry: a home (`/Users/NAME`, `/Repos/NAME`) belongs to its user, and
`/Shared` to everybody. Source: Databricks documentation, folder access control.
"""

from __future__ import annotations

from brickyard.access.identity import USERS, Identity

MANAGE = "CAN_MANAGE"
_HOMES = ("Users", "Repos")
TOP = ("/Users", "/Repos", "/Shared")
"""What everybody knows to be there, whatever else they may see."""


def lineage(path: str) -> list[str]:
    """The path itself and every folder above it, nearest first; the root is `/`."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[:count]) for count in range(len(parts), -1, -1)]


def standing_level(path: str, who: Identity) -> str:
    """The level that somebody has by the place of a path alone; "" where that gives none."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["Shared"] and USERS in who.groups:
        return MANAGE
    return MANAGE if is_own(path, who) else ""


def owner_of_home(path: str) -> str:
    """The name of the user whose home a path is; "" where it is none."""
    parts = [part for part in path.split("/") if part]
    return parts[1] if len(parts) == 2 and parts[0] in _HOMES else ""


def is_own(path: str, who: Identity) -> bool:
    """Whether a path is somebody's home, or in it."""
    parts = [part for part in path.split("/") if part]
    return len(parts) > 1 and parts[0] in _HOMES and parts[1] == who.name
