"""Reads what `run-now` and `runs/repair` were sent, by the table of fields in `jobs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brickyard.engine.commands import RepairRequest, StartRequest
from brickyard.jobs.fields_requests import OVERRIDES
from brickyard.jobs.shape import check
from brickyard.surfaces.api.inputs import Fields


def start_request(sent: Fields) -> tuple[int, StartRequest]:
    """The job, and the wish of `run-now`.

    Raises:
        InvalidParameterValue: a field is unknown or of a wrong type.
        FeatureDisabled: a field is known and refused.
    """
    values = check("run_now", sent.raw())
    return values["job_id"], StartRequest(
        parameters=values.get("job_parameters", {}),
        overriding=_overriding(values),
        only=values.get("only", ()),
        idempotency_token=values.get("idempotency_token") or None,
        queue_enabled=values.get("queue", {}).get("enabled"),
    )


def repair_request(sent: Fields) -> tuple[int, RepairRequest]:
    """The run, and the wish of `runs/repair`. Raises as `start_request`."""
    values = check("repair", sent.raw())
    return values["run_id"], RepairRequest(
        rerun_tasks=values.get("rerun_tasks", ()),
        rerun_all_failed_tasks=values.get("rerun_all_failed_tasks", False),
        rerun_dependent_tasks=values.get("rerun_dependent_tasks", False),
        latest_repair_id=values.get("latest_repair_id"),
        parameters=values.get("job_parameters", {}),
        overriding=_overriding(values),
    )


def _overriding(values: Mapping[str, Any]) -> dict[str, Any]:
    """The legacy overrides that say something: some clients send all kinds of them, most of them empty."""
    return {field.name: values[field.name] for field in OVERRIDES if values.get(field.name)}
