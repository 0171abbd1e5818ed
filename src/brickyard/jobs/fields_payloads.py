"""The payloads of the kinds of tasks that work. Source: Jobs API 2.2."""

from __future__ import annotations

from typing import Final

from brickyard.jobs.field import NOT_EMPTY, Field, Kind, refused, works
from brickyard.jobs.fields_requests import MAX_DBT_COMMANDS, OVERRIDES
from brickyard.jobs.tasks import Op

MAX_CONCURRENCY: Final = 100

_SOURCE = works("source", allowed=("WORKSPACE", "GIT"))
_WAREHOUSE = works(
    "warehouse_id", differs="every id, and none, is served by the engine that this server starts for the run"
)

WORKING_PAYLOADS: Final[dict[str, tuple[Field, ...]]] = {
    "notebook_task": (
        works("notebook_path", required=True, pattern=NOT_EMPTY),
        works("base_parameters", Kind.MAP),
        _SOURCE,
        _WAREHOUSE,
    ),
    "spark_python_task": (
        works("python_file", required=True, pattern=NOT_EMPTY),
        works("parameters", Kind.STRINGS),
        works(
            "source",
            allowed=("WORKSPACE", "GIT"),
            differs="where it is not given, a relative python_file of a job with a git_source is read from there",
        ),
    ),
    "python_wheel_task": (
        works("package_name", required=True, pattern=NOT_EMPTY),
        works("entry_point", required=True, pattern=NOT_EMPTY),
        works("parameters", Kind.STRINGS),
        works("named_parameters", Kind.MAP),
    ),
    "sql_task": (
        _WAREHOUSE,
        works("query", Kind.OBJECT, of="sql_query"),
        works("file", Kind.OBJECT, of="sql_file"),
        works("parameters", Kind.MAP),
        refused("dashboard", Kind.OBJECT, "there are no dashboards"),
        refused("alert", Kind.OBJECT, "there are no SQL alerts"),
    ),
    "dbt_task": (
        works("commands", Kind.STRINGS, required=True, maximum=MAX_DBT_COMMANDS),
        works("project_directory"),
        works("profiles_directory"),
        _WAREHOUSE,
        works("catalog"),
        works("schema"),
        _SOURCE,
    ),
    "run_job_task": (
        works("job_id", Kind.INTEGER, required=True, minimum=1, maximum=2**63 - 1),
        works("job_parameters", Kind.MAP),
        *OVERRIDES,
    ),
    "condition_task": (
        works("op", required=True, allowed=tuple(Op)),
        works("left", required=True, lenient=True),
        works("right", required=True, lenient=True),
    ),
    "for_each_task": (
        works("inputs", required=True, pattern=NOT_EMPTY),
        works("concurrency", Kind.INTEGER, minimum=1, maximum=MAX_CONCURRENCY),
        works("task", Kind.OBJECT, required=True, of="nested_task"),
    ),
}
"""By the name of the payload: its fields."""

PARTS: Final[dict[str, tuple[Field, ...]]] = {
    "sql_query": (
        works(
            "query_id", required=True, pattern=NOT_EMPTY, differs="it is the id of a query that is kept on this server"
        ),
    ),
    "sql_file": (
        works("path", required=True, pattern=NOT_EMPTY),
        _SOURCE,
    ),
}
"""Objects within payloads."""
