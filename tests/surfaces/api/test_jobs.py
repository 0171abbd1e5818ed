"""Definitions of jobs on the wire, in all three versions of the API."""

from __future__ import annotations

import pytest

from tests.surfaces.api.house import START_MS, USER, House, task


def make(house: House, name: str = "nightly", count: int = 1, version: str = "2.2") -> int:
    tasks = [task(f"t{number}") for number in range(count)]
    return int(house.post(f"/api/{version}/jobs/create", name=name, tasks=tasks)["job_id"])


def test_a_job_reads_back_with_the_defaults_of_the_service(house: House) -> None:
    job = house.get("/api/2.2/jobs/get", job_id=make(house))
    assert job["creator_user_name"] == job["run_as_user_name"] == USER
    assert (job["created_time"], job["has_more"]) == (START_MS, False)
    settings = job["settings"]
    assert (settings["format"], settings["timeout_seconds"]) == ("MULTI_TASK", 0)
    assert (settings["email_notifications"], settings["webhook_notifications"]) == ({}, {})
    shown = settings["tasks"][0]
    assert (shown["run_if"], shown["timeout_seconds"], shown["notebook_task"]["source"]) == (
        "ALL_SUCCESS",
        0,
        "WORKSPACE",
    )


def test_a_job_that_is_not_there_is_said_in_the_words_clients_look_for(house: House) -> None:
    expected = (400, "INVALID_PARAMETER_VALUE", "Job 99 does not exist.")
    assert house.refused("GET", "/api/2.2/jobs/get?job_id=99") == expected
    assert house.refused("POST", "/api/2.2/jobs/delete", json={"job_id": 99}) == expected
    assert house.refused("POST", "/api/2.2/jobs/run-now", json={"job_id": 99}) == expected


def test_the_arrays_of_a_large_job_come_in_pages_of_a_hundred(house: House) -> None:
    job_id = make(house, count=230)
    keys, token, pages = [], "", 0
    while True:
        page = house.get("/api/2.2/jobs/get", job_id=job_id, page_token=token)
        keys += [shown["task_key"] for shown in page["settings"]["tasks"]]
        pages += 1
        token = page.get("next_page_token", "")
        assert page["has_more"] is bool(token)
        if not token:
            break
    assert (pages, keys) == (3, [f"t{number}" for number in range(230)])
    assert len(house.get("/api/2.1/jobs/get", job_id=job_id)["settings"]["tasks"]) == 230
    other = make(house, count=1)
    token = house.get("/api/2.2/jobs/get", job_id=job_id)["next_page_token"]
    assert "page_token" in house.refused("GET", f"/api/2.2/jobs/get?job_id={other}&page_token={token}")[2]


def test_the_list_is_newest_first_in_pages_that_lead_on_and_back(house: House) -> None:
    made = []
    for number in range(5):
        house.clock.ms += 1
        made.append(make(house, f"job {number}"))
    first = house.get("/api/2.2/jobs/list", limit=2)
    second = house.get("/api/2.2/jobs/list", limit=2, page_token=first["next_page_token"])
    last = house.get("/api/2.2/jobs/list", limit=2, page_token=second["next_page_token"])
    seen = [job["job_id"] for page in (first, second, last) for job in page["jobs"]]
    assert seen == made[::-1]
    assert (first["has_more"], last["has_more"], "next_page_token" in last) == (True, False, False)
    back = house.get("/api/2.2/jobs/list", limit=2, page_token=second["prev_page_token"])
    assert back["jobs"] == first["jobs"]
    assert house.get("/api/2.1/jobs/list", limit=2, offset=4)["jobs"] == last["jobs"]


def test_a_list_shows_tasks_only_where_asked_and_a_name_in_any_case(house: House) -> None:
    make(house, "Alpha", count=101)
    make(house, "beta")
    [job] = house.get("/api/2.2/jobs/list", name="ALPHA")["jobs"]
    assert "tasks" not in job["settings"]
    [job] = house.get("/api/2.2/jobs/list", name="alpha", expand_tasks="true")["jobs"]
    assert (len(job["settings"]["tasks"]), job["has_more"]) == (100, True)
    assert "jobs" not in house.get("/api/2.2/jobs/list", name="alph")
    for text in ("' OR 1=1 --", "%", "_lpha"):
        assert "jobs" not in house.get("/api/2.2/jobs/list", name=text)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "offset=-1"])
def test_bounds_of_the_list_are_named(house: House, query: str) -> None:
    assert query.split("=", maxsplit=1)[0] in house.refused("GET", f"/api/2.2/jobs/list?{query}")[2]


def test_version_two_zero_lists_all_jobs_whole(house: House) -> None:
    for number in range(25):
        make(house, f"job {number}", version="2.0")
    listed = house.get("/api/2.0/jobs/list")
    assert len(listed["jobs"]) == 25
    assert all(job["settings"]["tasks"] for job in listed["jobs"])


def test_runs_wait_for_their_turn_by_default_only_since_the_newest_version(house: House) -> None:
    newest, older = make(house, version="2.2"), make(house, version="2.1")
    assert house.get("/api/2.2/jobs/get", job_id=newest)["settings"].get("queue") in (None, {"enabled": True})
    assert house.get("/api/2.2/jobs/get", job_id=older)["settings"]["queue"] == {"enabled": False}


def test_the_single_task_form_of_old_clients_becomes_a_job_of_one_task(house: House) -> None:
    body = {"name": "old", "notebook_task": {"notebook_path": "/a"}, "max_retries": "2"}
    job_id = house.client.post("/api/2.0/jobs/create", json=body).json()["job_id"]
    [shown] = house.get("/api/2.1/jobs/get", job_id=job_id)["settings"]["tasks"]
    assert (shown["notebook_task"]["notebook_path"], shown["max_retries"]) == ("/a", 2)


def test_update_changes_what_it_names_and_reset_replaces_all(house: House) -> None:
    job_id = house.post("/api/2.2/jobs/create", name="a", tasks=[task("one"), task("two")], description="kept")[
        "job_id"
    ]
    changed = {"name": "b", "tasks": [task("two", timeout_seconds=5)]}
    assert house.post("/api/2.2/jobs/update", job_id=job_id, new_settings=changed) == {}
    settings = house.get("/api/2.2/jobs/get", job_id=job_id)["settings"]
    assert (settings["name"], settings["description"]) == ("b", "kept")
    assert [(each["task_key"], each["timeout_seconds"]) for each in settings["tasks"]] == [("one", 0), ("two", 5)]
    house.post("/api/2.2/jobs/update", job_id=job_id, fields_to_remove=["description", "tasks/one"])
    settings = house.get("/api/2.2/jobs/get", job_id=job_id)["settings"]
    assert [each["task_key"] for each in settings["tasks"]] == ["two"]
    assert not settings.get("description")
    house.post("/api/2.2/jobs/reset", job_id=job_id, new_settings={"name": "c", "tasks": [task("three")]})
    settings = house.get("/api/2.2/jobs/get", job_id=job_id)["settings"]
    assert (settings["name"], [each["task_key"] for each in settings["tasks"]]) == ("c", ["three"])
    assert "new_settings" in house.refused("POST", "/api/2.2/jobs/reset", json={"job_id": job_id})[2]


def test_a_deleted_job_is_gone_and_its_runs_stay_readable(house: House) -> None:
    run_id = house.start_run(task("one"))
    job_id = house.get("/api/2.2/jobs/runs/get", run_id=run_id)["job_id"]
    assert house.post("/api/2.2/jobs/delete", job_id=job_id) == {}
    assert house.refused("GET", f"/api/2.2/jobs/get?job_id={job_id}")[0] == 400
    assert house.get("/api/2.2/jobs/runs/get", run_id=run_id)["run_id"] == run_id
