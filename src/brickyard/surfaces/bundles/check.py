"""The settings of each job as the server will get them, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from brickyard.errors import BrickyardError
from brickyard.jobs.settings import parse
from brickyard.surfaces.bundles import modes
from brickyard.surfaces.bundles.interpolate import REFERENCE
from brickyard.surfaces.bundles.marks import Block, BundleError, Items, Mark, locate, steps, to_plain

SOME_ID = 1
"""Stands for the id of a job that is not deployed yet while settings are checked."""
_QUOTED = re.compile(r"(?:Invalid r|R)eference:? '([^']+)'")
_PATH = re.compile(r"[A-Za-z_]\w*(?:\[\d+\]|\.\w+)*")
TRIGGERS = modes.TRIGGERS
OURS = ("edit_mode ", "deployment ")
"""Notices on fields that a bundle adds itself tell nobody anything."""


def check_jobs(jobs: Block, state_path: str, mode: str) -> list[str]:
    """Fill in what bundles add to every job, and check it; the notices.

    Raises:
        BundleError: the settings are wrong; the text has the file and the line of the field.
    """
    notices: list[str] = []
    for key in jobs:
        job = jobs.block(key)
        _fill(job, state_path, mode)
        try:
            checked = parse(with_ids(job, {}))
        except BrickyardError as error:
            raise BundleError(f"resources.jobs.{key}: {error.message}", _place(job, error.message)) from None
        notices += [f"job {key}: {sentence}" for sentence in checked.notices if not sentence.startswith(OURS)]
    return notices


def with_ids(job: Block, ids: dict[str, int]) -> dict[str, Any]:
    """The settings as JSON, with the ids of other jobs put in; `SOME_ID` for those that are not known."""
    plain: dict[str, Any] = _replaced(to_plain(job), ids)
    return plain


def references(job: Block) -> set[str]:
    """The keys of the jobs whose ids this one needs."""
    found: set[str] = set()
    _collect(job, found)
    return found


def _fill(job: Block, state_path: str, mode: str) -> None:
    defaults: dict[str, Any] = {"name": "Untitled", "max_concurrent_runs": 1, "queue": {"enabled": True}}
    for name, value in defaults.items():
        if job.get(name) is None:
            job.put(name, value, None)
    for name in TRIGGERS:
        trigger = job.get(name)
        if isinstance(trigger, Block) and trigger.get("pause_status") is None:
            trigger.put("pause_status", "UNPAUSED", None)
    job.put("format", "MULTI_TASK", None)
    job.put("edit_mode", "EDITABLE" if mode == modes.DEVELOPMENT else "UI_LOCKED", None)
    job.put("deployment", {"kind": "BUNDLE", "metadata_file_path": f"{state_path}/metadata.json"}, None)


def _place(job: Block, message: str) -> Mark | None:
    """Where the value stands that a sentence speaks of: it begins with its path, or quotes a reference."""
    quoted = _QUOTED.match(message)
    if quoted:
        return _where_written(job, quoted[1]) or job.at
    path = _PATH.match(message)
    return locate(job, steps(path[0])) if path else job.at


def _where_written(value: Any, reference: str) -> Mark | None:
    pairs: Iterable[tuple[Any, Mark | None]] = ()
    if isinstance(value, Block):
        pairs = ((entry, value.mark(key)) for key, entry in value.items())
    elif isinstance(value, Items):
        pairs = zip(value, value.marks, strict=True)
    for entry, mark in pairs:
        found = mark if isinstance(entry, str) and reference in entry else _where_written(entry, reference)
        if found is not None:
            return found
    return None


def _replaced(value: Any, ids: dict[str, int]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(entry, ids) for key, entry in value.items()}
    if isinstance(value, list):
        return [_replaced(entry, ids) for entry in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return ids.get(whole[1].split(".")[2], SOME_ID)
    return REFERENCE.sub(lambda found: str(ids.get(found[1].split(".")[2], SOME_ID)), value)


def _collect(value: object, found: set[str]) -> None:
    if isinstance(value, dict):
        for entry in value.values():
            _collect(entry, found)
    elif isinstance(value, list):
        for entry in value:
            _collect(entry, found)
    elif isinstance(value, str):
        found.update(reference.split(".")[2] for reference in REFERENCE.findall(value))
