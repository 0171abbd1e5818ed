"""What a worker is given: resolved parameters, a folder of its own, the run that it is part of."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from brickyard.errors import InvalidParameterValue, Unavailable
from brickyard.workloads.messages import Assignment, NotebookWork, ScriptWork, SetTaskValue
from tests.engine.house import SUCCESS, House, notebook, result, states


def test_job_parameters_beat_task_parameters_and_all_reach_the_notebook(house: House) -> None:
    job = house.job(
        notebook("a", parameters={"day": "never", "own": "1"}),
        parameters=[{"name": "day", "default": "monday"}, {"name": "n", "default": "{{job.id}}"}],
    )
    house.run_now(job, parameters={"day": "tuesday", "extra": "x"})
    work = house.workers.wait_for("a").work
    assert work == NotebookWork(
        path="/Workspace/a", parameters={"own": "1", "day": "tuesday", "n": str(job), "extra": "x"}
    )


def test_references_speak_of_the_run_and_its_tasks(house: House) -> None:
    parameters = {
        "run": "{{job.run_id}}",
        "task": "{{task.name}}/{{task.run_id}}/{{task.execution_count}}",
        "state": "{{tasks.first.result_state}}",
        "value": "{{tasks.first.values.rows}}",
        "day": "{{job.start_time.iso_date}}",
    }
    run_id = house.run(notebook("first"), notebook("second", "first", parameters=parameters))
    house.ask("first", SetTaskValue(key="rows", json="17"))
    house.workers.finish(house.workers.wait_for("first").attempt_id)
    assignment = house.workers.wait_for("second")
    assert isinstance(assignment.work, NotebookWork)
    assert assignment.work.parameters == {
        "run": str(run_id),
        "task": f"second/{assignment.attempt_id}/1",
        "state": "success",
        "value": "17",
        "day": "2023-11-14",
    }
    house.workers.finish(assignment.attempt_id)
    house.ended(run_id)
    resolved = house.store.runs.resolved(assignment.attempt_id)
    assert resolved == {"notebook_task": {"base_parameters": assignment.work.parameters}}


def test_a_reference_without_a_value_ends_the_attempt_with_its_reason(house: House) -> None:
    house.script(first=SUCCESS)
    run = house.ended(
        house.run(
            notebook("first"),
            notebook("second", "first", max_retries=-1, parameters={"x": "{{tasks.first.values.never_set}}"}),
        )
    )
    ending = run.latest["second"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.code) == ("INTERNAL_ERROR", "INVALID_RUN_CONFIGURATION")
    assert "never_set" in ending.message
    assert len(run.attempts) == 2, "what is wrong stays wrong: it is not tried again"
    outcome = house.store.runs.outcome(run.latest["second"].attempt_id)
    assert outcome is not None
    assert "never_set" in outcome.error


def test_a_script_gets_its_list_of_arguments(house: House) -> None:
    task = {
        "task_key": "s",
        "spark_python_task": {"python_file": "/Workspace/s.py", "parameters": ["--n", "{{job.id}}"]},
    }
    job = house.job(task)
    house.run_now(job)
    assert house.workers.wait_for("s").work == ScriptWork(path="/Workspace/s.py", parameters=["--n", str(job)])


def test_legacy_parameters_reach_the_notebooks(house: House) -> None:
    job = house.job(notebook("a", parameters={"x": "1", "y": "1"}))
    house.run_now(job, overriding={"notebook_params": {"y": "2"}})
    work = house.workers.wait_for("a").work
    assert isinstance(work, NotebookWork)
    assert work.parameters == {"x": "1", "y": "2"}


def test_bad_overrides_are_refused_before_anything_is_stored(house: House) -> None:
    job = house.job(notebook("a"), parameters=[{"name": "p", "default": ""}])
    with pytest.raises(InvalidParameterValue, match="legacy parameters"):
        house.run_now(job, overriding={"notebook_params": {"y": "2"}})
    assert house.store.runs.active() == []


def test_the_context_tells_where_the_attempt_belongs(house: House) -> None:
    job = house.job(notebook("a"))
    run_id = house.run_now(job)
    context = house.workers.wait_for("a").context
    assert (context.job_id, context.run_id, context.job_name, context.task_key) == (job, run_id, "nightly", "a")
    assert (context.user_name, context.trigger, context.start_ms) == ("ada@example.org", "ONE_TIME", house.clock.ms)
    assert (context.api_url, context.attempt_number) == ("http://brickyard.test", 0)
    assert str(context.workspace_id) == house.store.meta("workspace_id", lambda: "new")


def test_the_folder_of_an_attempt_is_for_its_owner_alone(house: House) -> None:
    house.run(notebook("a"))
    assignment = house.workers.wait_for("a")
    home = Path(assignment.folder)
    assert home == house.settings.attempts / str(assignment.attempt_id)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (home / "work").is_dir()
    written = home / "assignment.json"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert msgspec.json.decode(written.read_bytes(), type=Assignment) == assignment


def test_environment_and_conf_of_the_cluster_reach_the_worker(house: House) -> None:
    cluster = {
        "spark_version": "16.4.x-scala2.12",
        "num_workers": 1,
        "spark_env_vars": {"STAGE": "test"},
        "spark_conf": {"spark.sql.shuffle.partitions": "4"},
    }
    house.run(
        notebook("own", new_cluster=cluster),
        notebook("shared", job_cluster_key="main"),
        notebook("free"),
        job_clusters=[{"job_cluster_key": "main", "new_cluster": cluster}],
    )
    for key in ("own", "shared"):
        assignment = house.workers.wait_for(key)
        assert assignment.environment == {"STAGE": "test"}
        assert assignment.spark_conf == {"spark.sql.shuffle.partitions": "4"}
    assert house.workers.wait_for("free").environment == {}


def test_a_worker_that_cannot_be_started_ends_the_attempt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_assignment: Assignment) -> None:
        raise Unavailable("The launcher process ends at once.")

    monkeypatch.setattr(house.workers, "start", refuse)
    run = house.ended(house.run(notebook("a"), notebook("b", "a")))
    assert states(run) == {"a": "FAILED", "b": "UPSTREAM_FAILED"}
    assert result(run) == "INTERNAL_ERROR/FAILED"
    assert run.ending is not None
    assert "The launcher process ends at once" in run.ending.message
    assert run.latest["a"].ending is not None
    assert run.latest["a"].ending.code == "INTERNAL_ERROR"


def test_a_disk_that_cannot_be_written_ends_the_attempt(house: House) -> None:
    house.settings.attempts.parent.mkdir(exist_ok=True)
    house.settings.attempts.write_text("a file where the folder should be")
    run = house.ended(house.run(notebook("a")))
    assert states(run) == {"a": "FAILED"}
