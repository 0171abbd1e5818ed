"""Every seam on one page. The engine knows storage, compute and observers only through these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from brickyard.jobs.tasks import ClusterSpec, GitSource
from brickyard.records import (
    AttemptsWanted,
    BackfillInterval,
    BackfillRecord,
    ChildRun,
    ClusterRecord,
    Commit,
    HistoryEntry,
    JobRecord,
    JobVersion,
    Json,
    Judge,
    LoopRef,
    PastInterval,
    PendingEffect,
    QueryRecord,
    RunFilter,
    RunRecord,
    TokenInfo,
)
from brickyard.runs.decide import Decision
from brickyard.runs.effects import Effect
from brickyard.runs.loops import LoopStats
from brickyard.runs.model import Attempt, Run
from brickyard.workloads.messages import Assignment, Body, Outcome, SchemaEntry, TableEntry, TableName


class Clock(Protocol):
    """The time."""

    def now_ms(self) -> int: ...
    def monotonic(self) -> float: ...


class Ids(Protocol):
    """New identities."""

    def next_id(self) -> int: ...
    def token(self, nbytes: int = 24) -> str: ...


# --------------------------------------------------------------------------------------------------- what is kept


class JobStore(Protocol):
    """Jobs and their versions."""

    def create(self, job: JobRecord) -> None: ...
    def get(self, job_id: int) -> JobRecord | None: ...
    def find(self, *, name: str | None, offset: int, limit: int) -> Sequence[JobRecord]:
        """Newest first. `name` is compared without regard to case."""
        ...

    def replace(self, job_id: int, settings: Json, *, by: str, at_ms: int) -> JobRecord: ...
    def delete(self, job_id: int) -> bool: ...
    def versions(self, job_id: int) -> Sequence[JobVersion]:
        """Every version, newest first; empty where there is no such job."""
        ...

    def version(self, job_id: int, version: int) -> JobVersion | None: ...


class RunStore(Protocol):
    """Runs, their attempts, their history and their unperformed effects."""

    def create(self, record: RunRecord, decision: Decision, at_ms: int) -> None:
        """Store a new run with its first decision, in one transaction.

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
    def by_token(self, token: str) -> int | None: ...
    def find(self, where: RunFilter, *, offset: int, limit: int) -> Sequence[int]:
        """Run ids, newest start first."""
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


class SecretStore(Protocol):
    """Secrets; encrypted at rest with a key outside the database."""

    def create_scope(self, scope: str) -> None: ...
    def delete_scope(self, scope: str) -> None: ...
    def scopes(self) -> Sequence[str]: ...
    def put(self, scope: str, key: str, value: bytes, at_ms: int) -> None: ...
    def get(self, scope: str, key: str) -> bytes: ...
    def delete(self, scope: str, key: str) -> None: ...
    def keys(self, scope: str) -> Sequence[tuple[str, int]]:
        """(key, last update in epoch ms)."""
        ...


class TokenStore(Protocol):
    """Access tokens; only their SHA-256 is kept."""

    def add(self, info: TokenInfo, digest: str) -> None: ...
    def find(self, digest: str) -> TokenInfo | None: ...
    def all(self, user_name: str) -> Sequence[TokenInfo]: ...
    def delete(self, token_id: str) -> bool: ...


class MetastoreStore(Protocol):
    """Catalogs, schemas, tables and views. Names are lower case."""

    def catalogs(self) -> Sequence[str]: ...
    def create_catalog(self, name: str, *, if_absent: bool) -> None: ...
    def drop_catalog(self, name: str, *, cascade: bool) -> None: ...
    def schemas(self, catalog: str) -> Sequence[SchemaEntry]: ...
    def create_schema(self, entry: SchemaEntry, *, if_absent: bool) -> None: ...
    def drop_schema(self, catalog: str, name: str, *, cascade: bool) -> None: ...
    def tables(self, catalog: str, schema: str) -> Sequence[TableEntry]: ...
    def lookup(self, names: Sequence[TableName]) -> Sequence[TableEntry | None]: ...
    def put(self, entry: TableEntry, *, mode: str) -> None: ...
    def drop(self, table: TableName) -> bool: ...


class BackfillStore(Protocol):
    """Backfills and their intervals."""

    def create(self, backfill: BackfillRecord, intervals: Sequence[BackfillInterval]) -> None:
        """Store a backfill with all its intervals, in one transaction."""
        ...

    def get(self, backfill_id: int) -> BackfillRecord | None: ...
    def find(self, job_id: int | None = None, *, offset: int = 0, limit: int = 1000) -> Sequence[BackfillRecord]:
        """Newest first."""
        ...

    def active(self) -> Sequence[BackfillRecord]:
        """All that are not CANCELLED or DONE, oldest first."""
        ...

    def intervals(
        self, backfill_id: int, *, outcome: str = "", offset: int = 0, limit: int = 10_000
    ) -> Sequence[BackfillInterval]:
        """In their order; with `outcome` only those that have it (`BackfillInterval.outcome`)."""
        ...

    def started(self, backfill_id: int) -> Sequence[BackfillInterval]:
        """Those that are STARTED, in their order."""
        ...

    def counts(self, backfill_id: int) -> Mapping[str, int]:
        """How many intervals there are of each outcome."""
        ...

    def past(self, job_id: int, at_ms: Sequence[int]) -> Mapping[int, PastInterval]:
        """By start of interval: the newest run that backfills of the job have made of it; an active one comes first."""
        ...

    def claim(self, backfill_id: int, *, parallel: int, judge: Judge) -> BackfillInterval | None:
        """Take the next interval that waits, in one transaction.

        It is STARTED and claimed: as long as it is, no other backfill of the job can claim the same interval. Where
        another has the claim, or `judge` has a reason, it is SKIPPED with that reason.

        Returns:
            The interval as it is now; None where the backfill is not RUNNING, none waits, or `parallel` are STARTED.
        """
        ...

    def move(self, backfill_id: int, expected: str, state: str, *, ended_ms: int = 0, reason: str = "") -> None:
        """Set the state of a backfill.

        Raises:
            Conflict: it is not in the expected state.
        """
        ...

    def cancel(self, backfill_id: int, expected: str, *, cancel_runs: bool, reason: str = "") -> None:
        """Make it CANCELLING and all its intervals that wait CANCELLED, in one transaction. `expected` as in `move`."""
        ...

    def finish(self, backfill_id: int, at_ms: int) -> bool:
        """End a backfill (DONE, or CANCELLED where it was CANCELLING) of which no interval waits or is STARTED.

        Returns:
            Whether it is over.
        """
        ...

    def save(self, interval: BackfillInterval, *, expected: str) -> None:
        """Replace an interval. One that is no longer STARTED gives its claim back, in the same transaction.

        Raises:
            Conflict: it is not in the expected state.
        """
        ...


class QueryStore(Protocol):
    """Saved SQL queries."""

    def save(self, query: QueryRecord) -> None:
        """Insert or update."""
        ...

    def get(self, query_id: str) -> QueryRecord | None: ...
    def find(self, *, offset: int, limit: int) -> Sequence[QueryRecord]:
        """Newest first."""
        ...

    def delete(self, query_id: str) -> bool: ...


class ClusterStore(Protocol):
    """Clusters, their events and what they cost."""

    def save(self, cluster: ClusterRecord) -> None:
        """Insert or update."""
        ...

    def event(self, cluster_id: str, at_ms: int, kind: str, details: Json) -> None: ...
    def get(self, cluster_id: str) -> ClusterRecord | None: ...
    def of_run(self, run_id: int) -> Sequence[ClusterRecord]: ...
    def of_runs(self, run_ids: Sequence[int]) -> Mapping[int, Sequence[ClusterRecord]]:
        """The clusters of each run, oldest first, in one question to the database; runs without one are left out."""
        ...

    def alive(self) -> Sequence[ClusterRecord]: ...
    def events(self, cluster_id: str) -> Sequence[tuple[int, str, Json]]: ...


class Store(Protocol):
    """All that is remembered."""

    @property
    def jobs(self) -> JobStore: ...
    @property
    def runs(self) -> RunStore: ...
    @property
    def task_values(self) -> TaskValueStore: ...
    @property
    def secrets(self) -> SecretStore: ...
    @property
    def tokens(self) -> TokenStore: ...
    @property
    def metastore(self) -> MetastoreStore: ...
    @property
    def clusters(self) -> ClusterStore: ...
    @property
    def backfills(self) -> BackfillStore: ...
    @property
    def queries(self) -> QueryStore: ...
    def meta(self, key: str, default: Callable[[], str]) -> str:
        """A fact of this installation (workspace id, default user); made by `default` at first use."""
        ...

    def check(self) -> None:
        """Ask the database something.

        Raises:
            Unavailable: it does not answer; the text says why.
        """
        ...

    def close(self) -> None: ...


# --------------------------------------------------------------------------------------------------- where it runs


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRequest:
    """Compute for one attempt. The same (run_id, key) is the same cluster."""

    run_id: int
    job_id: int
    attempt_id: int
    key: str
    spec: ClusterSpec | None
    tags: Mapping[str, str] = field(default_factory=dict)
    shared: bool = True
    """False: it lives for this attempt only (`new_cluster` on a task)."""


class Clusters(Protocol):
    """Spark engines. Calls block; they are made from worker threads, never from the run loop."""

    def acquire(self, request: ClusterRequest) -> ClusterRecord:
        """The running cluster for this request, started if need be; one that died is replaced by a new one.

        Raises:
            Unavailable: it could not be started; the text says why.
        """
        ...

    def explain(self, run_id: int, key: str) -> str:
        """Why the cluster no longer answers, as a sentence; "" where it is alive."""
        ...

    def end_of_attempt(self, attempt_id: int) -> None: ...
    def end_of_run(self, run_id: int, reason: str) -> None:
        """End the run's clusters. Returns once they are marked; safe to call twice."""
        ...


class Workers(Protocol):
    """Worker processes. No call blocks; what happens is told to the `WorkerSink`."""

    def start(self, assignment: Assignment) -> None:
        """Hand the attempt, whose folder has the assignment, to a worker.

        Safe to call twice: an attempt is claimed by one worker only.
        """
        ...

    def stop(self, attempt_id: int, reason: str) -> None:
        """Interrupt, then TERM, then KILL of the process group. `WorkerSink.ended` follows in every case."""
        ...

    def adopt(self, attempts: Mapping[int, Path]) -> None:
        """Take over attempts that were started before a restart.

        Each (with its folder) is taken over if its worker lives, else reported as ended: with its written outcome, or
        as lost.
        """
        ...

    @property
    def running(self) -> int:
        """How many attempts are held now."""
        ...


class Environments(Protocol):
    """Python packages for tasks, installed once for each set of requirements. Calls block."""

    def prepare(self, requirements: Sequence[str]) -> Path:
        """The `site-packages` folder that has these requirements beside what the server itself has installed.

        Args:
            requirements: pip requirement lines; a line that is an absolute path is a wheel or (as `-r PATH`) a
                requirements file of this machine.

        Raises:
            InstallationFailed: pip refused; the text has its reason.
        """
        ...


class Checkouts(Protocol):
    """Checkouts of Git sources. Calls block."""

    def prepare(self, source: GitSource, commit: str) -> Checkout:
        """A folder with the files of the source.

        Args:
            source: what the job declares.
            commit: the commit that this run reads from already; "" to resolve it now.

        Raises:
            CheckoutFailed: the repository or the reference cannot be had, or is not allowed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Checkout:
    """Files of a Git source on this machine."""

    folder: Path
    commit: str
    """40 hex digits."""


class WorkerSink(Protocol):
    """What workers tell the engine. Called on threads of compute."""

    def started(self, attempt_id: int, at_ms: int) -> None: ...
    def ended(self, attempt_id: int, outcome: Outcome) -> None: ...
    def cell_ended(self, attempt_id: int, index: int, state: str) -> None: ...
    def ask(self, attempt_id: int, ask_id: int, body: Body) -> Any:
        """Answer an ask; may block. Raises a `BrickyardError` whose text and code reach the worker."""
        ...


# -------------------------------------------------------------------------------------------------- who hears of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Something that happened, after it was committed."""

    kind: str
    run: Run
    attempt_id: int | None
    at_ms: int


class Observer(Protocol):
    """Hears all announcements; never changes a run. Must not block."""

    def hear(self, announcement: Announcement) -> None: ...


class Service(Protocol):
    """The one lifecycle of every loop: start returns when it is ready; stop may be called twice or unstarted."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
