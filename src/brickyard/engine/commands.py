"""What a surface may ask for: the only door into the engine. Every call is checked, committed, and returns at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from brickyard.engine.backfill.door import Backfills
from brickyard.engine.repair.outlook import RepairPlan
from brickyard.records import Json
from brickyard.runs.model import Run
from brickyard.runs.states import TriggerType


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """Who wants a run of a job, and with what."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    """Overrides of job parameters."""
    overriding: Json = field(default_factory=dict)
    """Legacy overrides as sent: `notebook_params`, `python_params`, …"""
    only: Sequence[str] = ()
    idempotency_token: str | None = None
    is_internal: bool = False
    """Whether the token is one of the engine's own: those that clients send are kept apart from them, by user."""
    queue_enabled: bool | None = None
    trigger: TriggerType = TriggerType.ONE_TIME
    trigger_info: Json = field(default_factory=dict)
    """What the trigger knows, see `RunRecord.trigger_info`."""
    parent_attempt_id: int | None = None
    """The run-job task run that wants it."""
    run_name: str | None = None
    """None: the job's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRequest:
    """Which tasks of an ended run are to run again, and with what."""

    rerun_tasks: Sequence[str] = ()
    rerun_all_failed_tasks: bool = False
    rerun_dependent_tasks: bool = False
    latest_repair_id: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    overriding: Json = field(default_factory=dict)


class Commands(Protocol):
    """Implemented by `engine.service_commands.EngineCommands`; surfaces are written against this."""

    @property
    def backfills(self) -> Backfills: ...
    def create_job(self, settings: Json, *, user: str) -> int: ...
    def reset_job(self, job_id: int, settings: Json, *, user: str) -> None: ...
    def update_job(
        self, job_id: int, new_settings: Json | None, fields_to_remove: Sequence[str], *, user: str
    ) -> None: ...
    def restore_job(self, job_id: int, version: int, *, user: str) -> int:
        """Give a job the settings of an earlier version; the version that it has now."""
        ...

    def delete_job(self, job_id: int, *, user: str) -> None: ...
    def run_now(self, job_id: int, request: StartRequest, *, user: str) -> int:
        """Start a run of a job; a known idempotency token returns the run it belongs to."""
        ...

    def submit(self, body: Json, *, user: str) -> int:
        """Start a one-time run (`runs/submit`), in multi-task or in single-task form."""
        ...

    def cancel(self, run_id: int, *, user: str) -> None:
        """Cancel a job run or a single task run; of an ended run: nothing happens."""
        ...

    def cancel_all(self, job_id: int, *, user: str) -> None: ...
    def repair(self, run_id: int, request: RepairRequest, *, user: str) -> int:
        """The id of the new repair."""
        ...

    def plan_repair(self, run_id: int, request: RepairRequest) -> RepairPlan:
        """What such a repair would do, and what has changed since; nothing happens."""
        ...

    def delete_run(self, run_id: int, *, user: str) -> None: ...
    def watch(self, run_id: int, *, seen: int, timeout: float) -> tuple[int, Run]:
        """Wait until the run's version is above `seen` or `timeout` seconds are over; the version and the run."""
        ...

    def waiting(self, run_id: int) -> Sequence[tuple[str, str]]:
        """Why a run, or tasks of it, wait: (subject, sentence) each; nothing for what runs or is over.

        The subject is "run", a task's key, or `KEY[INDEX]` for an iteration.
        """
        ...
