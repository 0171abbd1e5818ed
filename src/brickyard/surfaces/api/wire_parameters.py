"""Job parameters of a run as the API shows them: each with its default and the value that it had."""

from __future__ import annotations

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.references import resolve
from brickyard.jobs.scope import Scope
from brickyard.surfaces.api.wire_facts import Facts


def job_parameters(facts: Facts, repair: int) -> list[dict[str, str]]:
    """Every job parameter with its default and the value that it has after this repair."""
    given = facts.record.parameters_by_repair
    values = {**given.get(0, {}), **given.get(repair, {})}
    declared = {item["name"]: item["default"] for item in facts.settings(repair).get("parameters", ())}
    scope = _scope(facts)
    shown = [
        {"name": name, "default": default, "value": values[name] if name in values else _resolved(default, scope)}
        for name, default in declared.items()
    ]
    return shown + [{"name": name, "value": value} for name, value in values.items() if name not in declared]


def _resolved(default: str, scope: Scope) -> str:
    """A default as its tasks see it; one that has no value, which failed them, is shown as it was written."""
    try:
        return resolve(default, scope)
    except InvalidParameterValue:
        return default


def _scope(facts: Facts) -> Scope:
    """What references in defaults of job parameters mean: they see the run, and no task."""
    run = facts.run
    return Scope(
        job_id=run.job_id,
        job_name=facts.record.name,
        run_id=run.run_id,
        repair_count=len(run.repairs),
        start_ms=run.started_ms or run.created_ms,
        trigger_ms=run.created_ms,
        trigger_type=run.trigger.value,
        workspace_id=facts.workspace_id,
        workspace_url=facts.url,
        now_ms=run.started_ms or run.created_ms,
    ).started_by(facts.record.trigger_info)
