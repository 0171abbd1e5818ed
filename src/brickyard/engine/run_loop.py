"""The loop that moves runs: takes events in batches, decides, stores the whole batch at once, then has it performed."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from typing import Protocol, TypeVar

import structlog

from brickyard.engine.active import ActiveRuns
from brickyard.engine.ledger import Ledger
from brickyard.engine.mail import Call, Item, Mail
from brickyard.engine.timers import Timers
from brickyard.engine.watch import Watches
from brickyard.errors import BrickyardError, Conflict, NotFound, Unavailable
from brickyard.ports import Clock, Ids, RunStore
from brickyard.records import Commit, Json
from brickyard.runs.decide import decide
from brickyard.runs.effects import Wake, WakeAt
from brickyard.runs.events import Event, RetryDue, Skip, TimeoutDue
from brickyard.runs.model import Run

T = TypeVar("T")
_log = structlog.get_logger(__name__)

_BATCH = 500
_RETRY_SECONDS = 0.5
_CONFLICTS = 5
QUEUED_TOO_LONG = "The run waited in the queue for 48 hours without a place."


class Performer(Protocol):
    """Does what decisions ask for, after they were stored."""

    def perform(self, commit: Commit) -> None: ...


class Resolved(Protocol):
    """Knows what an attempt was started with until that is stored."""

    def pop(self, attempt_id: int) -> Json | None: ...
    def keep_again(self, attempt_id: int, values: Json) -> None: ...


class RunLoop:
    """One thread; the only writer of runs that have begun.

    Throughput comes from batches: all events that wait are decided together and stored by one transaction.
    """

    def __init__(
        self, store: RunStore, *, active: ActiveRuns, timers: Timers, ledger: Ledger, clock: Clock, ids: Ids
    ) -> None:
        self._store = store
        self._active = active
        self._timers = timers
        self._ledger = ledger
        self._clock = clock
        self._ids = ids
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._at_hand: list[Item] = []
        self._performer: Performer | None = None
        self._resolved: Resolved | None = None
        self._watches: Watches | None = None

    # --------------------------------------------------------------------------------------------- lifecycle

    def join_parts(self, performer: Performer, resolved: Resolved, watches: Watches) -> None:
        """Say who performs effects, who knows resolved values, and who waits for news."""
        self._performer, self._resolved, self._watches = performer, resolved, watches

    def start(self) -> None:
        """Begin to take events. Those that were posted before are waiting."""
        self._thread = threading.Thread(target=self._run, name="brickyard-runs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End with what was posted until now."""
        self._stopping.set()
        self.poke()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def check(self) -> None:
        """Whether runs are being moved.

        Raises:
            Unavailable: the loop has ended, or cannot store anything; the text says why.
        """
        if self._failure is not None:
            raise Unavailable(f"The run loop ended: {self._failure!r}.")
        if self._thread is None or not self._thread.is_alive():
            raise Unavailable("The run loop is not running.")

    # ---------------------------------------------------------------------------------------------- any thread

    def post(self, item: Item) -> None:
        """Have it done soon."""
        self._queue.put(item)

    def submit(self, run_id: int, event: Event, **attached: object) -> Future[Run]:
        """Have an event decided; the future has the run once that is stored, or the error that prevented it."""
        if self._failure is not None:
            self.check()
        done: Future[Run] = Future()
        self.post(Mail(run_id=run_id, event=event, done=done, **attached))  # type: ignore[arg-type] # fields of Mail
        return done

    def ask(self, question: Callable[[], T], *, timeout: float) -> T:
        """What a function finds that runs on the loop's thread, where nothing changes meanwhile.

        Raises:
            Unavailable: the loop does not run, or does not answer in time.
        """
        self.check()
        done: Future[T] = Future()
        self.post(Call(lambda: _answer(done, question)))
        try:
            return done.result(timeout)
        except NoAnswer as error:
            raise Unavailable(f"The run loop did not answer within {timeout:.0f} s.") from error

    def poke(self) -> None:
        """Look at the timers again now."""
        self.post(Call(lambda: None))

    # --------------------------------------------------------------------------------------------- the thread

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
            self._work(list(self._queued()))
            self._ledger.flush()
        except BaseException as error:  # noqa: BLE001 - kept for `check`, which turns the server's health red
            self._failure = error
            _log.critical("the run loop ended", exc_info=True)
            self._refuse_the_rest(f"The run loop ended: {error!r}.")

    def _refuse_the_rest(self, reason: str) -> None:
        """Nobody waits for a loop that is dead."""
        for item in (*self._at_hand, *self._queued()):
            if isinstance(item, Mail) and item.done is not None and not item.done.done():
                item.done.set_exception(Unavailable(reason))
        if self._watches is not None:
            self._watches.close(reason)

    def _queued(self) -> Iterator[Item]:
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._queue.get_nowait()

    def _turn(self) -> None:
        self._work(self._next_batch())
        self.process(self._due())
        if self._ledger.seconds_left() == 0:
            self._ledger.flush()

    def _work(self, items: list[Item]) -> None:
        self._at_hand = items
        mails: list[Mail] = []
        for item in items:
            if isinstance(item, Mail):
                mails.append(item)
            else:
                # In order: a call may rest on what was posted before it.
                self.process(mails)
                mails = []
                item.function()
        self.process(mails)

    def _next_batch(self) -> list[Item]:
        try:
            items = [self._queue.get(timeout=self._patience())]
        except queue.Empty:
            return []
        return items + list(itertools.islice(self._queued(), _BATCH))

    def _patience(self) -> float | None:
        waits = [left for left in (self._timers.seconds_left(), self._ledger.seconds_left()) if left is not None]
        return min(waits, default=None)

    def _due(self) -> list[Mail]:
        mails = []
        for run_id, wake in self._timers.due():
            self._ledger.add(run_id, wake)
            mails.append(Mail(run_id=run_id, event=_event_of(wake)))
        return mails

    # ----------------------------------------------------------------------------------------------- a batch

    def process(self, mails: Sequence[Mail]) -> None:
        """Decide these, store all of it at once, and have it performed."""
        if not mails:
            return
        commits = self._decide(mails)
        try:
            self._store_until_done(commits)
        except Conflict:
            self._give_back(commits)
            self._one_by_one(mails)
            return
        self._after(commits)
        for mail in mails:
            if mail.done is not None and not mail.done.done():
                self._answer(mail, mail.done)

    def _decide(self, mails: Sequence[Mail]) -> list[Commit]:
        staged: dict[int, Run] = {}
        commits = []
        now_ms = self._clock.now_ms()
        for mail in mails:
            try:
                before = staged.get(mail.run_id) or self._load(mail.run_id)
                decision = decide(before, mail.event, now_ms, self._ids.next_id)
            except BrickyardError as error:
                _fail(mail, error)
                continue
            if decision.changed:
                staged[mail.run_id] = decision.run
                commits.append(
                    Commit(
                        before=before,
                        decision=decision,
                        at_ms=now_ms,
                        outcome=mail.outcome,
                        resolved=self._resolved_of(mail.event),
                        repair=mail.repair,
                    )
                )
        return commits

    def _load(self, run_id: int) -> Run:
        run = self._active.get(run_id)
        if run is None:
            raise NotFound(f"Run {run_id} does not exist.")
        return run

    def _resolved_of(self, event: Event) -> tuple[int, Json] | None:
        attempt_id = getattr(event, "attempt_id", None)
        values = self._resolved.pop(attempt_id) if self._resolved and attempt_id else None
        return (attempt_id, values) if attempt_id and values is not None else None

    def _store_until_done(self, commits: Sequence[Commit]) -> None:
        """Store; while the database is away, wait: nothing that was reported is lost by that."""
        while commits:
            try:
                self._store.commit(commits)
            except Unavailable as error:
                _log.warning("the database is away; trying again", error=error.message)
                if self._stopping.wait(_RETRY_SECONDS):
                    raise
            else:
                return

    def _one_by_one(self, mails: Sequence[Mail]) -> None:
        """Somebody else changed one of the runs: look at all of them afresh."""
        for mail in mails:
            for _ in range(_CONFLICTS):
                self._active.drop(mail.run_id)
                commits = self._decide([mail])
                try:
                    self._store_until_done(commits)
                except Conflict as error:
                    self._give_back(commits)
                    conflict = error
                    continue
                self._after(commits)
                if mail.done is not None and not mail.done.done():
                    self._answer(mail, mail.done)
                break
            else:
                _fail(mail, conflict)

    def _give_back(self, commits: Sequence[Commit]) -> None:
        """Keep the resolved values of commits that were not stored for those that come in their place."""
        for commit in commits:
            if commit.resolved is not None and self._resolved is not None:
                self._resolved.keep_again(*commit.resolved)

    def _after(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self._active.put(commit.decision.run)
        self.perform(commits)

    def perform(self, commits: Sequence[Commit]) -> None:
        """Have stored decisions performed, and wake those who wait for news of their runs."""
        for commit in commits:
            if self._performer is not None:
                self._performer.perform(commit)
        if self._watches is not None:
            self._watches.tell([commit.before.run_id for commit in commits])

    def _answer(self, mail: Mail, done: Future[Run]) -> None:
        run = self._active.get(mail.run_id)
        if run is None:
            done.set_exception(NotFound(f"Run {mail.run_id} does not exist."))
        else:
            done.set_result(run)


def _fail(mail: Mail, error: BrickyardError) -> None:
    """One event that cannot be applied holds up no other."""
    if mail.done is not None:
        mail.done.set_exception(error)
    else:
        _log.error("an event was dropped", run_id=mail.run_id, event_of_run=repr(mail.event), error=error.message)


def _answer(done: Future[T], question: Callable[[], T]) -> None:
    try:
        done.set_result(question())
    except Exception as error:  # noqa: BLE001 - a question changes nothing: its fault is the asker's, not the loop's
        done.set_exception(error)


def _event_of(wake: WakeAt) -> Event:
    match wake.wake:
        case Wake.RETRY if wake.attempt_id is not None:
            return RetryDue(wake.attempt_id)
        case Wake.QUEUE_TIMEOUT:
            return Skip(QUEUED_TOO_LONG)
        case _:
            return TimeoutDue(wake.attempt_id)
