"""Paths of a bundle's notebooks and files: relative to the file that names them, absolute in the workspace.

In the workspace a notebook has no extension.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path, PurePosixPath

from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles.marks import Block, BundleError, Mark, describe
from brickyard.surfaces.bundles.shape import jobs_of

NOTEBOOKS = {".py": "# Databricks notebook source", ".sql": "-- Databricks notebook source", ".ipynb": ""}
"""Extension to the first line that makes a notebook of the file; "" where the extension says it all."""
REFUSED_NOTEBOOKS = (".scala", ".r")


class Kind(Enum):
    """What a path must lead to."""

    NOTEBOOK = "notebook"
    FILE = "file"
    FOLDER = "folder"


def is_notebook(path: Path) -> bool:
    """True where the workspace takes the file for a notebook."""
    header = NOTEBOOKS.get(path.suffix.lower())
    if header is None or not path.is_file():
        return False
    if not header:
        return True
    with path.open("rb") as file:
        first = file.readline(len(header) + 8).decode("utf-8-sig", errors="replace")
    return first.rstrip() == header


def translate(config: Block, root: Path, file_path: str) -> None:
    """Make every relative path of a task absolute.

    Raises:
        BundleError: the file is missing (with the nearest name), leaves the bundle, or is of the wrong kind.
    """
    jobs = jobs_of(config)
    for key in jobs:
        job = jobs.block(key)
        default = "WORKSPACE" if job.get("git_source") is None else "GIT"
        for task in tasks_of(job):
            for block, field, kind in _places(task):
                if block.get(field) is not None and (block.get("source") or default) != "GIT":
                    block[field] = _translated(block, field, root, file_path, kind)


def _places(task: Block) -> Iterator[tuple[Block, str, Kind]]:
    """Where a task names something of the bundle."""
    yield task.block("notebook_task"), "notebook_path", Kind.NOTEBOOK
    yield task.block("spark_python_task"), "python_file", Kind.FILE
    yield task.block("sql_task").block("file"), "path", Kind.FILE
    yield task.block("dbt_task"), "project_directory", Kind.FOLDER


def tasks_of(job: Block) -> Iterator[Block]:
    """The tasks of a job, those inside of a for-each too."""
    for task, mark in zip(job.items_of("tasks"), job.items_of("tasks").marks, strict=True):
        if not isinstance(task, Block):
            raise BundleError(f"a task is {describe(task)}; it must be a mapping.", mark)
        yield task
        inner = task.block("for_each_task").get("task")
        if isinstance(inner, Block):
            yield inner


def _translated(block: Block, field: str, root: Path, file_path: str, kind: Kind) -> str:
    given, mark = block.text(field), block.mark(field)
    if given.startswith(("/", "dbfs:")) or "://" in given:
        return given
    folder = (root / PurePosixPath(mark.file).parent) if mark else root
    local = folder / given
    place = inside(local, root, given, mark)
    if kind is Kind.FOLDER:
        if not local.is_dir():
            raise BundleError(f"{field} {given!r}: there is no such folder in the bundle.", mark)
        return str(PurePosixPath(file_path, place))
    if not local.is_file():
        raise BundleError(f"{field} {given!r}: there is no such file in the bundle.{near(local)}", mark)
    if kind is Kind.FILE:
        return f"{file_path}/{place}"
    if local.suffix.lower() in REFUSED_NOTEBOOKS:
        raise BundleError(f"{field} {given!r}: notebooks in Scala and R are not supported.", mark)
    if not is_notebook(local):
        header = NOTEBOOKS.get(local.suffix.lower())
        why = f"its first line must be {header!r}" if header else f"it must end with {', '.join(NOTEBOOKS)}"
        raise BundleError(f"{field} {given!r} is a file and no notebook: {why}.", mark)
    return f"{file_path}/{place.with_suffix('')}"


def inside(local: Path, root: Path, given: str, mark: Mark | None) -> PurePosixPath:
    """The path of a file below the bundle's root.

    Raises:
        BundleError: it lies outside.
    """
    real, real_root = local.resolve(), root.resolve()
    if not real.is_relative_to(real_root):
        raise BundleError(f"{given!r} leaves the bundle's folder.", mark)
    return PurePosixPath(real.relative_to(real_root).as_posix())


def near(local: Path) -> str:
    """A sentence with the name that a missing file may have; "" where there is none."""
    folder = local.parent
    if not folder.is_dir():
        return f" The folder {folder.name!r} does not exist."
    names = [path.name for path in folder.iterdir() if path.is_file()]
    same = [name for name in names if Path(name).stem == local.name]
    return f" Did you mean {same[0]!r}?" if same else nearest(local.name, names)
