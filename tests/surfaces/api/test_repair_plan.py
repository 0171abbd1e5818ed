"""Over REST: the plan of a repair, what a run is pinned to, and why it waits."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from brickyard.surfaces.api.own import pinned_routes, repair_routes
from brickyard.workloads.code import CodeLog
from tests.surfaces.api.house import House, task

BEFORE, AFTER = "print(1)\n", "print(2)\n"


@pytest.fixture
def failed(house: House) -> int:
    """A run in which `two` failed, which ran a file that is changed since, under settings that are changed since."""
    run_id = house.start_run(task("one"), task("two", "one"), task("three", "two"))
    house.end(run_id, "one")
    attempt_id = house.begin(run_id, "two")
    file = house.settings.workspace / "Shared" / "two.py"
    file.parent.mkdir(parents=True)
    file.write_text(AFTER)
    CodeLog(house.folder_of(attempt_id)).add("/Shared/two.py", BEFORE.encode())
    house.end(run_id, "two", status="failed", error="ValueError: bad row", code_hash="abc")
    changes = {"parameters": [{"name": "day", "default": "monday"}]}
    house.post("/api/2.2/jobs/update", job_id=house.commands.run(run_id).job_id, new_settings=changes)
    return run_id


def plan_of(run_id: int) -> str:
    return f"/api/brickyard/runs/{run_id}/repair-plan"


def test_the_plan_of_all_failed_tasks(house: House, failed: int) -> None:
    plan = house.get(plan_of(failed))
    assert set(plan) == set(repair_routes.RepairPlanModel.model_fields)
    assert {each["task_key"]: (each["action"], each["result"]) for each in plan["tasks"]} == {
        "one": ("keep", "SUCCESS"),
        "two": ("run", "FAILED"),
        "three": ("run", "UPSTREAM_FAILED"),
    }
    assert plan["tasks"][1]["reason"] == "It failed: ValueError: bad row."
    assert all(set(each) == set(repair_routes.PlannedTaskModel.model_fields) for each in plan["tasks"])
    assert (plan["latest_repair_id"], plan["since_good"]) == (0, None)


def test_what_has_changed_since(house: House, failed: int) -> None:
    since = house.get(plan_of(failed))["since_run"]
    assert set(since) == set(repair_routes.SinceModel.model_fields)
    assert since["to_version"] == 2
    (parameters,) = since["settings"]
    assert (parameters["path"], parameters["change"]) == ("parameters/day", "added")
    assert since["parameters"] == [{"path": "job_parameters/day", "change": "added", "to": "monday"}]
    (code,) = since["code"]
    assert (code["task_key"], code["path"], code["note"]) == ("two", "/Shared/two.py", "")
    assert code["from"] == hashlib.sha256(BEFORE.encode()).hexdigest()
    assert code["diff"] == ["@@ -1 +1 @@", "-print(1)", "+print(2)"]


def test_the_plan_of_a_wish_as_a_repair_takes_it(house: House, failed: int) -> None:
    plan = house.post(plan_of(failed), rerun_tasks=["one"], rerun_dependent_tasks=True, job_parameters={"day": "x"})
    assert [each["action"] for each in plan["tasks"]] == ["run", "run", "run"]
    assert plan["since_run"]["parameters"] == [{"path": "job_parameters/day", "change": "added", "to": "x"}]
    dependents = house.get(plan_of(failed), rerun_dependent_tasks="true")["tasks"]
    assert [each["action"] for each in dependents] == ["keep", "run", "run"]


def test_a_plan_names_the_repair_before_and_changes_nothing(house: House, failed: int) -> None:
    repair_id = house.post("/api/2.2/jobs/runs/repair", run_id=failed, rerun_all_failed_tasks=True)["repair_id"]
    house.end(failed, "two", status="failed", error="x")
    before = house.commands.run(failed)
    assert house.get(plan_of(failed))["latest_repair_id"] == repair_id
    assert house.commands.run(failed) == before


def test_the_last_good_run_is_compared_too(house: House, failed: int) -> None:
    job_id = house.commands.run(failed).job_id
    good = house.post("/api/2.2/jobs/run-now", job_id=job_id)["run_id"]
    for key in ("one", "two", "three"):
        house.end(good, key)
    since = house.get(plan_of(failed))["since_good"]
    assert (since["run_id"], since["settings"], since["parameters"], since["code"]) == (good, [], [], [])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "exactly one of rerun_tasks and rerun_all_failed_tasks"),
        ({"rerun_tasks": ["nope"]}, "'nope', which is no task of the job"),
        ({"rerun_all_failed_tasks": True, "latest_repair_id": 3}, "latest_repair_id is 3"),
        ({"rerun_all": True}, "rerun_all is not a known field. Did you mean"),
    ],
    ids=["nothing", "unknown-task", "wrong-repair", "unknown-field"],
)
def test_a_plan_that_cannot_be_is_refused(house: House, failed: int, body: dict[str, object], words: str) -> None:
    status, code, message = house.refused("POST", plan_of(failed), json=body)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert words in message
    assert house.refused("GET", plan_of(5))[2] == "Run 5 does not exist."
    assert "Unknown field" in house.refused("GET", f"{plan_of(failed)}?rerun=1")[2]


def test_a_run_is_pinned_to_versions_and_code(house: House, failed: int) -> None:
    pinned = house.get(f"/api/brickyard/runs/{failed}/pinned")
    assert set(pinned) == set(pinned_routes.Pinned.model_fields) - {"next_page_token"}
    (start,) = pinned["starts"]
    assert set(start) == set(pinned_routes.PinnedStart.model_fields)
    (two,) = pinned["tasks"]
    assert set(two) == set(pinned_routes.PinnedTask.model_fields)
    assert (two["task_key"], two["code_hash"], two["repair"]) == ("two", "abc", 0)
    assert two["files"] == [{"path": "/Shared/two.py", "sha256": hashlib.sha256(BEFORE.encode()).hexdigest()}]
    assert house.refused("GET", "/api/brickyard/runs/5/pinned")[2] == "Run 5 does not exist."


def test_pinned_tasks_come_in_pages(house: House, failed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned_routes, "_PAGE", 2)
    first = house.get(f"/api/brickyard/runs/{failed}/pinned")
    second = house.get(f"/api/brickyard/runs/{failed}/pinned", page_token=first["next_page_token"])
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert [each["task_key"] for each in first["tasks"] + second["tasks"]] == ["two"]


def test_why_a_run_waits(house: House, failed: int) -> None:
    assert house.get(f"/api/brickyard/runs/{failed}/waiting") == {"run_id": failed, "waiting": []}
    house.commands.waits[failed] = [("run", "Queued."), ("one[3]", "Waits for a place.")]
    assert house.get(f"/api/brickyard/runs/{failed}/waiting")["waiting"] == [
        {"subject": "run", "sentence": "Queued."},
        {"subject": "one[3]", "sentence": "Waits for a place."},
    ]
    assert house.refused("GET", "/api/brickyard/runs/5/waiting")[2] == "Run 5 does not exist."


def test_the_folder_of_code_is_beside_the_attempts(house: House, failed: int) -> None:
    """Copies are kept by what they contain, once for all attempts."""
    kept: Path = house.settings.attempts.parent / "code"
    assert [file.read_text() for file in kept.iterdir()] == [BEFORE]
