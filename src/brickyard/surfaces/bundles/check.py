"""The settings of each job as the server will get them, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from brickyard.errors import BrickyardError
from brickyard.jobs.settings import parse
from brickyard.surfaces.bundles import modes
from brickyard.surfaces.bundles.interpolate import REFERENCE
from brickyard.surfaces.bundles.marks import Block, BundleError, Items, Mark, Step, locate, steps, to_plain

SOME_ID = 1
"""Stands for the id of a job that is not deployed yet while settings are checked."""
_QUOTED = re.compile(r"(?:Invalid r|R)eference:? '([^']+)'")
_MEANT = re.compile(r"Did you mean '(\w+)'")
_PATH = re.compile(r"[A-Za-z_]\w*(?:\[\d+\]|\.\w+)*")
TRIGGERS = modes.TRIGGERS
MOST_ERRORS = 20
"""So many are told of one job; whoever has more will come again."""
OURS = ("edit_mode ", "deployment ")
"""Notices on fields that a bundle adds itself tell nobody anything."""


def check_jobs(jobs: Block, state_path: str, mode: str) -> list[str]:
    """Fill in what bundles add to every job, and check it; the notices.

    Raises:
        BundleError: the settings are wrong; the text has the file and the line of the field.
    """
    notices: list[str] = []
    errors: list[BundleError] = []
    for key in jobs:
        job = jobs.block(key)
        _fill(job, state_path, mode)
        found = _faults(key, job)
        errors += found
        if not found:
            checked = parse(with_ids(job, {})).notices
            notices += [f"job {key}: {sentence}" for sentence in checked if not sentence.startswith(OURS)]
    raise_all(errors)
    return notices


def raise_all(errors: Sequence[BundleError]) -> None:
    """Raise what was found as one error with a line for each; nothing where nothing was found.

    Raises:
        BundleError: something was found.
    """
    if errors:
        raise BundleError("\n".join(error.message for error in errors))


def _faults(key: str, job: Block) -> list[BundleError]:
    """What is wrong with the settings of a job. Each wrong field is taken out or mended, to see what else is."""
    plain = with_ids(job, {})
    found: list[BundleError] = []
    mended: set[str] = set()
    while len(found) < MOST_ERRORS:
        try:
            parse(plain)
        except BrickyardError as error:
            path = _PATH.match(error.message)
            place = path[0] if path else ""
            # What is missing or odd now may be what was taken out or mended a moment ago.
            if not found or ("is missing" not in error.message and place not in mended):
                found.append(BundleError(f"resources.jobs.{key}: {error.message}", _place(job, error.message)))
            meant = _MEANT.search(error.message)
            if not _taken_out(plain, steps(place), meant[1] if meant else ""):
                break
            if meant:
                mended.add(".".join([*place.split(".")[:-1], meant[1]]))
        else:
            break
    return found


def _taken_out(plain: Any, path: Sequence[Step], meant: str) -> bool:
    """Remove the entry of a mapping at a path, or give it the name that was meant; False where there is none."""
    *way, last = path or [""]
    for step in way:
        here = step < len(plain) if isinstance(plain, list) and isinstance(step, int) else step in plain
        if not here:
            return False
        plain = plain[step]
    if not isinstance(plain, dict) or last not in plain:
        return False
    value = plain.pop(last)
    if meant:
        plain.setdefault(meant, value)
    return True


def with_ids(job: Block, ids: dict[str, int], unknown: int | None = SOME_ID) -> dict[str, Any]:
    """The settings as JSON, with the ids of other jobs put in.

    Those that are not known become `unknown`; where that is None, the reference stays as it was written.
    """
    plain: dict[str, Any] = _replaced(to_plain(job), ids, unknown)
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


def _replaced(value: Any, ids: dict[str, int], unknown: int | None) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(entry, ids, unknown) for key, entry in value.items()}
    if isinstance(value, list):
        return [_replaced(entry, ids, unknown) for entry in value]
    if not isinstance(value, str) or "${" not in value:
        return value

    def known(reference: str) -> int | None:
        return ids.get(reference.split(".")[2], unknown)

    whole = REFERENCE.fullmatch(value)
    if whole:
        job_id = known(whole[1])
        return value if job_id is None else job_id
    return REFERENCE.sub(lambda found: found[0] if known(found[1]) is None else str(known(found[1])), value)


def _collect(value: object, found: set[str]) -> None:
    if isinstance(value, dict):
        for entry in value.values():
            _collect(entry, found)
    elif isinstance(value, list):
        for entry in value:
            _collect(entry, found)
    elif isinstance(value, str):
        found.update(reference.split(".")[2] for reference in REFERENCE.findall(value))
