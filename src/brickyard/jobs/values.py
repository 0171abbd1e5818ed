"""What each name in a reference stands for. Source: the service's page on dynamic value references."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.dates import TIME_ARGUMENTS, time_argument
from brickyard.jobs.field import nearest
from brickyard.jobs.scope import Scope, Upstream

NAMESPACES: Final = frozenset({"job", "task", "tasks", "workspace", "backfill", "input"})
"""A reference that begins with anything else is literal text."""

_MINUTE_MS: Final = 60_000


def _trigger_ms(scope: Scope) -> int:
    # The service rounds the time of a schedule down to the minute.
    return scope.trigger_ms - scope.trigger_ms % _MINUTE_MS if scope.trigger_type == "PERIODIC" else scope.trigger_ms


def _start(argument: str) -> Callable[[Scope], str]:
    return lambda scope: time_argument(argument, scope.start_ms)


def _trigger(argument: str) -> Callable[[Scope], str]:
    return lambda scope: time_argument(argument, _trigger_ms(scope))


_OF_JOB: Final[Mapping[tuple[str, ...], Callable[[Scope], str]]] = {
    ("job", "id"): lambda scope: str(scope.job_id),
    ("job", "name"): lambda scope: scope.job_name,
    ("job", "run_id"): lambda scope: str(scope.run_id),
    ("job", "repair_count"): lambda scope: str(scope.repair_count),
    ("job", "trigger", "type"): lambda scope: scope.trigger_type.lower(),
    ("workspace", "id"): lambda scope: str(scope.workspace_id),
    ("workspace", "url"): lambda scope: scope.workspace_url,
    **{("job", "start_time", argument): _start(argument) for argument in TIME_ARGUMENTS},
    **{("job", "trigger", "time", argument): _trigger(argument) for argument in TIME_ARGUMENTS},
    ("job_id",): lambda scope: str(scope.job_id),
    ("parent_run_id",): lambda scope: str(scope.run_id),
    ("start_date",): _start("iso_date"),
    ("start_time",): _start("timestamp_ms"),
}

_OF_TASK: Final[Mapping[tuple[str, ...], Callable[[Scope], str]]] = {
    ("task", "name"): lambda scope: scope.task_key,
    ("task", "run_id"): lambda scope: str(scope.task_run_id),
    ("task", "execution_count"): lambda scope: str(scope.execution_count),
    ("task", "notebook_path"): lambda scope: scope.notebook_path,
    ("run_id",): lambda scope: str(scope.task_run_id),
    ("task_key",): lambda scope: scope.task_key,
    ("task_retry_count",): lambda scope: str(scope.execution_count - 1),
}

LEGACY: Final = frozenset(parts[0] for parts in (*_OF_JOB, *_OF_TASK) if len(parts) == 1)
"""Names of the first version of the feature, without a namespace; still in wide use."""


def _error_code(task: Upstream) -> str:
    # RUN_EXECUTION_ERROR becomes RunExecutionError; a success has none.
    code = task.error_code
    if code in ("", "SUCCESS"):
        return ""
    return "".join(word.capitalize() for word in code.split("_")) if code.isupper() else code


_OF_UPSTREAM: Final[Mapping[str, Callable[[Upstream], str]]] = {
    "run_id": lambda task: str(task.run_id),
    "result_state": lambda task: task.result_state.lower(),
    "error_code": _error_code,
    "execution_count": lambda task: str(task.execution_count),
    "notebook_path": lambda task: task.notebook_path,
}

_REFUSED: Final[Mapping[tuple[str, ...], str]] = {
    ("job", "trigger", "file_arrival"): "runs are not started by arriving files yet",
    ("job", "trigger", "table_update"): "runs are not started by changed tables yet",
    ("backfill",): "backfills are not run yet",
    ("input",): "only a for_each_task has it, and loops are not run yet",
}


def is_of_job(parts: tuple[str, ...]) -> bool:
    """True for a name that is known as soon as a run starts, and is no job parameter."""
    return parts in _OF_JOB


def check_name(parts: tuple[str, ...], text: str, where: str) -> None:
    """That a name of a known namespace exists; job parameters and tasks are for the caller to check.

    Raises:
        InvalidParameterValue: there is no such name; the nearest is suggested.
        FeatureDisabled: the name speaks of something that is refused here.
    """
    if parts in _OF_JOB or parts in _OF_TASK or (parts[:2] == ("job", "parameters") and len(parts) == 3):
        return
    for prefix, reason in _REFUSED.items():
        if parts[: len(prefix)] == prefix:
            raise FeatureDisabled(f"Reference '{text}' {where} is not supported: {reason}.")
    if parts[0] == "tasks" and len(parts) > 2:
        _check_upstream(parts, text, where)
        return
    names = [".".join(name) for name in (*_OF_JOB, *_OF_TASK)]
    hint = nearest(".".join(parts), [*names, "job.parameters.<name>", "tasks.<name>.values.<key>"])
    raise InvalidParameterValue(f"Reference '{text}' {where}: '{'.'.join(parts)}' is not a known name.{hint}")


def _check_upstream(parts: tuple[str, ...], text: str, where: str) -> None:
    if parts[2] == "output":
        raise FeatureDisabled(
            f"Reference '{text}' {where} is not supported: only SQL tasks have output, and those are refused."
        )
    if (len(parts) == 3 and parts[2] in _OF_UPSTREAM) or (len(parts) == 4 and parts[2] == "values"):
        return
    known = [*_OF_UPSTREAM, "values.<key>"]
    raise InvalidParameterValue(
        f"Reference '{text}' {where}: '{'.'.join(parts[2:])}' is not known of a task;"
        f" allowed are {', '.join(known)}.{nearest(parts[2], known)}"
    )


def value_of(parts: tuple[str, ...], text: str, scope: Scope, where: str) -> str:
    """The value of a name.

    Raises:
        InvalidParameterValue: it has none in this run: the parameter is not defined, the task did not run, the value
            was never set.
    """
    check_name(parts, text, where)
    plain = _OF_JOB.get(parts) or _OF_TASK.get(parts)
    if plain:
        return plain(scope)
    if parts[0] == "job":
        if parts[2] not in scope.parameters:
            raise undefined_parameter(parts[2], text, where)
        return scope.parameters[parts[2]]
    task = scope.tasks.get(parts[1])
    if task is None:
        raise InvalidParameterValue(
            f"Reference '{text}' {where} has no value: task '{parts[1]}' has not run before it."
        )
    if parts[2] != "values":
        return _OF_UPSTREAM[parts[2]](task)
    if parts[3] not in task.values:
        raise InvalidParameterValue(
            f"Reference '{text}' {where} has no value: task '{parts[1]}' did not set the task value '{parts[3]}'."
            f"{nearest(parts[3], task.values)}"
        )
    return value_text(task.values[parts[3]])


def undefined_parameter(name: str, text: str, where: str) -> InvalidParameterValue:
    """The error for a job parameter that is not defined, in the service's words."""
    return InvalidParameterValue(f"Reference '{text}' {where} refers to an undefined job parameter '{name}'.")


def value_text(value_json: str) -> str:
    """A task value as text: a string as it is, everything else as its JSON (`true`, `1.5`, `[1, 2]`)."""
    value = json.loads(value_json)
    return value if isinstance(value, str) else value_json
