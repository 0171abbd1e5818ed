"""One session as the server holds it: its commands, and which of them its worker performs."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace

from brickyard.errors import InvalidState, NotFound
from brickyard.ports.sessions import CommandInfo, CommandStatus, SessionInfo, SessionRequest, SessionState
from brickyard.workloads.session_messages import CommandResult, EndCommand, SessionCommand

KEPT_COMMANDS = 100
"""Commands that are over and can still be asked for."""
MAX_WAITING = 1000


@dataclass(slots=True)
class Session:
    """Whoever uses it holds the lock of all sessions."""

    attempt_id: int
    """The id of its worker's assignment; as text, the session's own id."""
    request: SessionRequest
    state: SessionState = SessionState.PENDING
    reason: str = ""
    closing: bool = False
    used_ms: int = 0
    """When a command began or ended last."""
    commands: OrderedDict[str, CommandInfo] = field(default_factory=OrderedDict)
    waiting: deque[SessionCommand] = field(default_factory=deque)
    current: str = ""
    """The id of the command that is being performed."""

    @property
    def is_ending(self) -> bool:
        """Whether nothing begins in it any more."""
        return self.closing or self.state is SessionState.ERROR

    @property
    def busy(self) -> bool:
        """Whether a command is being performed, or waits."""
        return bool(self.current or self.waiting)

    def info(self) -> SessionInfo:
        """As the outside sees it."""
        return SessionInfo(
            session_id=str(self.attempt_id),
            host=self.request.host,
            user_name=self.request.user_name,
            state=self.state,
            reason=self.reason,
        )

    def command(self, command_id: str) -> CommandInfo:
        """A command.

        Raises:
            NotFound: there is none of this id, or it is no longer kept.
        """
        found = self.commands.get(command_id)
        if found is None:
            raise NotFound(f"Command {command_id[:100]!r} does not exist in this context.")
        return found

    def add(self, command: SessionCommand, now_ms: int) -> None:
        """Put a command at the end of the line.

        Raises:
            InvalidState: the worker is gone, or too many wait.
        """
        if self.state is SessionState.ERROR:
            raise InvalidState(f"The context is gone: {self.reason}")
        if len(self.waiting) >= MAX_WAITING:
            raise InvalidState(f"{MAX_WAITING:,} commands wait in this context already.")
        self.waiting.append(command)
        self.commands[command.command_id] = CommandInfo(
            command_id=command.command_id,
            session_id=str(self.attempt_id),
            status=CommandStatus.QUEUED,
            submitted_ms=now_ms,
        )

    def begin(self, now_ms: int) -> SessionCommand | None:
        """The next command, which begins now; None where none waits."""
        if not self.waiting:
            return None
        command = self.waiting.popleft()
        self.current = command.command_id
        self.used_ms = now_ms
        self._change(self.current, status=CommandStatus.RUNNING, started_ms=now_ms)
        return command

    def end(self, ended: EndCommand, now_ms: int) -> None:
        """A command is over."""
        if ended.command_id != self.current:
            return  # told twice
        self.current = ""
        self.used_ms = now_ms
        status = CommandStatus.CANCELLED if ended.cancelled else CommandStatus.FINISHED
        self._change(ended.command_id, status=status, result=ended.result, ended_ms=now_ms)
        self._forget()

    def cancel(self, command_id: str, now_ms: int) -> bool:
        """Take a command out of the line; True where it is being performed and must be interrupted."""
        status = self.command(command_id).status
        if status is CommandStatus.QUEUED:
            self.waiting = deque(each for each in self.waiting if each.command_id != command_id)
            self._change(command_id, status=CommandStatus.CANCELLED, ended_ms=now_ms)
        if status is CommandStatus.RUNNING:
            self._change(command_id, status=CommandStatus.CANCELLING)
        return status is CommandStatus.RUNNING

    def fail(self, reason: str, now_ms: int) -> None:
        """The worker is gone, and with it all commands that are not over."""
        self.state = SessionState.ERROR
        self.reason = reason
        self.current = ""
        self.waiting.clear()
        result = CommandResult(kind="error", summary=reason, cause=reason, error_code="CONTEXT_LOST")
        for command in list(self.commands.values()):
            if not command.status.is_over:
                self._change(command.command_id, status=CommandStatus.ERROR, result=result, ended_ms=now_ms)

    def _change(self, command_id: str, **changes: object) -> None:
        self.commands[command_id] = replace(self.commands[command_id], **changes)  # type: ignore[arg-type]  # by name

    def _forget(self) -> None:
        over = [command.command_id for command in self.commands.values() if command.status.is_over]
        for command_id in over[:-KEPT_COMMANDS]:
            del self.commands[command_id]
