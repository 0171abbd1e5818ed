"""Backfills: created whole, claimed by one, counted by what became of their runs."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from brickyard.errors import Conflict
from brickyard.records import BackfillInterval, BackfillRecord, PastInterval
from brickyard.runs.events import AttemptEnded
from brickyard.runs.model import Ending
from brickyard.runs.states import Code, LifeCycle, Result
from brickyard.storage.store import SqlStore
from tests.conformance.conftest import Open
from tests.conformance.samples import apply, create, new_id, new_run, plan_of

JOB = 7
DAY = 86_400_000
SPEC = {"from": "2026-01-01", "every": "1d", "parameters": {"day": "é"}}


def always(_interval: BackfillInterval, _before: PastInterval | None) -> str:
    return ""


def new_backfill(store: SqlStore, at_ms: Sequence[int] = (1, 2, 3), **fields: Any) -> BackfillRecord:
    """Store a backfill of which all intervals wait."""
    chosen = {"backfill_id": new_id(), "job_id": JOB, "creator": "me", "created_ms": new_id(), "spec": SPEC}
    record = BackfillRecord(**{**chosen, **fields})
    store.backfills.create(
        record,
        [
            BackfillInterval(backfill_id=record.backfill_id, position=position, at_ms=at)
            for position, at in enumerate(at_ms)
        ],
    )
    return record


def claim(store: SqlStore, record: BackfillRecord, **more: Any) -> BackfillInterval:
    found = store.backfills.claim(record.backfill_id, **{"parallel": 9, "judge": always, **more})
    assert found is not None
    return found


def ended_run(store: SqlStore, *, well: bool = True) -> int:
    """A run of the job that is over."""
    run = create(store, new_run(plan_of(a=[]), job_id=JOB)).run
    result = Result.SUCCESS if well else Result.FAILED
    code = Code.SUCCESS if well else Code.RUN_EXECUTION_ERROR
    ending = Ending(life_cycle=LifeCycle.TERMINATED, result=result, code=code)
    return apply(store, run, AttemptEnded(run.attempts[0].attempt_id, ending)).run_id


def run_through(store: SqlStore, record: BackfillRecord, *, well: bool = True) -> BackfillInterval:
    """Claim the next interval and let its run end."""
    done = replace(claim(store, record), state="DONE", run_id=ended_run(store, well=well))
    store.backfills.save(done, expected="STARTED")
    return done


def outcomes(store: SqlStore, record: BackfillRecord) -> list[str]:
    return [each.outcome for each in store.backfills.intervals(record.backfill_id)]


def test_a_backfill_is_kept_as_it_was_made(store: SqlStore) -> None:
    record = new_backfill(store)
    assert store.backfills.get(record.backfill_id) == replace(record, revision=1)
    assert store.backfills.get(5) is None
    assert [each.at_ms for each in store.backfills.intervals(record.backfill_id)] == [1, 2, 3]
    assert outcomes(store, record) == ["WAITING"] * 3


def test_a_backfill_is_made_whole_or_not_at_all(store: SqlStore) -> None:
    with pytest.raises(IntegrityError):
        new_backfill(store, at_ms=(1, 1))
    assert store.backfills.find() == []


def test_lists(store: SqlStore) -> None:
    first, second = new_backfill(store), new_backfill(store, job_id=8)
    third = new_backfill(store)
    assert [each.backfill_id for each in store.backfills.find()] == [
        third.backfill_id,
        second.backfill_id,
        first.backfill_id,
    ]
    assert [each.backfill_id for each in store.backfills.find(JOB, offset=1, limit=1)] == [first.backfill_id]
    store.backfills.move(second.backfill_id, "RUNNING", "DONE", ended_ms=5)
    assert [each.backfill_id for each in store.backfills.active()] == [first.backfill_id, third.backfill_id]


def test_pages_of_intervals(store: SqlStore) -> None:
    record = new_backfill(store, at_ms=range(10))
    found = store.backfills.intervals(record.backfill_id, offset=4, limit=3)
    assert [each.position for each in found] == [4, 5, 6]


# ---------------------------------------------------------------------------------------------------------- claims


def test_intervals_are_claimed_in_their_order_up_to_the_limit(store: SqlStore) -> None:
    record = new_backfill(store, at_ms=(30, 10, 20))
    first, second = (claim(store, record, parallel=2) for _ in range(2))
    assert [(each.position, each.at_ms, each.state) for each in (first, second)] == [
        (0, 30, "STARTED"),
        (1, 10, "STARTED"),
    ]
    assert store.backfills.claim(record.backfill_id, parallel=2, judge=always) is None
    assert list(store.backfills.started(record.backfill_id)) == [first, second]
    store.backfills.save(replace(first, state="DONE"), expected="STARTED")
    assert claim(store, record, parallel=2).at_ms == 20
    store.backfills.save(replace(second, state="DONE"), expected="STARTED")
    assert store.backfills.claim(record.backfill_id, parallel=2, judge=always) is None


@pytest.mark.parametrize("state", ["PAUSED", "CANCELLING", "DONE"])
def test_only_a_running_backfill_claims(store: SqlStore, state: str) -> None:
    record = new_backfill(store)
    store.backfills.move(record.backfill_id, "RUNNING", state, ended_ms=int(state == "DONE"))
    assert store.backfills.claim(record.backfill_id, parallel=9, judge=always) is None


def test_an_interval_belongs_to_one_backfill_at_a_time(store: SqlStore) -> None:
    """Of one job: the same time of another job is another interval."""
    first, second, third = (new_backfill(store, at_ms=(1,)) for _ in range(3))
    other = new_backfill(store, at_ms=(1,), job_id=8)
    mine = claim(store, first)
    kept = claim(store, second)
    assert (kept.state, kept.reason) == ("SKIPPED", "Another backfill of this job has it.")
    assert claim(store, other).state == "STARTED"
    store.backfills.save(replace(mine, state="DONE"), expected="STARTED")
    assert claim(store, third).state == "STARTED"


def test_the_judge_hears_what_was_made_of_the_interval_before(store: SqlStore) -> None:
    heard: list[PastInterval | None] = []

    def judge(_: BackfillInterval, before: PastInterval | None) -> str:
        heard.append(before)
        return "No." if before and before.result == "SUCCESS" else ""

    first, second = new_backfill(store), new_backfill(store)
    done = run_through(store, first)
    failed = run_through(store, first, well=False)
    active = replace(claim(store, first), run_id=create(store).run.run_id)
    store.backfills.save(active, expected="STARTED")
    kept, begun, waiting = (claim(store, second, judge=judge) for _ in range(3))
    assert heard == [
        PastInterval(at_ms=1, backfill_id=first.backfill_id, run_id=done.run_id, result="SUCCESS"),
        PastInterval(at_ms=2, backfill_id=first.backfill_id, run_id=failed.run_id, result="FAILED"),
        PastInterval(at_ms=3, backfill_id=first.backfill_id, run_id=active.run_id, result=""),
    ]
    assert (kept.state, kept.reason, begun.state) == ("SKIPPED", "No.", "STARTED")
    assert (waiting.state, waiting.reason) == ("SKIPPED", "Another backfill of this job has it.")
    third = new_backfill(store, at_ms=(1,))
    assert claim(store, third).state == "STARTED"  # what was skipped left no claim


def test_an_interval_that_is_given_back_can_be_claimed_again(store: SqlStore) -> None:
    first, second = new_backfill(store, at_ms=(1,)), new_backfill(store, at_ms=(1,))
    store.backfills.save(replace(claim(store, first), state="WAITING"), expected="STARTED")
    assert claim(store, second).state == "STARTED"
    assert claim(store, first).state == "SKIPPED"


def test_an_interval_changes_only_from_the_state_that_is_expected(store: SqlStore) -> None:
    record = new_backfill(store)
    begun = claim(store, record)
    store.backfills.save(replace(begun, run_id=5), expected="STARTED")
    with pytest.raises(Conflict, match=r"Interval 0 of backfill .* is no longer WAITING"):
        store.backfills.save(replace(begun, state="SKIPPED"), expected="WAITING")
    assert store.backfills.started(record.backfill_id)[0].run_id == 5


# -------------------------------------------------------------------------------------------------------- its past


def test_the_newest_run_of_an_interval_counts_and_an_active_one_before_all(store: SqlStore) -> None:
    first, second, third = (new_backfill(store, at_ms=(1, 2)) for _ in range(3))
    assert store.backfills.past(JOB, [1, 2]) == {}
    run_through(store, first)
    newer = run_through(store, second, well=False)
    assert store.backfills.past(JOB, [1, 2]) == {
        1: PastInterval(at_ms=1, backfill_id=second.backfill_id, run_id=newer.run_id, result="FAILED")
    }
    claim(store, third)
    assert store.backfills.past(JOB, [1])[1] == PastInterval(
        at_ms=1, backfill_id=third.backfill_id, run_id=0, result=""
    )
    assert store.backfills.past(JOB, [1])[1].is_active
    assert store.backfills.past(8, [1, 2]) == {}
    assert store.backfills.past(JOB, []) == {}


def test_a_run_that_was_deleted_is_none(store: SqlStore) -> None:
    record = new_backfill(store, at_ms=(1,))
    done = run_through(store, record)
    assert store.backfills.counts(record.backfill_id) == {"SUCCEEDED": 1}
    store.runs.delete(done.run_id)
    assert store.backfills.past(JOB, [1]) == {}
    assert store.backfills.counts(record.backfill_id) == {"FAILED": 1}


def test_intervals_are_counted_and_found_by_their_outcome(store: SqlStore) -> None:
    record = new_backfill(store, at_ms=range(5))
    run_through(store, record)
    bad = run_through(store, record, well=False)
    claim(store, record, judge=lambda *_: "It ran.")
    claim(store, record)
    assert store.backfills.counts(record.backfill_id) == dict.fromkeys(
        ["SUCCEEDED", "FAILED", "SKIPPED", "STARTED", "WAITING"], 1
    )
    assert outcomes(store, record) == ["SUCCEEDED", "FAILED", "SKIPPED", "STARTED", "WAITING"]
    (failed,) = store.backfills.intervals(record.backfill_id, outcome="FAILED")
    assert (failed.run_id, failed.result) == (bad.run_id, "FAILED")


# ------------------------------------------------------------------------------------------------- state of a backfill


def test_a_backfill_changes_only_from_the_state_that_is_expected(store: SqlStore) -> None:
    record = new_backfill(store)
    store.backfills.move(record.backfill_id, "RUNNING", "PAUSED", reason="Look at it.")
    found = store.backfills.get(record.backfill_id)
    assert found is not None
    assert (found.state, found.reason, found.revision) == ("PAUSED", "Look at it.", 2)
    with pytest.raises(Conflict, match="is no longer RUNNING"):
        store.backfills.move(record.backfill_id, "RUNNING", "PAUSED")
    with pytest.raises(Conflict, match="is no longer RUNNING"):
        store.backfills.cancel(record.backfill_id, "RUNNING", cancel_runs=True)


def test_a_cancelled_backfill_has_nothing_waiting(store: SqlStore) -> None:
    record = new_backfill(store)
    begun = claim(store, record)
    store.backfills.cancel(record.backfill_id, "RUNNING", cancel_runs=True, reason="Gone.")
    found = store.backfills.get(record.backfill_id)
    assert found is not None
    assert (found.state, found.cancel_runs, found.reason, found.ended_ms) == ("CANCELLING", True, "Gone.", 0)
    assert outcomes(store, record) == ["STARTED", "CANCELLED", "CANCELLED"]
    assert not store.backfills.finish(record.backfill_id, 9)
    store.backfills.save(replace(begun, state="DONE"), expected="STARTED")
    assert store.backfills.finish(record.backfill_id, 9)
    ended = store.backfills.get(record.backfill_id)
    assert ended is not None
    assert (ended.state, ended.ended_ms) == ("CANCELLED", 9)


@pytest.mark.parametrize("state", ["RUNNING", "PAUSED"])
def test_a_backfill_with_nothing_left_is_done(store: SqlStore, state: str) -> None:
    record = new_backfill(store, at_ms=(1,))
    assert not store.backfills.finish(record.backfill_id, 9)
    run_through(store, record)
    if state == "PAUSED":
        store.backfills.move(record.backfill_id, "RUNNING", state, reason="Why.")
    assert store.backfills.finish(record.backfill_id, 9)
    assert store.backfills.finish(record.backfill_id, 10)
    ended = store.backfills.get(record.backfill_id)
    assert ended is not None
    assert (ended.state, ended.ended_ms, ended.reason) == ("DONE", 9, "")


def test_every_change_is_a_new_revision(store: SqlStore) -> None:
    record = new_backfill(store)
    revisions = [1]

    def changed() -> None:
        found = store.backfills.get(record.backfill_id)
        assert found is not None
        assert found.revision > revisions[-1]
        revisions.append(found.revision)

    begun = claim(store, record)
    changed()
    store.backfills.save(replace(begun, run_id=5), expected="STARTED")
    changed()
    store.backfills.move(record.backfill_id, "RUNNING", "PAUSED")
    changed()
    store.backfills.cancel(record.backfill_id, "PAUSED", cancel_runs=False)
    changed()


# -------------------------------------------------------------------------------------------------- several servers


def test_of_two_servers_one_claims_an_interval(lasting: str, opening: Open) -> None:
    """Two backfills of the same range, each moved by two servers: each interval is begun once."""
    stores = [opening(lasting) for _ in range(2)]
    both = [new_backfill(stores[0], at_ms=range(20)) for _ in range(2)]

    def play(number: int) -> list[int]:
        begun = []
        store, record = stores[number % 2], both[number // 2]
        while (found := store.backfills.claim(record.backfill_id, parallel=99, judge=always)) is not None:
            begun += [found.at_ms] if found.state == "STARTED" else []
        return begun

    with ThreadPoolExecutor(4) as pool:
        begun = [at_ms for each in pool.map(play, range(4), timeout=60) for at_ms in each]
    assert sorted(begun) == list(range(20))
    for record in both:
        assert set(outcomes(stores[0], record)) <= {"STARTED", "SKIPPED"}


def test_two_servers_together_begin_no_more_than_the_limit(lasting: str, opening: Open) -> None:
    stores = [opening(lasting) for _ in range(2)]
    record = new_backfill(stores[0], at_ms=range(20))

    def play(number: int) -> BackfillInterval | None:
        return stores[number % 2].backfills.claim(record.backfill_id, parallel=3, judge=always)

    with ThreadPoolExecutor(4) as pool:
        found = [each for each in pool.map(play, range(12), timeout=60) if each is not None]
    assert sorted(each.position for each in found) == [0, 1, 2]


# ------------------------------------------------------------------------------------------------------------- size


def test_ten_thousand_intervals(store: SqlStore) -> None:
    """Made within a second; a step costs what it costs in a small backfill, and holds nothing in memory."""
    everything = [day * DAY for day in range(10_000)]
    begun = time.monotonic()
    large = new_backfill(store, at_ms=everything)
    assert time.monotonic() - begun < 1.0
    assert store.backfills.past(JOB, everything) == {}
    small = new_backfill(store, at_ms=[1 + day * DAY for day in range(60)])
    assert _median_step(store, large) < 5 * _median_step(store, small)
    tracemalloc.start()
    _median_step(store, large, steps=5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def _median_step(store: SqlStore, record: BackfillRecord, steps: int = 50) -> float:
    """Seconds for all that the loop does for one interval."""
    took = []
    for _ in range(steps):
        begun = time.monotonic()
        store.backfills.save(replace(claim(store, record, parallel=1), state="DONE"), expected="STARTED")
        assert store.backfills.started(record.backfill_id) == []
        assert not store.backfills.finish(record.backfill_id, 9)
        took.append(time.monotonic() - begun)
    return statistics.median(took)
