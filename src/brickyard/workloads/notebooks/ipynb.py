"""Notebooks as Jupyter files (nbformat 4), with the metadata that Databricks adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from brickyard.errors import InvalidParameterValue
from brickyard.workloads.notebooks.document import Cell, Language, Notebook

NOTEBOOK_KEY = "application/vnd.databricks.v1+notebook"
CELL_KEY = "application/vnd.databricks.v1+cell"
_LANGUAGES: Mapping[str, Language] = {"python": "python", "sql": "sql", "scala": "scala", "r": "r", "ipython": "python"}
_OWN = ("cell_type", "source", "metadata")


def parse_ipynb(data: bytes) -> Notebook:
    """Read an `.ipynb` file.

    Raises:
        InvalidParameterValue: it is no JSON, not nbformat 4, or of a language that is not known.
    """
    try:
        raw = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidParameterValue(f"This is no notebook: {error}.") from error
    if not isinstance(raw, dict) or raw.get("nbformat") != 4 or not isinstance(raw.get("cells"), list):
        found = raw.get("nbformat") if isinstance(raw, dict) else type(raw).__name__
        raise InvalidParameterValue(f"Only notebooks of nbformat 4 can be read; this one says {found!r}.")
    metadata = _mapping("The notebook's metadata", raw.get("metadata"))
    return Notebook(
        language=_language(metadata),
        cells=tuple(_read_cell(number, cell) for number, cell in enumerate(raw["cells"], 1)),
        metadata=metadata,
        ipynb={key: value for key, value in raw.items() if key not in {"cells", "metadata"}},
    )


def render_ipynb(notebook: Notebook) -> bytes:
    """Write an `.ipynb` file."""
    metadata = dict(notebook.metadata)
    if not metadata:
        metadata = {"language_info": {"name": notebook.language}, NOTEBOOK_KEY: {"language": notebook.language}}
    body = {
        "cells": [write_cell(cell, number) for number, cell in enumerate(notebook.cells)],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
        **notebook.ipynb,
    }
    return msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"


def write_cell(cell: Cell, number: int) -> dict[str, Any]:
    """One cell of an `.ipynb` file; `number` makes its id where it has none."""
    metadata = dict(cell.metadata)
    if (cell.title or not cell.show_title) and CELL_KEY not in metadata:
        metadata[CELL_KEY] = {"title": cell.title, "showTitle": cell.show_title}
    given = cell.ipynb.get("source")
    source = given if given is not None and "".join(given) == cell.source else as_lines(cell.source)
    written: dict[str, Any] = {"cell_type": cell.kind, "metadata": metadata, "source": source}
    rest = {key: value for key, value in cell.ipynb.items() if key != "source"}
    if not cell.ipynb:
        rest = {"id": f"cell-{number}"}
        if cell.kind == "code":
            rest |= {"execution_count": None, "outputs": []}
    return written | rest


def as_lines(text: str) -> list[str]:
    """Text as nbformat keeps it: lines with their ends."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _mapping(what: str, value: Any) -> dict[str, Any]:
    if value and not isinstance(value, dict):
        raise InvalidParameterValue(f"{what} must be an object.")
    return value or {}


def _language(metadata: Mapping[str, Any]) -> Language:
    own = metadata.get(NOTEBOOK_KEY)
    name = own.get("language") if isinstance(own, dict) else None
    info = metadata.get("language_info")
    if name is None and isinstance(info, dict):
        name = info.get("name")
    language = _LANGUAGES.get(str(name or "python").lower())
    if language is None:
        raise InvalidParameterValue(f"The notebook's language is {name!r}; known are python, sql, scala and r.")
    return language


def _read_cell(number: int, raw: Any) -> Cell:
    kind = raw.get("cell_type") if isinstance(raw, dict) else None
    if kind not in {"code", "markdown", "raw"}:
        raise InvalidParameterValue(f"Cell {number} has the type {kind!r}; known are code, markdown and raw.")
    source = raw.get("source", "")
    if not (isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))):
        raise InvalidParameterValue(f"The source of cell {number} must be text or a list of lines.")
    metadata = _mapping(f"The metadata of cell {number}", raw.get("metadata"))
    own = metadata.get(CELL_KEY)
    own = own if isinstance(own, dict) else {}
    rest = {key: value for key, value in raw.items() if key not in _OWN} | {"source": source}
    return Cell(
        source=source if isinstance(source, str) else "".join(source),
        title=str(own.get("title") or ""),
        show_title=bool(own.get("showTitle", True)),
        kind=kind,
        metadata=metadata,
        ipynb=rest,
    )
