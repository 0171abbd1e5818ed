"""Paths of the two file APIs, and the folders behind them: those that jobs know as `/Volumes` and `dbfs:/`."""

from __future__ import annotations

from brickyard.errors import InvalidParameterValue
from brickyard.settings import Settings
from brickyard.surfaces.api.files.shelf import Parts, Shelf
from brickyard.surfaces.api.workspace_paths import names_of

_OF_VOLUME = 3
"""Catalog, schema and volume: what is below belongs to the volume."""
_ELSEWHERE = {
    "Volumes": "Files of volumes are at /api/2.0/fs/files.",
    "Workspace": "Files of the workspace are at /api/2.0/workspace.",
}
"""What `dbfs:/…` means to jobs, too, and lies in another folder."""


def dbfs(settings: Settings) -> Shelf:
    """The files of DBFS."""
    return Shelf(settings.dbfs, "")


def volumes(settings: Settings) -> Shelf:
    """The files of all volumes."""
    return Shelf(settings.volumes, "/Volumes")


def dbfs_parts(path: str, field: str = "path") -> Parts:
    """The names in a path of DBFS, written with or without `dbfs:`.

    Raises:
        InvalidParameterValue: the path is not absolute, or not one of DBFS.
    """
    parts = names_of(path.removeprefix("dbfs:"), field)
    if parts and parts[0] in _ELSEWHERE:
        raise InvalidParameterValue(f"{field} is {path[:200]!r}; it is not in DBFS. {_ELSEWHERE[parts[0]]}")
    return parts


def volume_parts(path: str) -> Parts:
    """The names below `/Volumes` in a path.

    Raises:
        InvalidParameterValue: the path is not absolute, or not below `/Volumes`.
    """
    parts = names_of(path)
    if parts[:1] != ("Volumes",):
        raise InvalidParameterValue(f"path is {path[:200]!r}; it must begin with /Volumes.")
    return parts[1:]


def in_volume(path: str) -> Parts:
    """As `volume_parts`, for something within a volume.

    Raises:
        InvalidParameterValue: as `volume_parts`, or the path ends at the volume or above it.
    """
    parts = volume_parts(path)
    if len(parts) <= _OF_VOLUME:
        raise InvalidParameterValue(
            f"path is {path[:200]!r}; it must lead into a volume: /Volumes/<catalog>/<schema>/<volume>/<name>."
        )
    return parts
