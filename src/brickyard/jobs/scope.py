"""What references are resolved against: one task of one run, seen at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A task that ended before this one."""

    run_id: int
    """The task run id of its newest attempt."""
    result_state: str
    """As the Jobs API writes it, such as `SUCCESS`."""
    error_code: str = ""
    """The termination code, such as `RUN_EXECUTION_ERROR`."""
    execution_count: int = 1
    notebook_path: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """Task values: key to JSON text."""
    output: str = ""
    """Of a SQL task: its result as JSON text, `{"columns": [{"name", "type"}], "rows": [[…]]}`; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """All that references may speak of. Times are epoch milliseconds.

    For defaults of job parameters, which are resolved when a run starts, the fields of the task stay empty.
    """

    job_id: int
    job_name: str
    run_id: int
    repair_count: int = 0
    start_ms: int
    trigger_ms: int
    trigger_type: str = "ONE_TIME"
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The effective job parameters (`parameters.job_parameters`)."""
    workspace_id: int = 0
    workspace_url: str = ""
    task_key: str = ""
    task_run_id: int = 0
    execution_count: int = 1
    """Which execution of the task this is, over retries and repairs; 1 is the first."""
    notebook_path: str = ""
    tasks: Mapping[str, Upstream] = field(default_factory=dict)
    now_ms: int
    input: str | None = None
    """In an iteration of a loop: the JSON text of its element."""
    backfill_ms: int | None = None
    """In a run of a backfill: the start of its interval."""
    backfill_zone: str = "UTC"
    """The time zone of that backfill: its calendar gives the interval's date."""
    file_arrival: Mapping[str, Any] | None = None
    """Where arrived files started the run: `{"location": url, "files": [path, …]}`."""
    table_update: Mapping[str, Any] | None = None
    """Where changed tables started the run: `{"updated_tables": {"catalog.schema.table": {"commit_timestamp": ms,
    "version": n}}}`."""

    def started_by(self, trigger_info: Mapping[str, Any]) -> Scope:
        """The same with what the run's trigger knows: `backfill_ms`, `zone`, `file_arrival`, `table_update`."""
        known = {name: trigger_info[name] for name in _OF_TRIGGER if name in trigger_info}
        return replace(self, **known, backfill_zone=trigger_info.get("zone", self.backfill_zone))


_OF_TRIGGER: Final = ("backfill_ms", "file_arrival", "table_update")
