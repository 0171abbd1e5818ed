"""Runs come back as they were stored, whatever happened to them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from brickyard.errors import AlreadyExists, Conflict, InvalidState
from brickyard.records import Commit, RepairFacts
from brickyard.runs import endings, standing
from brickyard.runs.decide import Decision, Transition, decide
from brickyard.runs.events import (
    AttemptEnded,
    AttemptStarted,
    CancelRequested,
    LoopBegan,
    RepairRequested,
    RetryDue,
    RunCreated,
    RunQueued,
    Skip,
    TimeoutDue,
)
from brickyard.runs.model import TaskPlan
from brickyard.runs.states import LifeCycle, RunType, TriggerType
from brickyard.storage.store import SqlStore
from brickyard.workloads.messages import Outcome
from tests.conformance.samples import (
    apply,
    commit_of,
    create,
    create_idle,
    finish,
    finished,
    new_id,
    new_run,
    plan_of,
    plan_of_all_kinds,
    record_of,
)


def test_a_new_run_comes_back_equal_with_plan_attempts_and_selection(store: SqlStore) -> None:
    plan = {
        "a": TaskPlan(key="a", max_retries=-1, min_retry_interval_ms=5, retry_on_timeout=True, timeout_ms=9),
        **plan_of(b=["a"], c=["a", "b"]),
        "d": TaskPlan(key="d", disabled=True),
    }
    run = new_run(
        plan,
        run_type=RunType.SUBMIT_RUN,
        trigger=TriggerType.PERIODIC,
        timeout_ms=1000,
        selection=frozenset({"a", "b", "c"}),
    )
    decision = create(store, run)
    loaded = store.runs.load(run.run_id)
    assert loaded == decision.run
    assert loaded is not None
    assert list(loaded.plan) == ["a", "b", "c", "d"]
    assert loaded.latest == decision.run.latest
    assert loaded.dependents == decision.run.dependents


def test_what_is_not_there_is_none(store: SqlStore) -> None:
    assert store.runs.load(1) is None
    assert store.runs.record(1) is None
    assert store.runs.run_of_attempt(1) is None
    assert store.runs.by_token("t") is None
    assert store.runs.outcome(1) is None
    assert store.runs.resolved(1) is None
    assert list(store.runs.history(1)) == []
    assert store.runs.delete(1) is False


def test_ids_keep_all_their_digits(store: SqlStore) -> None:
    run = replace(new_run(plan_of(a=[])), run_id=2**53 - 1, job_id=2**53 - 2)
    store.runs.create(record_of(run), Decision(run), 1)
    assert store.runs.load(2**53 - 1) == run


def test_every_step_of_a_run_is_stored(store: SqlStore) -> None:
    run = create(store).run
    for step in (
        lambda run: AttemptStarted(run.latest["first"].attempt_id),
        lambda run: AttemptEnded(run.latest["first"].attempt_id, endings.succeeded()),
        lambda run: AttemptStarted(run.latest["second"].attempt_id),
        lambda run: AttemptEnded(run.latest["second"].attempt_id, endings.failed("no")),
    ):
        run = apply(store, run, step(run))
        assert store.runs.load(run.run_id) == run
    assert run.life_cycle is LifeCycle.INTERNAL_ERROR


def test_retries_timeouts_and_cancels_are_stored(store: SqlStore) -> None:
    plan = {"a": TaskPlan(key="a", max_retries=2, min_retry_interval_ms=500, timeout_ms=50, retry_on_timeout=True)}
    run = create(store, new_run(plan)).run
    first = run.latest["a"].attempt_id
    run = apply(store, run, AttemptStarted(first), 20)
    run = apply(store, run, TimeoutDue(first), 70)
    assert store.runs.load(run.run_id) == run
    run = apply(store, run, AttemptEnded(first, endings.cancelled()), 75)
    assert run.latest["a"].life_cycle is LifeCycle.WAITING_FOR_RETRY
    assert store.runs.load(run.run_id) == run
    run = apply(store, run, RetryDue(run.latest["a"].attempt_id), 520)
    run = apply(store, run, CancelRequested(), 530)
    assert store.runs.load(run.run_id) == run
    run = apply(store, run, AttemptEnded(run.latest["a"].attempt_id, endings.cancelled()), 540)
    assert run.life_cycle.is_terminal
    assert store.runs.load(run.run_id) == run


def test_conditions_loops_and_what_a_repair_keeps_of_them_are_stored(store: SqlStore) -> None:
    run = create(store, new_run(plan_of_all_kinds())).run
    said = replace(endings.succeeded(), outcome="true")
    first = run.latest["each"].attempt_id
    for event in (
        AttemptEnded(run.latest["check"].attempt_id, said),
        LoopBegan(first, 3),
        TimeoutDue(first),
    ):
        run = apply(store, run, event, 20)
        assert store.runs.load(run.run_id) == run
    good, bad = (attempt for attempt in run.attempts if attempt.iteration >= 0)
    run = apply(store, run, AttemptEnded(good.attempt_id, endings.succeeded()), 30)
    run = apply(store, run, AttemptEnded(bad.attempt_id, endings.failed()), 31)
    run = apply(store, run, AttemptStarted(run.latest["yes"].attempt_id), 32)
    run = apply(store, run, AttemptEnded(run.latest["yes"].attempt_id, endings.succeeded()), 33)
    assert run.life_cycle is LifeCycle.INTERNAL_ERROR
    assert store.runs.load(run.run_id) == run
    facts = RepairFacts(number=1, settings={}, parameters={})
    again = RepairRequested(repair_id=new_id(), task_keys=frozenset({"each", "child"}), plan=run.plan)
    run = apply(store, run, again, 40, repair=facts)
    run = apply(store, run, LoopBegan(run.latest["each"].attempt_id, 3, same_inputs=True), 41)
    loaded = store.runs.load(run.run_id)
    assert loaded == run
    assert loaded is not None
    assert loaded.latest["each"].continues == first
    assert standing.of(loaded) == run.standing
    assert [(a.task_key, a.iteration, a.number) for a in loaded.attempts if not a.is_terminal and a.iteration >= 0] == [
        ("one", 1, 1),
        ("one", 2, 0),
    ]


def test_several_steps_of_one_run_are_stored_as_one(store: SqlStore) -> None:
    run = create(store, new_run(plan_of_all_kinds())).run
    first, commits = run, []
    each = run.latest["each"].attempt_id
    commits.append(commit_of(run, LoopBegan(each, 2)))
    run = commits[-1].decision.run
    for attempt in [attempt for attempt in run.attempts if attempt.iteration >= 0]:
        for event in (AttemptStarted(attempt.attempt_id), AttemptEnded(attempt.attempt_id, endings.succeeded())):
            commits.append(commit_of(run, event))
            run = commits[-1].decision.run
    store.runs.commit(commits)
    assert store.runs.load(first.run_id) == run
    assert run.latest["child"].life_cycle is LifeCycle.PENDING


def test_only_the_attempts_that_a_decision_names_are_written(store: SqlStore) -> None:
    run = create(store).run
    commit = commit_of(run, AttemptStarted(run.latest["first"].attempt_id))
    store.runs.commit([replace(commit, decision=replace(commit.decision, changed_attempts=()))])
    loaded = store.runs.load(run.run_id)
    assert loaded is not None
    assert loaded.attempts == run.attempts


def test_a_decision_that_names_an_attempt_which_its_run_has_not_is_an_error(store: SqlStore) -> None:
    run = create(store).run
    with pytest.raises(ValueError, match="has no attempt 5, which its decision names as changed"):
        store.runs.commit([Commit(before=run, decision=Decision(run, changed_attempts=(5,)), at_ms=1)])


def test_a_run_that_waits_and_one_that_is_skipped_are_stored(store: SqlStore) -> None:
    run = apply(store, create_idle(store), RunQueued("wait"))
    assert store.runs.load(run.run_id) == run
    run = apply(store, run, Skip("too long"))
    assert run.life_cycle is LifeCycle.SKIPPED
    assert store.runs.load(run.run_id) == run


def test_a_repair_has_its_plan_settings_and_parameters(store: SqlStore) -> None:
    run = create(store).run
    run = finish(store, run, "first", endings.failed("bad row"))
    plan = plan_of(first=[], second=["first"], third=["second"])
    event = RepairRequested(repair_id=new_id(), task_keys=frozenset(plan), plan=plan, timeout_ms=77)
    run = apply(
        store, run, event, 50, repair=RepairFacts(number=1, settings={"name": "mended"}, parameters={"day": "2"})
    )
    assert store.runs.load(run.run_id) == run
    assert run.repairs[0].attempt_ids
    record = store.runs.record(run.run_id)
    assert record is not None
    assert record.settings_by_repair == {0: {"name": "nightly", "tasks": []}, 1: {"name": "mended"}}
    assert record.parameters_by_repair == {0: {}, 1: {"day": "2"}}
    for key in plan:
        run = finish(store, run, key, at_ms=60)
    assert run.repairs[0].ending is not None
    assert store.runs.load(run.run_id) == run


def test_two_repairs_keep_their_order(store: SqlStore) -> None:
    run = create(store, new_run(plan_of(a=[]))).run
    run = finish(store, run, "a", endings.failed())
    for number in (1, 2):
        event = RepairRequested(repair_id=new_id(), task_keys=frozenset({"a"}), plan=run.plan)
        run = apply(store, run, event, 50 * number, repair=RepairFacts(number=number, settings={}))
        run = finish(store, run, "a", endings.failed(), at_ms=60 * number)
    loaded = store.runs.load(run.run_id)
    assert loaded == run
    assert [attempt.repair for attempt in run.attempts] == [0, 1, 2]


def test_the_record_of_a_run_is_kept(store: SqlStore) -> None:
    run = new_run()
    record = record_of(
        run,
        parameters_by_repair={0: {"day": "2026-01-01"}},
        overriding={"notebook_params": {"x": "ü"}},
        idempotency_token="token",
        parent_attempt_id=5,
        cluster_scope=6,
    )
    store.runs.create(record, Decision(run), 1)
    assert store.runs.record(run.run_id) == record
    assert store.runs.by_token("token") == run.run_id


def test_a_known_token_stores_nothing(store: SqlStore) -> None:
    kept = create(store, idempotency_token="once").run
    other = new_run()
    with pytest.raises(AlreadyExists, match="'once'"):
        create(store, other, idempotency_token="once")
    assert store.runs.load(other.run_id) is None
    assert store.runs.by_token("once") == kept.run_id
    assert list(store.runs.active()) == [kept.run_id]


def test_a_known_run_id_is_refused(store: SqlStore) -> None:
    run = create_idle(store)
    with pytest.raises(AlreadyExists, match=str(run.run_id)):
        store.runs.create(record_of(run), Decision(run), 1)


def test_a_commit_on_an_old_state_is_refused_and_stores_nothing(store: SqlStore) -> None:
    before = create(store).run
    late = commit_of(before, AttemptStarted(before.latest["first"].attempt_id), 20)
    after = apply(store, before, CancelRequested(), 15)
    with pytest.raises(Conflict):
        store.runs.commit([late])
    assert store.runs.load(before.run_id) == after
    assert not any(
        entry.transition.after == "RUNNING" and entry.at_ms == 20 for entry in store.runs.history(before.run_id)
    )


def test_an_attempt_that_moved_meanwhile_is_noticed_though_the_run_did_not(store: SqlStore) -> None:
    run = create(store, new_run(plan_of(a=[], b=[]))).run
    event = AttemptStarted(run.latest["a"].attempt_id)
    after = apply(store, run, event)
    with pytest.raises(Conflict):
        store.runs.commit([commit_of(run, event, 25)])
    assert store.runs.load(run.run_id) == after


def test_one_late_commit_undoes_the_whole_batch(store: SqlStore) -> None:
    good, bad = create(store).run, create(store).run
    started = apply(store, bad, AttemptStarted(bad.latest["first"].attempt_id))
    batch = [commit_of(run, AttemptStarted(run.latest["first"].attempt_id), 40) for run in (good, bad)]
    with pytest.raises(Conflict):
        store.runs.commit(batch)
    assert store.runs.load(good.run_id) == good
    assert store.runs.load(bad.run_id) == started
    store.runs.commit(batch[:1])
    assert store.runs.load(good.run_id) == batch[0].decision.run


def test_a_run_that_is_gone_is_a_conflict(store: SqlStore) -> None:
    run = new_run()
    with pytest.raises(Conflict):
        store.runs.commit([commit_of(run, RunCreated())])


def test_several_steps_of_one_run_in_one_batch(store: SqlStore) -> None:
    run = create(store).run
    attempt_id = run.latest["first"].attempt_id
    started = commit_of(run, AttemptStarted(attempt_id), 20)
    ended = commit_of(started.decision.run, AttemptEnded(attempt_id, endings.succeeded()), 30)
    store.runs.commit([started, ended])
    assert store.runs.load(run.run_id) == ended.decision.run
    after = [entry.transition.after for entry in store.runs.history(run.run_id) if entry.transition.subject == "first"]
    assert after == ["PENDING", "RUNNING", "TERMINATED"]


def test_steps_of_one_run_that_do_not_follow_from_each_other_are_a_conflict(store: SqlStore) -> None:
    run = create(store, new_run(plan_of(a=[], b=[]))).run
    batch = [commit_of(run, AttemptStarted(run.latest[key].attempt_id)) for key in ("a", "b")]
    with pytest.raises(Conflict, match="different states"):
        store.runs.commit(batch)
    assert store.runs.load(run.run_id) == run


def test_an_empty_batch_is_nothing(store: SqlStore) -> None:
    store.runs.commit([])


def test_history_is_numbered_from_one_in_order(store: SqlStore) -> None:
    run = finished(store)
    history = store.runs.history(run.run_id)
    assert [entry.seq for entry in history] == list(range(1, len(history) + 1))
    assert history[0].transition == Transition("run", None, "PENDING", "RUNNING")
    assert history[-1].transition.after == "TERMINATED"


def test_histories_of_runs_in_one_batch_are_apart(store: SqlStore) -> None:
    runs = [create(store).run for _ in range(3)]
    store.runs.commit([commit_of(run, AttemptStarted(run.latest["first"].attempt_id)) for run in runs])
    for run in runs:
        assert [entry.seq for entry in store.runs.history(run.run_id)] == [1, 2, 3, 4]


def test_outcomes_and_resolved_values_are_kept_with_the_commit(store: SqlStore) -> None:
    run = create(store).run
    attempt_id = run.latest["first"].attempt_id
    outcome = Outcome(status="failed", error="ValueError: ü", trace="line\n", cell=3, line=2, cpu_seconds=0.5)
    resolved = (attempt_id, {"parameters": {"day": "1"}})
    run = apply(store, run, AttemptStarted(attempt_id), resolved=resolved)
    apply(store, run, AttemptEnded(attempt_id, endings.failed()), outcome=(attempt_id, outcome))
    assert store.runs.outcome(attempt_id) == outcome
    assert store.runs.outcomes([attempt_id, 1]) == {attempt_id: outcome}
    assert store.runs.outcomes([]) == {}
    assert store.runs.resolved(attempt_id) == {"parameters": {"day": "1"}}
    store.runs.save_resolved(attempt_id, {"parameters": {}})
    assert store.runs.resolved(attempt_id) == {"parameters": {}}
    assert store.runs.run_of_attempt(attempt_id) == run.run_id


def test_the_database_itself_refuses_an_end_without_a_result(store: SqlStore) -> None:
    run = create(store).run
    impossible = replace(run, life_cycle=LifeCycle.TERMINATED)
    with pytest.raises(IntegrityError):
        store.runs.commit([Commit(before=run, decision=Decision(impossible), at_ms=1)])
    assert store.runs.load(run.run_id) == run


def test_the_database_itself_refuses_a_result_without_an_end(store: SqlStore) -> None:
    run = create(store).run
    ended = replace(run.attempts[0], ending=endings.succeeded(), ended_ms=5)
    impossible = replace(run, attempts=(ended, *run.attempts[1:]), latest={})
    decision = Decision(impossible, changed_attempts=(ended.attempt_id,))
    with pytest.raises(IntegrityError):
        store.runs.commit([Commit(before=run, decision=decision, at_ms=1)])
    assert store.runs.load(run.run_id) == run


def test_the_same_attempt_number_twice_is_a_conflict(store: SqlStore) -> None:
    run = create(store).run
    twin = replace(run.attempts[0], attempt_id=new_id())
    doubled = replace(run, attempts=(*run.attempts, twin))
    with pytest.raises(Conflict):
        store.runs.commit(
            [Commit(before=run, decision=Decision(doubled, changed_attempts=(twin.attempt_id,)), at_ms=1)]
        )
    assert store.runs.load(run.run_id) == run


def test_texts_of_users_are_data(store: SqlStore) -> None:
    nasty = "'; DROP TABLE runs; -- %s %(x)s :y ? \\ \" \n ☃ 𝄞"
    run = create(store, new_run(plan_of(a=[])), name=nasty, creator=nasty, idempotency_token=nasty).run
    run = finish(store, run, "a", endings.failed(nasty))
    assert store.runs.load(run.run_id) == run
    record = store.runs.record(run.run_id)
    assert record is not None
    assert (record.name, record.creator) == (nasty, nasty)
    assert store.runs.by_token(nasty) == run.run_id


def test_a_nul_in_an_error_does_not_stop_the_run(store: SqlStore) -> None:
    run = create(store, new_run(plan_of(a=[]))).run
    run = finish(store, run, "a", endings.failed("ValueError: \x00"))
    loaded = store.runs.load(run.run_id)
    assert loaded is not None
    assert loaded.life_cycle is run.life_cycle


def test_deleting_takes_everything_of_the_run(store: SqlStore) -> None:
    run, other = finished(store), finished(store)
    store.task_values.set(run.run_id, "first", "k", "1")
    attempt_id = run.attempts[0].attempt_id
    assert store.runs.delete(run.run_id) is True
    assert store.runs.load(run.run_id) is None
    assert list(store.runs.history(run.run_id)) == []
    assert store.runs.outcome(attempt_id) is None
    assert store.runs.run_of_attempt(attempt_id) is None
    assert dict(store.task_values.all(run.run_id)) == {}
    assert store.runs.load(other.run_id) == other


def test_an_active_run_cannot_be_deleted(store: SqlStore) -> None:
    run = create(store).run
    with pytest.raises(InvalidState, match="active"):
        store.runs.delete(run.run_id)
    assert store.runs.load(run.run_id) == run


def test_a_wide_run_is_stored_and_loaded(store: SqlStore) -> None:
    plan = plan_of(start=[], **{f"t{number}": ["start"] for number in range(200)})
    run = create(store, new_run(plan)).run
    run = finish(store, run, "start")
    assert sum(attempt.life_cycle is LifeCycle.PENDING for attempt in run.attempts) == 200
    loaded = store.runs.load(run.run_id)
    assert loaded == run
    assert loaded is not None
    assert decide(loaded, CancelRequested(), 50, new_id).run == decide(run, CancelRequested(), 50, new_id).run
