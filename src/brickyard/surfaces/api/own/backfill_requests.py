"""Reads what the endpoints of backfills are sent."""

from __future__ import annotations

from typing import Final

from brickyard.engine.backfill.door import DEFAULT_MAX_RUNS, BackfillRequest
from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.api.inputs import Fields

_KNOWN: Final = ("from", "to", "every", "zone", "parameters", "order", "parallel", "rerun", "max_runs", "dry_run")


def backfill_request(sent: Fields) -> tuple[BackfillRequest, bool]:
    """The wish, and whether it is only to be looked at.

    Raises:
        InvalidParameterValue: a field is missing, unknown or of a wrong type; values are for the engine to judge.
    """
    sent.only(*_KNOWN)
    return BackfillRequest(
        start=sent.text("from"),
        end=sent.text("to"),
        every=sent.text("every"),
        zone=sent.text("zone", "UTC"),
        parameters=_parameters(sent),
        order=sent.text("order", "oldest"),
        parallel=sent.whole("parallel", 1),
        rerun=sent.text("rerun", "failed"),
        max_runs=sent.whole("max_runs", DEFAULT_MAX_RUNS),
    ), sent.flag("dry_run")


def _parameters(sent: Fields) -> dict[str, str]:
    found = sent.mapping("parameters")
    for name, value in found.items():
        if not isinstance(value, str):
            raise InvalidParameterValue(f"parameters.{name[:100]} is {value!r:.100}; it must be a text.")
    return found
