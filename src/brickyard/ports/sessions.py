"""Shells that keep their state between commands, as the command execution API and SQL statements need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from brickyard.workloads.messages import ComputeAnswer
from brickyard.workloads.session_messages import CommandResult, SessionCommand


class SessionCompute(Protocol):
    """The compute that the code of a session runs on. Calls block."""

    def acquire(self) -> ComputeAnswer:
        """Where Spark is; asked at the first use of Spark.

        Raises:
            BrickyardError: there is none; the text is for the user.
        """
        ...

    def explain(self) -> str:
        """Why the engine no longer answers, as a sentence; "" where it is alive."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRequest:
    """A shell that somebody wants."""

    compute: SessionCompute
    host: str
    """What it belongs to, such as a cluster's or a warehouse's id: `Sessions.close_all` ends all of one host."""
    user_name: str
    """Whose rights its code has."""
    environment: Mapping[str, str] = field(default_factory=dict)
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    requirements: Sequence[str] = ()
    """Pip requirement lines with paths of this machine."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Values of the references in `environment` and `spark_conf`, by reference: `{{secrets/scope/key}}`. They are
    never written anywhere, and are hidden in outputs."""


class SessionState(StrEnum):
    """How a session is."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    ERROR = "ERROR"
    """Its process is gone; the text says why."""


class CommandStatus(StrEnum):
    """How a command is."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    FINISHED = "FINISHED"
    """Also where the code failed: then the result is an error."""
    ERROR = "ERROR"
    """It could not be run, or its session ended under it; the result is an error all the same."""

    @property
    def is_over(self) -> bool:
        """Whether it changes no more."""
        return self in {CommandStatus.CANCELLED, CommandStatus.FINISHED, CommandStatus.ERROR}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """A session as it is now."""

    session_id: str
    host: str
    user_name: str
    state: SessionState
    reason: str = ""
    """Of state ERROR: a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInfo:
    """A command as it is now. Times are epoch ms; 0 is "not yet"."""

    command_id: str
    session_id: str
    status: CommandStatus
    result: CommandResult | None = None
    """Once it is over, unless it was cancelled before it began."""
    submitted_ms: int = 0
    started_ms: int = 0
    ended_ms: int = 0


class Sessions(Protocol):
    """Shells, each in a worker process of its own; a session performs one command at a time, in their order.

    Sessions live as long as the server. Only `wait` blocks.
    """

    def open(self, request: SessionRequest) -> str:
        """A new session's id.

        Raises:
            InvalidState: there are too many.
        """
        ...

    def info(self, session_id: str) -> SessionInfo:
        """The session.

        Raises:
            NotFound: there is none of this id, or it was closed.
        """
        ...

    def of_host(self, host: str) -> Sequence[SessionInfo]:
        """The sessions of a host, oldest first."""
        ...

    def execute(self, session_id: str, command: SessionCommand) -> str:
        """Have a command performed after those that wait already; its id.

        Raises:
            NotFound: there is no such session.
            InvalidState: its process is gone, or too many commands wait.
        """
        ...

    def command(self, session_id: str, command_id: str) -> CommandInfo:
        """A command of the session; of those that are over, the last hundred are kept.

        Raises:
            NotFound: there is no such session or command.
        """
        ...

    def wait(self, session_id: str, command_id: str, seconds: float) -> CommandInfo:
        """As `command`, once it is over or the time has passed."""
        ...

    def cancel(self, session_id: str, command_id: str) -> None:
        """Interrupt the command, or take it out of the line; one that is over stays as it is."""
        ...

    def close(self, session_id: str, reason: str) -> None:
        """End the session and its process; one that is not there is none any more."""
        ...

    def close_all(self, host: str, reason: str) -> None:
        """End all sessions of a host."""
        ...
