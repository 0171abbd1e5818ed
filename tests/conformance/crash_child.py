"""The process that `test_crash` kills: creates a batch of runs, takes all of them to their end, and begins anew."""

from __future__ import annotations

import sys
from pathlib import Path

from brickyard.clock import SystemClock, SystemIds
from brickyard.records import Commit
from brickyard.runs import endings
from brickyard.runs.decide import decide
from brickyard.runs.events import AttemptEnded, AttemptStarted, RunCreated
from brickyard.runs.model import Run
from brickyard.storage.store import SqlStore, open_store
from brickyard.workloads.messages import Outcome
from tests.conformance.samples import plan_of, record_of


def main(url: str, size: int) -> None:
    """Commit for ever."""
    clock = SystemClock()
    ids = SystemIds(clock)
    store = open_store(url, key_file=Path("/nowhere"), clock=clock)
    while True:
        runs = [_create(store, ids) for _ in range(size)]
        started = [_commit(run, ids, AttemptStarted(run.attempts[0].attempt_id)) for run in runs]
        _store(store, started, 3)
        ended = [_end(commit.decision.run, ids) for commit in started]
        _store(store, ended, 5)


def _create(store: SqlStore, ids: SystemIds) -> Run:
    run = Run(run_id=ids.next_id(), job_id=1, plan=plan_of(a=[]), created_ms=1)
    decision = decide(run, RunCreated(), 1, ids.next_id)
    store.runs.create(record_of(run), decision, 1)
    return decision.run


def _commit(run: Run, ids: SystemIds, event: AttemptStarted) -> Commit:
    return Commit(before=run, decision=decide(run, event, 2, ids.next_id), at_ms=2)


def _end(run: Run, ids: SystemIds) -> Commit:
    attempt_id = run.attempts[0].attempt_id
    decision = decide(run, AttemptEnded(attempt_id, endings.succeeded()), 3, ids.next_id)
    return Commit(before=run, decision=decision, at_ms=3, outcome=(attempt_id, Outcome(status="success")))


def _store(store: SqlStore, commits: list[Commit], length: int) -> None:
    store.runs.commit(commits)
    print(length - 1, *[commit.before.run_id for commit in commits], flush=True)  # noqa: T201 - read by the test


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
