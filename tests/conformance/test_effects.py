"""Effects are kept from the commit that decided them until they are performed."""

from __future__ import annotations

import pytest

from brickyard.runs.decide import Decision
from brickyard.runs.effects import Announce, Effect, EndClusters, StartAttempt, StopAttempt, Wake, WakeAt
from brickyard.runs.events import AttemptStarted
from brickyard.storage import rows
from brickyard.storage.store import SqlStore
from tests.conformance.conftest import Open
from tests.conformance.samples import apply, create, finished, new_run, plan_of, record_of

EVERY = (
    StartAttempt(1),
    StopAttempt(2, "cancel"),
    WakeAt(30, Wake.RETRY, 3),
    WakeAt(31, Wake.ATTEMPT_TIMEOUT, 3),
    WakeAt(2**53 - 1, Wake.RUN_TIMEOUT),
    WakeAt(32, Wake.QUEUE_TIMEOUT),
    EndClusters(),
)


def pending(store: SqlStore, run_id: int) -> list[Effect]:
    return [found.effect for found in store.runs.pending_effects() if found.run_id == run_id]


def create_with(store: SqlStore, *effects: Effect) -> int:
    run = new_run()
    store.runs.create(record_of(run), Decision(run, (), effects), 1)
    return run.run_id


@pytest.mark.parametrize("effect", EVERY, ids=repr)
def test_every_effect_comes_back_equal(effect: Effect) -> None:
    assert rows.effect_from_json(rows.effect_to_json(effect)) == effect


def test_every_wake_has_a_text_that_comes_back() -> None:
    for wake in Wake:
        effect = WakeAt(1, wake, 2)
        assert rows.effect_from_json(rows.effect_to_json(effect)) == effect


def test_pending_effects_are_in_order_and_without_announcements(store: SqlStore) -> None:
    run_id = create_with(store, Announce("run.started"), *EVERY, Announce("task.ended", 3))
    assert pending(store, run_id) == list(EVERY)
    ids = [found.effect_id for found in store.runs.pending_effects()]
    assert ids == sorted(set(ids))


def test_performed_effects_are_forgotten_one_by_one(store: SqlStore) -> None:
    run_id = create_with(store, *EVERY)
    left = list(EVERY)
    for effect in EVERY:
        store.runs.performed(run_id, [effect])
        left.remove(effect)
        assert pending(store, run_id) == left


def test_performed_takes_many_and_no_announcement_and_what_is_unknown(store: SqlStore) -> None:
    run_id = create_with(store, *EVERY)
    store.runs.performed(run_id, [Announce("run.ended"), *EVERY[:4], StartAttempt(99)])
    assert pending(store, run_id) == list(EVERY[4:])
    store.runs.performed(run_id, [])
    store.runs.performed(run_id, iter(EVERY))
    assert pending(store, run_id) == []


def test_equal_effects_of_another_run_stay(store: SqlStore) -> None:
    one, other = create_with(store, EndClusters()), create_with(store, EndClusters())
    store.runs.performed(one, [EndClusters()])
    assert pending(store, one) == []
    assert pending(store, other) == [EndClusters()]


def test_the_same_effect_decided_twice_is_forgotten_at_once(store: SqlStore) -> None:
    run_id = create_with(store, StartAttempt(1), StartAttempt(1))
    store.runs.performed(run_id, [StartAttempt(1)])
    assert pending(store, run_id) == []


def test_effects_come_with_the_commit(store: SqlStore) -> None:
    run = create(store, new_run(plan_of(a=[]), timeout_ms=100), 10).run
    attempt_id = run.latest["a"].attempt_id
    assert set(pending(store, run.run_id)) == {StartAttempt(attempt_id), WakeAt(110, Wake.RUN_TIMEOUT)}
    store.runs.performed(run.run_id, [StartAttempt(attempt_id)])
    apply(store, run, AttemptStarted(attempt_id))
    assert pending(store, run.run_id) == [WakeAt(110, Wake.RUN_TIMEOUT)]


def test_an_ended_run_wants_its_clusters_ended(store: SqlStore) -> None:
    assert EndClusters() in pending(store, finished(store).run_id)


def test_effects_outlive_the_store(lasting: str, opening: Open) -> None:
    first = opening(lasting)
    run_id = create_with(first, *EVERY)
    first.close()
    assert pending(opening(lasting), run_id) == list(EVERY)
