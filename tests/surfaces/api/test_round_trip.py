"""Create, get, compare: no client may ever see a difference. Through the API, in all versions, also after changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from brickyard.storage.store import open_store
from tests.surfaces.api.house import TOKEN, HandClock, build_house
from tests.unit.jobs import from_table
from tests.unit.jobs.from_table import Json, drift, meant

BASE = "http://127.0.0.1"
VERSIONS = st.sampled_from(["2.0", "2.1", "2.2"])
KEYS = {"tasks": "task_key", "job_clusters": "job_cluster_key", "environments": "environment_key", "parameters": "name"}
REMOVALS = ("description", "tags", "schedule", "parameters", "tasks/last", "tasks/first", "tasks/gate", "parameters/a",
            "job_clusters/c2", "environments/e1", "max_concurrent_runs", "notification_settings", "git_source", "queue")  # fmt: skip
PATHS = [path for path in from_table.paths() if not path.startswith("run_as")]
SLOW = settings(
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    max_examples=60,
    phases=[Phase.explicit, Phase.generate],
)
"""A failing example is large already; to make it small would take minutes."""
JOBS = (
    st.sampled_from(PATHS)
    .flatmap(from_table.settings)
    .map(lambda body: {name: value for name, value in body.items() if name != "run_as"})
)
"""Who a run acts as has tests of its own."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("round")
    store = open_store("sqlite://", key_file=folder / "key", clock=HandClock())
    yield build_house(folder, store).app(BASE)
    store.close()


class Asking:
    """Some requests to the application, without a network."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def __call__(self, method: str, path: str, **parts: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
                return await client.request(method, f"/api/{path}", **parts)

        return asyncio.run(ask())

    def ok(self, method: str, path: str, **parts: Any) -> Json:
        answer = self(method, path, **parts)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def create(self, version: str, body: Json) -> int:
        return int(self.ok("POST", f"{version}/jobs/create", json=body)["job_id"])

    def settings(self, job_id: int, version: str = "2.2") -> Json:
        found: Json = self.ok("GET", f"{version}/jobs/get", params={"job_id": job_id})["settings"]
        return found


@SLOW
@given(JOBS.flatmap(lambda body: st.tuples(st.just(body), from_table.noisy("job", body))), VERSIONS, VERSIONS)
def test_a_job_reads_as_it_was_created_in_every_version(
    app: FastAPI, pair: tuple[Json, Json], written: str, read: str
) -> None:
    ask = Asking(app)
    job_id = ask.create(written, pair[1])
    assert drift("job", meant("job", pair[0]), ask.settings(job_id, read)) == []


@SLOW
@given(JOBS, JOBS)
def test_a_reset_job_is_the_new_one_and_nothing_of_the_old(app: FastAPI, old: Json, new: Json) -> None:
    ask = Asking(app)
    job_id = ask.create("2.2", old)
    ask.ok("POST", "2.2/jobs/reset", json={"job_id": job_id, "new_settings": new})
    assert drift("job", meant("job", new), ask.settings(job_id)) == []


def updated(old: Json, new: Json, removed: list[str]) -> Json:
    """What an update makes of the settings, as the service describes it: removals, then fields, then entries by key."""
    result = {name: value for name, value in old.items() if name not in removed}
    for path in removed:
        name, _, key = path.partition("/")
        if key and name in result:
            result[name] = [entry for entry in result[name] if entry[KEYS[name]] != key]
    for name, value in meant("job", new).items():
        if name not in KEYS:
            result[name] = value
            continue
        entries = {entry[KEYS[name]]: entry for entry in result.get(name, [])}
        entries.update({entry[KEYS[name]]: entry for entry in value})
        result[name] = list(entries.values())
    return result


def changes(body: Json) -> st.SearchStrategy[Json]:
    """Some fields of settings, and of keyed lists some entries."""
    names = st.lists(st.sampled_from(sorted(body)), unique=True)
    cut = {name: st.integers(1, 3) for name in KEYS}
    return st.tuples(names, st.fixed_dictionaries(cut)).map(
        lambda drawn: {name: body[name][: drawn[1][name]] if name in KEYS else body[name] for name in drawn[0]}
    )


@SLOW
@given(JOBS, JOBS.flatmap(changes), st.lists(st.sampled_from(REMOVALS), max_size=3, unique=True))
def test_an_update_changes_what_the_rules_say_or_nothing(
    app: FastAPI, old: Json, new: Json, removed: list[str]
) -> None:
    ask = Asking(app)
    job_id = ask.create("2.2", old)
    before = ask.settings(job_id)
    body = {"job_id": str(job_id), "new_settings": new, "fields_to_remove": removed}
    answer = ask("POST", "2.2/jobs/update", json=body)
    if answer.status_code == 200:
        assert drift("job", updated(meant("job", old), new, removed), ask.settings(job_id)) == []
    else:
        assert answer.status_code == 400, answer.text
        assert ask.settings(job_id) == before


@pytest.mark.parametrize("array", ["tasks", "job_clusters", "environments", "parameters"])
@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_every_array_of_a_job_comes_in_pages_and_is_whole_before_2_2(app: FastAPI, array: str, count: int) -> None:
    if array in {"environments", "job_clusters"} and count > 100:
        return
    ask = Asking(app)
    entries: dict[str, Any] = {
        "tasks": lambda n: {"task_key": f"t{n}", "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}},
        "job_clusters": lambda n: {"job_cluster_key": f"c{n}", "new_cluster": {"spark_version": "1", "num_workers": 0}},
        "environments": lambda n: {"environment_key": f"e{n}", "spec": {"client": "1"}},
        "parameters": lambda n: {"name": f"p{n}", "default": ""},
    }
    number = min(count, 10) if array == "environments" else count
    body = {"tasks": [entries["tasks"](0)], array: [entries[array](n) for n in range(number)]}
    job_id = ask.create("2.2", body)
    found, token, sizes = [], "", []
    while True:
        page = ask.ok("GET", "2.2/jobs/get", params={"job_id": job_id, "page_token": token})
        found += page["settings"].get(array, [])
        sizes.append(len(page["settings"].get(array, [])))
        assert page["settings"]["name"] == "Untitled", "what is no array is on every page"
        assert page["has_more"] is ("next_page_token" in page)
        if not (token := page.get("next_page_token", "")):
            break
    assert [each[KEYS[array]] for each in found] == [each[KEYS[array]] for each in body[array]]
    assert max(sizes) <= 100
    assert len(sizes) == max(1, -(-number // 100))
    for older in ("2.1", "2.0"):
        assert len(ask.settings(job_id, older)[array]) == number


@pytest.mark.parametrize("count", [100, 101])
def test_every_task_of_a_run_is_there_before_2_2_and_in_pages_since(app: FastAPI, count: int) -> None:
    ask = Asking(app)
    tasks = [{"task_key": f"t{n}", "notebook_task": {"notebook_path": "/n"}} for n in range(count)]
    run_id = ask.ok("POST", "2.1/jobs/runs/submit", json={"run_name": "wide", "tasks": tasks})["run_id"]
    for version in ("2.0", "2.1"):
        run = ask.ok("GET", f"{version}/jobs/runs/get", params={"run_id": run_id, "page_token": ""})
        assert [each["task_key"] for each in run["tasks"]] == [each["task_key"] for each in tasks]
        assert (run["has_more"], "next_page_token" in run) == (False, False)
    first = ask.ok("GET", "2.2/jobs/runs/get", params={"run_id": run_id})
    assert (len(first["tasks"]), first["has_more"]) == (100, count > 100)
    if count > 100:
        token = first["next_page_token"]
        for version in ("2.1", "2.2"):
            rest = ask.ok("GET", f"{version}/jobs/runs/get", params={"run_id": run_id, "page_token": token})
            assert [each["task_key"] for each in rest["tasks"]] == ["t100"]
            assert rest["has_more"] is False
