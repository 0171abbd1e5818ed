"""Worker processes of this machine. Implements `ports.Workers`.

All state belongs to one thread with an asyncio loop; other threads only post to it. Reports reach the sink on one
thread more, in order; asks are answered on a pool.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import structlog

from brickyard.compute.asks import Answering
from brickyard.compute.attempts import Attempt
from brickyard.compute.connections import WorkerConnection
from brickyard.compute.launcher import Launcher
from brickyard.compute.line import Line
from brickyard.compute.processes import Identity, describe_status
from brickyard.compute.stock import Stock
from brickyard.compute.tiers import Shadows, tier_of
from brickyard.errors import Unavailable
from brickyard.ports import Clock, Ids, WorkerSink
from brickyard.settings import Settings
from brickyard.workloads import folder
from brickyard.workloads.claims import read_outcome
from brickyard.workloads.messages import (
    Acknowledge,
    Answer,
    Ask,
    Assignment,
    CellEnded,
    Finished,
    Heartbeat,
    Hello,
    Notification,
    Outcome,
    Started,
    Stop,
    Tier,
    decode_command,
)
from brickyard.workloads.session_messages import Interrupt

_log = structlog.get_logger(__name__)

_HAND_OUTS = 3
"""How many workers may die before they claim an attempt until it is given up."""
_IDLE_FULL = 1
"""How many full workers are kept ready at most: each has some ten megabytes of its own."""
_AFTER_KILL_SECONDS = 10.0
_LEAVE_SECONDS = 15.0
_STRANGER_SECONDS = 60.0


class LocalWorkers:
    """One per server and home.

    Args:
        launcher: of light workers.
        full: the launcher of full workers.
        interrupt_seconds: from a stop's interrupt to TERM of the process group.
        term_seconds: from TERM to KILL.
        idle_seconds: how long idle workers are kept without any attempt.
        shadows: whether requirements need a worker that has not imported the server's packages.
    """

    def __init__(
        self,
        settings: Settings,
        sink: WorkerSink,
        clock: Clock,
        ids: Ids,
        launcher: Launcher,
        *,
        full: Launcher,
        interrupt_seconds: float = 5.0,
        term_seconds: float = 5.0,
        idle_seconds: float = 300.0,
        shadows: Shadows = lambda _: True,
    ) -> None:
        self._settings = settings
        self._sink = sink
        self._clock = clock
        self._ids = ids
        self._launcher = launcher
        self._launchers: dict[Tier, Launcher] = {"light": launcher, "full": full}
        self._interrupt_seconds = interrupt_seconds
        self._term_seconds = term_seconds
        self._shadows = shadows
        self._attempts: dict[int, Attempt] = {}
        self._by_pid: dict[int, Attempt] = {}
        self._early: dict[int, WorkerConnection] = {}
        self._connections: set[WorkerConnection] = set()
        self._leaving: dict[int, asyncio.TimerHandle] = {}
        self._answering = Answering(sink)
        self._teller = ThreadPoolExecutor(1, thread_name_prefix="brickyard-report")
        self._loop = asyncio.new_event_loop()
        sizes: dict[Tier, int] = {"light": settings.idle_workers, "full": min(settings.idle_workers, _IDLE_FULL)}
        self._stocks: dict[Tier, Stock] = {
            tier: Stock(sizes[tier], each, self._loop, idle_seconds) for tier, each in self._launchers.items()
        }
        self._line = Line(self._stocks)
        self._thread: threading.Thread | None = None
        self._server: asyncio.Server | None = None

    # --------------------------------------------------------------------------------------------- lifecycle

    def start_service(self) -> None:
        """Listen for workers and have the first ones forked. The launcher must be started.

        Raises:
            Unavailable: another server listens for the workers of this home.
        """
        path = self._launcher.places.workers_socket
        listener = _listen(path)
        self._thread = threading.Thread(target=self._loop.run_forever, name="brickyard-workers", daemon=True)
        self._thread.start()
        for tier, launcher in self._launchers.items():
            launcher.listen(_Ear(self, tier))
        asyncio.run_coroutine_threadsafe(self._open(listener), self._loop).result()

    def stop_service(self) -> None:
        """Hang up. Idle workers end; those with an attempt go on and look for the next server."""
        if self._thread is None or self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._answering.close()
        self._teller.shutdown(wait=True)

    async def _open(self, listener: socket.socket) -> None:
        key = self._launcher.key
        self._server = await self._loop.create_unix_server(lambda: WorkerConnection(self, key), sock=listener)
        self._stocks["light"].wake()
        self._line.order(0, self._give_up_waiting)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()
        for attempt in self._attempts.values():
            attempt.cancel_timers()

    # -------------------------------------------------------------------------------------------------- port

    def start(self, assignment: Assignment) -> None:
        attempt = Attempt(
            assignment.attempt_id, Path(assignment.folder), assignment, tier_of(assignment, self._shadows)
        )
        self._post(self._start, attempt)

    def stop(self, attempt_id: int, reason: str) -> None:
        self._post(self._stop, attempt_id, reason)

    def interrupt(self, attempt_id: int, command_id: str) -> None:
        self._post(self._interrupt, attempt_id, command_id)

    def adopt(self, attempts: Mapping[int, Path]) -> None:
        for attempt_id, place in attempts.items():
            assignment = _read_assignment(place)
            tier = tier_of(assignment, self._shadows) if assignment is not None else "light"
            self._post(self._start, Attempt(attempt_id, place, assignment, tier))

    @property
    def running(self) -> int:
        return len(self._attempts)

    # ---------------------------------------------------------------------------------- launcher's watcher

    def process_ended(self, tier: Tier, process: Identity, status: int | None, kind: str) -> None:
        """A process of this tier's launcher is gone."""
        self._post(self._ended, tier, process, status, kind)

    def launcher_lost(self, tier: Tier, reason: str) -> None:
        """The forks that this tier's launcher was asked for will not happen."""
        self._post(self._launcher_lost, tier, reason)

    # ------------------------------------------------------------------------------- starting and ending

    def _start(self, attempt: Attempt) -> None:
        if attempt.attempt_id in self._attempts:
            return
        self._attempts[attempt.attempt_id] = attempt
        self._stocks[attempt.tier].wake()
        if attempt.claimed:
            self._take_over(attempt)
        elif attempt.assignment is None:
            text = f"The attempt's folder {attempt.folder} has no {folder.ASSIGNMENT}: nobody can run it."
            self._conclude(attempt, Outcome(status="lost", error=text, error_code="INTERNAL_ERROR"))
        else:
            self._line.join(attempt)
        self._hand_out()

    def _take_over(self, attempt: Attempt) -> None:
        """Somebody runs the attempt, or has run it: an earlier server's worker."""
        process = attempt.identify()
        connection = self._early.pop(attempt.attempt_id, None)
        if process is None or read_outcome(attempt.folder) is not None:
            self._conclude(attempt, attempt.outcome_of_death(None, self._clock.now_ms()))
            if connection is not None:
                connection.send(Acknowledge(attempt_id=attempt.attempt_id))
            return
        self._by_pid[process.pid] = attempt
        if connection is not None:
            self._attach(attempt, connection)
        # Where it is gone already, `process_ended` is what this leads to.
        knowing = (each for each in self._launchers.values() if each.knows(process))
        next(knowing, self._launcher).watch(process)

    def _hand_out(self) -> None:
        """Give waiting attempts to idle workers, as many as may run at once, and order what is missing."""
        for attempt, connection in self._line.pairs(self._room()):
            if attempt.assignment is None:
                continue
            attempt.handed_out += 1
            attempt.connection = connection
            connection.attempt_id = attempt.attempt_id
            self._by_pid[connection.pid] = attempt
            connection.send(attempt.assignment)
        self._line.order(self._room(), self._give_up_waiting)

    def _room(self) -> int:
        """How many more may begin now. Sessions have a limit of their own and take no task's place."""
        sessions = sum(attempt.is_session for attempt in self._attempts.values())
        return self._settings.max_running_attempts + sessions - (len(self._attempts) - len(self._line))

    def _conclude(self, attempt: Attempt, outcome: Outcome) -> None:
        attempt.cancel_timers()
        self._attempts.pop(attempt.attempt_id, None)
        self._tell(self._sink.ended, attempt.attempt_id, outcome)
        if not any(other.tier == attempt.tier for other in self._attempts.values()):
            self._stocks[attempt.tier].rest()

    def _give_up_waiting(self, tier: Tier, reason: str) -> None:
        for attempt in self._line.leave_all(tier):
            text = f"No worker process could be started: {reason}"
            self._conclude(attempt, Outcome(status="lost", error=text, error_code="INTERNAL_ERROR"))

    def _ended(self, tier: Tier, process: Identity, status: int | None, kind: str) -> None:
        if (timer := self._leaving.pop(process.pid, None)) is not None:
            timer.cancel()
        if kind == "worker" and self._stocks[tier].ended(process.pid):
            how = describe_status(status, what="The last one")
            self._give_up_waiting(tier, f"they end before they are ready ({how})")
        attempt = self._by_pid.pop(process.pid, None)
        if attempt is not None and attempt.attempt_id in self._attempts:
            self._lost_worker(attempt, process, status)
        self._hand_out()

    def _lost_worker(self, attempt: Attempt, process: Identity, status: int | None) -> None:
        claimed_by = attempt.identify()
        if claimed_by is None and not attempt.claimed and not attempt.stop_reason and attempt.handed_out < _HAND_OUTS:
            # It died between getting the attempt and claiming it: nothing has run.
            attempt.connection = None
            self._line.join(attempt, first=True)
        elif claimed_by is not None and claimed_by.pid != process.pid:
            self._take_over(attempt)
        else:
            self._conclude(attempt, attempt.outcome_of_death(status, self._clock.now_ms()))

    def _launcher_lost(self, tier: Tier, reason: str) -> None:
        if self._stocks[tier].launcher_lost():
            self._give_up_waiting(tier, reason)
        self._hand_out()

    # -------------------------------------------------------------------------------------------- stopping

    def _interrupt(self, attempt_id: int, command_id: str) -> None:
        attempt = self._attempts.get(attempt_id)
        if attempt is not None and attempt.connection is not None:
            attempt.connection.send(Interrupt(command_id=command_id))

    def _stop(self, attempt_id: int, reason: str) -> None:
        attempt = self._attempts.get(attempt_id)
        if attempt is None or attempt.stop_reason:
            return
        attempt.stop_reason = reason or "The run was cancelled."
        if attempt in self._line:
            self._line.leave(attempt)
            self._conclude(attempt, Outcome(status="cancelled", error=attempt.stop_reason))
            return
        if attempt.connection is not None:
            attempt.connection.send(Stop(reason=attempt.stop_reason))
        steps = (
            (self._interrupt_seconds, signal.SIGTERM),
            (self._interrupt_seconds + self._term_seconds, signal.SIGKILL),
        )
        for delay, number in steps:
            attempt.timers.append(self._loop.call_later(delay, self._signal, attempt, number))
        last = self._interrupt_seconds + self._term_seconds + _AFTER_KILL_SECONDS
        attempt.timers.append(self._loop.call_later(last, self._conclude_unkillable, attempt))

    def _signal(self, attempt: Attempt, number: signal.Signals) -> None:
        process = attempt.identify()
        if process is None and attempt.connection is not None:
            process = Identity.of(attempt.connection.pid)
        if process is not None:
            process.signal_group(number)

    def _conclude_unkillable(self, attempt: Attempt) -> None:
        text = f"{attempt.stop_reason} Its process did not end, not even by SIGKILL."
        self._conclude(attempt, Outcome(status="cancelled", error=text))

    # ---------------------------------------------------------------------------------------- reception

    def greeted(self, connection: WorkerConnection) -> None:
        """Let a worker in. Code of users runs in workers, so none is taken at its word for whose it is."""
        if connection.attempt_id == 0 and any(stock.knows(connection.pid) for stock in self._stocks.values()):
            connection.close()
            return
        self._connections.add(connection)
        if connection.attempt_id == 0:
            self._stocks[connection.tier].arrived(connection)
            self._hand_out()
        elif (attempt := self._attempts.get(connection.attempt_id)) is not None:
            self._attach(attempt, connection)
        else:
            self._early[connection.attempt_id] = connection
            self._loop.call_later(_STRANGER_SECONDS, self._dismiss, connection)

    def heard(self, connection: WorkerConnection, note: Notification) -> None:
        attempt = self._attempts.get(connection.attempt_id)
        if attempt is None or attempt.connection is not connection:
            connection.backlog.append(note)
            return
        match note:
            case Started(at_ms=at_ms):
                if not attempt.started_told:
                    attempt.started_told = True
                    self._tell(self._sink.started, attempt.attempt_id, at_ms)
            case CellEnded(index=index, state=state):
                self._tell(self._sink.cell_ended, attempt.attempt_id, index, state)
            case Ask() if note.attempt_id != attempt.attempt_id:
                text = "A task asks for itself only."
                connection.send(Answer(ask_id=note.ask_id, error=text, error_code="PERMISSION_DENIED"))
            case Ask():
                self._take_ask(attempt, note)
            case Finished(outcome=outcome):
                self._finished(attempt, outcome)
            case Heartbeat() | Hello():
                return  # whether a worker lives is seen from its process and its connection

    def closed(self, connection: WorkerConnection) -> None:
        self._connections.discard(connection)
        self._stocks[connection.tier].lost(connection)
        if self._early.get(connection.attempt_id) is connection:
            del self._early[connection.attempt_id]
        attempt = self._attempts.get(connection.attempt_id)
        if attempt is not None and attempt.connection is connection:
            # Either it connects again, or the end of its process is reported.
            attempt.connection = None

    def _attach(self, attempt: Attempt, connection: WorkerConnection) -> None:
        process = attempt.identify()
        if process is None or process.pid != connection.pid:
            connection.close()
            return
        attempt.connection = connection
        if attempt.stop_reason:
            connection.send(Stop(reason=attempt.stop_reason))
        backlog, connection.backlog = connection.backlog, []
        for note in backlog:
            self.heard(connection, note)

    def _dismiss(self, connection: WorkerConnection) -> None:
        """A worker whose attempt nobody has asked for: its run is gone."""
        if self._early.get(connection.attempt_id) is not connection:
            return
        _log.warning("ending a worker whose attempt is not known", attempt_id=connection.attempt_id)
        process = Identity.of(connection.pid)
        if process is not None:
            process.kill()

    def _take_ask(self, attempt: Attempt, ask: Ask) -> None:
        known = attempt.asked.get(ask.ask_id)
        if known is not None and attempt.connection is not None:
            attempt.connection.send_frame(known)
        elif ask.ask_id not in attempt.asked:
            attempt.asked[ask.ask_id] = None
            self._answering.answer(ask, lambda asked, frame: self._post(self._answered, asked, frame))

    def _answered(self, ask: Ask, frame: bytes) -> None:
        attempt = self._attempts.get(ask.attempt_id)
        if attempt is None:
            return
        attempt.remember_answer(ask.ask_id, frame)
        if attempt.connection is not None:
            attempt.connection.send_frame(frame)

    def _finished(self, attempt: Attempt, outcome: Outcome) -> None:
        connection = attempt.connection
        self._conclude(attempt, outcome)
        if connection is not None:
            # Behind the report in the teller's line: acknowledged is what the sink has.
            self._tell(self._post, connection.send, Acknowledge(attempt_id=attempt.attempt_id))
            process = attempt.identify()
            if process is not None:
                self._leaving[process.pid] = self._loop.call_later(_LEAVE_SECONDS, process.kill)
        self._hand_out()

    # --------------------------------------------------------------------------------------------- threads

    def _post(self, call: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            _log.debug("the server stops; left to the next one", call=call.__name__)

    def _tell(self, call: Callable[..., object], *arguments: object) -> None:
        self._teller.submit(call, *arguments).add_done_callback(_report_fault)


class _Ear:
    """Hears of one launcher's processes for the workers. Implements `launcher.Watcher`."""

    def __init__(self, workers: LocalWorkers, tier: Tier) -> None:
        self._workers = workers
        self._tier: Tier = tier

    def process_ended(self, process: Identity, status: int | None, kind: str) -> None:
        self._workers.process_ended(self._tier, process, status, kind)

    def launcher_lost(self, reason: str) -> None:
        self._workers.launcher_lost(self._tier, reason)


def _report_fault(told: Future[object]) -> None:
    if (error := told.exception()) is not None:
        _log.error("a report of a worker could not be taken", exc_info=error)


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.connect(str(path))
    except OSError:
        listener.close()
    else:
        listener.close()
        raise Unavailable(f"Another server of this home is running: it listens on {path}.")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(1024)
    return listener


def _read_assignment(place: Path) -> Assignment | None:
    try:
        command = decode_command((place / folder.ASSIGNMENT).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return command if isinstance(command, Assignment) else None
