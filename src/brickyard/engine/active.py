"""The runs that are not over, in memory. Only the run loop changes one; every thread may add one and look."""

from __future__ import annotations

from brickyard.errors import NotFound
from brickyard.ports import RunStore
from brickyard.runs.model import Attempt, Run


class ActiveRuns:
    """A cache in front of the store: of a run that is over it remembers nothing."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._runs: dict[int, Run] = {}
        self._run_of_attempt: dict[int, int] = {}

    def get(self, run_id: int) -> Run | None:
        """The run as last committed; None where there is none."""
        return self._runs.get(run_id) or self._store.load(run_id)

    def add(self, run: Run) -> None:
        """Remember a run that was stored just now, unless the loop was faster and knows it already."""
        if not run.life_cycle.is_terminal and self._runs.setdefault(run.run_id, run) is run:
            self._run_of_attempt.update({attempt.attempt_id: run.run_id for attempt in run.attempts})

    def put(self, run: Run) -> None:
        """Remember the run as committed, or forget it where it is over."""
        if run.life_cycle.is_terminal:
            self.drop(run.run_id)
            return
        before = self._runs.get(run.run_id)
        self._runs[run.run_id] = run
        for attempt in run.attempts[len(before.attempts) if before else 0 :]:
            self._run_of_attempt[attempt.attempt_id] = run.run_id

    def drop(self, run_id: int) -> None:
        """Forget the run; the next `get` asks the store."""
        run = self._runs.pop(run_id, None)
        for attempt in run.attempts if run else ():
            self._run_of_attempt.pop(attempt.attempt_id, None)

    def run_of_attempt(self, attempt_id: int) -> int | None:
        """The id of the run that has this attempt."""
        return self._run_of_attempt.get(attempt_id) or self._store.run_of_attempt(attempt_id)

    def of_attempt(self, attempt_id: int) -> tuple[Run, Attempt]:
        """The run that has this attempt, and the attempt in it.

        Raises:
            NotFound: there is no such attempt.
        """
        run_id = self.run_of_attempt(attempt_id)
        run = self.get(run_id) if run_id is not None else None
        attempt = run.attempt(attempt_id) if run else None
        if run is None or attempt is None:
            raise NotFound(f"Task run {attempt_id} does not exist.")
        return run, attempt

    def __contains__(self, run_id: int) -> bool:
        return run_id in self._runs

    def all(self) -> list[Run]:
        """All runs that are not over."""
        return list(self._runs.values())
