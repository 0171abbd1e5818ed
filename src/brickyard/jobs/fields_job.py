"""The fields of a job's settings, of its schedule and triggers, and of notifications. Source: Jobs API 2.2."""

from __future__ import annotations

from typing import Final

from brickyard.jobs.field import Field, Kind, kept, refused, works

KEY_PATTERN: Final = r"[A-Za-z0-9_-]{1,100}"
PARAMETER_PATTERN: Final = r"[A-Za-z0-9_.-]+"
MAX_SECONDS: Final = 2**31 - 1

_MAIL = "this server sends no e-mail notifications yet"
_HOOK = "this server sends no webhook notifications yet"
_FILTER = "it filters notifications, and this server sends none yet"
_HEALTH = "health rules are not watched yet"
_COST = "serverless cost policies belong to the cloud service"
_EVENTS = (
    "on_start",
    "on_success",
    "on_failure",
    "on_duration_warning_threshold_exceeded",
    "on_streaming_backlog_exceeded",
    "on_maintenance_start",
    "on_maintenance_complete",
)

COMMON: Final = (
    works("email_notifications", Kind.OBJECT, of="email_notifications"),
    works("webhook_notifications", Kind.OBJECT, of="webhook_notifications"),
    kept("notification_settings", Kind.OBJECT, _FILTER, of="notification_settings"),
    works("health", Kind.OBJECT, of="health"),
)
"""Fields of jobs, tasks and submitted runs alike; of the objects among them each part is refused for itself."""

RUN: Final = (
    works("queue", Kind.OBJECT, of="queue"),
    kept("performance_target", Kind.STRING, "serverless compute is always warm here"),
    kept("duration_target", Kind.STRING, "serverless compute is always warm here"),
)
"""Fields of jobs and of single runs."""

SHARED: Final = (
    works("timeout_seconds", Kind.INTEGER, maximum=MAX_SECONDS),
    *COMMON,
    *RUN,
    works("job_clusters", Kind.OBJECTS, of="job_cluster", maximum=100),
    works("environments", Kind.OBJECTS, of="environment", maximum=10),
    refused("environment_variables", Kind.OBJECTS, "shared environment variables are not set yet"),
    works("git_source", Kind.OBJECT, of="git_source"),
    works("run_as", Kind.OBJECT, of="run_as"),
    kept("budget_policy_id", Kind.STRING, _COST),
    kept("usage_policy_id", Kind.STRING, _COST),
    works(
        "access_control_list",
        Kind.OBJECTS,
        of="access_control",
        maximum=1000,
        differs="as at the service, `jobs/create` and `runs/submit` take it; `reset` and `update` refuse it",
    ),
    works("tasks", Kind.OBJECTS, of="task", maximum=1000),
)
"""Fields of jobs and of submitted runs."""

_PAUSED = works("pause_status", required=True, allowed=("PAUSED",), reason="this server starts no runs by itself yet")

JOB: Final[dict[str, tuple[Field, ...]]] = {
    "job": (
        works("name", maximum=4096),
        works("description", maximum=27_700),
        *SHARED,
        works("parameters", Kind.OBJECTS, of="parameter", maximum=1000),
        works("max_concurrent_runs", Kind.INTEGER, maximum=1000),
        works("tags", Kind.MAP, maximum=25),
        works("schedule", Kind.OBJECT, of="schedule"),
        works("trigger", Kind.OBJECT, of="trigger"),
        works("continuous", Kind.OBJECT, of="continuous"),
        refused("triggers", Kind.OBJECTS, "a job has one schedule, trigger or continuous setting"),
        works("format", allowed=("SINGLE_TASK", "MULTI_TASK")),
        kept("edit_mode", Kind.STRING, "it locks a page of the cloud service", allowed=("UI_LOCKED", "EDITABLE")),
        kept("deployment", Kind.OBJECT, "it is a note of the tool that deployed the job"),
        kept("parent_path", Kind.STRING, "jobs are not kept in workspace folders"),
    ),
    "parameter": (
        works("name", required=True, pattern=PARAMETER_PATTERN),
        works("default", required=True, lenient=True, maximum=4096),
    ),
    "queue": (works("enabled", Kind.BOOLEAN, required=True),),
    "run_as": (
        works("user_name", maximum=256),
        works("service_principal_name", maximum=256),
        refused("group_name", Kind.STRING, "runs have the rights of one user or service principal"),
    ),
    "access_control": (
        works("user_name", maximum=256),
        works("group_name", maximum=256),
        works("service_principal_name", maximum=256),
        works("permission_level", required=True, allowed=("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER")),
    ),
    "environment": (
        works("environment_key", required=True, pattern=KEY_PATTERN),
        works("spec", Kind.OBJECT, of="environment_spec"),
    ),
    "environment_spec": (
        kept("environment_version", Kind.STRING, "tasks run in this server's own Python"),
        kept("client", Kind.STRING, "tasks run in this server's own Python"),
        works("dependencies", Kind.STRINGS, maximum=1000),
        refused("base_environment", Kind.STRING, "base environments belong to the cloud service; list dependencies"),
        refused("java_dependencies", Kind.STRINGS, "there is no Java in the embedded engine"),
        refused("project_environment", Kind.STRING, "it belongs to the cloud service; list dependencies"),
    ),
    "schedule": (
        works("quartz_cron_expression", required=True),
        works("timezone_id", required=True),
        _PAUSED,
        refused("sql_condition", Kind.OBJECT, "conditions on schedules are not evaluated yet"),
    ),
    "trigger": (
        _PAUSED,
        works("file_arrival", Kind.OBJECT, of="file_arrival"),
        works("periodic", Kind.OBJECT, of="periodic"),
        works("table_update", Kind.OBJECT, of="table_update"),
        refused("model", Kind.OBJECT, "there is no model registry"),
        refused("sql_condition", Kind.OBJECT, "conditions on triggers are not evaluated yet"),
    ),
    "file_arrival": (
        works("url", required=True),
        works("min_time_between_triggers_seconds", Kind.INTEGER, maximum=MAX_SECONDS),
        works("wait_after_last_change_seconds", Kind.INTEGER, maximum=MAX_SECONDS),
    ),
    "periodic": (
        works("interval", Kind.INTEGER, required=True, minimum=1, maximum=MAX_SECONDS),
        works("unit", required=True, allowed=("MINUTES", "HOURS", "DAYS", "WEEKS")),
    ),
    "table_update": (
        works("table_names", Kind.STRINGS, required=True, maximum=10),
        works("condition", allowed=("ANY_UPDATED", "ALL_UPDATED")),
        works("min_time_between_triggers_seconds", Kind.INTEGER, maximum=MAX_SECONDS),
        works("wait_after_last_change_seconds", Kind.INTEGER, maximum=MAX_SECONDS),
    ),
    "continuous": (
        _PAUSED,
        works("task_retry_mode", allowed=("NEVER", "ON_FAILURE")),
        kept("maintenance_window", Kind.OBJECT, "this server has no maintenance windows"),
    ),
    "git_source": (
        works("git_url", required=True),
        works("git_provider", differs="it is checked and has no effect: every provider is spoken to as plain Git"),
        works("git_branch"),
        works("git_tag"),
        works("git_commit"),
        kept("git_snapshot", Kind.OBJECT, "only answers have it: a run says itself which commit it read"),
        kept("job_source", Kind.OBJECT, "it is a note on where the settings came from"),
        kept("sparse_checkout", Kind.OBJECT, "the whole repository is checked out"),
    ),
    "email_notifications": (
        *(refused(event, Kind.STRINGS, _MAIL) for event in _EVENTS),
        kept("no_alert_for_skipped_runs", Kind.BOOLEAN, _FILTER),
    ),
    "webhook_notifications": tuple(refused(event, Kind.OBJECTS, _HOOK) for event in _EVENTS),
    "notification_settings": (
        works("no_alert_for_skipped_runs", Kind.BOOLEAN),
        works("no_alert_for_canceled_runs", Kind.BOOLEAN),
        works("alert_on_last_attempt", Kind.BOOLEAN),
    ),
    "health": (refused("rules", Kind.OBJECTS, _HEALTH),),
}
"""Section name to its fields."""
