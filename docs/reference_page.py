"""The page of the names that `{{…}}` may hold, from the table that the checks use too."""

from __future__ import annotations

from typing import Final

from brickyard.jobs import names
from brickyard.jobs.dates import TIME_ARGUMENTS
from docs.markdown import code, page, table

_TIME: Final = "<time>"
_MEANINGS: Final = {
    "job.id": "the job",
    "job.name": "its name when the run was started",
    "job.run_id": "the run",
    "job.repair_count": "how often the run was repaired; 0 at first",
    "job.start_time.<time>": "when the run started",
    "job.trigger.time.<time>": "when it was triggered; of a schedule to the minute",
    "job.trigger.type": "`one_time`, `periodic`, `run_job_task`, `file_arrival`, `table` or `continuous`",
    "job.trigger.file_arrival.location": "the watched location; only in jobs with that trigger",
    "job.trigger.file_arrival.files": "the arrived files as a JSON list; our own",
    "job.trigger.table_update.updated_tables": "the changed tables as a JSON list; only in jobs with that trigger",
    "job.trigger.table_update.<name>.version": "the newest version of a table (`catalog.schema.table`)",
    "job.trigger.table_update.<name>.commit_timestamp.<time>": "when that version was written",
    "job.parameters.<name>": "a job parameter",
    "workspace.id": "this installation",
    "workspace.url": "its address",
    "task.name": "the key of the task itself",
    "task.run_id": "this attempt of it",
    "task.execution_count": "which execution this is, over retries and repairs; 1 at first",
    "task.notebook_path": "its notebook",
    "tasks.<name>.run_id": "the newest attempt of a task upstream",
    "tasks.<name>.result_state": "how it ended: `success`, `failed`, `excluded`, …",
    "tasks.<name>.error_code": "why it failed, such as `RunExecutionError`; empty after a success",
    "tasks.<name>.execution_count": "how often it was executed",
    "tasks.<name>.notebook_path": "its notebook",
    "tasks.<name>.values.<name>": "a task value that it set",
    "tasks.<name>.output.rows": "of a SQL task: the rows as a JSON list of objects",
    "tasks.<name>.output.first_row": "of a SQL task: the first row as a JSON object",
    "tasks.<name>.output.first_row.<name>": "of a SQL task: one column of the first row",
    "tasks.<name>.output.alert_state": "**refused**: there are no SQL alerts",
    "input": "in the task of a loop: the element",
    "input.<name>": "in the task of a loop: a member of an element that is an object",
    "backfill.<time>": "the start of the interval that this run of a backfill is for",
    "job_id": "old for `job.id`",
    "run_id": "old for `task.run_id`",
    "parent_run_id": "old for `job.run_id`",
    "task_key": "old for `task.name`",
    "start_date": "old for `job.start_time.iso_date`",
    "start_time": "old for `job.start_time.timestamp_ms`",
    "task_retry_count": "old: retries of the task so far; 0 at first",
}


def references_page() -> str:
    """The page `references.md`."""
    lead = (
        "A name in double braces, in the strings of a job's settings, is replaced by its value when the task starts\n"
        "(in defaults of job parameters: when the run starts). Once: a value is never read again. An unknown name is\n"
        "refused when the job is saved; what begins with no word of these tables is literal text. Names that hold\n"
        "anything but letters, digits and `_` go into backticks. Decisions behind this are in\n"
        "[compatibility](../compatibility.md)."
    )
    rows = [(code("{{" + name + "}}"), _MEANINGS[name]) for name in sorted(shown(), key=list(_MEANINGS).index)]
    times = ", ".join(code(argument) for argument in TIME_ARGUMENTS)
    date = (
        "`{{now() | date('yyyy-MM-dd')}}` is the time of resolving in UTC, by a pattern of Java's `DateTimeFormatter`."
    )
    return page("References", lead, table(("reference", "value"), rows), f"`{_TIME}` is one of {times}.", date)


def shown() -> list[str]:
    """Every name as the page writes it, once: `<name>` for what users call things, `<time>` for a part of a time."""
    return list(dict.fromkeys(_shown(name) for name in names.every()))


def _shown(parts: tuple[str, ...]) -> str:
    if parts[:3] == ("job", "trigger", "table_update") and parts[3] == "*":
        after = parts[parts.index("commit_timestamp") :] if "commit_timestamp" in parts else parts[-1:]
        parts = (*parts[:4], *after)
    is_time = len(parts) > 1 and parts[-1] in TIME_ARGUMENTS
    return ".".join("<name>" if part == "*" else part for part in (*parts[:-1], _TIME if is_time else parts[-1]))
