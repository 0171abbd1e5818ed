"""Every legal change of state, as values. What is not in these tables cannot happen to a run.

Source of the states: jobs API 2.2, `RunLifeCycleState`.
"""

from __future__ import annotations

from dataclasses import dataclass

from brickyard.errors import BrickyardError
from brickyard.runs.states import LifeCycle


class IllegalMove(BrickyardError):
    """A run or an attempt cannot go from its state to the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Move:
    """One kind of change: from any of `sources` (None: it did not exist) to `destination`."""

    name: str
    sources: frozenset[LifeCycle | None]
    destination: LifeCycle

    def check(self, subject: str, before: LifeCycle | None) -> None:
        """Allow this move from `before`.

        Raises:
            IllegalMove: the table does not have it.
        """
        if before not in self.sources:
            state = before.value if before else "nothing"
            raise IllegalMove(f"{subject} cannot {self.name} ({self.destination.value}) from {state}.")


def _move(name: str, sources: tuple[LifeCycle | None, ...], destination: LifeCycle) -> Move:
    return Move(name, frozenset(sources), destination)


_NEW = None
_QUEUED, _PENDING, _BLOCKED, _RUNNING = LifeCycle.QUEUED, LifeCycle.PENDING, LifeCycle.BLOCKED, LifeCycle.RUNNING
_WAITING, _STOPPING = LifeCycle.WAITING_FOR_RETRY, LifeCycle.TERMINATING
_TERMINATED, _SKIPPED, _BROKEN = LifeCycle.TERMINATED, LifeCycle.SKIPPED, LifeCycle.INTERNAL_ERROR

ATTEMPT_BLOCK = _move("wait for others", (_NEW,), _BLOCKED)
ATTEMPT_RETRY = _move("wait for a retry", (_NEW,), _WAITING)
ATTEMPT_RELEASE = _move("be released", (_NEW, _BLOCKED, _WAITING), _PENDING)
ATTEMPT_BEGIN = _move("begin", (_PENDING,), _RUNNING)
ATTEMPT_STOP = _move("be stopped", (_PENDING, _RUNNING), _STOPPING)
ATTEMPT_SKIP = _move("be skipped", (_NEW, _BLOCKED), _SKIPPED)
ATTEMPT_FINISH = _move("finish", (_BLOCKED, _WAITING, _PENDING, _RUNNING, _STOPPING), _TERMINATED)
ATTEMPT_BREAK = _move("break", (_PENDING, _RUNNING, _STOPPING), _BROKEN)

ATTEMPT_MOVES = (
    ATTEMPT_BLOCK,
    ATTEMPT_RETRY,
    ATTEMPT_RELEASE,
    ATTEMPT_BEGIN,
    ATTEMPT_STOP,
    ATTEMPT_SKIP,
    ATTEMPT_FINISH,
    ATTEMPT_BREAK,
)

RUN_QUEUE = _move("wait in the queue", (_PENDING,), _QUEUED)
RUN_START = _move("start", (_PENDING, _QUEUED), _RUNNING)
RUN_STOP = _move("be stopped", (_RUNNING,), _STOPPING)
RUN_SKIP = _move("be skipped", (_PENDING, _QUEUED), _SKIPPED)
RUN_FINISH = _move("finish", (_PENDING, _QUEUED, _RUNNING, _STOPPING), _TERMINATED)
RUN_BREAK = _move("end with failed tasks", (_RUNNING, _STOPPING), _BROKEN)
RUN_REPAIR = _move("be repaired", (_TERMINATED, _BROKEN), _RUNNING)

RUN_MOVES = (RUN_QUEUE, RUN_START, RUN_STOP, RUN_SKIP, RUN_FINISH, RUN_BREAK, RUN_REPAIR)

ATTEMPT_ENDS = {move.destination: move for move in (ATTEMPT_FINISH, ATTEMPT_BREAK, ATTEMPT_SKIP)}
"""The move that leads to a terminal state of an attempt."""

RUN_ENDS = {move.destination: move for move in (RUN_FINISH, RUN_BREAK, RUN_SKIP)}
"""The move that leads to a terminal state of a run."""
