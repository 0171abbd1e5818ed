"""How runs come into being: made, decided for the first time and stored in one transaction, then given to the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from brickyard.engine.active import ActiveRuns
from brickyard.engine.details import DetailsCache
from brickyard.engine.mail import Call
from brickyard.engine.run_loop import RunLoop
from brickyard.errors import AlreadyExists
from brickyard.jobs.tasks import JobSettings
from brickyard.ports import Clock, Ids, RunStore
from brickyard.records import AclEntry, Commit, RunRecord
from brickyard.runs.decide import decide
from brickyard.runs.events import RunCreated, RunQueued, Skip
from brickyard.runs.model import Run, TaskPlan
from brickyard.runs.states import RunType, TriggerType


class Births:
    """Creates runs. Safe to use from any thread."""

    def __init__(
        self,
        *,
        store: RunStore,
        active: ActiveRuns,
        details: DetailsCache,
        loop: RunLoop,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._active = active
        self._details = details
        self._loop = loop
        self._clock = clock
        self._ids = ids

    def new_run(
        self,
        *,
        job_id: int,
        run_type: RunType,
        plan: Mapping[str, TaskPlan],
        timeout_ms: int,
        trigger: TriggerType = TriggerType.ONE_TIME,
        selection: frozenset[str] | None = None,
    ) -> Run:
        """A run that is not stored and has not begun."""
        return Run(
            run_id=self._ids.next_id(),
            job_id=job_id,
            run_type=run_type,
            trigger=trigger,
            plan=plan,
            timeout_ms=timeout_ms,
            created_ms=self._clock.now_ms(),
            selection=selection,
        )

    def store(
        self,
        record: RunRecord,
        settings: JobSettings,
        run: Run,
        first: RunCreated | RunQueued | Skip,
        access: Sequence[AclEntry] = (),
    ) -> int:
        """Store the run with its first decision, and one without a job with its access list; let it go on; its id.

        Where the record's idempotency token is known, nothing is stored, and the id is that of the run it belongs to.
        """
        now_ms = self._clock.now_ms()
        decision = decide(run, first, now_ms, self._ids.next_id)
        try:
            self._store.create(record, decision, now_ms, access)
        except AlreadyExists:
            known = self._store.by_token(record.idempotency_token) if record.idempotency_token else None
            if known is None:
                raise
            return known
        self._details.put(record, settings)
        self._active.add(decision.run)
        commit = Commit(before=run, decision=decision, at_ms=now_ms)
        self._loop.post(Call(lambda: self._loop.perform([commit])))
        return record.run_id
