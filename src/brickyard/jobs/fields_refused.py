"""The kinds of tasks that are refused by name, with the fields that the service knows of them."""

from __future__ import annotations

from typing import Final

from brickyard.jobs.field import Kind

_STRINGS, _MAP, _OBJECT, _OBJECTS, _FLAG = Kind.STRINGS, Kind.MAP, Kind.OBJECT, Kind.OBJECTS, Kind.BOOLEAN
_JAVA: Final = "it needs Java: only the Apache Spark engine runs it, and this installation runs the embedded engine"

REFUSED_PAYLOADS: Final[dict[str, tuple[str, tuple[tuple[str, Kind], ...]]]] = {
    "spark_jar_task": (
        _JAVA,
        (
            ("main_class_name", Kind.STRING),
            ("parameters", _STRINGS),
            ("jar_uri", Kind.STRING),
            ("run_as_repl", _FLAG),
        ),
    ),
    "spark_submit_task": (_JAVA, (("parameters", _STRINGS),)),
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
"""By the name of the payload: the reason, and its fields."""
