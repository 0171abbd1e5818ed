"""From a resolved payload to the message that tells a worker what to do."""

from __future__ import annotations

from brickyard.engine import saved_queries
from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.jobs import tasks
from brickyard.ports import QueryStore
from brickyard.records import Json
from brickyard.workloads.messages import DbtWork, NotebookWork, Origin, ScriptWork, SqlWork, WheelWork, Work
from brickyard.workloads.session_messages import SessionWork

_ORIGIN: dict[tasks.Source, Origin] = {tasks.Source.WORKSPACE: "WORKSPACE", tasks.Source.GIT: "GIT"}


def message_of(work: tasks.Work, queries: QueryStore) -> Work:
    """What a worker is told.

    Raises:
        NotFound: the saved query does not exist.
        InvalidParameterValue: no worker does this kind of work.
    """
    match work:
        case tasks.NotebookTask():
            return NotebookWork(
                path=work.notebook_path, parameters=dict(work.base_parameters), source=_ORIGIN[work.source]
            )
        case tasks.SparkPythonTask():
            return ScriptWork(path=work.python_file, parameters=list(work.parameters), source=_ORIGIN[work.source])
        case tasks.PythonWheelTask():
            return WheelWork(package=work.package_name, entry_point=work.entry_point, parameters=_arguments(work))
        case tasks.SqlTask():
            return _sql(work, queries)
        case tasks.DbtTask():
            return DbtWork(
                path=work.project_directory,
                commands=list(work.commands),
                profiles_directory=work.profiles_directory,
                catalog=work.catalog,
                schema=work.schema,
                source=_ORIGIN[work.source],
            )
        case tasks.RunJobTask() | tasks.ConditionTask() | tasks.ForEachTask():
            raise InvalidParameterValue(f"{type(work).__name__} is not done by a worker.")


def _arguments(work: tasks.PythonWheelTask) -> list[str]:
    return [*work.parameters, *(f"--{name}={value}" for name, value in work.named_parameters.items())]


def _sql(work: tasks.SqlTask, queries: QueryStore) -> SqlWork:
    parameters = dict(work.parameters)
    if not work.query_id:
        return SqlWork(path=work.file_path, parameters=parameters, source=_ORIGIN[work.source])
    query = queries.get(work.query_id)
    if query is None:
        raise NotFound(f"The query {work.query_id!r} does not exist.")
    return saved_queries.work_of(query, parameters)


def resolved_of(work: Work) -> Json:
    """The values that a worker was given, as `jobs.parameters.resolved_values` has them of the payload."""
    match work:
        case NotebookWork():
            return {"notebook_task": {"base_parameters": work.parameters}}
        case ScriptWork():
            return {"spark_python_task": {"parameters": work.parameters}}
        case WheelWork():
            return {"python_wheel_task": {"parameters": work.parameters}}
        case SqlWork():
            return {"sql_task": {"parameters": work.parameters}}
        case DbtWork():
            return {"dbt_task": {"commands": work.commands}}
        case SessionWork():
            raise InvalidParameterValue("A session is no task.")
