"""What each name in a reference stands for, in one task of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import elements, names
from brickyard.jobs.dates import TIME_ARGUMENTS, time_argument
from brickyard.jobs.field import nearest
from brickyard.jobs.scope import Scope, Upstream
from brickyard.jobs.shape import brief, show

_MINUTE_MS: Final = 60_000
_SKIPPED: Final = frozenset({"DISABLED", "EXCLUDED", "UPSTREAM_FAILED", "UPSTREAM_CANCELED"})


def _trigger_ms(scope: Scope) -> int:
    # The service rounds the time of a schedule down to the minute.
    return scope.trigger_ms - scope.trigger_ms % _MINUTE_MS if scope.trigger_type == "PERIODIC" else scope.trigger_ms


def _start(argument: str) -> Callable[[Scope], str]:
    return lambda scope: time_argument(argument, scope.start_ms)


def _trigger(argument: str) -> Callable[[Scope], str]:
    return lambda scope: time_argument(argument, _trigger_ms(scope))


_PLAIN: Final[Mapping[tuple[str, ...], Callable[[Scope], str]]] = {
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
    ("task", "name"): lambda scope: scope.task_key,
    ("task", "run_id"): lambda scope: str(scope.task_run_id),
    ("task", "execution_count"): lambda scope: str(scope.execution_count),
    ("task", "notebook_path"): lambda scope: scope.notebook_path,
    ("run_id",): lambda scope: str(scope.task_run_id),
    ("task_key",): lambda scope: scope.task_key,
    ("task_retry_count",): lambda scope: str(scope.execution_count - 1),
}


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


def value_of(parts: tuple[str, ...], text: str, scope: Scope, where: str) -> str:
    """The value of a name.

    Raises:
        InvalidParameterValue: it has none in this run: the parameter is not defined, the task did not run, the value
            was never set.
        FeatureDisabled: as `names.check`.
    """
    names.check(parts, text)
    plain = _PLAIN.get(parts)
    if plain:
        return plain(scope)
    if parts[0] == "tasks":
        return _of_task(parts, text, scope)
    if parts[0] == "input":
        return _of_input(parts, text, scope)
    if parts[0] == "backfill":
        if scope.backfill_ms is None:
            raise _unresolved(text, "only the runs of a backfill have it, and this is none")
        return time_argument(parts[1], scope.backfill_ms, scope.backfill_zone)
    if parts[1] == "trigger":
        return _of_arrival(parts, text, scope) if parts[2] == "file_arrival" else _of_update(parts, text, scope)
    if parts[2] not in scope.parameters:
        raise undefined_parameter(parts[2], text, where)
    return scope.parameters[parts[2]]


def _of_task(parts: tuple[str, ...], text: str, scope: Scope) -> str:
    key = parts[1]
    task = scope.tasks.get(key)
    if task is None:
        raise _unresolved(text, f"task '{key}' has not run before it")
    if parts[2] == "values":
        if parts[3] not in task.values:
            raise InvalidParameterValue(
                f"Failed to resolve references: Task value referenced by '{text}' was not found."
                f"{nearest(parts[3], task.values)}"
            )
        return elements.value_text(task.values[parts[3]])
    return _of_output(parts, text, task) if parts[2] == "output" else _OF_UPSTREAM[parts[2]](task)


def _of_output(parts: tuple[str, ...], text: str, task: Upstream) -> str:
    if task.result_state in _SKIPPED:
        raise InvalidParameterValue(
            f"Failed to resolve references: Cannot access output from task '{parts[1]}' because the task was skipped."
        )
    if not task.output:
        raise _unresolved(text, f"task '{parts[1]}' has no output; it ended as {task.result_state.lower()}")
    if parts[3] == "rows":
        return elements.rows_text(task.output)
    row = elements.first_row(task.output)
    if row is None:
        raise _unresolved(text, f"task '{parts[1]}' gave no rows")
    if len(parts) == 4:
        return elements.row_text(row)
    if parts[4] not in row:
        raise _unresolved(text, f"the output has no column '{parts[4]}'", nearest(parts[4], row))
    return row[parts[4]]


def _of_input(parts: tuple[str, ...], text: str, scope: Scope) -> str:
    if scope.input is None:
        raise _unresolved(text, "only an iteration of a loop has an input")
    if len(parts) == 1:
        return elements.element_text(scope.input)
    known = elements.members_of(scope.input)
    if known is None:
        raise _unresolved(text, f"the input is {show(scope.input)}, which is no object")
    member = elements.member_text(scope.input, parts[1])
    if member is None:
        raise _unresolved(text, f"the input has no key '{parts[1]}'", nearest(parts[1], known))
    return member


def _of_arrival(parts: tuple[str, ...], text: str, scope: Scope) -> str:
    if scope.file_arrival is None:
        raise _unresolved(text, "no files started this run")
    if parts[3] == "location":
        return str(scope.file_arrival.get("location", ""))
    return elements.dumped(list(scope.file_arrival.get("files", ())))


def _of_update(parts: tuple[str, ...], text: str, scope: Scope) -> str:
    tables: Mapping[str, Any] = (scope.table_update or {}).get("updated_tables", {})
    if parts[3:] == ("updated_tables",):
        return elements.dumped(list(tables))
    is_version = parts[-1] == "version"
    table = ".".join(parts[3 : -1 if is_version else -2])
    if table not in tables:
        raise _unresolved(text, f"table '{table}' did not start this run", nearest(table, tables))
    found = tables[table]
    return str(found["version"]) if is_version else time_argument(parts[-1], found["commit_timestamp"])


def _unresolved(text: str, reason: str, hint: str = "") -> InvalidParameterValue:
    return InvalidParameterValue(f"Failed to resolve references: '{text}' has no value: {reason}.{hint}")


def undefined_parameter(name: str, text: str, where: str) -> InvalidParameterValue:
    """The error for a job parameter that is not defined, in the service's words."""
    return InvalidParameterValue(f"Reference '{text}' {where} refers to an undefined job parameter '{brief(name)}'.")
