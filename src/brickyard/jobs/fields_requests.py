"""The fields of the requests that start and repair runs. Source: Jobs API 2.2."""

from __future__ import annotations

from typing import Final

from brickyard.jobs.field import Field, Kind, refused, works
from brickyard.jobs.fields_job import RUN, SHARED

MAX_TOKEN: Final = 64

MAX_DBT_COMMANDS: Final = 10

_NO_JAVA = "only tasks that need Java take them, and those are refused"

OVERRIDES: Final = (
    works("notebook_params", Kind.MAP),
    works("python_params", Kind.STRINGS),
    works("python_named_params", Kind.MAP),
    works("sql_params", Kind.MAP),
    works("dbt_commands", Kind.STRINGS, maximum=MAX_DBT_COMMANDS),
    refused("jar_params", Kind.STRINGS, _NO_JAVA),
    refused("spark_submit_params", Kind.STRINGS, _NO_JAVA),
    refused("pipeline_params", Kind.OBJECT, "only pipeline tasks take them, and those are refused"),
)
"""Overrides of task parameters, older than job parameters."""

_RUN_ID = works("run_id", Kind.INTEGER, required=True, maximum=2**63 - 1)

REQUESTS: Final[dict[str, tuple[Field, ...]]] = {
    "submit": (
        works("run_name", maximum=4096),
        works("idempotency_token", maximum=MAX_TOKEN),
        *SHARED,
    ),
    "run_now": (
        works("job_id", Kind.INTEGER, required=True, maximum=2**63 - 1),
        works("job_parameters", Kind.MAP),
        *OVERRIDES,
        works("only", Kind.STRINGS, maximum=1000),
        works("idempotency_token", maximum=MAX_TOKEN),
        *RUN,
    ),
    "repair": (
        _RUN_ID,
        works("rerun_tasks", Kind.STRINGS, maximum=1000),
        works("rerun_all_failed_tasks", Kind.BOOLEAN),
        works("rerun_dependent_tasks", Kind.BOOLEAN),
        works("latest_repair_id", Kind.INTEGER, maximum=2**63 - 1),
        works("job_parameters", Kind.MAP),
        *OVERRIDES,
        *(field for field in RUN if field.name != "queue"),
    ),
    "overriding": OVERRIDES,
}
"""Section name to its fields."""
