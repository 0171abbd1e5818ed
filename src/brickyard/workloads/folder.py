"""The folder of one attempt: the worker writes it, the server and the API read it. It outlives both.

| name | content |
| --- | --- |
| `assignment.json` | the `Assignment`, written by the server before the worker gets it (mode 0600) |
| `claim` | made by the worker with O_EXCL: whoever made it runs the attempt, nobody else ever does |
| `work/` | the working directory of the user's code |
| `stdout.log`, `stderr.log` | everything that the process and its children wrote, as it came |
| `cells.ndjson` | one `CellRecord` a line, as cells start and end; the last line of an index counts |
| `output.ipynb` | the executed notebook (nbformat 4), written when the attempt ends, also after a failure |
| `code.json` | the files that ran, with their hashes: see `code` |
| `dbt/` | of a dbt task: the copy of its project, in which dbt writes `target` and `logs` |
| `outcome.json` | the `Outcome`, written atomically just before it is reported |
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from brickyard.workloads.struct import Struct

ASSIGNMENT = "assignment.json"
CLAIM = "claim"
WORK = "work"
STDOUT = "stdout.log"
STDERR = "stderr.log"
CELLS = "cells.ndjson"
NOTEBOOK = "output.ipynb"
CODE = "code.json"
OUTCOME = "outcome.json"
DBT = "dbt"


class CellRecord(Struct, frozen=True, kw_only=True):
    """One cell as it ran. Times are epoch milliseconds; 0 is "not yet"."""

    index: int
    language: Literal["python", "sql", "md", "run", "sh", "pip", "fs", "scala", "r", "other"]
    source: str
    """The cell's text without magic prefixes of the source format, with its own magic line."""
    title: str = ""
    state: Literal["pending", "running", "ok", "failed", "skipped"]
    started_ms: int = 0
    ended_ms: int = 0
    outputs: list[dict[str, Any]] = []
    """nbformat 4 outputs."""


def of(root: Path, attempt_id: int) -> Path:
    """The folder of an attempt below `root` (`Settings.attempts`)."""
    return root / str(attempt_id)
