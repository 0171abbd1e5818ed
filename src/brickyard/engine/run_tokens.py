"""Tokens with which tasks call the API as the identity of their run, and which are worth nothing once it is over.

A token is made when a task asks for one; most never do. Only its digest is kept, so a task that asks again, because its
server was restarted meanwhile, gets another. They are forgotten at the end of the run; and a request with one is
refused where the run is over, whatever is kept (`surfaces.api.run_tokens`).
"""

from __future__ import annotations

from brickyard.access import tokens
from brickyard.engine.active import ActiveRuns
from brickyard.engine.run_identities import RunIdentities
from brickyard.errors import InvalidState
from brickyard.ports import Announcement, Clock, Ids, Store
from brickyard.records import TokenInfo


class RunTokens:
    """Implements `ports.Observer`. `issue` may be called from any thread, the rest on the run loop's."""

    def __init__(self, store: Store, active: ActiveRuns, identities: RunIdentities, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._active = active
        self._identities = identities
        self._clock = clock
        self._ids = ids
        self._runs: set[int] = set()
        """Runs that may have tokens: the others' ends cost nothing."""

    def issue(self, attempt_id: int) -> str:
        """A new token for an attempt: of its run, or where a notebook has started that, of the run at the top.

        Raises:
            InvalidState: the run is over.
            BrickyardError: as `RunIdentities.of`.
        """
        who = self._identities.of(attempt_id)
        self._check_living(who.run_id)
        value = tokens.new(self._ids.token)
        info = TokenInfo(
            token_id=self._ids.token(16),
            user_name=who.name,
            comment=f"task run {attempt_id}",
            created_ms=self._clock.now_ms(),
            expires_ms=0,
            kind="RUN",
            run_id=who.run_id,
        )
        self._runs.add(who.run_id)
        self._store.tokens.add(info, tokens.digest(value))
        try:
            self._check_living(who.run_id)
        except InvalidState:  # it ended just now, maybe before this token was kept
            self._forget(who.run_id)
            raise
        return value

    def hear(self, announcement: Announcement) -> None:
        if announcement.kind == "run.ended" and announcement.run.run_id in self._runs:
            self._forget(announcement.run.run_id)

    def recover(self) -> None:
        """Forget the tokens of runs that ended under an earlier server which could not do it any more."""
        self._runs.update(self._store.tokens.runs())
        for run_id in list(self._runs):
            run = self._active.get(run_id)
            if run is None or run.life_cycle.is_terminal:
                self._forget(run_id)

    def _check_living(self, run_id: int) -> None:
        run = self._active.get(run_id)
        if run is None or run.life_cycle.is_terminal:
            raise InvalidState("The run of this task is over: it gets no token any more.")

    def _forget(self, run_id: int) -> None:
        self._store.tokens.delete_of_run(run_id)
        self._runs.discard(run_id)
