"""The fields of a task and of the payload of each kind of task. Source: Jobs API 2.2."""

from __future__ import annotations

from typing import Final

from brickyard.jobs.field import Field, Kind, kept, refused, works
from brickyard.jobs.fields_job import COMMON, KEY_PATTERN, MAX_SECONDS

_STRINGS, _MAP, _OBJECT, _OBJECTS, _FLAG = Kind.STRINGS, Kind.MAP, Kind.OBJECT, Kind.OBJECTS, Kind.BOOLEAN
_SOURCE = works("source", allowed=("WORKSPACE",))

WORKING_PAYLOADS: Final[dict[str, tuple[Field, ...]]] = {
    "notebook_task": (
        works("notebook_path", required=True, pattern=r"(?s).+"),
        works("base_parameters", _MAP),
        _SOURCE,
        refused("warehouse_id", Kind.STRING, "there are no SQL warehouses; the notebook runs on the task's compute"),
    ),
    "spark_python_task": (
        works("python_file", required=True, pattern=r"(?s).+"),
        works("parameters", _STRINGS),
        _SOURCE,
    ),
}

_REFUSED_PAYLOADS: Final[dict[str, tuple[str, tuple[tuple[str, Kind], ...]]]] = {
    "python_wheel_task": (
        "packages are not installed for tasks yet",
        (
            ("package_name", Kind.STRING),
            ("entry_point", Kind.STRING),
            ("parameters", _STRINGS),
            ("named_parameters", _MAP),
        ),
    ),
    "spark_jar_task": (
        "there is no Java in the embedded engine",
        (
            ("main_class_name", Kind.STRING),
            ("parameters", _STRINGS),
            ("jar_uri", Kind.STRING),
            ("run_as_repl", _FLAG),
        ),
    ),
    "spark_submit_task": ("there is no spark-submit in the embedded engine", (("parameters", _STRINGS),)),
    "sql_task": (
        "SQL files and queries are not run as tasks yet; put the SQL into a notebook",
        (
            ("warehouse_id", Kind.STRING),
            ("query", _OBJECT),
            ("file", _OBJECT),
            ("dashboard", _OBJECT),
            ("alert", _OBJECT),
            ("parameters", _MAP),
        ),
    ),
    "dbt_task": (
        "dbt projects are not run yet",
        (
            ("commands", _STRINGS),
            ("project_directory", Kind.STRING),
            ("profiles_directory", Kind.STRING),
            ("warehouse_id", Kind.STRING),
            ("catalog", Kind.STRING),
            ("schema", Kind.STRING),
            ("source", Kind.STRING),
        ),
    ),
    "pipeline_task": (
        "declarative pipelines are not run yet",
        (
            ("pipeline_id", Kind.STRING),
            ("full_refresh", _FLAG),
            ("full_refresh_selection", _STRINGS),
            ("refresh_selection", _STRINGS),
            ("refresh_flow_selection", _STRINGS),
            ("reset_checkpoint_selection", _STRINGS),
            ("parameters", _MAP),
        ),
    ),
    "run_job_task": (
        "jobs are not run as tasks yet",
        (
            ("job_id", Kind.INTEGER),
            ("job_parameters", _MAP),
            ("notebook_params", _MAP),
            ("python_params", _STRINGS),
            ("python_named_params", _MAP),
            ("jar_params", _STRINGS),
            ("spark_submit_params", _STRINGS),
            ("sql_params", _MAP),
            ("dbt_commands", _STRINGS),
            ("pipeline_params", _OBJECT),
        ),
    ),
    "condition_task": (
        "conditions are not evaluated yet; use run_if",
        (("op", Kind.STRING), ("left", Kind.STRING), ("right", Kind.STRING)),
    ),
    "for_each_task": (
        "loops are not run yet",
        (("inputs", Kind.STRING), ("concurrency", Kind.INTEGER), ("task", _OBJECT)),
    ),
    "dashboard_task": (
        "there are no dashboards",
        (("dashboard_id", Kind.STRING), ("warehouse_id", Kind.STRING), ("subscription", _OBJECT), ("filters", _MAP)),
    ),
    "alert_task": (
        "there are no SQL alerts",
        (
            ("alert_id", Kind.STRING),
            ("workspace_path", Kind.STRING),
            ("warehouse_id", Kind.STRING),
            ("subscribers", _OBJECTS),
            ("parameters", _MAP),
        ),
    ),
    "power_bi_task": (
        "Power BI is a service of its own",
        (
            ("connection_resource_name", Kind.STRING),
            ("power_bi_model", _OBJECT),
            ("refresh_after_update", _FLAG),
            ("tables", _OBJECTS),
            ("warehouse_id", Kind.STRING),
        ),
    ),
    "clean_rooms_notebook_task": (
        "there are no clean rooms",
        (
            ("clean_room_name", Kind.STRING),
            ("notebook_name", Kind.STRING),
            ("etag", Kind.STRING),
            ("notebook_base_parameters", _MAP),
        ),
    ),
    "dbt_platform_task": (
        "the dbt platform is a service of its own",
        (("connection_resource_name", Kind.STRING), ("dbt_platform_job_id", Kind.STRING)),
    ),
    "dbt_cloud_task": (
        "dbt Cloud is a service of its own",
        (("connection_resource_name", Kind.STRING), ("dbt_cloud_job_id", Kind.INTEGER)),
    ),
    "python_operator_task": (
        "operators are not run yet",
        (("main", Kind.STRING), ("parameters", _OBJECTS)),
    ),
    "gen_ai_compute_task": (
        "there is no GPU compute",
        (
            ("dl_runtime_image", Kind.STRING),
            ("command", Kind.STRING),
            ("compute", _OBJECT),
            ("mlflow_experiment_name", Kind.STRING),
            ("source", Kind.STRING),
            ("training_script_path", Kind.STRING),
            ("yaml_parameters", Kind.STRING),
            ("yaml_parameters_file_path", Kind.STRING),
        ),
    ),
    "ai_runtime_task": (
        "there is no GPU compute",
        (
            ("experiment", Kind.STRING),
            ("deployments", _OBJECTS),
            ("code_source_path", Kind.STRING),
            ("docker_image_url", Kind.STRING),
            ("mlflow_artifact_location", Kind.STRING),
            ("mlflow_experiment_directory", Kind.STRING),
            ("mlflow_run", Kind.STRING),
            ("priority_class", Kind.STRING),
            ("unity_catalog_image_path", Kind.STRING),
        ),
    ),
}

PAYLOADS: Final = (*WORKING_PAYLOADS, *_REFUSED_PAYLOADS)
"""The names of all kinds of tasks; a task has exactly one of them."""

COMPUTE: Final = ("new_cluster", "job_cluster_key", "existing_cluster_id")
"""A task has at most one of these."""

_RUN_IF = ("ALL_SUCCESS", "AT_LEAST_ONE_SUCCESS", "NONE_FAILED", "ALL_DONE", "AT_LEAST_ONE_FAILED", "ALL_FAILED")

TASK: Final[dict[str, tuple[Field, ...]]] = {
    "task": (
        works("task_key", required=True, pattern=KEY_PATTERN),
        works("description", maximum=27_700),
        works("depends_on", Kind.OBJECTS, of="dependency", maximum=1000),
        works("run_if", allowed=_RUN_IF),
        works("disabled", Kind.BOOLEAN),
        works("job_cluster_key"),
        works("new_cluster", Kind.OBJECT, of="new_cluster"),
        refused(
            "existing_cluster_id", Kind.STRING, "tasks run on clusters of the job, not on all-purpose clusters, yet"
        ),
        works("max_retries", Kind.INTEGER, minimum=-1, maximum=MAX_SECONDS),
        works("min_retry_interval_millis", Kind.INTEGER, maximum=2**53),
        works("retry_on_timeout", Kind.BOOLEAN),
        works("timeout_seconds", Kind.INTEGER, maximum=MAX_SECONDS),
        refused("libraries", Kind.OBJECTS, "packages are not installed for tasks yet"),
        works("environment_key"),
        refused("environment_variables_key", Kind.STRING, "shared environment variables are not set yet"),
        refused("compute", Kind.OBJECT, "there are no hardware accelerators"),
        kept("disable_auto_optimization", Kind.BOOLEAN, "nothing retries a task unless max_retries says so"),
        *COMMON,
        *(works(name, Kind.OBJECT, of=name) for name in WORKING_PAYLOADS),
        *(refused(name, Kind.OBJECT, reason, of=name) for name, (reason, _) in _REFUSED_PAYLOADS.items()),
    ),
    "dependency": (
        works("task_key", required=True),
        refused("outcome", Kind.STRING, "only a condition task has an outcome, and those are refused"),
    ),
    **WORKING_PAYLOADS,
    **{
        name: tuple(refused(field, kind, reason) for field, kind in fields)
        for name, (reason, fields) in _REFUSED_PAYLOADS.items()
    },
}
"""Section name to its fields."""
