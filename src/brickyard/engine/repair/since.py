"""What has changed since a run: settings, parameters, code. Pure; who asks has read it all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brickyard.engine.repair.outlook import CodeChange, Since
from brickyard.jobs.difference import differences
from brickyard.jobs.overriding import over
from brickyard.records import Json, RunRecord


def effective(settings: Json, given: Mapping[str, str], overriding: Json) -> Json:
    """The parameters of a run: those of the job with their values, and the legacy overrides by their kind."""
    declared: dict[str, Any] = {item["name"]: item.get("default", "") for item in settings.get("parameters", ())}
    return {"job_parameters": {**declared, **given}, **overriding}


def as_it_ran(record: RunRecord, repair: int) -> Json:
    """The effective parameters of a run (0) or of one of its repairs."""
    return effective(record.settings_by_repair[repair], given(record, repair), overriding(record, repair))


def given(record: RunRecord, repair: int) -> Mapping[str, str]:
    """The overrides of job parameters in a repair: its own over those of the start."""
    return {**record.parameters_by_repair.get(0, {}), **record.parameters_by_repair.get(repair, {})}


def overriding(record: RunRecord, repair: int) -> Json:
    """The legacy overrides in a repair: its own over those of the start."""
    return over(record.overriding, record.overriding_by_repair.get(repair, {}))


def since(
    record: RunRecord,
    repair: int,
    *,
    ended_ms: int,
    settings: Json,
    version: int,
    parameters: Json,
    code: tuple[CodeChange, ...] = (),
) -> Since:
    """What has changed since this repair (0: the original) of a run.

    Args:
        record: what is kept of that run.
        repair: which of its repairs.
        ended_ms: when it ended.
        settings: of the job, as they are now.
        version: theirs; 0 for a run without a job.
        parameters: the effective ones of now; see `effective`.
        code: what changed in the files of the tasks.
    """
    return Since(
        run_id=record.run_id,
        ended_ms=ended_ms,
        from_version=record.versions_by_repair.get(repair, 0),
        to_version=version,
        settings=differences(record.settings_by_repair[repair], settings),
        parameters=differences(as_it_ran(record, repair), parameters),
        code=code,
    )
