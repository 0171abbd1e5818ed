"""What is kept of a notebook that runs: `cells.ndjson` while it runs, `output.ipynb` when it is over."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from brickyard.workloads import folder
from brickyard.workloads.folder import CellRecord
from brickyard.workloads.notebooks.document import Cell, Notebook
from brickyard.workloads.notebooks.ipynb import NOTEBOOK_KEY, write_cell

_MARKDOWN = re.compile(r"%md(?:-sandbox)?[ \t]*\n?")


class CellLog:
    """The records of all cells; each change is on disk when the call returns."""

    def __init__(self, attempt: Path, notebook: Notebook, now_ms: Callable[[], int]) -> None:
        self._attempt = attempt
        self._notebook = notebook
        self._now_ms = now_ms
        self._file = os.open(attempt / folder.CELLS, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.records = [
            CellRecord(
                index=index,
                language=cell.language(notebook.language),
                source=cell.source,
                title=cell.title,
                state="pending",
            )
            for index, cell in enumerate(notebook.cells)
        ]
        self._write(self.records)

    def begin(self, index: int) -> None:
        """The cell begins to run."""
        self._change(index, state="running", started_ms=self._now_ms())

    def end(self, index: int, state: Literal["ok", "failed"], outputs: list[dict[str, Any]]) -> None:
        """The cell is over."""
        self._change(index, state=state, ended_ms=self._now_ms(), outputs=outputs)

    def nothing_to_run(self, index: int) -> None:
        """A cell of text, or an empty one."""
        now = self._now_ms()
        self._change(index, state="ok", started_ms=now, ended_ms=now)

    def close(self) -> None:
        """What did not run is skipped; write the executed notebook."""
        for record in self.records:
            if record.state in {"pending", "running"}:
                self.records[record.index] = msgspec.structs.replace(record, state="skipped")
        self._write([record for record in self.records if record.state == "skipped"])
        os.close(self._file)
        temporary = self._attempt / f"{folder.NOTEBOOK}.new"
        temporary.touch(0o600)
        temporary.write_bytes(executed(self._notebook, self.records))
        temporary.rename(self._attempt / folder.NOTEBOOK)

    def _change(self, index: int, **changes: Any) -> None:
        self.records[index] = msgspec.structs.replace(self.records[index], **changes)
        self._write([self.records[index]])

    def _write(self, records: Sequence[CellRecord]) -> None:
        data = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
        while data:
            data = data[os.write(self._file, data) :]


def executed(notebook: Notebook, records: Sequence[CellRecord]) -> bytes:
    """The notebook with its outputs as an `.ipynb` file."""
    metadata: Mapping[str, Any] = notebook.metadata or {
        "language_info": {"name": notebook.language},
        NOTEBOOK_KEY: {"language": notebook.language},
    }
    cells = [_executed_cell(cell, record) for cell, record in zip(notebook.cells, records, strict=True)]
    body = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"


def _executed_cell(cell: Cell, record: CellRecord) -> dict[str, Any]:
    kind = cell.kind
    source = cell.source
    if kind == "code" and record.language == "md":
        kind, source = "markdown", _MARKDOWN.sub("", cell.source.lstrip(), count=1)
    written = write_cell(replace(cell, kind=kind, source=source, ipynb={}), record.index)
    own = {"state": record.state, "startedMs": record.started_ms, "endedMs": record.ended_ms}
    written["metadata"] = {**written["metadata"], "brickyard": own}
    if kind == "code":
        ran = record.state in {"ok", "failed"}
        written |= {"outputs": record.outputs, "execution_count": record.index + 1 if ran else None}
    return written
