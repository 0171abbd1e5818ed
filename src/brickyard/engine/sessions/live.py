"""All sessions of this server. Implements `ports.Sessions`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from brickyard.engine.sessions.assignments import SessionAssignments
from brickyard.engine.sessions.session import Session
from brickyard.errors import InvalidState, NotFound
from brickyard.ports import Clock, Ids, Workers
from brickyard.ports.sessions import CommandInfo, SessionInfo, SessionRequest, SessionState
from brickyard.workloads.messages import Outcome
from brickyard.workloads.session_messages import EndCommand, SessionCommand

_STOP_SECONDS = 15.0


class LiveSessions:
    """Safe for threads. What their workers ask is answered by `SessionAsks`."""

    def __init__(
        self, *, workers: Workers, assignments: SessionAssignments, clock: Clock, ids: Ids, limit: int
    ) -> None:
        self._workers = workers
        self._assignments = assignments
        self._clock = clock
        self._ids = ids
        self._limit = limit
        self._changed = threading.Condition()
        self._sessions: dict[int, Session] = {}
        self._stopped = False

    def start(self) -> None:
        """Begin with none. The workers of compute are started already: so no other server of this home is alive."""
        self._assignments.clear()

    # -------------------------------------------------------------------------------------------------- port

    def open(self, request: SessionRequest) -> str:
        session = Session(self._ids.next_id(), request, used_ms=self._clock.now_ms())
        with self._changed:
            if self._stopped:
                raise InvalidState("The server is stopping.")
            if len(self._sessions) >= self._limit:
                raise InvalidState(
                    f"{self._limit} contexts are open on this server, and no more are allowed; destroy one."
                )
            self._sessions[session.attempt_id] = session
        self._workers.start(self._assignments.make(session.attempt_id, request))
        return str(session.attempt_id)

    def info(self, session_id: str) -> SessionInfo:
        with self._changed:
            return self._get(session_id).info()

    def of_host(self, host: str) -> Sequence[SessionInfo]:
        with self._changed:
            return [session.info() for session in self._of_host(host)]

    def execute(self, session_id: str, command: SessionCommand) -> str:
        command = msgspec.structs.replace(command, command_id=self._ids.token(16))
        with self._changed:
            self._get(session_id).add(command, self._clock.now_ms())
            self._changed.notify_all()
        return command.command_id

    def command(self, session_id: str, command_id: str) -> CommandInfo:
        with self._changed:
            return self._get(session_id).command(command_id)

    def wait(self, session_id: str, command_id: str, seconds: float) -> CommandInfo:
        with self._changed:
            session = self._get(session_id)
            self._changed.wait_for(lambda: session.command(command_id).status.is_over, seconds)
            return session.command(command_id)

    def cancel(self, session_id: str, command_id: str) -> None:
        with self._changed:
            session = self._get(session_id)
            performed = session.cancel(command_id, self._clock.now_ms())
            self._changed.notify_all()
        if performed:
            self._workers.interrupt(session.attempt_id, command_id)

    def close(self, session_id: str, reason: str) -> None:
        with self._changed:
            session = self._sessions.get(_number(session_id))
        if session is not None:
            self._close(session, reason)

    def close_all(self, host: str, reason: str) -> None:
        with self._changed:
            sessions = self._of_host(host)
        for session in sessions:
            self._close(session, reason)

    # ------------------------------------------------------------------------------------------- the workers' side

    def knows(self, attempt_id: int) -> bool:
        """Whether this is a session's worker, and no task's."""
        with self._changed:
            return attempt_id in self._sessions

    def request(self, attempt_id: int) -> SessionRequest:
        """What the session was opened with.

        Raises:
            NotFound: there is no such session.
        """
        with self._changed:
            return self._get(str(attempt_id)).request

    def next_command(self, attempt_id: int) -> Any:
        """Wait for the next command: ready for JSON; None where the session is to end."""
        with self._changed:
            session = self._sessions.get(attempt_id)
            if session is None:
                return None
            if session.state is SessionState.PENDING:
                session.state = SessionState.RUNNING
                self._changed.notify_all()
            self._changed.wait_for(lambda: session.waiting or session.is_ending or self._stopped)
            command = None if session.is_ending or self._stopped else session.begin(self._clock.now_ms())
            self._changed.notify_all()
        return None if command is None else msgspec.to_builtins(command)

    def end_command(self, attempt_id: int, ended: EndCommand) -> None:
        """Keep the result of a command."""
        with self._changed:
            session = self._sessions.get(attempt_id)
            if session is not None:
                session.end(ended, self._clock.now_ms())
                self._changed.notify_all()

    def ended(self, attempt_id: int, outcome: Outcome) -> None:
        """The worker is gone. A session that nobody has closed stays, so that its clients learn why."""
        with self._changed:
            session = self._sessions[attempt_id]
            session.fail(outcome.error or "Its process has ended.", self._clock.now_ms())
            if session.closing:
                del self._sessions[attempt_id]
            self._changed.notify_all()
        self._assignments.remove(attempt_id)

    # -------------------------------------------------------------------------------------------------- use

    def used_ms(self, host: str) -> int:
        """When a session of this host did something last, epoch ms; now, while one does; 0 where there is none."""
        with self._changed:
            sessions = self._of_host(host)
            if any(session.busy for session in sessions):
                return self._clock.now_ms()
            return max((session.used_ms for session in sessions), default=0)

    def stop(self) -> None:
        """End all sessions, and wait a while for their processes."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            sessions = list(self._sessions.values())
        for session in sessions:
            self._close(session, "The server is stopping.")
        with self._changed:
            self._changed.wait_for(lambda: not self._sessions, _STOP_SECONDS)

    # --------------------------------------------------------------------------------------------- internals

    def _get(self, session_id: str) -> Session:
        session = self._sessions.get(_number(session_id))
        if session is None or session.closing:
            raise NotFound(f"Context {session_id[:100]!r} does not exist.")
        return session

    def _of_host(self, host: str) -> list[Session]:
        return [each for each in self._sessions.values() if each.request.host == host and not each.closing]

    def _close(self, session: Session, reason: str) -> None:
        with self._changed:
            gone = session.state is SessionState.ERROR
            asked = session.state is SessionState.RUNNING and not session.current
            session.closing = True
            for command in session.commands.values():
                if not command.status.is_over and command.command_id != session.current:
                    session.waiting.clear()
            if gone:
                self._sessions.pop(session.attempt_id, None)
            self._changed.notify_all()
        if not gone and not asked:
            # It performs something, or waits for a worker; one that asks for a command is told that there is none.
            self._workers.stop(session.attempt_id, reason)


def _number(session_id: str) -> int:
    return int(session_id) if session_id.isascii() and session_id.isdigit() and len(session_id) < 20 else 0
