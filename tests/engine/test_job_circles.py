"""Jobs that would run themselves, or nest runs too deeply, are refused when they are declared."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from tests.engine.house import USER, House, loop, notebook, run_job


def settings(*tasks: dict[str, Any]) -> dict[str, Any]:
    return {"name": "x", "tasks": list(tasks)}


def test_a_job_cannot_run_itself(house: House) -> None:
    job = house.job(notebook("a"))
    with pytest.raises(InvalidParameterValue) as refused:
        house.engine.commands.reset_job(job, settings(run_job("call", job)), user=USER)
    assert refused.value.message == (
        f"Task 'call' would make the job run itself: job {job} -> job {job}. Circles of jobs are not allowed."
    )
    record = house.store.jobs.get(job)
    assert record is not None
    assert (record.version, record.settings["tasks"][0]["task_key"]) == (1, "a")


def test_nor_through_others(house: House) -> None:
    first = house.job(notebook("a"))
    second = house.job(run_job("call", first))
    with pytest.raises(InvalidParameterValue, match=f"job {first} -> job {second} -> job {first}"):
        house.engine.commands.update_job(first, settings(run_job("call", second)), [], user=USER)


def test_nor_from_within_a_loop(house: House) -> None:
    job = house.job(notebook("a"))
    nested = loop("each", "[1]", run_job("call", job))
    with pytest.raises(InvalidParameterValue, match="Task 'call' would make the job run itself"):
        house.engine.commands.reset_job(job, settings(nested), user=USER)
    looping = house.job(loop("each", "[1]", run_job("one", job)))
    with pytest.raises(InvalidParameterValue, match=f"job {job} -> job {looping} -> job {job}"):
        house.engine.commands.reset_job(job, settings(run_job("call", looping)), user=USER)


def test_a_fourth_level_is_refused(house: House) -> None:
    fourth = house.job(notebook("a"))
    third = house.job(run_job("call", fourth))
    second = house.job(run_job("call", third))
    with pytest.raises(InvalidParameterValue) as refused:
        house.job(notebook("x"), run_job("deep", second))
    assert refused.value.message == (
        f"Task 'deep' nests run-job tasks too deeply: this job -> job {second} -> job {third} -> job {fourth};"
        " at most 3 levels of runs are allowed."
    )


def test_two_ways_to_one_job_are_no_circle(house: House) -> None:
    leaf = house.job(notebook("a"))
    middle = house.job(run_job("one", leaf), run_job("two", leaf))
    assert house.job(run_job("one", middle), run_job("two", leaf))


def test_a_job_that_does_not_exist_yet_may_be_named(house: House) -> None:
    assert house.job(run_job("call", 4711))
