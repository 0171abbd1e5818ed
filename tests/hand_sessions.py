"""Sessions in which the test plays the workers. Implements `ports.sessions.Sessions`."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import replace

from brickyard.errors import InvalidState, NotFound
from brickyard.ports.sessions import CommandInfo, CommandStatus, SessionInfo, SessionRequest, SessionState
from brickyard.workloads.session_messages import CommandResult, ResultColumn, SessionCommand


class HandSessions:
    """A command runs until the test answers it; `answers` are given at once, in their order."""

    def __init__(self) -> None:
        self.requests: dict[str, SessionRequest] = {}
        self.commands: dict[str, SessionCommand] = {}
        self.answers: list[CommandResult] = []
        self.closed: list[str] = []
        self.full = False
        self._infos: dict[str, CommandInfo] = {}
        self._changed = threading.Condition()
        self._ids = itertools.count(1)

    def open(self, request: SessionRequest) -> str:
        if self.full:
            raise InvalidState("No more are allowed.")
        session_id = f"s{next(self._ids)}"
        self.requests[session_id] = request
        return session_id

    def info(self, session_id: str) -> SessionInfo:
        if session_id not in self.requests or session_id in self.closed:
            raise NotFound(f"Context {session_id[:100]!r} does not exist.")
        request = self.requests[session_id]
        return SessionInfo(
            session_id=session_id, host=request.host, user_name=request.user_name, state=SessionState.RUNNING
        )

    def of_host(self, host: str) -> Sequence[SessionInfo]:
        alive = [each for each, request in self.requests.items() if request.host == host and each not in self.closed]
        return [self.info(each) for each in alive]

    def execute(self, session_id: str, command: SessionCommand) -> str:
        command_id = f"c{next(self._ids)}"
        with self._changed:
            self.commands[command_id] = command
            self._infos[command_id] = CommandInfo(
                command_id=command_id, session_id=session_id, status=CommandStatus.RUNNING
            )
            if self.answers:
                self._end(command_id, CommandStatus.FINISHED, self.answers.pop(0))
            self._changed.notify_all()
        return command_id

    def command(self, session_id: str, command_id: str) -> CommandInfo:
        if session_id in self.closed:
            raise NotFound("The session was closed.")
        if command_id not in self._infos:
            raise NotFound(f"Command {command_id[:100]!r} does not exist in this context.")
        return self._infos[command_id]

    def wait(self, session_id: str, command_id: str, seconds: float) -> CommandInfo:
        with self._changed:
            self._changed.wait_for(lambda: session_id in self.closed or self._infos[command_id].status.is_over, seconds)
        return self.command(session_id, command_id)

    def cancel(self, session_id: str, command_id: str) -> None:
        with self._changed:
            self._end(command_id, CommandStatus.CANCELLED, None)

    def close(self, session_id: str, reason: str) -> None:
        with self._changed:
            self.closed.append(session_id)
            self._changed.notify_all()

    def close_all(self, host: str, reason: str) -> None:
        for each in self.of_host(host):
            self.close(each.session_id, reason)

    def await_command(self) -> str:
        """The id of the newest command, once one runs."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(not i.status.is_over for i in self._infos.values()), 10)
            return next(each for each, info in self._infos.items() if not info.status.is_over)

    def finish(self, command_id: str, result: CommandResult) -> None:
        """Play the worker: the command is over."""
        with self._changed:
            self._end(command_id, CommandStatus.FINISHED, result)

    def _end(self, command_id: str, status: CommandStatus, result: CommandResult | None) -> None:
        if not self._infos[command_id].status.is_over:
            self._infos[command_id] = replace(self._infos[command_id], status=status, result=result)
        self._changed.notify_all()


def table(rows: Sequence[Sequence[str | None]], *, truncated: bool = False, **columns: str) -> CommandResult:
    """A result with columns of these names and types."""
    named = [ResultColumn(name=name, type=kind) for name, kind in columns.items()]
    return CommandResult(kind="table", columns=named, rows=[list(row) for row in rows], truncated=truncated)


def error(summary: str) -> CommandResult:
    """A failure."""
    return CommandResult(kind="error", summary=summary, cause="Traceback …")
