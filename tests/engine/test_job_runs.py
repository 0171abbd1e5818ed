"""Run-job tasks: a run of another job with its own rules, linked to the task that waits for it."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import Unavailable
from brickyard.runs.model import Run
from brickyard.workloads.messages import Assignment, NotebookWork
from tests.engine.house import FAILED, SUCCESS, House, loop, notebook, result, run_job, states


def child_of(house: House, run_id: int, key: str = "call") -> Run:
    """The run that the newest attempt of the task has started."""
    attempt_id = house.load(run_id).latest[key].attempt_id
    return house.load(house.store.runs.children(attempt_id)[-1])


def given(assignment: Assignment) -> dict[str, str]:
    """The parameters of a notebook."""
    assert isinstance(assignment.work, NotebookWork)
    return assignment.work.parameters


def message(run: Run, key: str = "call") -> str:
    ending = run.latest[key].ending
    assert ending is not None
    return ending.message


def test_the_child_is_a_run_of_the_other_job_with_resolved_parameters(house: House) -> None:
    other = house.job(notebook("leaf"), name="other", parameters=[{"name": "day", "default": "none"}])
    job = house.job(
        run_job("call", other, job_parameters={"day": "{{job.parameters.when}}"}),
        notebook("after", "call"),
        parameters=[{"name": "when", "default": "monday"}],
    )
    run_id = house.run_now(job)
    leaf = house.workers.wait_for("leaf")
    assert given(leaf)["day"] == "monday"
    house.settle()
    attempt = house.load(run_id).latest["call"]
    assert attempt.life_cycle == "RUNNING"
    child = child_of(house, run_id)
    assert (child.job_id, child.run_type, child.trigger) == (other, "JOB_RUN", "RUN_JOB_TASK")
    record = house.store.runs.record(child.run_id)
    assert record is not None
    assert (record.parent_attempt_id, record.name) == (attempt.attempt_id, "other")
    assert record.parameters_by_repair[0]["day"] == "monday"
    assert record.versions_by_repair == {0: 1}
    house.workers.finish(leaf.attempt_id)
    house.workers.finish(house.workers.wait_for("after").attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
    resolved = house.store.runs.resolved(attempt.attempt_id)
    assert resolved is not None
    assert resolved["run_job_task"]["job_parameters"]["day"] == "monday"


def test_legacy_overrides_reach_the_child(house: House) -> None:
    other = house.job(notebook("leaf", parameters={"day": "none"}))
    task = run_job("call", other)
    task["run_job_task"]["notebook_params"] = {"day": "{{job.id}}"}
    job = house.job(task)
    house.run_now(job)
    assert given(house.workers.wait_for("leaf")) == {"day": str(job)}


def test_the_child_runs_with_the_settings_that_its_job_has_now(house: House) -> None:
    other = house.job(notebook("old"))
    job = house.job(notebook("first"), run_job("call", other, "first"))
    house.run_now(job)
    house.engine.commands.reset_job(other, {"name": "other", "tasks": [notebook("new")]}, user="ada")
    house.workers.finish(house.workers.wait_for("first").attempt_id)
    house.workers.wait_for("new")


def test_a_failed_child_fails_the_task_and_is_named(house: House) -> None:
    house.script(leaf=FAILED)
    other = house.job(notebook("leaf"))
    run_id = house.run(run_job("call", other), notebook("after", "call"))
    run = house.ended(run_id)
    child = child_of(house, run_id)
    assert states(run) == {"call": "FAILED", "after": "UPSTREAM_FAILED"}
    assert message(run) == (
        f"Run {child.run_id} of job {other} ended FAILED:"
        " Task leaf failed with message: Workload failed, see run output for details."
    )
    ending = run.latest["call"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.code) == ("TERMINATED", "RUN_EXECUTION_ERROR")


def test_a_child_that_succeeds_with_failures_is_a_success(house: House) -> None:
    house.script(leaf=FAILED, clean=SUCCESS)
    other = house.job(notebook("leaf"), notebook("clean", "leaf", run_if="ALL_DONE"))
    run_id = house.run(run_job("call", other))
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
    assert result(child_of(house, run_id)) == "TERMINATED/SUCCESS_WITH_FAILURES"


def test_a_cancelled_child_fails_the_task(house: House) -> None:
    other = house.job(notebook("leaf"))
    run_id = house.run(run_job("call", other))
    child_id = house.workers.wait_for("leaf").context.run_id
    house.cancel(child_id)
    run = house.ended(run_id)
    assert states(run) == {"call": "FAILED"}
    assert message(run) == f"Run {child_id} of job {other} ended CANCELED: Run cancelled by user"


def test_a_child_without_a_place_and_without_a_queue_is_skipped_and_fails_the_task(house: House) -> None:
    other = house.job(notebook("leaf"), queue={"enabled": False})
    house.run_now(other)
    run_id = house.run(run_job("call", other))
    run = house.ended(run_id)
    assert states(run) == {"call": "FAILED"}
    assert "ended MAXIMUM_CONCURRENT_RUNS_REACHED: Skipped due to reaching maximum concurrent runs of 1." in message(
        run
    )


def test_a_child_waits_in_the_queue_of_its_job(house: House) -> None:
    other = house.job(notebook("leaf"))
    house.run_now(other)
    run_id = house.run(run_job("call", other))
    house.until(run_id, lambda run: states(run) == {"call": "RUNNING"})
    child = child_of(house, run_id)
    assert result(child) == "QUEUED"
    house.workers.finish(house.workers.wait_for("leaf").attempt_id)
    house.workers.finish(house.workers.wait_for("leaf", 2).attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"


def test_cancelling_the_parent_cancels_the_child_and_waits_for_it(house: House) -> None:
    house.workers.obey = False
    other = house.job(notebook("leaf"))
    run_id = house.run(run_job("call", other))
    leaf = house.workers.wait_for("leaf")
    house.settle()
    house.cancel(run_id)
    house.settle()
    assert states(house.load(run_id)) == {"call": "TERMINATING"}
    assert house.workers.stopped == [(leaf.attempt_id, "cancel")]
    house.workers.finish(leaf.attempt_id, FAILED)
    run = house.ended(run_id)
    assert (states(run), result(run)) == ({"call": "CANCELED"}, "TERMINATED/CANCELED")
    assert result(house.load(leaf.context.run_id)) == "TERMINATED/CANCELED"


def test_a_child_that_waits_in_the_queue_is_cancelled_too(house: House) -> None:
    other = house.job(notebook("leaf"))
    house.run_now(other)
    run_id = house.run(run_job("call", other))
    house.until(run_id, lambda run: states(run) == {"call": "RUNNING"})
    house.cancel(run_id)
    assert result(house.ended(run_id)) == "TERMINATED/CANCELED"
    assert child_of(house, run_id).life_cycle.is_terminal


def test_a_task_that_takes_too_long_cancels_its_child(house: House) -> None:
    other = house.job(notebook("leaf"))
    run_id = house.run(run_job("call", other, timeout_seconds=60))
    house.workers.wait_for("leaf")
    house.until(run_id, lambda run: states(run) == {"call": "RUNNING"})
    house.settle()
    house.advance(60)
    run = house.ended(run_id)
    assert (states(run), result(child_of(house, run_id))) == ({"call": "TIMEDOUT"}, "TERMINATED/CANCELED")


def test_a_retry_and_a_repair_start_another_child(house: House) -> None:
    house.script(leaf=[FAILED, FAILED, SUCCESS])
    other = house.job(notebook("leaf"))
    run_id = house.run(run_job("call", other, max_retries=1))
    assert states(house.ended(run_id)) == {"call": "FAILED"}
    house.repair(run_id, rerun_all_failed_tasks=True)
    run = house.ended(run_id)
    assert states(run) == {"call": "SUCCESS"}
    children = [house.store.runs.children(attempt.attempt_id) for attempt in run.attempts]
    assert [len(found) for found in children] == [1, 1, 1]
    assert len({found[0] for found in children}) == 3


@pytest.mark.parametrize("parameters", [{"parameters": [{"name": "n", "default": "1"}]}, {}], ids=["defined", "none"])
def test_overrides_that_the_other_job_does_not_allow_end_the_task(house: House, parameters: dict[str, Any]) -> None:
    other = house.job(notebook("leaf"), **parameters)
    task = run_job("call", other)
    task["run_job_task"]["notebook_params"] = {"day": "1"} if parameters else {}
    task["run_job_task"]["python_params"] = ["x"]
    run = house.ended(house.run(task))
    ending = run.latest["call"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.code) == ("INTERNAL_ERROR", "INVALID_RUN_CONFIGURATION")


def test_a_job_that_is_gone_ends_the_task(house: House) -> None:
    run = house.ended(house.run(run_job("call", 4711)))
    ending = run.latest["call"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.result, ending.code, ending.message) == (
        "INTERNAL_ERROR",
        "FAILED",
        "RESOURCE_NOT_FOUND",
        "Job 4711 does not exist.",
    )


def test_a_database_that_is_away_for_a_while_starts_the_child_late(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.script(leaf=SUCCESS)
    job = house.job(run_job("call", house.job(notebook("leaf"))))
    run_id = house.run_now(job)
    create, away = house.store.runs.create, [Unavailable("The database does not answer.")] * 2

    def flaky(*given: Any) -> None:
        if away:
            raise away.pop()
        create(*given)

    monkeypatch.setattr("brickyard.engine.job_runs._RETRY_SECONDS", 0.01)
    monkeypatch.setattr(house.store.runs, "create", flaky)
    house.repair(house.ended(run_id).run_id, rerun_tasks=["call"])
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
    assert away == []


def test_a_fault_of_the_server_ends_the_task_and_names_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.script(leaf=SUCCESS)
    run_id = house.run(run_job("call", house.job(notebook("leaf"))))
    house.ended(run_id)

    def broken(*_given: Any) -> None:
        raise RuntimeError("no such column")

    monkeypatch.setattr(house.store.runs, "create", broken)
    house.repair(run_id, rerun_tasks=["call"])
    run = house.ended(run_id)
    assert states(run) == {"call": "FAILED"}
    assert message(run) == "The run could not be started: RuntimeError('no such column')"


def test_loops_run_jobs(house: House) -> None:
    house.script(leaf=SUCCESS)
    other = house.job(notebook("leaf"), parameters=[{"name": "n", "default": "0"}], max_concurrent_runs=3)
    nested = run_job("one", other, job_parameters={"n": "{{input}}"})
    run_id = house.run(loop("each", "[1, 2, 3]", nested, concurrency=3))
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
    inputs = sorted(given(item)["n"] for item in house.workers.started)
    assert inputs == ["1", "2", "3"]


# --------------------------------------------------------------------------------------------- circles and depth


def test_three_levels_run_and_the_fourth_is_refused(house: House) -> None:
    house.script(leaf=SUCCESS)
    fourth = house.job(notebook("leaf"))
    third = house.job(notebook("leaf"))
    second = house.job(run_job("call", third))
    first = house.job(run_job("call", second))
    assert result(house.ended(house.run_now(first))) == "TERMINATED/SUCCESS"
    house.engine.commands.reset_job(third, {"name": "third", "tasks": [run_job("call", fourth)]}, user="ada")
    run_id = house.run_now(first)
    assert states(house.ended(run_id)) == {"call": "FAILED"}
    grandchild = child_of(house, child_of(house, run_id).run_id)
    ending = grandchild.latest["call"].ending
    assert ending is not None
    assert ending.code == "INVALID_RUN_CONFIGURATION"
    assert ending.message == (
        f"Run-job tasks are nested too deeply: job {first} -> job {second} -> job {third} -> job {fourth};"
        " at most 3 levels of runs are allowed."
    )


def test_a_circle_that_was_stored_in_spite_of_all_is_refused_when_it_runs(house: House) -> None:
    first, second = house.job(notebook("leaf")), house.job(notebook("leaf"))
    for job, target in ((first, second), (second, first)):
        settings = {"name": "x", "tasks": [run_job("call", target)]}
        house.store.jobs.replace(job, settings, by="ada", at_ms=1)
    run_id = house.run_now(first)
    assert states(house.ended(run_id)) == {"call": "FAILED"}
    ending = child_of(house, run_id).latest["call"].ending
    assert ending is not None
    assert ending.code == "INVALID_RUN_CONFIGURATION"
    assert f"job {first} -> job {second} -> job {first}" in ending.message
