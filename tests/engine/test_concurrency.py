"""How many runs of a job go at once, and tokens that make starting safe to repeat."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from brickyard.errors import InvalidParameterValue
from tests.engine.house import SUCCESS, House, notebook, result


def test_runs_above_the_limit_wait_and_start_in_their_order(house: House) -> None:
    job = house.job(notebook("a"), max_concurrent_runs=2)
    runs = [house.run_now(job) for _ in range(4)]
    assert [result(house.load(run_id)) for run_id in runs] == ["RUNNING", "RUNNING", "QUEUED", "QUEUED"]
    reasons = [entry.transition.reason for entry in house.store.runs.history(runs[2])]
    assert reasons == ["Queued due to reaching maximum concurrent runs of 2."]
    for count, run_id in enumerate(runs, 1):
        assignment = house.workers.wait_for("a", count)
        assert assignment.context.run_id == run_id
        house.workers.finish(assignment.attempt_id)
    assert [result(house.ended(run_id)) for run_id in runs] == ["TERMINATED/SUCCESS"] * 4


@pytest.mark.parametrize(
    ("settings", "request_"),
    [
        ({"queue": {"enabled": False}}, {}),
        ({}, {"queue_enabled": False}),
    ],
)
def test_without_a_queue_a_run_above_the_limit_is_skipped(
    house: House, settings: dict[str, object], request_: dict[str, bool]
) -> None:
    job = house.job(notebook("a"), **settings)
    house.run_now(job, **request_)
    skipped = house.load(house.run_now(job, **request_))
    assert result(skipped) == "SKIPPED/MAXIMUM_CONCURRENT_RUNS_REACHED"
    assert skipped.ending is not None
    assert skipped.ending.code == "MAX_CONCURRENT_RUNS_EXCEEDED"
    assert skipped.attempts == ()


def test_one_run_may_wait_though_its_job_says_no(house: House) -> None:
    job = house.job(notebook("a"), queue={"enabled": False})
    house.run_now(job)
    assert result(house.load(house.run_now(job, queue_enabled=True))) == "QUEUED"


def test_a_limit_of_zero_skips_every_run(house: House) -> None:
    job = house.job(notebook("a"), max_concurrent_runs=0)
    assert result(house.load(house.run_now(job))) == "SKIPPED/MAXIMUM_CONCURRENT_RUNS_REACHED"


def test_a_cancelled_run_gives_its_turn_to_the_next(house: House) -> None:
    job = house.job(notebook("a"))
    runs = [house.run_now(job) for _ in range(3)]
    house.cancel(runs[1])
    assert result(house.ended(runs[1])) == "TERMINATED/CANCELED"
    house.cancel(runs[0])
    house.until(runs[2], lambda run: result(run) == "RUNNING")


def test_a_known_token_gives_the_run_it_belongs_to(house: House) -> None:
    house.script(a=SUCCESS)
    job = house.job(notebook("a"))
    run_id = house.run_now(job, idempotency_token="daily-2026-10-01")
    assert house.run_now(job, idempotency_token="daily-2026-10-01") == run_id
    house.ended(run_id)
    assert house.run_now(job, idempotency_token="daily-2026-10-01") == run_id
    assert house.run_now(job, idempotency_token="daily-2026-10-02") != run_id


def test_one_token_on_fifty_threads_is_one_run(house: House) -> None:
    job = house.job(notebook("a"), max_concurrent_runs=5)
    with ThreadPoolExecutor(10) as threads:
        runs = set(threads.map(lambda _: house.run_now(job, idempotency_token="same"), range(50)))
    assert len(runs) == 1
    house.settle()
    assert len(house.workers.started) == 1
    others = [house.run_now(job) for _ in range(4)]
    assert {result(house.load(run_id)) for run_id in others} == {"RUNNING"}, "no place was lost"


def test_a_token_of_a_submitted_run(house: House) -> None:
    body = {"tasks": [notebook("a")], "idempotency_token": "t"}
    assert house.engine.commands.submit(body, user="ada") == house.engine.commands.submit(body, user="ada")


def test_a_token_that_is_too_long_is_refused(house: House) -> None:
    with pytest.raises(InvalidParameterValue, match="has 65 characters; at most 64"):
        house.run_now(house.job(notebook("a")), idempotency_token="x" * 65)


def test_a_raised_limit_starts_runs_that_wait(house: House) -> None:
    job = house.job(notebook("a"))
    runs = [house.run_now(job) for _ in range(4)]
    house.engine.commands.update_job(job, {"max_concurrent_runs": 3}, [], user="ada")
    house.settle()
    assert [result(house.load(run_id)) for run_id in runs] == ["RUNNING", "RUNNING", "RUNNING", "QUEUED"]
    assert dict(house.engine.commands.waiting(runs[3]))["run"].startswith(
        "Queued due to reaching maximum concurrent runs of 3."
    )
