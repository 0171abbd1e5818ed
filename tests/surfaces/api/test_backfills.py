"""The endpoints of backfills. The test plays the loop: it claims intervals and ends their runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from brickyard.records import BackfillInterval
from brickyard.surfaces.api.own import backfill_models as models
from tests.surfaces.api.house import USER, House, task

BACKFILLS = "/api/brickyard/backfills"
JANUARY = {"from": "2026-01-01", "to": "2026-01-04", "every": "1d"}


@pytest.fixture
def job(house: House) -> int:
    """A job that may have two runs at once."""
    return int(house.post("/api/2.2/jobs/create", name="load", tasks=[task("a")], max_concurrent_runs=2)["job_id"])


def create(house: House, job: int, **fields: Any) -> int:
    return int(house.post(f"/api/brickyard/jobs/{job}/backfills", **{**JANUARY, **fields})["backfill_id"])


def get(house: House, backfill_id: int) -> dict[str, Any]:
    found: dict[str, Any] = house.get(f"{BACKFILLS}/{backfill_id}")
    return found


def begin(house: House, backfill_id: int) -> BackfillInterval:
    """The loop begins with the next interval."""
    claimed = house.store.backfills.claim(backfill_id, parallel=9, judge=lambda *_: "")
    assert claimed is not None
    job = house.store.backfills.get(backfill_id)
    assert job is not None
    run_id = house.post("/api/2.2/jobs/run-now", job_id=job.job_id)["run_id"]
    begun = replace(claimed, run_id=run_id)
    house.store.backfills.save(begun, expected="STARTED")
    return begun


def end(house: House, begun: BackfillInterval, **outcome: Any) -> None:
    """The run ends, and the loop notes it."""
    house.end(begun.run_id, "a", **outcome)
    house.store.backfills.save(replace(begun, state="DONE"), expected="STARTED")


def test_a_new_backfill_is_shown_with_all_that_was_asked_for(house: House, job: int) -> None:
    asked = {
        "zone": "Europe/Berlin",
        "parameters": {"day": "{{backfill.iso_date}}"},
        "order": "newest",
        "parallel": 2,
        "rerun": "all",
        "max_runs": 3,
    }
    found = get(house, create(house, job, **asked))
    assert {name: found[name] for name in (*JANUARY, *asked)} == {**JANUARY, **asked}
    assert (found["job_id"], found["creator"], found["state"]) == (job, USER, "RUNNING")
    assert found["created_ms"] == house.clock.ms
    assert found["intervals"] == {
        "total": 3,
        "waiting": 3,
        "started": 0,
        "succeeded": 0,
        "failed": 0,
        "skipped": 0,
        "cancelled": 0,
    }
    known = {field.alias or name for name, field in models.Backfill.model_fields.items()}
    assert set(found) == known


def test_what_is_left_out_has_the_documented_defaults(house: House, job: int) -> None:
    found = get(house, create(house, job))
    for name, field in models.BackfillSpec.model_fields.items():
        if not field.is_required():
            assert found[name] == field.default, name


def test_a_dry_run_shows_each_interval_and_keeps_nothing(house: House, job: int) -> None:
    first = create(house, job, to="2026-01-02")
    end(house, begin(house, first))
    plan = house.post(
        f"/api/brickyard/jobs/{job}/backfills",
        **JANUARY,
        dry_run=True,
        parameters={"day": "{{backfill.iso_date}}", "n": "1"},
    )
    (kept,) = house.store.backfills.intervals(first)
    assert (plan["runs"], plan["kept"]) == (2, 1)
    assert plan["intervals"][0] == {
        "at": "2026-01-01",
        "at_ms": kept.at_ms,
        "parameters": {"day": "2026-01-01", "n": "1"},
        "action": "keep",
        "reason": f"Run {kept.run_id} of backfill {first} ended with SUCCESS.",
    }
    assert [each["action"] for each in plan["intervals"]] == ["keep", "run", "run"]
    assert set(plan["intervals"][0]) == set(models.PlannedInterval.model_fields)
    assert len(house.store.backfills.find()) == 1


def test_progress_is_counted_and_intervals_are_listed(house: House, job: int) -> None:
    backfill_id = create(house, job, to="2026-01-06", parallel=2)
    well, bad = begin(house, backfill_id), begin(house, backfill_id)
    end(house, well)
    end(house, bad, status="failed", error="ValueError: no")
    active = begin(house, backfill_id)
    counts = get(house, backfill_id)["intervals"]
    assert {name: number for name, number in counts.items() if number} == {
        "total": 5,
        "succeeded": 1,
        "failed": 1,
        "started": 1,
        "waiting": 2,
    }
    listed = house.get(f"{BACKFILLS}/{backfill_id}/intervals")
    assert [each["outcome"] for each in listed["intervals"]] == ["SUCCEEDED", "FAILED", "STARTED", "WAITING", "WAITING"]
    assert listed["intervals"][2]["run_id"] == active.run_id
    (failed,) = house.get(f"{BACKFILLS}/{backfill_id}/intervals", outcome="FAILED")["intervals"]
    assert failed == {
        "position": 1,
        "at": "2026-01-02",
        "at_ms": bad.at_ms,
        "state": "DONE",
        "outcome": "FAILED",
        "run_id": bad.run_id,
        "result": "FAILED",
        "reason": "",
    }
    assert set(failed) == set(models.Interval.model_fields)


def test_pages_of_intervals(house: House, job: int) -> None:
    backfill_id = create(house, job, to="2026-01-06", order="newest")
    path, seen, token = f"{BACKFILLS}/{backfill_id}/intervals", [], ""
    while True:
        page = house.get(path, limit=2, page_token=token)
        seen += [each["at"] for each in page["intervals"]]
        token = page.get("next_page_token", "")
        if not page["has_more"]:
            break
    assert seen == ["2026-01-05", "2026-01-04", "2026-01-03", "2026-01-02", "2026-01-01"]
    first = house.get(path, limit=2)["next_page_token"]
    assert house.refused("GET", f"{path}?limit=2&outcome=FAILED&page_token={first}")[1] == "INVALID_PARAMETER_VALUE"


def test_lists_of_all_and_of_a_job(house: House, job: int) -> None:
    other = house.post("/api/2.2/jobs/create", name="other", tasks=[task("a")])["job_id"]
    made = [create(house, each) for each in (job, other, job)]
    assert [each["backfill_id"] for each in house.get(BACKFILLS)["backfills"]] == made[::-1]
    assert [each["backfill_id"] for each in house.get(BACKFILLS, job_id=other)["backfills"]] == [made[1]]
    page = house.get(BACKFILLS, limit=2)
    assert page["has_more"]
    rest = house.get(BACKFILLS, limit=2, page_token=page["next_page_token"])
    assert [each["backfill_id"] for each in rest["backfills"]] == made[:1]


@pytest.mark.parametrize(
    ("parallel", "begun", "why"),
    [
        (1, 1, "1 run is active, as many as parallel (1) allows."),
        (2, 2, "2 runs are active, as many as parallel (2) allows."),
        (9, 2, "2 runs are active, as many as the job's max_concurrent_runs (2) allows."),
        (2, 0, "Other runs of the job take all places that its max_concurrent_runs (2) allows."),
    ],
)
def test_it_says_what_it_waits_for(house: House, job: int, parallel: int, begun: int, why: str) -> None:
    backfill_id = create(house, job, parallel=parallel)
    for _ in range(begun):
        begin(house, backfill_id)
    assert get(house, backfill_id)["waiting_for"] == why


def test_pause_resume_and_cancel(house: House, job: int) -> None:
    backfill_id = create(house, job)
    path = f"{BACKFILLS}/{backfill_id}"
    paused = house.post(f"{path}/pause")
    assert (paused["state"], paused["waiting_for"]) == ("PAUSED", "It is paused; resume it to go on.")
    assert house.post(f"{path}/resume")["state"] == "RUNNING"
    cancelled = house.post(f"{path}/cancel", cancel_runs=True)
    assert (cancelled["state"], cancelled["waiting_for"]) == ("CANCELLING", "")
    assert cancelled["intervals"]["cancelled"] == 3
    record = house.store.backfills.get(backfill_id)
    assert record is not None
    assert record.cancel_runs
    status, code, message = house.refused("POST", f"{path}/pause", json={})
    assert (status, code) == (400, "INVALID_STATE")
    assert message == f"Backfill {backfill_id} is CANCELLING; only one that is RUNNING can become PAUSED."


def test_a_retry_is_a_new_backfill_of_what_has_not_succeeded(house: House, job: int) -> None:
    backfill_id = create(house, job, rerun="all", parallel=2)
    well, bad = begin(house, backfill_id), begin(house, backfill_id)
    end(house, well)
    end(house, bad, status="failed", error="no")
    again = get(house, house.post(f"{BACKFILLS}/{backfill_id}/retry")["backfill_id"])
    assert (again["rerun"], again["parallel"], again["from"]) == ("failed", 2, "2026-01-01")
    assert (again["intervals"]["skipped"], again["intervals"]["waiting"]) == (1, 2)


def test_watching_waits_for_a_newer_revision(house: House, job: int) -> None:
    backfill_id = create(house, job)
    now = house.get(f"{BACKFILLS}/{backfill_id}/watch", seen=0, timeout=5)
    assert now == get(house, backfill_id)
    assert house.get(f"{BACKFILLS}/{backfill_id}/watch", seen=now["revision"], timeout=0) == now
    begin(house, backfill_id)
    later = house.get(f"{BACKFILLS}/{backfill_id}/watch", seen=now["revision"], timeout=5)
    assert later["revision"] > now["revision"]
    assert "timeout" in house.refused("GET", f"{BACKFILLS}/{backfill_id}/watch?timeout=51")[2]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"to": None}, "to is missing; it must be a text."),
        ({"from": 5}, "from is 5; it must be a text."),
        ({"evry": "1d"}, "Unknown field 'evry'. Did you mean 'every'?"),
        ({"every": "daily"}, "every is 'daily'; it must be a number"),
        ({"parallel": "two"}, "parallel is 'two'; it must be a whole number."),
        ({"parallel": 101}, "parallel is 101; it must be from 1 to 100."),
        ({"parameters": ["a"]}, "parameters is ['a']; it must be an object."),
        ({"parameters": {"n": 5}}, "parameters.n is 5; it must be a text."),
        ({"parameters": {"n": "{{job.id}}"}}, "parameters.n is '{{job.id}}': '{{job.id}}' has no value in a backfill."),
        ({"dry_run": "perhaps"}, "dry_run is 'perhaps'; it must be true or false."),
        ({"max_runs": 2}, "max_runs is 2, and this backfill would start 3 runs."),
        ({"rerun": "none"}, "rerun is 'none'; it must be one of missing, failed, all."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_request_is_refused(house: House, job: int, body: dict[str, Any], said: str) -> None:
    status, code, message = house.refused("POST", f"/api/brickyard/jobs/{job}/backfills", json={**JANUARY, **body})
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert message.startswith(said)
    assert house.store.backfills.find() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/5"),
        ("GET", "/5/intervals"),
        ("GET", "/5/watch"),
        ("POST", "/5/pause"),
        ("POST", "/5/resume"),
        ("POST", "/5/cancel"),
        ("POST", "/5/retry"),
    ],
)
def test_what_does_not_exist(house: House, method: str, path: str) -> None:
    said = house.refused(method, f"{BACKFILLS}{path}")
    assert said == (404, "RESOURCE_DOES_NOT_EXIST", "Backfill 5 does not exist.")


def test_a_job_that_does_not_exist(house: House) -> None:
    said = house.refused("POST", "/api/brickyard/jobs/5/backfills", json=JANUARY)
    assert said == (404, "RESOURCE_DOES_NOT_EXIST", "Job 5 does not exist.")


@pytest.mark.parametrize("verb", ["pause", "resume", "retry"])
def test_verbs_take_no_fields(house: House, job: int, verb: str) -> None:
    said = house.refused("POST", f"{BACKFILLS}/{create(house, job)}/{verb}", json={"now": True})
    assert said[2] == "Unknown field 'now'. No fields are known here."


def test_an_outcome_that_there_is_not(house: House, job: int) -> None:
    said = house.refused("GET", f"{BACKFILLS}/{create(house, job)}/intervals?outcome=LOST")[2]
    assert said.startswith("outcome is 'LOST'; it must be one of ")


def test_the_description_has_the_endpoints(house: House) -> None:
    paths = house.get("/api/brickyard/openapi.json")["paths"]
    assert {path for path in paths if "backfill" in path} == {
        "/api/brickyard/jobs/{job_id}/backfills",
        BACKFILLS,
        f"{BACKFILLS}/{{backfill_id}}",
        *(
            f"{BACKFILLS}/{{backfill_id}}/{each}"
            for each in ("watch", "intervals", "pause", "resume", "cancel", "retry")
        ),
    }
