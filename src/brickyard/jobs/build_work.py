"""Make the typed payload of a task, kind by kind, and check what its parts say of each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.field import Meaning
from brickyard.jobs.fields import SECTIONS
from brickyard.jobs.fields_payloads import WORKING_PAYLOADS
from brickyard.jobs.fields_task import PAYLOADS
from brickyard.jobs.shape import blank, show
from brickyard.jobs.tasks import (
    ConditionTask,
    DbtTask,
    NotebookTask,
    Op,
    PythonWheelTask,
    RunJobTask,
    Source,
    SparkPythonTask,
    SqlTask,
    Work,
)

_LEGACY: Final = tuple(entry.name for entry in WORKING_PAYLOADS["run_job_task"][2:])
_DBT: Final = re.compile(r"\s*dbt(?:\s|$)|\s*\{\{")


def kind_of(raw: Mapping[str, Any], path: str, section: str = "task") -> str:
    """The name of a task's only payload.

    Args:
        raw: the task.
        path: of the task, for errors.
        section: of the table; "nested_task" for the task of a loop.

    Raises:
        InvalidParameterValue: it has none, or several.
        FeatureDisabled: its kind is refused.
    """
    given = [name for name in PAYLOADS if name in raw]
    if len(given) != 1:
        what = f"has {' and '.join(given)}" if given else "says nothing of what to run"
        raise InvalidParameterValue(f"{path} {what}; it must have exactly one of {', '.join(WORKING_PAYLOADS)}.")
    field = SECTIONS[section][given[0]]
    if field.meaning is Meaning.REFUSED:
        # An empty object of a refused kind passes the table, which takes it for a field that asks for nothing.
        raise FeatureDisabled(f"{path}.{given[0]} is not supported: {field.reason}.")
    return given[0]


def work(kind: str, raw: Mapping[str, Any], path: str, *, has_git: bool) -> Work:
    """The payload of a task; loops are for `build_task`.

    Args:
        kind: the payload's name.
        raw: the payload, which has passed `shape.check` and has its defaults.
        path: of the payload, for errors.
        has_git: whether the job has a Git source.

    Raises:
        InvalidParameterValue: its parts contradict each other.
    """
    if _source(kind, raw) is Source.GIT and not has_git:
        raise InvalidParameterValue(f"{path}: the source is GIT, but the job has no git_source to read from.")
    return _MAKERS[kind](raw, path)


def _source(kind: str, raw: Mapping[str, Any]) -> Source:
    holder = raw.get("file", {}) if kind == "sql_task" else raw
    return Source(holder.get("source", Source.WORKSPACE))


def _notebook(raw: Mapping[str, Any], path: str) -> NotebookTask:
    source = _source("notebook_task", raw)
    _check_file(raw["notebook_path"], source, f"{path}.notebook_path")
    return NotebookTask(
        notebook_path=raw["notebook_path"], base_parameters=raw.get("base_parameters", {}), source=source
    )


def _script(raw: Mapping[str, Any], path: str) -> SparkPythonTask:
    source = _source("spark_python_task", raw)
    _check_file(raw["python_file"], source, f"{path}.python_file")
    return SparkPythonTask(python_file=raw["python_file"], parameters=tuple(raw.get("parameters", ())), source=source)


def _wheel(raw: Mapping[str, Any], path: str) -> PythonWheelTask:
    parameters, named = tuple(raw.get("parameters", ())), raw.get("named_parameters", {})
    if parameters and named:
        raise InvalidParameterValue(f"{path} has parameters and named_parameters; only one of them is allowed.")
    return PythonWheelTask(
        package_name=raw["package_name"],
        entry_point=raw["entry_point"],
        parameters=parameters,
        named_parameters=named,
    )


def _sql(raw: Mapping[str, Any], path: str) -> SqlTask:
    given = [name for name in ("query", "file", "dashboard", "alert") if name in raw]
    if len(given) != 1:
        what = f"has {' and '.join(given)}" if given else "says nothing of what to run"
        raise InvalidParameterValue(f"{path} {what}; it must have exactly one of query, file.")
    if given[0] not in ("query", "file"):
        raise FeatureDisabled(f"{path}.{given[0]} is not supported: {SECTIONS['sql_task'][given[0]].reason}.")
    common = {"warehouse_id": raw.get("warehouse_id", ""), "parameters": raw.get("parameters", {})}
    if given[0] == "query":
        return SqlTask(query_id=raw["query"]["query_id"], **common)
    source = _source("sql_task", raw)
    _check_file(raw["file"]["path"], source, f"{path}.file.path")
    return SqlTask(file_path=raw["file"]["path"], source=source, **common)


def _dbt(raw: Mapping[str, Any], path: str) -> DbtTask:
    _check_commands(raw["commands"], path)
    source, warehouse = _source("dbt_task", raw), raw.get("warehouse_id", "")
    directory = raw.get("project_directory", "")
    if source is Source.WORKSPACE and not directory:
        raise InvalidParameterValue(f"{path}.project_directory is missing; only a project from Git may leave it out.")
    if directory:
        _check_file(directory, source, f"{path}.project_directory")
    if warehouse and raw.get("profiles_directory"):
        raise InvalidParameterValue(
            f"{path} has warehouse_id and profiles_directory; a profile is written for the warehouse, so only one of"
            " them is allowed."
        )
    if raw.get("catalog") and not warehouse:
        raise InvalidParameterValue(f"{path}.catalog is given without warehouse_id; it is for the profile of those.")
    return DbtTask(
        commands=tuple(raw["commands"]),
        project_directory=directory,
        profiles_directory=raw.get("profiles_directory", ""),
        warehouse_id=warehouse,
        catalog=raw.get("catalog", ""),
        schema=raw.get("schema") or "default",
        source=source,
    )


def _check_commands(commands: list[str], path: str) -> None:
    if not commands:
        raise InvalidParameterValue(f"{path}.commands is empty; at least one command is needed.")
    for index, command in enumerate(commands):
        if not _DBT.match(command):
            raise InvalidParameterValue(f"{path}.commands[{index}] is {show(command)}; it must begin with dbt.")


def _run_job(raw: Mapping[str, Any], path: str) -> RunJobTask:
    legacy = {name: raw[name] for name in _LEGACY if not blank(raw.get(name))}
    if raw.get("job_parameters") and legacy:
        raise InvalidParameterValue(f"{path} has job_parameters and {next(iter(legacy))}; use only one of them.")
    return RunJobTask(job_id=raw["job_id"], job_parameters=raw.get("job_parameters", {}), overriding=legacy)


def _condition(raw: Mapping[str, Any], _path: str) -> ConditionTask:
    return ConditionTask(op=Op(raw["op"]), left=raw["left"], right=raw["right"])


_MAKERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], Work]]] = {
    "notebook_task": _notebook,
    "spark_python_task": _script,
    "python_wheel_task": _wheel,
    "sql_task": _sql,
    "dbt_task": _dbt,
    "run_job_task": _run_job,
    "condition_task": _condition,
}


def _check_file(file: str, source: Source, path: str) -> None:
    # A path may begin with a reference; where that leads is seen when the task runs.
    if file.startswith("{{"):
        return
    if source is Source.GIT:
        if file.startswith("/") or ":/" in file or ".." in file.split("/"):
            raise InvalidParameterValue(
                f"{path} is {show(file)}; with source GIT it must be relative to the repository, such as jobs/load."
            )
    elif not file.startswith("/") and ":/" not in file:
        raise InvalidParameterValue(f"{path} is {show(file)}; it must be absolute, such as /Workspace/Users/me/file.")
