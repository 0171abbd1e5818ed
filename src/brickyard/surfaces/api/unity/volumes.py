"""Volumes: the folders behind `/Volumes/CATALOG/SCHEMA/NAME`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from brickyard.errors import AlreadyExists, NotFound
from brickyard.surfaces.api.unity.described import full_name
from brickyard.workloads.messages import TableName


def names(root: Path, catalog: str, schema: str) -> Sequence[str]:
    """The volumes of a schema, by name. A link that user code has made is none."""
    folder = root / catalog / schema
    # Notebooks may give a schema any name: none of them leads out of its place.
    if {catalog, schema} & {".", ".."} or folder.parent.parent != root or not folder.is_dir():
        return []
    return sorted(each.name for each in folder.iterdir() if _is_volume(each))


def folder_of(root: Path, volume: TableName) -> Path:
    """The folder of a volume.

    Raises:
        NotFound: there is no such volume.
    """
    folder = root / volume.catalog / volume.schema / volume.name
    if not _is_volume(folder):
        raise NotFound(f"Volume '{full_name(volume)}' does not exist.")
    return folder


def create(root: Path, volume: TableName) -> Path:
    """Make the folder of a volume.

    Raises:
        AlreadyExists: it is there.
    """
    folder = root / volume.catalog / volume.schema / volume.name
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise AlreadyExists(f"Volume '{full_name(volume)}' already exists.") from error
    return folder


def delete(root: Path, volume: TableName) -> None:
    """Delete a volume with its files.

    Raises:
        NotFound: there is no such volume.
    """
    shutil.rmtree(folder_of(root, volume))


def _is_volume(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink()
