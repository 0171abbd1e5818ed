"""Backfills on a whole engine: order, places, what is kept, pause, cancel, and jobs that change meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue, InvalidState, NotFound
from brickyard.records import RunFilter
from brickyard.runs.states import LifeCycle, Result
from tests.engine.backfilling import (
    backfill,
    end_next,
    intervals,
    job_of,
    outcomes,
    over,
    record,
    request,
    until,
)
from tests.engine.house import FAILED, SUCCESS, USER, House, result

Dates = list[str]


def dates(house: House, job_id: int) -> Dates:
    """The parameter `day` of all runs of the job, in the order in which they were made."""
    found = sorted(run_id for run_id in _runs(house, job_id))
    records = house.real_store.runs.records(found)
    return [records[run_id].parameters_by_repair[0]["day"] for run_id in found]


def _runs(house: House, job_id: int) -> Iterator[int]:
    yield from house.real_store.runs.find(RunFilter(job_id=job_id), offset=0, limit=1000)


def active(house: House, job_id: int) -> list[LifeCycle]:
    return [house.load(run_id).life_cycle for run_id in _runs(house, job_id) if not house.load(run_id).ending]


DAY = {"day": "{{backfill.iso_date}}"}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("oldest", ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]),
        ("newest", ["2026-01-04", "2026-01-03", "2026-01-02", "2026-01-01"]),
    ],
)
def test_a_run_for_each_interval_in_the_order_that_is_wanted(house: House, order: str, expected: Dates) -> None:
    job_id = job_of(house.script(load=SUCCESS))
    backfill_id = backfill(house, job_id, order=order, parameters=DAY)
    assert over(house, backfill_id).state == "DONE"
    assert outcomes(house, backfill_id) == ["SUCCEEDED"] * 4
    assert dates(house, job_id) == expected


def test_a_run_says_which_interval_it_is_for(house: House) -> None:
    """In its name, as the service does; in its parameters; in what references of its tasks mean."""
    job_id = job_of(house)
    backfill_id = backfill(house, job_id, end="2026-01-02", parameters={"day": "d={{backfill.iso_date}}", "new": "1"})
    assert end_next(house, 1) == {"at": "d=2026-01-01", "day": "d=2026-01-01", "new": "1"}
    over(house, backfill_id)
    (interval,) = intervals(house, backfill_id)
    kept = house.real_store.runs.record(interval.run_id)
    assert kept is not None
    assert kept.name == "nightly (backfill 2026-01-01)"
    assert kept.creator == USER
    assert kept.trigger_info == {"backfill_id": backfill_id, "backfill_ms": interval.at_ms, "zone": "UTC"}
    assert kept.idempotency_token == f"backfill:{backfill_id}:{interval.at_ms}"


def test_the_date_is_that_of_the_zone(house: House) -> None:
    job_id = job_of(house)
    backfill(house, job_id, start="2026-03-29", end="2026-03-30", zone="Europe/Berlin", parameters=DAY)
    assert end_next(house, 1)["day"] == "2026-03-29"


def test_as_many_runs_at_once_as_are_wanted_and_the_next_when_one_ends(house: House) -> None:
    job_id = job_of(house, max_concurrent_runs=5)
    backfill_id = backfill(house, job_id, parallel=2)
    house.workers.wait_for("load", 2)
    until(house, backfill_id, started=2, waiting=2)
    end_next(house, 2)
    house.workers.wait_for("load", 3)
    until(house, backfill_id, started=2, waiting=1, succeeded=1)
    for number in (1, 3, 4):
        end_next(house, number)
    over(house, backfill_id)


@pytest.mark.parametrize("queue", [True, False], ids=["queue", "no queue"])
def test_a_backfill_never_waits_for_itself(house: House, queue: bool) -> None:
    """More at once than the job may have: no run is queued or skipped because of the others."""
    job_id = job_of(house, max_concurrent_runs=2, queue={"enabled": queue})
    backfill_id = backfill(house, job_id, parallel=4)
    for number in range(1, 5):
        house.workers.wait_for("load", min(number + 1, 4))
        house.settle()
        assert len(active(house, job_id)) == min(2, 5 - number)
        assert LifeCycle.QUEUED not in active(house, job_id)
        end_next(house, number)
    over(house, backfill_id)
    assert {each.result for each in intervals(house, backfill_id)} == {"SUCCESS"}


def test_a_job_that_does_not_queue_is_waited_for(house: House) -> None:
    job_id = job_of(house, queue={"enabled": False})
    other = house.run_now(job_id)
    house.workers.wait_for("load", 1)
    backfill_id = backfill(house, job_id, end="2026-01-02")
    house.settle()
    until(house, backfill_id, waiting=1)
    end_next(house, 1)
    house.ended(other)
    end_next(house, 2)
    over(house, backfill_id)
    assert outcomes(house, backfill_id) == ["SUCCEEDED"]


def test_in_a_job_that_queues_the_run_takes_its_turn_among_others(house: House) -> None:
    job_id = job_of(house)
    house.run_now(job_id)
    house.workers.wait_for("load", 1)
    backfill_id = backfill(house, job_id, end="2026-01-03", parallel=2)
    until(house, backfill_id, started=1, waiting=1)
    later = house.run_now(job_id)
    house.settle()
    assert sorted(active(house, job_id)) == ["QUEUED", "QUEUED", "RUNNING"]
    for number in range(1, 5):
        end_next(house, number)
    over(house, backfill_id)
    first, second = (each.run_id for each in intervals(house, backfill_id))
    assert first < later < second
    assert result(house.ended(later)) == "TERMINATED/SUCCESS"


def test_a_failed_interval_stops_no_other_and_is_run_again_by_a_retry(house: House) -> None:
    job_id = job_of(house.script(load=[SUCCESS, FAILED, SUCCESS]))
    first = backfill(house, job_id, parameters=DAY)
    over(house, first)
    assert outcomes(house, first) == ["SUCCEEDED", "FAILED", "SUCCEEDED", "SUCCEEDED"]
    second = house.engine.commands.backfills.retry(first, user="bob")
    over(house, second)
    assert outcomes(house, second) == ["SKIPPED", "SUCCEEDED", "SKIPPED", "SKIPPED"]
    assert record(house, second).creator == "bob"
    runs = [each.run_id for each in intervals(house, first)]
    assert intervals(house, second)[0].reason == f"Run {runs[0]} of backfill {first} ended with SUCCESS."
    assert dates(house, job_id) == ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-02"]


@pytest.mark.parametrize(
    ("rerun", "expected"),
    [
        ("missing", ["SKIPPED", "SKIPPED", "SUCCEEDED"]),
        ("failed", ["SKIPPED", "SUCCEEDED", "SUCCEEDED"]),
        ("all", ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]),
    ],
)
def test_what_becomes_of_intervals_that_ran_before(house: House, rerun: str, expected: list[str]) -> None:
    """The first one succeeded, the second failed, the third is new."""
    job_id = job_of(house.script(load=[SUCCESS, FAILED, SUCCESS]))
    over(house, backfill(house, job_id, end="2026-01-03"))
    plan = house.engine.commands.backfills.plan(job_id, request(end="2026-01-04", rerun=rerun))
    assert [each.runs for each in plan] == [outcome == "SUCCEEDED" for outcome in expected]
    assert all(each.reason for each in plan)
    backfill_id = backfill(house, job_id, end="2026-01-04", rerun=rerun)
    over(house, backfill_id)
    assert outcomes(house, backfill_id) == expected


def test_a_run_that_was_repaired_counts_as_what_it_is_now(house: House) -> None:
    job_id = job_of(house.script(load=[FAILED, SUCCESS]))
    first = backfill(house, job_id, end="2026-01-02")
    over(house, first)
    (failed,) = intervals(house, first)
    house.repair(failed.run_id, rerun_all_failed_tasks=True)
    house.ended(failed.run_id)
    assert outcomes(house, first) == ["SUCCEEDED"]
    (planned,) = house.engine.commands.backfills.plan(job_id, request(end="2026-01-02"))
    assert not planned.runs


def test_an_interval_that_another_backfill_runs_is_left_to_it(house: House) -> None:
    """Known when a backfill is made, and found out when the interval's turn comes."""
    job_id = job_of(house, max_concurrent_runs=4)
    first = backfill(house, job_id, end="2026-01-03")
    until(house, first, started=1, waiting=1)
    second = backfill(house, job_id, start="2026-01-02", end="2026-01-03")
    house.workers.wait_for("load", 2)
    until(house, second, started=1)
    plan = house.engine.commands.backfills.plan(job_id, request(end="2026-01-04", rerun="all"))
    assert [each.runs for each in plan] == [False, False, True]
    end_next(house, 1)
    over(house, first)
    kept = intervals(house, first)[1]
    assert (kept.outcome, kept.run_id) == ("SKIPPED", 0)
    assert (
        kept.reason
        == plan[1].reason
        == f"Backfill {second} has it: run {intervals(house, second)[0].run_id} is active."
    )
    end_next(house, 2)
    over(house, second)
    assert len(house.land.ran) == 2


def test_an_interval_whose_run_is_being_repaired_is_left_alone(house: House) -> None:
    job_id = job_of(house.script(load=FAILED), max_concurrent_runs=2)
    first = backfill(house, job_id, end="2026-01-02")
    over(house, first)
    (failed,) = intervals(house, first)
    house.land.scripts.clear()
    house.repair(failed.run_id, rerun_all_failed_tasks=True)
    house.workers.wait_for("load", 2)
    (planned,) = house.engine.commands.backfills.plan(job_id, request(end="2026-01-02", rerun="all"))
    assert (planned.runs, planned.reason) == (False, f"Backfill {first} has it: run {failed.run_id} is active.")
    end_next(house, 2)
    house.ended(failed.run_id)


def test_a_run_is_not_repaired_while_another_backfill_runs_its_interval(house: House) -> None:
    job_id = job_of(house.script(load=FAILED), max_concurrent_runs=2)
    first = backfill(house, job_id, end="2026-01-02")
    over(house, first)
    (failed,) = intervals(house, first)
    house.land.scripts.clear()
    second = backfill(house, job_id, end="2026-01-02")
    house.workers.wait_for("load", 2)
    until(house, second, started=1)
    with pytest.raises(InvalidState, match=f"Backfill {second} is running the interval of run {failed.run_id} again"):
        house.repair(failed.run_id, rerun_all_failed_tasks=True)
    end_next(house, 2, FAILED)
    over(house, second)
    house.script(load=SUCCESS)
    house.repair(failed.run_id, rerun_all_failed_tasks=True)
    assert result(house.ended(failed.run_id)) == "TERMINATED/SUCCESS"


def test_nothing_to_do_is_done_at_once(house: House) -> None:
    job_id = job_of(house.script(load=SUCCESS))
    over(house, backfill(house, job_id))
    again = backfill(house, job_id)
    assert over(house, again).state == "DONE"
    assert outcomes(house, again) == ["SKIPPED"] * 4


# ------------------------------------------------------------------------------------------------- pause and cancel


def test_paused_it_begins_no_run_and_resumed_it_goes_on(house: House) -> None:
    door = house.engine.commands.backfills
    job_id = job_of(house)
    backfill_id = backfill(house, job_id, end="2026-01-03")
    house.workers.wait_for("load", 1)
    door.pause(backfill_id, user=USER)
    door.pause(backfill_id, user=USER)
    end_next(house, 1)
    assert until(house, backfill_id, succeeded=1, waiting=1).state == "PAUSED"
    house.settle()
    assert len(house.workers.started) == 1
    door.resume(backfill_id, user=USER)
    door.resume(backfill_id, user=USER)
    end_next(house, 2)
    over(house, backfill_id)


def test_paused_in_its_last_run_it_is_done_with_that(house: House) -> None:
    job_id = job_of(house)
    backfill_id = backfill(house, job_id, end="2026-01-02")
    house.workers.wait_for("load", 1)
    house.engine.commands.backfills.pause(backfill_id, user=USER)
    end_next(house, 1)
    assert over(house, backfill_id).state == "DONE"


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_what_is_over_can_be_neither_paused_nor_resumed(house: House, verb: str) -> None:
    job_id = job_of(house.script(load=SUCCESS))
    backfill_id = backfill(house, job_id)
    over(house, backfill_id)
    with pytest.raises(InvalidState, match=f"Backfill {backfill_id} is DONE; only one that is"):
        getattr(house.engine.commands.backfills, verb)(backfill_id, user=USER)
    house.engine.commands.backfills.cancel(backfill_id, cancel_runs=True, user=USER)
    assert record(house, backfill_id).state == "DONE"


def test_cancelled_it_lets_active_runs_end(house: House) -> None:
    job_id = job_of(house)
    backfill_id = backfill(house, job_id)
    house.workers.wait_for("load", 1)
    until(house, backfill_id, started=1)
    house.engine.commands.backfills.cancel(backfill_id, cancel_runs=False, user=USER)
    assert until(house, backfill_id, cancelled=3, started=1).state == "CANCELLING"
    with pytest.raises(InvalidState, match="is CANCELLING; only one that is RUNNING can become PAUSED"):
        house.engine.commands.backfills.pause(backfill_id, user=USER)
    end_next(house, 1)
    assert over(house, backfill_id).state == "CANCELLED"
    assert outcomes(house, backfill_id) == ["SUCCEEDED", "CANCELLED", "CANCELLED", "CANCELLED"]


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "afterwards"])
def test_cancelled_with_its_runs(house: House, at_once: bool) -> None:
    job_id = job_of(house, max_concurrent_runs=2)
    backfill_id = backfill(house, job_id, parallel=2)
    house.workers.wait_for("load", 2)
    until(house, backfill_id, started=2)
    if not at_once:
        house.engine.commands.backfills.cancel(backfill_id, cancel_runs=False, user=USER)
    house.engine.commands.backfills.cancel(backfill_id, cancel_runs=True, user=USER)
    assert over(house, backfill_id).state == "CANCELLED"
    assert [each.result for each in intervals(house, backfill_id)] == [Result.CANCELED, Result.CANCELED, "", ""]


def test_a_paused_one_can_be_cancelled(house: House) -> None:
    job_id = job_of(house)
    backfill_id = backfill(house, job_id)
    house.engine.commands.backfills.pause(backfill_id, user=USER)
    house.engine.commands.backfills.cancel(backfill_id, cancel_runs=True, user=USER)
    assert over(house, backfill_id).state == "CANCELLED"


# ---------------------------------------------------------------------------------------------- a job that changes


def test_a_job_that_is_deleted_ends_its_backfills(house: House) -> None:
    job_id = job_of(house)
    backfill_id = backfill(house, job_id)
    house.workers.wait_for("load", 1)
    until(house, backfill_id, started=1)
    house.engine.commands.delete_job(job_id, user=USER)
    ended = over(house, backfill_id)
    assert (ended.state, ended.reason) == ("CANCELLED", f"Job {job_id} was deleted.")
    assert outcomes(house, backfill_id) == ["FAILED", "CANCELLED", "CANCELLED", "CANCELLED"]


def test_a_job_that_is_deleted_in_the_very_moment_of_a_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = house.engine._backfills.loop._steps._runs

    def run_now(job_id: int, *args: Any, **more: Any) -> int:
        house.real_store.jobs.delete(job_id)
        return real(job_id, *args, **more)

    real = runs.run_now
    monkeypatch.setattr(runs, "run_now", run_now)
    job_id = job_of(house)
    backfill_id = backfill(house, job_id)
    assert over(house, backfill_id).reason == f"Job {job_id} was deleted."
    assert outcomes(house, backfill_id) == ["CANCELLED"] * 4
    assert house.land.ran == []


def test_a_run_that_was_deleted_while_it_counted_as_active(house: House) -> None:
    """By another server, say: the interval is over, and says why."""
    job_id = job_of(house, max_concurrent_runs=2)
    backfill_id = backfill(house, job_id, end="2026-01-02")
    until(house, backfill_id, started=1)
    (begun,) = intervals(house, backfill_id)
    house.real_store.backfills.save(replace(begun, run_id=5), expected="STARTED")
    house.engine.commands.update_job(job_id, {"max_concurrent_runs": 3}, (), user=USER)
    over(house, backfill_id)
    (ended,) = intervals(house, backfill_id)
    assert (ended.outcome, ended.reason) == ("FAILED", "Run 5 was deleted.")
    end_next(house, 1)


def test_two_backfills_of_a_job_share_its_places(house: House) -> None:
    """Without a queue, the older one gets the place."""
    job_id = job_of(house, queue={"enabled": False})
    first = backfill(house, job_id, end="2026-01-03")
    until(house, first, started=1)
    second = backfill(house, job_id, start="2026-02-01", end="2026-02-02")
    house.settle()
    until(house, second, waiting=1)
    end_next(house, 1)
    until(house, first, started=1, succeeded=1)
    end_next(house, 2)
    over(house, first)
    until(house, second, started=1)
    end_next(house, 3)
    over(house, second)


def test_a_run_that_is_deleted_leaves_no_success(house: House) -> None:
    job_id = job_of(house.script(load=SUCCESS))
    backfill_id = backfill(house, job_id, end="2026-01-02")
    over(house, backfill_id)
    house.engine.commands.delete_run(intervals(house, backfill_id)[0].run_id, user=USER)
    assert outcomes(house, backfill_id) == ["FAILED"]
    (planned,) = house.engine.commands.backfills.plan(job_id, request(end="2026-01-02", rerun="missing"))
    assert planned.runs


def test_more_places_are_taken_at_once(house: House) -> None:
    job_id = job_of(house)
    backfill_id = backfill(house, job_id, parallel=3)
    house.workers.wait_for("load", 1)
    until(house, backfill_id, started=1)
    house.engine.commands.update_job(job_id, {"max_concurrent_runs": 2}, (), user=USER)
    house.workers.wait_for("load", 2)
    until(house, backfill_id, started=2, waiting=2)


def test_a_job_that_may_not_run_any_more_pauses_its_backfills(house: House) -> None:
    job_id = job_of(house)
    backfill_id = backfill(house, job_id, end="2026-01-03")
    house.workers.wait_for("load", 1)
    house.engine.commands.update_job(job_id, {"max_concurrent_runs": 0}, (), user=USER)
    end_next(house, 1)
    paused = until(house, backfill_id, succeeded=1, waiting=1)
    while paused.state == "RUNNING":
        paused = house.engine.commands.backfills.watch(backfill_id, seen=paused.revision, timeout=20)
    assert paused.reason == "The job's max_concurrent_runs is 0: no run of it may start."
    house.engine.commands.update_job(job_id, {"max_concurrent_runs": 1}, (), user=USER)
    house.engine.commands.backfills.resume(backfill_id, user=USER)
    assert record(house, backfill_id).reason == ""
    end_next(house, 2)
    over(house, backfill_id)


def test_a_run_that_the_job_refuses_pauses_the_backfill_with_the_reason(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused for one interval would be refused for all: somebody has to look."""
    refused = [InvalidParameterValue("job_parameters has too many bytes.")]
    real = house.engine._backfills.loop._steps._runs.run_now

    def run_now(*args: Any, **more: Any) -> int:
        if refused:
            raise refused.pop()
        return real(*args, **more)

    monkeypatch.setattr(house.engine._backfills.loop._steps._runs, "run_now", run_now)
    job_id = job_of(house)
    backfill_id = backfill(house, job_id, end="2026-01-02")
    paused = record(house, backfill_id)
    while paused.state == "RUNNING":
        paused = house.engine.commands.backfills.watch(backfill_id, seen=paused.revision, timeout=20)
    assert paused.reason == "A run was refused: job_parameters has too many bytes."
    assert outcomes(house, backfill_id) == ["WAITING"]
    house.engine.commands.backfills.resume(backfill_id, user=USER)
    end_next(house, 1)
    over(house, backfill_id)


# --------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"end": "2026-01-01"}, "to is '2026-01-01', which is not after from"),
        ({"start": "soon"}, "from is 'soon'; it must be a date"),
        ({"every": "1 day"}, "every is '1 day'; it must be a number"),
        ({"zone": "Mars"}, "zone is 'Mars'; it must be the IANA name"),
        ({"order": "random"}, "order is 'random'; it must be one of oldest, newest"),
        ({"rerun": "some"}, "rerun is 'some'; it must be one of missing, failed, all"),
        ({"parallel": 0}, "parallel is 0; it must be from 1 to 100"),
        ({"max_runs": 10_001}, "max_runs is 10001; it must be from 1 to 10000"),
        ({"end": "2026-06-01"}, "max_runs is 100, and this backfill would start 151 runs"),
        ({"every": "1m", "end": "2027-01-01"}, "has more than 10000 intervals"),
        ({"parameters": {"day": "{{job.id}}"}}, r"parameters.day is '{{job.id}}': '{{job.id}}' has no value"),
        ({"parameters": {"a b": "1"}}, "job_parameters has the name"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_request_is_refused_and_nothing_is_kept(house: House, fields: dict[str, Any], said: str) -> None:
    job_id = job_of(house)
    for ask in (house.engine.commands.backfills.plan, None):
        with pytest.raises(InvalidParameterValue, match=said):
            ask(job_id, request(**fields)) if ask else backfill(house, job_id, **fields)
    assert house.real_store.backfills.find() == []


def test_what_is_kept_does_not_count_against_the_limit(house: House) -> None:
    job_id = job_of(house.script(load=SUCCESS))
    over(house, backfill(house, job_id))
    plan = house.engine.commands.backfills.plan(job_id, request(end="2026-01-06", max_runs=1))
    assert [each.runs for each in plan] == [False] * 4 + [True]


def test_a_job_that_may_not_run_gets_no_backfill(house: House) -> None:
    with pytest.raises(InvalidState, match="max_concurrent_runs is 0"):
        backfill(house, job_of(house, max_concurrent_runs=0))


@pytest.mark.parametrize("verb", ["pause", "resume", "retry"])
def test_what_does_not_exist(house: House, verb: str) -> None:
    with pytest.raises(NotFound, match="Backfill 5 does not exist"):
        getattr(house.engine.commands.backfills, verb)(5, user=USER)
    with pytest.raises(NotFound, match="Job 5 does not exist"):
        backfill(house, 5)
