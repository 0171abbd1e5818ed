"""The versions of a job over REST: history, difference, restore."""

from __future__ import annotations

from typing import Any

import pytest

from tests.surfaces.api.house import START_MS, USER, House, task


@pytest.fixture
def job(house: House) -> str:
    """A job of three versions, saved a second apart: a task's parameter is changed, then a task is added."""
    body = {"name": "nightly", "tasks": [_load("monday")]}
    job_id = house.post("/api/2.2/jobs/create", **body)["job_id"]
    for tasks in ([_load("tuesday")], [_load("tuesday"), task("clean", "load")]):
        house.clock.ms += 1000
        house.post("/api/2.2/jobs/reset", job_id=job_id, new_settings={**body, "tasks": tasks})
    return f"/api/brickyard/jobs/{job_id}"


def _load(day: str) -> dict[str, Any]:
    return {"task_key": "load", "notebook_task": {"notebook_path": "/Shared/load", "base_parameters": {"day": day}}}


DAY = "tasks/load/notebook_task/base_parameters/day"


def test_the_versions_are_listed_newest_first_with_what_changed(house: House, job: str) -> None:
    listed = house.get(f"{job}/versions")
    assert listed["has_more"] is False
    shown = [(each["version"], each["at_ms"] - START_MS, each["paths"]) for each in listed["versions"]]
    assert shown == [(3, 2000, ["tasks/clean"]), (2, 1000, [DAY]), (1, 0, [])]
    assert {each["author"] for each in listed["versions"]} == {USER}


def test_the_list_comes_in_pages_that_name_the_same_changes(house: House, job: str) -> None:
    whole = house.get(f"{job}/versions")["versions"]
    first = house.get(f"{job}/versions", limit=2)
    second = house.get(f"{job}/versions", limit=2, page_token=first["next_page_token"])
    assert first["versions"] + second["versions"] == whole
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert "limit is 101" in house.refused("GET", f"{job}/versions?limit=101")[2]


def test_a_version_is_shown_with_its_settings(house: House, job: str) -> None:
    first, last = house.get(f"{job}/versions/1"), house.get(f"{job}/versions/3")
    assert first["settings"]["tasks"][0]["notebook_task"]["base_parameters"] == {"day": "monday"}
    assert (first["current"], last["current"]) == (False, True)
    assert [each["task_key"] for each in last["settings"]["tasks"]] == ["load", "clean"]


@pytest.mark.parametrize(
    ("query", "pair", "paths"),
    [
        ({}, (2, 3), ["tasks/clean"]),
        ({"from": 1}, (1, 3), [DAY, "tasks/clean"]),
        ({"to": 2}, (1, 2), [DAY]),
        ({"from": 3, "to": 1}, (3, 1), [DAY, "tasks/clean"]),
        ({"from": 2, "to": 2}, (2, 2), []),
        ({"to": 1}, (1, 1), []),
    ],
    ids=["last-change", "until-now", "one-change", "backwards", "itself", "first"],
)
def test_two_versions_are_compared(
    house: House, job: str, query: dict[str, int], pair: tuple[int, int], paths: list[str]
) -> None:
    found = house.get(f"{job}/diff", **query)
    assert (found["from"]["version"], found["to"]["version"]) == pair
    assert [each["path"] for each in found["differences"]] == paths


def test_a_difference_has_the_values_of_the_sides_that_have_one(house: House, job: str) -> None:
    changed, added = house.get(f"{job}/diff", **{"from": 1})["differences"]
    assert changed == {"path": DAY, "change": "changed", "from": "monday", "to": "tuesday"}
    assert set(added) == {"path", "change", "to"}
    *_, removed = house.get(f"{job}/diff", **{"from": 3, "to": 1})["differences"]
    assert set(removed) == {"path", "change", "from"}


def test_restoring_is_a_new_version_by_whoever_did_it(house: House, job: str) -> None:
    restored = house.post(f"{job}/restore", version=1)
    assert (restored["version"], restored["restored"], restored["changed"]) == (4, 1, True)
    assert [each["path"] for each in restored["differences"]] == [DAY, "tasks/clean"]
    assert house.get(f"{job}/diff", **{"from": 1, "to": 4})["differences"] == []
    again = house.post(f"{job}/restore", version=1)
    assert (again["version"], again["changed"], again["differences"]) == (4, False, [])


def test_what_there_is_not_is_said(house: House, job: str) -> None:
    job_id = job.rpartition("/")[2]
    missing = (404, "RESOURCE_DOES_NOT_EXIST", f"Job {job_id} has no version 9; it has versions 1 to 3.")
    assert house.refused("GET", f"{job}/versions/9") == missing
    assert house.refused("GET", f"{job}/diff?from=9") == missing
    assert house.refused("POST", f"{job}/restore", json={"version": 9}) == missing
    for path in ("versions", "versions/1", "diff"):
        assert house.refused("GET", f"/api/brickyard/jobs/77/{path}")[2] == "Job 77 does not exist."
    assert "version is missing" in house.refused("POST", f"{job}/restore", json={})[2]
    assert "version is 0" in house.refused("POST", f"{job}/restore", json={"version": 0})[2]
    assert "Unknown field" in house.refused("GET", f"{job}/diff?since=1")[2]
