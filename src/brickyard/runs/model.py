"""What is known of one run: the plan of its tasks and every attempt so far. Immutable; changed by `decide`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from brickyard.jobs.graph import reach
from brickyard.jobs.tasks import Dependency, RunIf
from brickyard.runs.series import Series
from brickyard.runs.states import Code, LifeCycle, Result, RunType, TriggerType


class Kind(StrEnum):
    """Who does the work of a task."""

    WORKER = "worker"
    """A worker process."""
    CONDITION = "condition"
    """The server, at once: its ending has an outcome."""
    RUN_JOB = "run_job"
    """A run of another job."""
    LOOP = "loop"
    """Iterations of a nested task: attempts of their own within the same run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """The rules of one task, as far as deciding needs them. All times are milliseconds; 0 is no limit."""

    key: str
    depends_on: tuple[Dependency, ...] = ()
    run_if: RunIf = RunIf.ALL_SUCCESS
    max_retries: int = 0
    """Attempts after the first; -1 is endless."""
    min_retry_interval_ms: int = 0
    """From the start of the failed attempt to the start of the next."""
    retry_on_timeout: bool = False
    timeout_ms: int = 0
    """For each attempt."""
    disabled: bool = False
    kind: Kind = Kind.WORKER
    concurrency: int = 1
    """Of a loop: how many iterations may be active at once."""
    nested: TaskPlan | None = None
    """Of a loop: the rules of the task that it repeats; its key is unique in the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an attempt or a run ended."""

    life_cycle: LifeCycle
    """One of the terminal states."""
    result: Result
    code: Code
    message: str = ""
    cancelled_or_timed_out: bool = False
    outcome: str = ""
    """Of a condition that could be evaluated: "true" or "false"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of one task: a task run of the Jobs API, with a run id of its own."""

    attempt_id: int
    """The task run id."""
    task_key: str
    number: int
    """0 for the first; goes on counting over retries and repairs."""
    repair: int = 0
    """0 for the original run, 1 for the first repair, …"""
    life_cycle: LifeCycle = LifeCycle.BLOCKED
    ending: Ending | None = None
    created_ms: int = 0
    started_ms: int = 0
    """When it was handed to a worker (epoch ms); 0 before."""
    ended_ms: int = 0
    retry_at_ms: int = 0
    """For WAITING_FOR_RETRY: when it may start."""
    stop_reason: str = ""
    """Set once a stop was asked for: "cancel", "timeout", "run_timeout" or, of an iteration, "loop_timeout"."""
    iteration: int = -1
    """Of an iteration of a loop: the index of its input, counted from 0; its `task_key` is that of the nested task."""
    loop_id: int = 0
    """Of an iteration: the attempt id of its loop."""
    total: int = -1
    """Of a loop that has begun: how many inputs it has."""
    continues: int = 0
    """Of a loop in a repair that began with inputs as before: the attempt of it whose good iterations are kept."""

    @property
    def is_terminal(self) -> bool:
        """True where this attempt is over."""
        return self.life_cycle.is_terminal

    @property
    def slot(self) -> str:
        """What is attempted: the task's key, or for an iteration `KEY[INDEX]`; no key has brackets."""
        return self.task_key if self.iteration < 0 else f"{self.task_key}[{self.iteration}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One repair of a run; the original run is not in the list."""

    repair_id: int
    started_ms: int
    ended_ms: int = 0
    ending: Ending | None = None
    attempt_ids: tuple[int, ...] = ()
    """Those of tasks that it made; iterations are found by their loop."""


@dataclass(frozen=True, slots=True)
class Round:
    """How far a loop is that has begun and is not over. Derived; see `standing`."""

    kept: frozenset[int] = frozenset()
    """The iterations that are not repeated."""
    next: int = 0
    """Every iteration below this index was started or is kept."""
    active: int = 0
    good: int = 0
    """Iterations that are over and succeeded, kept ones included."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows from a run's attempts and lets an event cost what it touches. Derived; see `standing`."""

    attempts: Sequence[Attempt]
    """Of which it was derived: it holds for no other."""
    unfinished: int
    """How many attempts are not over."""
    waiting: dict[str, int]
    """By key of a task that is BLOCKED, or passes on what it would wait for: how many tasks that are."""
    earlier: Mapping[str, int]
    """By slot: the number of the newest attempt before the latest repair began; without a repair nothing."""
    rounds: dict[int, Round]
    """By attempt id of a loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a job (or one submitted run).

    `attempts` has every attempt of every task in order of creation; a task's newest attempt is the one that counts.
    """

    run_id: int
    job_id: int
    run_type: RunType = RunType.JOB_RUN
    trigger: TriggerType = TriggerType.ONE_TIME
    plan: Mapping[str, TaskPlan]
    """By task key, in submitted order."""
    timeout_ms: int = 0
    """For the whole run, from its start; a repair starts the count anew."""
    life_cycle: LifeCycle = LifeCycle.PENDING
    ending: Ending | None = None
    created_ms: int = 0
    started_ms: int = 0
    ended_ms: int = 0
    cancel_requested: bool = False
    timed_out: bool = False
    attempts: Sequence[Attempt] = ()
    repairs: tuple[Repair, ...] = ()
    selection: frozenset[str] | None = None
    """Only these tasks run (`only`); None is all."""
    latest: Mapping[str, Attempt] = field(default_factory=dict, compare=False, repr=False)
    """By task key: the newest attempt; iterations are not in it. Derived from `attempts`; never set by hand."""
    dependents: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    """By task key: the tasks that wait for it. Derived from `plan`; never set by hand."""

    standing: Standing | None = field(default=None, compare=False, repr=False)
    """Derived from `attempts` when the run is decided on; never set by hand."""

    def __post_init__(self) -> None:
        # All are indexes: an event then costs what it touches, not what the run has grown to.
        if not isinstance(self.attempts, Series):
            object.__setattr__(self, "attempts", Series.of(self.attempts))
        if not self.latest:
            newest = {attempt.task_key: attempt for attempt in self.attempts if attempt.iteration < 0}
            object.__setattr__(self, "latest", newest)
        if not self.dependents:
            object.__setattr__(self, "dependents", dependents_of(self.plan))

    def attempt(self, attempt_id: int) -> Attempt | None:
        """The attempt of this id, or None where the run has no such."""
        return Series.of(self.attempts).find(attempt_id)

    def rules(self, attempt: Attempt) -> TaskPlan:
        """The rules for what this attempt attempts: of its task, or for an iteration those of the nested task.

        Raises:
            KeyError: the plan of today has no such task any more.
        """
        if attempt.iteration < 0:
            return self.plan[attempt.task_key]
        loop = self.attempt(attempt.loop_id)
        nested = self.plan[loop.task_key].nested if loop else None
        if nested is None:
            raise KeyError(attempt.slot)
        return nested


def downstream(dependents: Mapping[str, Sequence[str]], keys: Iterable[str]) -> frozenset[str]:
    """All tasks that wait for these, directly or through others; these themselves only where one waits for another."""
    return reach(keys, dependents.__getitem__)


def dependents_of(plan: Mapping[str, TaskPlan]) -> dict[str, tuple[str, ...]]:
    """The edges of a plan the other way round, in submitted order; every task has an entry."""
    found: dict[str, list[str]] = {key: [] for key in plan}
    for task in plan.values():
        for key in needs(task):
            found[key].append(task.key)
    return {key: tuple(keys) for key, keys in found.items()}


def needs(task: TaskPlan) -> tuple[str, ...]:
    """The tasks that a task depends on, each once (a task may wait for both outcomes of a condition)."""
    return tuple(dict.fromkeys(dependency.task_key for dependency in task.depends_on))
