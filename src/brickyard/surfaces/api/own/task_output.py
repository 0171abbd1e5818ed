"""What a task run has done so far, read from the folder that its worker writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from brickyard.surfaces.api import run_facts, run_output
from brickyard.surfaces.api.own import runs as own_runs
from brickyard.surfaces.api.services import Services
from brickyard.workloads import folder
from brickyard.workloads.folder import CellRecord
from brickyard.workloads.messages import Outcome

TAIL = 64 * 1024
"""Bytes of each stream in the output; the whole is had from `logs`."""
MAX_LOG = 10 * 1024 * 1024
"""Bytes of one answer of `logs`."""

_decode_cell = msgspec.json.Decoder(CellRecord).decode


def read(services: Services, attempt_id: int) -> dict[str, Any]:
    """State, cells, error and the last lines of a task run.

    Raises:
        InvalidParameterValue: there is no task run of this id.
    """
    facts, attempt = run_facts.require_attempt(services, attempt_id)
    place = folder.of(services.settings.attempts, attempt_id)
    outcome = services.store.runs.outcome(attempt_id)
    ending = attempt.ending
    error = _error(outcome)
    if error is None and ending is not None and ending.message:
        error = {"message": ending.message, "trace": "", "cell": None, "cell_title": "", "line": None}
    return {
        "run_id": facts.run.run_id,
        "task_key": attempt.task_key,
        "iteration": attempt.iteration if attempt.iteration >= 0 else None,
        "input": own_runs.input_of(services, attempt) if attempt.iteration >= 0 else None,
        "attempt_number": attempt.number,
        "job_version": facts.version(attempt.repair),
        "code_hash": outcome.code_hash if outcome else "",
        "state": attempt.life_cycle.value,
        "result": ending.result.value if ending else None,
        "cells": cells(place / folder.CELLS),
        "error": error,
        "exit_value": outcome.exit_value if outcome else None,
        "stdout_tail": run_output.tail(place / folder.STDOUT, TAIL)[0],
        "stderr_tail": run_output.tail(place / folder.STDERR, TAIL)[0],
    }


def cells(path: Path) -> list[dict[str, Any]]:
    """As `cell_records`, with every field, also where it has its default, which the file leaves out."""
    return [{name: getattr(cell, name) for name in CellRecord.__struct_fields__} for cell in cell_records(path)]


def cell_records(path: Path) -> list[CellRecord]:
    """The cells, by index: of each its last line counts. A last line that is not complete yet is left out."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    found: dict[int, CellRecord] = {}
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        record = _decode_cell(line)
        found[record.index] = record
    return [found[index] for index in sorted(found)]


def log(services: Services, attempt_id: int, stream: str, *, last: int | None, offset: int) -> tuple[str, int]:
    """Text of a stream and where in the file it ends: the `last` lines, or everything from byte `offset` on."""
    if services.store.runs.run_of_attempt(attempt_id) is None:
        raise run_facts.no_run(attempt_id)
    place = folder.of(services.settings.attempts, attempt_id)
    path = place / (folder.STDOUT if stream == "stdout" else folder.STDERR)
    if not path.is_file():
        return "", offset
    size = path.stat().st_size
    if last is not None:
        text, _ = run_output.tail(path, MAX_LOG)
        lines = text.splitlines(keepends=True)
        return "".join(lines[max(0, len(lines) - last) :]), size
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(MAX_LOG)
    return data.decode(errors="replace"), offset + len(data)


def _error(outcome: Outcome | None) -> dict[str, Any] | None:
    if outcome is None or not outcome.error:
        return None
    return {
        "message": outcome.error,
        "trace": outcome.trace,
        "cell": outcome.cell if outcome.cell >= 0 else None,
        "cell_title": outcome.cell_title,
        "line": outcome.line or None,
    }
