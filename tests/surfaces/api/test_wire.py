"""The forms of the wire by themselves: all states crossed, times, clusters of attempts, parameters after repairs."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from brickyard.records import ClusterRecord, RunRecord
from brickyard.runs import endings
from brickyard.runs.model import Attempt, Ending, Repair, Run, TaskPlan
from brickyard.runs.states import Code, LifeCycle, Result
from brickyard.surfaces.api import wire_repairs, wire_tasks
from brickyard.surfaces.api.wire_facts import Facts
from brickyard.surfaces.api.wire_parameters import job_parameters
from brickyard.surfaces.api.wire_states import states
from brickyard.surfaces.api.wire_tasks import cluster_key, cluster_of
from brickyard.workloads.messages import Outcome

KNOWN_STATUS = {"BLOCKED", "PENDING", "QUEUED", "RUNNING", "TERMINATING", "WAITING", "TERMINATED"}
KNOWN_TYPES = {"SUCCESS", "CLIENT_ERROR", "INTERNAL_ERROR", "CLOUD_FAILURE"}


@pytest.mark.parametrize("life_cycle", list(LifeCycle))
def test_every_state_reads_as_one_that_clients_know(life_cycle: LifeCycle) -> None:
    for result, code in product([None, *Result], Code):
        check_states(life_cycle, result, code)


def check_states(life_cycle: LifeCycle, result: Result | None, code: Code) -> None:
    ending = Ending(life_cycle=life_cycle, result=result, code=code, message="m") if result else None
    shown = states(life_cycle, ending, waits_for="a place")
    state, status = shown["state"], shown["status"]
    assert state["life_cycle_state"] == life_cycle
    assert status["state"] in KNOWN_STATUS
    assert (status["state"] == "TERMINATED") is life_cycle.is_terminal
    assert isinstance(state["state_message"], str)
    assert ("result_state" in state) is ("termination_details" in status) is (result is not None)
    assert ("queue_reason" in state) is ("queue_details" in status) is (life_cycle is LifeCycle.QUEUED)
    if result:
        assert status["termination_details"]["type"] in KNOWN_TYPES
        assert status["termination_details"]["message"] == state["state_message"] == "m"


@pytest.mark.parametrize(
    ("ending", "code", "kind"),
    [
        (endings.succeeded(), "SUCCESS", "SUCCESS"),
        (endings.failed(), "RUN_EXECUTION_ERROR", "CLIENT_ERROR"),
        (endings.cancelled(), "USER_CANCELED", "SUCCESS"),
        (endings.upstream_failed(), "SKIPPED", "SUCCESS"),
        (endings.excluded(), "SKIPPED", "SUCCESS"),
        (endings.disabled(), "DISABLED", "SUCCESS"),
        (endings.broken(Code.INTERNAL_ERROR, "x"), "INTERNAL_ERROR", "INTERNAL_ERROR"),
        (endings.broken(Code.CLUSTER_ERROR, "x"), "CLUSTER_ERROR", "CLIENT_ERROR"),
    ],
)
def test_endings_have_the_code_and_type_of_recorded_runs(ending: Ending, code: str, kind: str) -> None:
    details = states(ending.life_cycle, ending)["status"]["termination_details"]
    assert (details["code"], details["type"]) == (code, kind)


def facts(*attempts: Attempt, settings: dict[int, dict[str, Any]] | None = None, **more: Any) -> Facts:
    keys = dict.fromkeys(attempt.task_key for attempt in attempts) or {"a": None}
    parameters = more.pop("parameters", {})
    repairs = more.pop("repairs", ())
    run = Run(
        run_id=1,
        job_id=2,
        plan={key: TaskPlan(key=key) for key in keys},
        attempts=attempts,
        repairs=repairs,
        created_ms=100,
        started_ms=100,
    )
    made = settings or {0: {"tasks": [{"task_key": key, "notebook_task": {}} for key in keys]}}
    record = RunRecord(
        run_id=1,
        job_id=2,
        name="n",
        creator="c",
        settings_by_repair=made,
        parameters_by_repair=parameters,
        trigger_info=more.pop("trigger_info", {}),
    )
    return Facts(run=run, record=record, url="http://h", workspace_id=3, **more)


def attempt(attempt_id: int = 10, **more: Any) -> Attempt:
    return Attempt(**{"attempt_id": attempt_id, "task_key": "a", "number": 0, **more})


def cluster(cluster_id: str, key: str, created_ms: int) -> ClusterRecord:
    return ClusterRecord(
        cluster_id=cluster_id, name="", state="RUNNING", run_id=1, job_id=2, key=key, spec=None, created_ms=created_ms
    )


@pytest.mark.parametrize(
    ("times", "outcome", "expected"),
    [
        ({}, None, (0, 0, 0, 0, 0)),
        ({"started_ms": 100}, None, (100, 0, 0, 0, 0)),
        ({"ended_ms": 900}, None, (900, 900, 0, 0, 0)),
        ({"started_ms": 100, "ended_ms": 900}, None, (100, 900, 0, 800, 0)),
        ({"started_ms": 100, "ended_ms": 900}, (300, 700), (100, 900, 200, 400, 200)),
        ({"started_ms": 100, "ended_ms": 900}, (50, 950), (100, 900, 0, 800, 0)),
        ({"started_ms": 100, "ended_ms": 900}, (0, 0), (100, 900, 0, 800, 0)),
    ],
)
def test_times_of_an_attempt_add_up_and_are_never_negative(
    times: dict[str, int], outcome: tuple[int, int] | None, expected: tuple[int, ...]
) -> None:
    known = {10: Outcome(status="success", started_ms=outcome[0], ended_ms=outcome[1])} if outcome else {}
    entry = wire_tasks.task_entry(facts(attempt(**times), outcomes=known), attempt(**times))
    names = ("start_time", "end_time", "setup_duration", "execution_duration", "cleanup_duration")
    assert tuple(entry[name] for name in names) == expected


def test_the_key_of_a_cluster_follows_from_the_task() -> None:
    assert cluster_key(attempt(), {"job_cluster_key": "main"}) == "main"
    assert cluster_key(attempt(), {"new_cluster": {}}) == "task:10"
    assert cluster_key(attempt(), {}) == wire_tasks.SERVERLESS


def test_an_attempt_ran_on_the_newest_cluster_that_was_there_before_it_ended() -> None:
    """A job cluster that died is replaced: earlier attempts keep naming the one that they ran on."""
    clusters = [cluster("old", "main", 100), cluster("new", "main", 500), cluster("other", "side", 100)]
    task = {"job_cluster_key": "main"}

    def found(**times: int) -> str | None:
        record = cluster_of(clusters, attempt(**times), task)
        return record.cluster_id if record else None

    assert found(started_ms=100, ended_ms=400) == "old"
    assert found(started_ms=450, ended_ms=900) == "new"
    assert found(started_ms=600) == "new"
    assert found() is None, "it has not begun"
    assert cluster_of(clusters, attempt(started_ms=100), {"job_cluster_key": "none"}) is None
    assert cluster_of(clusters, attempt(started_ms=100), {}) is None


def test_parameters_of_a_later_repair_begin_again_from_those_of_the_run() -> None:
    declared = [{"name": name, "default": "d"} for name in ("kept", "start", "second")]
    known = facts(
        attempt(),
        settings={0: {"tasks": [], "parameters": declared}},
        parameters={0: {"start": "s"}, 1: {"kept": "first"}, 2: {"second": "t"}},
        repairs=(Repair(repair_id=5, started_ms=1), Repair(repair_id=6, started_ms=2)),
    )

    def values(repair: int) -> list[str]:
        return [entry["value"] for entry in job_parameters(known, repair)]

    assert values(0) == ["d", "s", "d"]
    assert values(1) == ["first", "s", "d"]
    assert values(2) == ["d", "s", "t"]


def test_a_default_that_has_no_value_is_shown_as_it_was_written() -> None:
    declared = [{"name": "broken", "default": "{{tasks.x.values.y}}"}, {"name": "run", "default": "{{job.run_id}}"}]
    known = facts(attempt(), settings={0: {"tasks": [], "parameters": declared}})
    assert [entry["value"] for entry in job_parameters(known, 0)] == ["{{tasks.x.values.y}}", "1"]


def test_a_default_sees_what_started_the_run() -> None:
    declared = [{"name": "day", "default": "{{backfill.iso_date}}"}]
    info = {"backfill_ms": 1_767_222_000_000, "zone": "Europe/Berlin"}  # midnight in Berlin, still 2025 in UTC
    known = facts(attempt(), settings={0: {"tasks": [], "parameters": declared}}, trigger_info=info)
    assert [entry["value"] for entry in job_parameters(known, 0)] == ["2026-01-01"]


def test_a_task_that_a_later_edit_removed_is_still_shown() -> None:
    known = facts(attempt(), settings={0: {"tasks": []}})
    assert known.task(attempt()) == {"task_key": "a"}
    assert wire_tasks.task_entry(known, attempt())["run_if"] == "ALL_SUCCESS"


def test_settings_of_a_repair_are_the_newest_that_it_saw() -> None:
    known = facts(attempt(), settings={0: {"name": "old"}, 2: {"name": "new"}})
    assert [known.settings(repair)["name"] for repair in (0, 1, 2, 3)] == ["old", "old", "new", "new"]


def test_the_history_of_a_run_that_is_repaired_twice_has_three_entries() -> None:
    done = endings.succeeded()
    attempts = (
        attempt(10, life_cycle=LifeCycle.TERMINATED, ending=endings.failed(), started_ms=100, ended_ms=200),
        attempt(11, number=1, repair=1, life_cycle=LifeCycle.TERMINATED, ending=endings.failed(), ended_ms=400),
        attempt(12, number=2, repair=2, started_ms=500),
    )
    first = Repair(repair_id=5, started_ms=300, ended_ms=400, ending=endings.broken(Code.RUN_EXECUTION_ERROR, "x"))
    history = wire_repairs.repair_history(facts(*attempts, repairs=(first, Repair(repair_id=6, started_ms=500))))
    assert [entry["type"] for entry in history] == ["ORIGINAL", "REPAIR", "REPAIR"]
    assert [entry.get("id") for entry in history] == [None, 5, 6]
    assert [entry["task_run_ids"] for entry in history] == [[10], [11], [12]]
    assert [entry["end_time"] for entry in history] == [200, 400, 0]
    results = [entry["state"].get("result_state") for entry in history]
    assert results == ["FAILED", "FAILED", None]
    assert done.result not in results
