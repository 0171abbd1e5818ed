"""Folders of files: the types of columns that are only in the folders' names (`day=2026-01-01`), and empty folders.

The engine gives such a column the type STRING; Spark finds its type from the names.
Source: Spark SQL guide, Parquet files, partition discovery.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pyspark.sql.connect import proto

from brickyard.workloads.runtime import names
from brickyard.workloads.runtime.paths import expand, is_remote

_NULL = "__HIVE_DEFAULT_PARTITION__"
"""The name of the folder of rows without a value, also of those with an empty text."""
_KINDS = (
    ("int", re.compile(r"[+-]?\d{1,9}")),
    ("bigint", re.compile(r"[+-]?\d{1,18}")),
    ("double", re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+|[+-]?\d{1,18}")),
    ("date", re.compile(r"\d{4}-\d{2}-\d{2}")),
    ("timestamp", re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?")),
)


def kinds(paths: Sequence[str]) -> dict[str, str]:
    """The columns of the folders' names and their types."""
    values: dict[str, set[str]] = {}
    for folder in _roots(paths):
        _collect(folder, values)
    return {name: _kind(given) for name, given in values.items()}


def written(relation: Any, columns: Sequence[str], partitions: Sequence[str]) -> Any:
    """The rows with the texts of their folders in the columns that are not in the files.

    By itself the engine would put a row without a value into the folder of 0, of 1970-01-01 or of no name at all.
    """
    lower = {each.lower() for each in partitions}
    result = proto.Relation()
    result.project.input.CopyFrom(relation)
    for each in columns:
        name = names.quote(each)
        text = f"coalesce(nullif(CAST({name} AS STRING), ''), '{_NULL}') AS {name}" if each.lower() in lower else name
        result.project.expressions.add().expression_string.expression = text
    return result


def casts(columns: Sequence[str], paths: Sequence[str]) -> list[str]:
    """What to select of a frame; empty where nothing has to be cast."""
    found = kinds(paths)
    if not found.keys() & set(columns):
        return []
    return [_read_back(names.quote(each), found[each]) if each in found else names.quote(each) for each in columns]


def _read_back(name: str, kind: str) -> str:
    return f"CAST(nullif(CAST({name} AS STRING), '{_NULL}') AS {kind}) AS {name}"


def has_files(paths: Sequence[str]) -> bool:
    """Whether there is anything to read; what begins with `_` or `.` is not."""
    if any(is_remote(path) for path in paths):
        return True
    return any(True for root in _roots(paths) for _ in _files(root))


def _roots(paths: Sequence[str]) -> Iterator[Path]:
    for path in paths:
        if not is_remote(path):
            yield from map(Path, [path] if Path(path).exists() else expand(path))


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for each in root.iterdir():
        if not each.name.startswith(("_", ".")):
            yield from _files(each)


def _collect(folder: Path, values: dict[str, set[str]]) -> None:
    for each in folder.iterdir() if folder.is_dir() else ():
        name, equals, value = each.name.partition("=")
        if equals and each.is_dir():
            values.setdefault(unquote(name), set()).add(unquote(value))
            _collect(each, values)


def _kind(values: set[str]) -> str:
    given = values - {_NULL}
    return next((kind for kind, form in _KINDS if given and all(form.fullmatch(each) for each in given)), "string")
