"""Which of a run's parameters each task gets, with every reference resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from brickyard.jobs import shape
from brickyard.jobs.overrides import all_tasks, check_overrides
from brickyard.jobs.references import resolve
from brickyard.jobs.requirements import requirements
from brickyard.jobs.resolved import resolved_values
from brickyard.jobs.scope import Scope, Upstream
from brickyard.jobs.tasks import (
    ConditionTask,
    DbtTask,
    ForEachTask,
    JobSettings,
    NotebookTask,
    PythonWheelTask,
    RunJobTask,
    SparkPythonTask,
    SqlTask,
    Task,
    Work,
)

__all__ = [
    "Scope",
    "Upstream",
    "all_tasks",
    "check_overrides",
    "job_parameters",
    "requirements",
    "resolve_work",
    "resolved_values",
]


def job_parameters(settings: JobSettings, overrides: Mapping[str, str], scope: Scope) -> dict[str, str]:
    """The effective job parameters of a run: overrides as given, defaults with their references resolved.

    Overrides are values, not templates. Those that the job does not define come last.
    """
    known = _with_trigger(scope, settings)
    result = {
        name: overrides[name] if name in overrides else resolve(default, known)
        for name, default in settings.parameters.items()
    }
    return {**result, **overrides}


def resolve_work(task: Task, settings: JobSettings, scope: Scope, overriding: Mapping[str, Any]) -> Work:
    """The task's payload as it runs: references resolved, parameters by their precedence.

    From weakest to strongest: the task's own parameters, legacy overrides (only where the job defines no job
    parameters), job parameters. Notebooks, SQL tasks, wheel tasks with named parameters and run-job tasks get all job
    parameters; the others only what their own texts refer to. Of a loop only `inputs` is resolved: its nested task is
    resolved for each iteration. Overrides are values, not templates.
    Source: the service's page on job parameters, "Job parameter pushdown".

    Args:
        task: one of the job's tasks, or the nested task of a loop (with `scope.input`).
        settings: the job as this run sees it.
        scope: what references mean; its `parameters` are those of `job_parameters`.
        overriding: legacy overrides that have passed `check_overrides`.

    Raises:
        InvalidParameterValue: a reference has no value in this run.
    """
    legacy = {} if settings.parameters else shape.check("overriding", overriding)
    return _resolved(task.work, _with_trigger(scope, settings), legacy)


def _resolved(work: Work, scope: Scope, legacy: Mapping[str, Any]) -> Work:
    match work:
        case NotebookTask():
            merged = _merged(work.base_parameters, legacy.get("notebook_params", {}), scope)
            return replace(work, notebook_path=resolve(work.notebook_path, scope), base_parameters=merged)
        case SparkPythonTask():
            arguments = _list(legacy.get("python_params") or (), work.parameters, scope)
            return replace(work, python_file=resolve(work.python_file, scope), parameters=arguments)
        case PythonWheelTask():
            return _wheel(work, scope, legacy)
        case SqlTask():
            merged = _merged(work.parameters, legacy.get("sql_params", {}), scope)
            path, query = resolve(work.file_path, scope), resolve(work.query_id, scope)
            return replace(work, file_path=path, query_id=query, parameters=merged)
        case DbtTask():
            return _dbt(work, scope, legacy)
        case RunJobTask():
            return _run_job(work, scope)
        case ConditionTask():
            return replace(work, left=resolve(work.left, scope), right=resolve(work.right, scope))
        case ForEachTask():
            return replace(work, inputs=resolve(work.inputs, scope))


def _wheel(work: PythonWheelTask, scope: Scope, legacy: Mapping[str, Any]) -> PythonWheelTask:
    if legacy.get("python_params"):
        return replace(work, parameters=tuple(legacy["python_params"]), named_parameters={})
    named = legacy.get("python_named_params", {})
    if not work.named_parameters and not named:
        # A list has no names, so job parameters have no place in it; nor has a task without parameters asked for any.
        return replace(work, parameters=_list((), work.parameters, scope))
    return replace(work, parameters=(), named_parameters=_merged(work.named_parameters, named, scope))


def _dbt(work: DbtTask, scope: Scope, legacy: Mapping[str, Any]) -> DbtTask:
    return replace(
        work,
        commands=_list(legacy.get("dbt_commands") or (), work.commands, scope),
        project_directory=resolve(work.project_directory, scope),
        profiles_directory=resolve(work.profiles_directory, scope),
        catalog=resolve(work.catalog, scope),
        schema=resolve(work.schema, scope),
    )


def _run_job(work: RunJobTask, scope: Scope) -> RunJobTask:
    if work.overriding:  # the other job has no job parameters: nothing can be pushed down to it
        return replace(work, overriding=_deep(work.overriding, scope))
    return replace(work, job_parameters=_merged(work.job_parameters, {}, scope))


def _merged(own: Mapping[str, str], legacy: Mapping[str, str], scope: Scope) -> dict[str, str]:
    return {**{name: resolve(text, scope) for name, text in own.items()}, **legacy, **scope.parameters}


def _list(legacy: Iterable[str], own: Iterable[str], scope: Scope) -> tuple[str, ...]:
    # An empty list overrides nothing: clients send all lists, and empty ones for what they do not set.
    return tuple(legacy) or tuple(resolve(text, scope) for text in own)


def _deep(values: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Legacy overrides for another job: maps and lists of strings."""
    return {
        name: {key: resolve(text, scope) for key, text in value.items()}
        if isinstance(value, Mapping)
        else [resolve(text, scope) for text in value]
        for name, value in values.items()
    }


def _with_trigger(scope: Scope, settings: JobSettings) -> Scope:
    """What the job's own trigger watches is known in every run of it, also in one that was started by hand."""
    trigger = settings.raw.get("trigger")
    watched = trigger.get("file_arrival") if isinstance(trigger, Mapping) else None
    if scope.file_arrival is not None or not watched:
        return scope
    return replace(scope, file_arrival={"location": watched["url"], "files": []})
