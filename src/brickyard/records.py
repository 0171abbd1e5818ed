"""What is remembered, as data: what stores take and give. Written once, never changed in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from brickyard.access.identity import PrincipalKind
from brickyard.jobs.tasks import ClusterSpec
from brickyard.runs.decide import Decision, Transition
from brickyard.runs.effects import Effect
from brickyard.runs.model import Run
from brickyard.workloads.messages import Outcome

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as stored. `settings` is JSON as sent, with defaults."""

    job_id: int
    settings: Json
    creator: str
    created_ms: int
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class JobVersion:
    """One saved change of a job; the first is its creation."""

    job_id: int
    version: int
    author: str
    at_ms: int
    settings: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What is kept of a run beside its state. Written once; a repair adds to `settings_by_repair` and parameters."""

    run_id: int
    job_id: int
    name: str
    creator: str
    settings_by_repair: Mapping[int, Json]
    """0: the settings at the start; n: those of the nth repair."""
    parameters_by_repair: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """Overrides of job parameters that were given at the start and with each repair."""
    overriding: Json = field(default_factory=dict)
    """Legacy overrides (`notebook_params`, …) as sent."""
    idempotency_token: str | None = None
    parent_attempt_id: int | None = None
    """For a WORKFLOW_RUN or a run-job child: the task run that started it."""
    cluster_scope: int | None = None
    """For a WORKFLOW_RUN: the attempt whose compute it shares."""
    trigger_info: Json = field(default_factory=dict)
    """What the trigger knows: `{"backfill_id": …, "backfill_ms": …}`, `{"file_arrival": {"location": …}}`, …"""
    versions_by_repair: Mapping[int, int] = field(default_factory=dict)
    """The job's version that the start (0) and each repair ran under; empty for runs without a job."""
    overriding_by_repair: Mapping[int, Json] = field(default_factory=dict)
    """Legacy overrides that a repair gave, by its number; the start's are in `overriding`."""
    commits_by_repair: Mapping[int, str] = field(default_factory=dict)
    """The Git commit that tasks with source GIT were read from, once it is known."""
    run_as: str = ""
    """Whose rights its tasks have: a user name or an application id; "": the creator's."""

    @property
    def identity(self) -> str:
        """Whose rights its tasks have."""
        return self.run_as or self.creator


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Whose a run or task run is."""

    job_id: int
    """Of a submitted run: its own, which is no job's."""
    run_id: int
    """The job run; of what a notebook has started: the one at the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One transition as stored."""

    run_id: int
    seq: int
    at_ms: int
    transition: Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """What `runs/list` may ask for. Times are epoch ms of the run's start, inclusive."""

    job_id: int | None = None
    active_only: bool = False
    completed_only: bool = False
    run_type: str | None = None
    start_from_ms: int | None = None
    start_to_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEffect:
    """A committed effect that was not yet performed."""

    effect_id: int
    run_id: int
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairFacts:
    """What is kept of a repair beside its state."""

    number: int
    settings: Json
    parameters: Mapping[str, str] = field(default_factory=dict)
    overriding: Json = field(default_factory=dict)
    job_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One decision to store. Guarded: the rows must still be in the states of `before`."""

    before: Run
    decision: Decision
    at_ms: int
    outcome: tuple[int, Outcome] | None = None
    """(attempt id, outcome) where the event was the end of an attempt: stored in the same transaction."""
    resolved: tuple[int, Json] | None = None
    repair: RepairFacts | None = None
    """Where the event was a repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRecord:
    """A cluster as stored; `state` is PENDING, RUNNING, TERMINATING, TERMINATED or ERROR. Times are epoch ms."""

    cluster_id: str
    name: str
    state: str
    run_id: int
    job_id: int
    key: str
    """The job cluster's key; "task:<attempt id>" for a task's own; "serverless"."""
    spec: ClusterSpec | None
    created_ms: int
    ready_ms: int = 0
    ended_ms: int = 0
    reason: str = ""
    """A sentence: why it ended."""
    reason_code: str = ""
    """`JOB_FINISHED`, `USER_REQUEST`, `DRIVER_UNREACHABLE`, `SPARK_ERROR`, …"""
    pid: int = 0
    pid_started: float = 0.0
    """Start time of the process (psutil), so that a reused pid is recognised."""
    endpoint: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    """Of one that belongs to no run (`run_id` 0): who pays for it. Its `key` is then the id of the all-purpose cluster
    or warehouse that it served, and its `cluster_id` that of this one time that it ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllPurposeRecord:
    """An all-purpose cluster. Each time that it ran is a `ClusterRecord`. Times are epoch ms; 0 is "never"."""

    cluster_id: str
    owner: str
    settings: Json
    """As sent."""
    created_ms: int
    state: str = "PENDING"
    """PENDING, RUNNING, RESTARTING, RESIZING, TERMINATING, TERMINATED or ERROR."""
    state_message: str = ""
    reason: Json = field(default_factory=dict)
    """Why it ended: `{"code", "type", "parameters"}`."""
    started_ms: int = 0
    ended_ms: int = 0
    used_ms: int = 0
    """When something last ran on it."""
    pinned: bool = False
    starts: int = 0
    """How often it was started."""

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return str(self.settings.get("cluster_name", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRecord:
    """A package that is to be on an all-purpose cluster."""

    cluster_id: str
    library: Json
    """As sent, such as `{"pypi": {"package": "simplejson"}}`."""
    status: str
    """PENDING, INSTALLING, INSTALLED, FAILED or UNINSTALL_ON_RESTART."""
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRef:
    """One attempt of a loop that has begun, as far as finding its iterations needs it."""

    run_id: int
    chain: tuple[int, ...]
    """The attempt's id, then those of earlier attempts of the loop whose good iterations it kept, newest first."""
    total: int

    @property
    def loop_id(self) -> int:
        """The attempt's id."""
        return self.chain[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRun:
    """A run that a task run of another run has started: a run of another job, or of a notebook."""

    run_id: int
    attempt_id: int
    """The task run that started it."""
    slot: str
    """What that attempts: a task's key, or `KEY[INDEX]` for an iteration."""


AttemptsWanted = Literal["all", "tasks", "none"]
"""Which attempts of a run are read: all, those of tasks without the iterations of loops, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """A token without its value."""

    token_id: str
    user_name: str
    comment: str
    created_ms: int
    expires_ms: int
    """0: never."""
    kind: str = "PERSONAL"
    """PERSONAL, OAUTH (of the client secret whose id is the comment) or RUN (a task's own)."""
    run_id: int = 0
    """Of kind RUN: the job run that it was made for; it is worth nothing once that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRecord:
    """One backfill of a job: a run for each interval of a range. Times are epoch ms."""

    backfill_id: int
    job_id: int
    creator: str
    created_ms: int
    spec: Json
    """What was asked for: range, step, zone, parameters, order, parallelism, what to do with intervals that ran."""
    state: str = "RUNNING"
    """RUNNING, PAUSED, CANCELLING, CANCELLED or DONE."""
    ended_ms: int = 0
    reason: str = ""
    """Why it is paused or cancelled, where nobody asked for that; a sentence."""
    cancel_runs: bool = False
    """Of one that is cancelled: whether its active runs are cancelled as well."""
    revision: int = 0
    """Grows with every change of the backfill and of its intervals."""


GOOD_RESULTS = ("SUCCESS", "SUCCESS_WITH_FAILURES")
"""Results of a run after which its interval needs no further one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillInterval:
    """One interval of a backfill."""

    backfill_id: int
    position: int
    """In the order in which intervals start."""
    at_ms: int
    """The start of the interval."""
    state: str = "WAITING"
    """WAITING, STARTED, SKIPPED (it ran before, or another backfill has it), CANCELLED or DONE."""
    run_id: int = 0
    """0: no run yet."""
    reason: str = ""
    result: str = ""
    """Read only: what its run has come to, a `Result`; "" while there is no run, or it is active or deleted."""

    @property
    def outcome(self) -> str:
        """The state; of one that is DONE whether it SUCCEEDED or FAILED."""
        if self.state != "DONE":
            return self.state
        return "SUCCEEDED" if self.result in GOOD_RESULTS else "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastInterval:
    """What backfills of a job have done with one interval before: their newest run of it."""

    at_ms: int
    backfill_id: int
    run_id: int
    """0: a backfill has claimed the interval and starts its run at this moment."""
    result: str
    """A `Result`; "" while the run is active."""

    @property
    def is_active(self) -> bool:
        """Whether the interval is being run now."""
        return not self.result


Judge = Callable[[BackfillInterval, PastInterval | None], str]
"""Why an interval is not to run, seen from what happened to it before; "" where it is to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRecord:
    """A saved SQL query."""

    query_id: str
    display_name: str
    query_text: str
    owner: str
    created_ms: int
    updated_ms: int
    body: Json = field(default_factory=dict)
    """The other fields of the API's query object, as sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalRecord:
    """A user, a group or a service principal."""

    principal_id: int
    kind: PrincipalKind
    name: str
    """User name, name of the group, or application id (a UUID)."""
    display_name: str = ""
    active: bool = True
    """Of one that is not, no token is valid."""
    created_ms: int = 0
    body: Json = field(default_factory=dict)
    """What else SCIM clients keep here: `emails`, `externalId`, `entitlements`, …, as sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """A secret by which a service principal asks for access tokens, without its value."""

    secret_id: str
    principal_id: int
    created_ms: int
    expires_ms: int
    """0: never."""


@dataclass(frozen=True, slots=True)
class AclEntry:
    """Who has which level."""

    kind: PrincipalKind
    principal: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One request that changed something, or that was refused."""

    at_ms: int
    user_name: str
    """"": nobody was known."""
    action: str
    """A value of `access.actions.Action`; "" where the request was refused before it was known."""
    request: str
    """Method and route, such as `POST /api/2.2/jobs/create`."""
    object: str = ""
    """The object concerned, such as `jobs/12`."""
    status: int
    error_code: str = ""
    request_id: str = ""
    source_ip: str = ""
    details: Json = field(default_factory=dict)
    event_id: int = 0
    """Given by the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which events are wanted. Times are epoch ms."""

    user_name: str | None = None
    action: str | None = None
    object: str | None = None
    from_ms: int = 0
    to_ms: int | None = None
    before_id: int | None = None
    """For the next page: the id of the last event of the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An object that is kept whole, such as an instance pool, a policy, a warehouse or a notification destination."""

    kind: str
    document_id: str
    name: str
    owner: str
    created_ms: int
    updated_ms: int
    body: Json
    sealed: bytes | None = None
    """What must not be read from a stolen database; encrypted by the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRecord:
    """A SQL statement that somebody has asked for. Times are epoch ms."""

    statement_id: str
    warehouse_id: str
    user_name: str
    text: str
    state: str
    """PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED or CLOSED (its result is not kept any more)."""
    created_ms: int
    ended_ms: int = 0
    body: Json = field(default_factory=dict)
    """How the result is wanted (`disposition`, `format`); what it is (`columns`, `chunks`, …), or the `error`."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.ended_ms > 0
