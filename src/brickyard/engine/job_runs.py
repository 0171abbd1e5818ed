"""Run-job tasks: each starts a run of another job, and ends when that is over.

The run is created under a token made from the attempt's id, so that an attempt that is begun twice, by this server or
by the next one after a crash, has one run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, cast

import structlog

from brickyard.engine.active import ActiveRuns
from brickyard.engine.commands import StartRequest
from brickyard.engine.lineage import Lineage
from brickyard.engine.mail import Call, Mail
from brickyard.engine.outcomes import not_started, withdrawn
from brickyard.engine.payloads import Payloads
from brickyard.engine.run_loop import RunLoop
from brickyard.errors import BrickyardError, InvalidState, Unavailable
from brickyard.jobs.tasks import RunJobTask
from brickyard.ports import Clock, RunStore
from brickyard.runs import endings
from brickyard.runs.events import AttemptEnded, AttemptStarted, CancelRequested
from brickyard.runs.model import Attempt, Ending, Run
from brickyard.runs.states import LifeCycle, Result, TriggerType
from brickyard.workloads.messages import Outcome

_RETRY_SECONDS = 0.5
_GOOD = frozenset({Result.SUCCESS, Result.SUCCESS_WITH_FAILURES})
_log = structlog.get_logger(__name__)


class Starts(Protocol):
    """Who starts runs of jobs."""

    def run_now(self, job_id: int, request: StartRequest, *, user: str) -> int: ...


def token_of(attempt_id: int) -> str:
    """The idempotency token of the run that this attempt starts."""
    return f"runjob:{attempt_id}"


class JobRuns:
    """Starts, watches and cancels the runs of run-job tasks. Creating one blocks, so that has threads of its own."""

    def __init__(
        self,
        *,
        store: RunStore,
        active: ActiveRuns,
        payloads: Payloads,
        lineage: Lineage,
        loop: RunLoop,
        clock: Clock,
        ended: Callable[[int, Outcome], None],
    ) -> None:
        self._store = store
        self._active = active
        self._payloads = payloads
        self._lineage = lineage
        self._loop = loop
        self._clock = clock
        self._ended = ended
        self._starts: Starts | None = None
        self._lock = threading.Lock()
        self._children: dict[int, int] = {}
        self._parents: dict[int, int] = {}
        self._begun: set[int] = set()
        self._stopping: set[int] = set()
        self._stopped = threading.Event()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="brickyard-job-runs")

    def join(self, starts: Starts) -> None:
        """Say who starts runs of jobs."""
        self._starts = starts

    # ------------------------------------------------------------------------------------ the run loop's thread

    def begin(self, run: Run, attempt: Attempt) -> None:
        """Start the other job's run soon.

        Raises:
            InvalidParameterValue: a reference has no value, or the job would run itself.
        """
        work = cast(RunJobTask, self._payloads.resolve(run, attempt))
        self._lineage.check(run, work.job_id)
        self._payloads.keep(attempt, work)
        identity = self._payloads.details(run, attempt).record.identity
        request = StartRequest(
            parameters=dict(work.job_parameters),
            overriding=dict(work.overriding),
            idempotency_token=token_of(attempt.attempt_id),
            trigger=TriggerType.RUN_JOB_TASK,
            parent_attempt_id=attempt.attempt_id,
        )
        self._later(run.run_id, attempt.attempt_id, lambda: self._create(attempt.attempt_id, work, request, identity))

    def resume(self, run: Run, attempt: Attempt) -> None:
        """Take up an attempt that an earlier server had begun."""
        self._later(run.run_id, attempt.attempt_id, lambda: self._find(attempt))

    def stop(self, attempt: Attempt) -> None:
        """Cancel the run that the attempt has started, or is about to start; the attempt ends with it."""
        with self._lock:
            begun = attempt.attempt_id in self._begun
            self._stopping.add(attempt.attempt_id)
            child_id = self._children.get(attempt.attempt_id)
        if not begun:
            self._give_up(attempt.attempt_id, _Withdrawn())
        elif child_id is not None:
            self._loop.post(Mail(run_id=child_id, event=CancelRequested()))

    def child_of(self, attempt_id: int) -> int | None:
        """The run that an attempt which is not over has started."""
        with self._lock:
            return self._children.get(attempt_id)

    def run_over(self, run: Run) -> None:
        """A run has ended: so does the attempt that started it, if there is one."""
        with self._lock:
            attempt_id = self._parents.get(run.run_id)
        if attempt_id is not None:
            self._report(attempt_id, run)

    def attempt_over(self, attempt_id: int) -> None:
        """Forget an attempt that has ended."""
        with self._lock:
            self._begun.discard(attempt_id)
            self._stopping.discard(attempt_id)
            child_id = self._children.pop(attempt_id, None)
            self._parents.pop(child_id or 0, None)

    def shut_down(self) -> None:
        """Wait for what is being done; what comes later is for the next server, which finds the attempts."""
        with self._lock:
            self._stopped.set()
        self._threads.shutdown(wait=True, cancel_futures=True)

    # ------------------------------------------------------------------------------------------------ a thread

    def _later(self, run_id: int, attempt_id: int, find: Callable[[], int]) -> None:
        with self._lock:
            if attempt_id not in self._begun and not self._stopped.is_set():
                self._begun.add(attempt_id)
                # By way of the loop: what a new engine takes up waits until that runs.
                self._loop.post(Call(lambda: self._submit(run_id, attempt_id, find)))

    def _submit(self, run_id: int, attempt_id: int, find: Callable[[], int]) -> None:
        with self._lock:
            if not self._stopped.is_set():
                self._threads.submit(self._take, run_id, attempt_id, find)

    def _take(self, run_id: int, attempt_id: int, find: Callable[[], int]) -> None:
        """Have the child, and watch it; an attempt that cannot have one ends with the reason."""
        while not self._stopped.is_set():
            try:
                child_id = find()
            except Unavailable as error:
                _log.warning("a run of another job could not be started; trying again", error=error.message)
                self._stopped.wait(_RETRY_SECONDS)
            except BrickyardError as error:
                self._give_up(attempt_id, error)
                return
            except Exception as error:  # noqa: BLE001 - a fault of ours: nobody else would ever end this attempt
                _log.exception("a run of another job could not be started", attempt_id=attempt_id)
                self._give_up(attempt_id, BrickyardError(f"The run could not be started: {error!r}"))
                return
            else:
                self._watch(run_id, attempt_id, child_id)
                return

    def _create(self, attempt_id: int, work: RunJobTask, request: StartRequest, user: str) -> int:
        with self._lock:
            stopping = attempt_id in self._stopping
        if stopping and self._store.by_token(token_of(attempt_id)) is None:
            raise _Withdrawn
        assert self._starts is not None, "nobody starts runs"  # noqa: S101 - the engine has joined it
        return self._starts.run_now(work.job_id, request, user=user)

    def _find(self, attempt: Attempt) -> int:
        child_id = self._store.by_token(token_of(attempt.attempt_id))
        if child_id is not None:
            return child_id
        if attempt.life_cycle is LifeCycle.TERMINATING:
            raise _Withdrawn
        raise InvalidState(f"The run that task run {attempt.attempt_id} had started was deleted.")

    def _give_up(self, attempt_id: int, error: BrickyardError) -> None:
        now_ms = self._clock.now_ms()
        self._ended(attempt_id, withdrawn(now_ms) if isinstance(error, _Withdrawn) else not_started(error, now_ms))

    def _watch(self, run_id: int, attempt_id: int, child_id: int) -> None:
        self._loop.post(Mail(run_id=run_id, event=AttemptStarted(attempt_id)))
        with self._lock:
            self._children[attempt_id] = child_id
            self._parents[child_id] = attempt_id
            stopping = attempt_id in self._stopping
        child = self._active.get(child_id)
        if child is not None and child.life_cycle.is_terminal:
            self._report(attempt_id, child)
        elif stopping:
            self._loop.post(Mail(run_id=child_id, event=CancelRequested()))

    def _report(self, attempt_id: int, child: Run) -> None:
        run_id = self._active.run_of_attempt(attempt_id)
        if run_id is not None:
            self._loop.post(Mail(run_id=run_id, event=AttemptEnded(attempt_id, ending_of(child))))


class _Withdrawn(BrickyardError):
    """The attempt was stopped before it had started anything."""


def ending_of(child: Run) -> Ending:
    """What the end of the other job's run means to the task that started it."""
    ending = child.ending
    if ending is None or ending.result in _GOOD:
        return endings.succeeded()
    reason = f": {ending.message}" if ending.message else ""
    return endings.failed(f"Run {child.run_id} of job {child.job_id} ended {ending.result}{reason}")
