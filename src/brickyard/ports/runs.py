"""What is kept of jobs and runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from brickyard.access.identity import Identity
from brickyard.records import (
    AclEntry,
    AttemptsWanted,
    ChildRun,
    Commit,
    HistoryEntry,
    JobRecord,
    JobVersion,
    Json,
    LoopRef,
    PendingEffect,
    RunFilter,
    RunPlace,
    RunRecord,
)
from brickyard.runs.decide import Decision
from brickyard.runs.effects import Effect
from brickyard.runs.loops import LoopStats
from brickyard.runs.model import Attempt, Run
from brickyard.workloads.messages import Outcome


class JobStore(Protocol):
    """Jobs and their versions."""

    def create(self, job: JobRecord, access: Sequence[AclEntry] = ()) -> None:
        """Keep a new job with its first version and its access list; where that is empty, its maker owns it."""
        ...

    def get(self, job_id: int) -> JobRecord | None: ...
    def find(
        self, *, name: str | None, offset: int, limit: int, seen_by: Identity | None = None
    ) -> Sequence[JobRecord]:
        """Newest first; all, or those that somebody may see. `name` is compared without regard to case."""
        ...

    def replace(self, job_id: int, settings: Json, *, by: str, at_ms: int) -> JobRecord: ...
    def delete(self, job_id: int) -> bool:
        """Delete a job; its runs stay, and of its access list the owner, who still may see them."""
        ...

    def versions(self, job_id: int) -> Sequence[JobVersion]:
        """Every version, newest first; empty where there is no such job."""
        ...

    def version(self, job_id: int, version: int) -> JobVersion | None: ...


class RunStore(Protocol):
    """Runs, their attempts, their history and their unperformed effects."""

    def create(self, record: RunRecord, decision: Decision, at_ms: int, access: Sequence[AclEntry] = ()) -> None:
        """Store a new run with its first decision, in one transaction; of one without a job with its access list.

        Where that is empty, the maker of the run owns it.

        Raises:
            AlreadyExists: the idempotency token is known; use `by_token`.
        """
        ...

    def commit(self, commits: Sequence[Commit]) -> None:
        """Store decisions in one transaction, all or none.

        Raises:
            Conflict: a row was no longer in the expected state; nothing is stored.
        """
        ...

    def load(self, run_id: int) -> Run | None: ...
    def record(self, run_id: int) -> RunRecord | None: ...
    def run_of_attempt(self, attempt_id: int) -> int | None: ...
    def place_of(self, run_id: int) -> RunPlace | None:
        """Whose a run or a task run is, without reading it; None where there is none of this id."""
        ...

    def by_token(self, token: str) -> int | None: ...
    def find(self, where: RunFilter, *, offset: int, limit: int, seen_by: Identity | None = None) -> Sequence[int]:
        """Run ids, newest start first; of all runs, or of those that somebody may see."""
        ...

    def active(self) -> Sequence[int]:
        """Ids of all runs that are not over."""
        ...

    def count_active(self, job_id: int) -> int: ...
    def history(self, run_id: int) -> Sequence[HistoryEntry]: ...
    def outcome(self, attempt_id: int) -> Outcome | None: ...
    def outcomes(self, attempt_ids: Sequence[int]) -> Mapping[int, Outcome]:
        """Those that there are, by attempt id; in one question to the database."""
        ...

    def resolved(self, attempt_id: int) -> Json | None: ...
    def save_resolved(self, attempt_id: int, values: Json) -> None: ...
    def save_commit(self, run_id: int, repair: int, commit: str) -> str:
        """Keep the Git commit that the run (or its repair) reads from, unless one is kept already; the kept one."""
        ...

    def records(self, run_ids: Sequence[int]) -> Mapping[int, RunRecord]:
        """As `record`, for many runs in a fixed number of questions to the database."""
        ...

    def load_many(self, run_ids: Sequence[int], *, attempts: AttemptsWanted = "all") -> Mapping[int, Run]:
        """As `load`, for many runs in a fixed number of questions to the database.

        With `attempts` other than "all" the runs are for showing only: to decide needs every attempt.
        """
        ...

    def resolved_many(self, attempt_ids: Sequence[int]) -> Mapping[int, Json]:
        """As `resolved`, for many attempts in one question to the database; those that there are."""
        ...

    def loop_stats(self, loops: Sequence[LoopRef]) -> Mapping[int, LoopStats]:
        """As `runs.loops.stats`, by the loop's attempt id, without reading every iteration."""
        ...

    def iterations(self, loop: LoopRef, *, offset: int, limit: int, failed: bool = False) -> Sequence[Attempt]:
        """As `runs.loops.iterations`, one page of them; with `failed` the newest attempts of failed iterations."""
        ...

    def slot(self, attempt_id: int) -> Sequence[Attempt]:
        """Every attempt of the task or iteration that this one attempts, oldest first; empty where there is none."""
        ...

    def children_of(self, attempt_ids: Sequence[int]) -> Mapping[int, Sequence[int]]:
        """As `children`, for many task runs in one question; those that have started a run."""
        ...

    def children(self, attempt_id: int) -> Sequence[int]:
        """Ids of the runs that this task run has started, oldest first."""
        ...

    def children_of_run(self, run_id: int, *, offset: int, limit: int) -> Sequence[ChildRun]:
        """The runs that task runs of this run have started, oldest first."""
        ...

    def history_page(self, run_id: int, *, after: int, limit: int, iterations: bool) -> Sequence[HistoryEntry]:
        """As `history`, the first `limit` entries whose `seq` is above `after`; on wish without those of iterations."""
        ...

    def pending_effects(self) -> Sequence[PendingEffect]: ...
    def performed(self, run_id: int, effects: Iterable[Effect]) -> None:
        """Forget effects that were performed (equal ones of that run)."""
        ...

    def delete(self, run_id: int) -> bool: ...


class TaskValueStore(Protocol):
    """Values that tasks hand to later tasks."""

    def set(self, run_id: int, task_key: str, key: str, value_json: str) -> None: ...
    def get(self, run_id: int, task_key: str, key: str) -> str | None: ...
    def all(self, run_id: int) -> Mapping[tuple[str, str], str]: ...
