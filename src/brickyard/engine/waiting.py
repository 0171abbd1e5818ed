"""Why something waits, as sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from brickyard.engine.active import ActiveRuns
from brickyard.engine.admission import Admission, Queue
from brickyard.engine.job_runs import JobRuns
from brickyard.engine.run_loop import RunLoop
from brickyard.engine.slots import Wait
from brickyard.engine.starter import Starter
from brickyard.errors import NotFound
from brickyard.runs import loops, standing
from brickyard.runs.model import Attempt, Kind, Run
from brickyard.runs.states import LifeCycle, RunType

_ANSWER_SECONDS = 30.0
_NAMED = 5
"""How many runs or tasks a sentence names; the others are counted."""

Sentences = Sequence[tuple[str, str]]


class Waiting:
    """Looks at a run, at the queue of its job and at the places of the server, all at the same moment."""

    def __init__(
        self, *, active: ActiveRuns, admission: Admission, starter: Starter, job_runs: JobRuns, loop: RunLoop
    ) -> None:
        self._active = active
        self._admission = admission
        self._starter = starter
        self._job_runs = job_runs
        self._loop = loop

    def sentences(self, run_id: int) -> Sentences:
        """(subject, sentence) for the run where it is queued, and for each attempt that waits for something.

        Raises:
            NotFound: there is no such run.
            Unavailable: runs are not being moved.
        """
        run = self._active.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        if run.life_cycle.is_terminal:
            return []
        return self._loop.ask(lambda: list(self._look(run_id)), timeout=_ANSWER_SECONDS)

    def _look(self, run_id: int) -> Iterator[tuple[str, str]]:
        run = self._active.get(run_id)
        if run is None or run.life_cycle.is_terminal:
            return
        if run.life_cycle is LifeCycle.QUEUED and run.run_type is RunType.JOB_RUN:
            queue = self._admission.queue_of(run.job_id, run_id)
            if queue is not None:
                yield "run", _queued(queue)
        for attempt in run.attempts:
            sentence = "" if attempt.is_terminal else self._of_attempt(run, attempt)
            if sentence:
                yield attempt.slot, sentence

    def _of_attempt(self, run: Run, attempt: Attempt) -> str:
        kind = run.rules(attempt).kind
        match attempt.life_cycle:
            case LifeCycle.BLOCKED:
                return _blocked(run, attempt)
            case LifeCycle.WAITING_FOR_RETRY:
                return f"Retries at {_time(attempt.retry_at_ms)}."
            case LifeCycle.PENDING if kind is Kind.WORKER:
                wait = self._starter.wait_of(run.run_id, attempt.attempt_id)
                return _place(wait) if wait else "Its worker starts."
            case LifeCycle.PENDING:
                return "It is being started."
            case LifeCycle.TERMINATING:
                return "It is being stopped."
            case LifeCycle.RUNNING if kind is Kind.LOOP:
                return _loop(run, attempt)
            case LifeCycle.RUNNING if kind is Kind.RUN_JOB:
                return self._child(attempt)
            case _:
                return ""

    def _child(self, attempt: Attempt) -> str:
        child_id = self._job_runs.child_of(attempt.attempt_id)
        child = self._active.get(child_id) if child_id is not None else None
        if child is None:
            return "It is being started."
        return f"Waits for run {child.run_id} of job {child.job_id}, which is {child.life_cycle}."


def _queued(queue: Queue) -> str:
    places = f"Queued due to reaching maximum concurrent runs of {queue.limit}."
    holders = [str(run_id) for run_id in queue.holders]
    held = (
        f"Run {holders[0]} holds the place"
        if len(holders) == 1
        else f"Runs {listed(holders)} hold the places"
        if holders
        else "A place is free"
    )
    return f"{places} {held}; {_count(queue.before, 'run waits', 'runs wait')} before it."


def _blocked(run: Run, attempt: Attempt) -> str:
    return f"Waits for {listed(standing.waits_for(run, attempt.task_key))}."


def _place(wait: Wait) -> str:
    return (
        f"Waits for a place: {wait.held} of {wait.limit} attempts run on this server;"
        f" {_count(wait.before, 'attempt', 'attempts')} of this run and"
        f" {_count(wait.others, 'other run is', 'other runs are')} before it."
    )


def _loop(run: Run, attempt: Attempt) -> str:
    stats = loops.stats(run, attempt)
    return f"{stats.completed} of {_count(stats.total, 'iteration', 'iterations')} are over, {stats.active} run."


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _count(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number == 1 else many}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; of many the first five and how many more."""
    shown = list(names)
    if len(shown) > _NAMED + 1:
        shown = [*shown[:_NAMED], f"{len(shown) - _NAMED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
