"""Cancelling runs and task runs, in every state."""

from __future__ import annotations

import pytest

from brickyard.errors import InvalidState, NotFound
from tests.engine.house import CANCELLED, SUCCESS, House, notebook, result, states


def test_a_cancelled_run_ends_when_its_workers_have_ended(house: House) -> None:
    house.workers.obey = False
    run_id = house.run(notebook("a"), notebook("b", "a"))
    attempt_id = house.workers.wait_for("a").attempt_id
    house.cancel(run_id)
    assert house.workers.stopped == [(attempt_id, "cancel")]
    assert states(house.load(run_id)) == {"a": "TERMINATING", "b": "UPSTREAM_CANCELED"}
    house.workers.finish(attempt_id, CANCELLED)
    run = house.ended(run_id)
    assert result(run) == "TERMINATED/CANCELED"
    assert run.ending is not None
    assert run.ending.message == "Run cancelled by user"


def test_a_cancelled_attempt_that_waits_for_a_place_ends_at_once(house: House) -> None:
    small = House(house.home, max_running=1).start()
    try:
        run_id = small.run(notebook("a"), notebook("b"))
        small.workers.wait_for("a")
        small.cancel(run_id)
        assert result(small.ended(run_id)) == "TERMINATED/CANCELED"
        assert [key for key, _ in small.land.ran] == ["a"]
    finally:
        small.stop()


def test_a_task_run_can_be_cancelled_by_its_own_id(house: House) -> None:
    house.script(clean=SUCCESS)
    run_id = house.run(notebook("a"), notebook("b", "a"), notebook("clean", "a", run_if="ALL_DONE"))
    house.cancel(house.workers.wait_for("a").attempt_id)
    run = house.ended(run_id)
    assert states(run) == {"a": "CANCELED", "b": "UPSTREAM_CANCELED", "clean": "SUCCESS"}


def test_cancelling_what_is_over_does_nothing(house: House) -> None:
    house.script(a=SUCCESS)
    run = house.ended(house.run(notebook("a")))
    house.cancel(run.run_id)
    house.cancel(run.latest["a"].attempt_id)
    assert house.load(run.run_id) == run


def test_cancelling_what_never_was_is_refused(house: House) -> None:
    with pytest.raises(NotFound, match="Run 3 does not exist"):
        house.cancel(3)


def test_cancel_all_ends_the_active_runs_of_one_job(house: House) -> None:
    job = house.job(notebook("a"))
    other = house.run(notebook("other"))
    runs = [house.run_now(job), house.run_now(job)]
    house.engine.commands.cancel_all(job, user="ada")
    assert [result(house.ended(run_id)) for run_id in runs] == ["TERMINATED/CANCELED"] * 2
    assert result(house.load(other)) == "RUNNING"


def test_deleting_a_job_cancels_its_runs_and_keeps_their_history(house: House) -> None:
    job = house.job(notebook("a"))
    run_id = house.run_now(job)
    house.engine.commands.delete_job(job, user="ada")
    assert result(house.ended(run_id)) == "TERMINATED/CANCELED"
    with pytest.raises(NotFound, match=f"Job {job} does not exist"):
        house.run_now(job)
    with pytest.raises(NotFound):
        house.engine.commands.delete_job(job, user="ada")


def test_reports_after_the_end_change_nothing(house: House) -> None:
    house.script(a=SUCCESS)
    run = house.ended(house.run(notebook("a")))
    attempt_id = run.latest["a"].attempt_id
    house.sink.started(attempt_id, 1)
    house.workers.finish(attempt_id, CANCELLED)
    house.sink.ended(123_456, CANCELLED)
    house.settle()
    assert house.load(run.run_id) == run
    assert house.store.runs.outcome(attempt_id) == SUCCESS


def test_an_ended_run_can_be_deleted_and_an_active_one_not(house: House) -> None:
    run_id = house.run(notebook("a"))
    with pytest.raises(InvalidState):
        house.engine.commands.delete_run(run_id, user="ada")
    house.cancel(run_id)
    house.ended(run_id)
    house.engine.commands.delete_run(run_id, user="ada")
    with pytest.raises(NotFound):
        house.engine.commands.delete_run(run_id, user="ada")
