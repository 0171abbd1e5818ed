"""What a task's own token opens: its run, what its identity may read and write, and nothing of other runs (S29)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import pytest

from brickyard.access.actions import RULES
from brickyard.access.tokens import digest
from brickyard.records import TokenInfo
from brickyard.surfaces.api.allowed import action_of
from tests.surfaces.api.house import House, task
from tests.surfaces.api.walking import walked

TOKEN = "dapi-of-a-task"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
JOBS = "/api/2.2/jobs"


@dataclass
class World:
    """A run whose task asks, and a run of somebody else's job that it has nothing to do with."""

    house: House
    own: int
    other: int

    def ask(self, method: str, path: str, **parts: Any) -> tuple[int, str]:
        """Status and error code of what the task is told."""
        answer = self.house.client.request(method, path, headers=HEADERS, **parts)
        return answer.status_code, "" if answer.status_code == 200 else str(answer.json()["error_code"])

    def job_of(self, run_id: int) -> int:
        return self.house.commands.run(run_id).job_id

    @property
    def user_name(self) -> str:
        record = self.house.store.runs.record(self.own)
        assert record is not None
        return record.identity


def give_token(house: House, run_id: int) -> None:
    """As `engine.run_tokens` does it."""
    record = house.store.runs.record(run_id)
    assert record is not None
    info = TokenInfo(
        token_id="t", user_name=record.identity, comment="", created_ms=1, expires_ms=0, kind="RUN", run_id=run_id
    )
    house.store.tokens.add(info, digest(TOKEN))


@pytest.fixture
def world(house: House) -> World:
    """The task belongs to an administrator: none of his rights is the token's."""
    own = house.start_run(task("a"), name="own")
    other = house.start_run(task("a"), name="other")
    give_token(house, own)
    return World(house, own, other)


# ------------------------------------------------------------------------------------------------ what it opens


def test_it_knows_itself_as_the_identity_of_the_run(world: World) -> None:
    me = world.house.client.get("/api/2.0/preview/scim/v2/Me", headers=HEADERS).json()
    assert me["userName"] == world.user_name


@pytest.mark.parametrize("header", ["Bearer", "Basic"])
def test_it_sees_its_own_run_and_job(world: World, header: str) -> None:
    value = TOKEN if header == "Bearer" else base64.b64encode(f"token:{TOKEN}".encode()).decode()
    headers = {"Authorization": f"{header} {value}"}
    run = world.house.client.get(f"{JOBS}/runs/get", params={"run_id": world.own}, headers=headers)
    assert run.json()["run_id"] == world.own
    job = world.house.client.get(f"{JOBS}/get", params={"job_id": world.job_of(world.own)}, headers=headers)
    assert job.json()["settings"]["name"] == "own"


def test_it_reads_and_writes_files_with_the_rights_of_its_identity(world: World) -> None:
    put = {"path": "/of/a/task", "contents": base64.b64encode(b"x").decode()}
    assert world.ask("POST", "/api/2.0/dbfs/put", json=put) == (200, "")
    assert world.ask("GET", "/api/2.0/dbfs/get-status", params={"path": "/of/a/task"}) == (200, "")


# ------------------------------------------------------------------------------------------- what it must not do


def test_other_runs_and_jobs_are_not_there_for_it(world: World) -> None:
    """Told in the same words as a run that does not exist."""
    attempt = world.house.attempt_of(world.other, "a")
    for name in ("get", "get-output", "export"):
        for run_id in (world.other, attempt):
            told = world.house.client.get(f"{JOBS}/runs/{name}", params={"run_id": run_id}, headers=HEADERS)
            nobody = world.house.client.get(f"{JOBS}/runs/{name}", params={"run_id": 5}, headers=HEADERS)
            assert told.status_code == nobody.status_code
            assert told.json()["message"] == nobody.json()["message"].replace("5", str(run_id), 1)
    params = {"job_id": world.job_of(world.other)}
    assert world.ask("GET", f"{JOBS}/get", params=params) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("whose", ["own", "other"])
@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("run-now", "job_id"), ("update", "job_id"), ("reset", "job_id"), ("delete", "job_id"),
        ("runs/cancel", "run_id"), ("runs/repair", "run_id"), ("runs/delete", "run_id"), ("runs/cancel-all", "job_id"),
    ],
)  # fmt: skip
def test_it_starts_changes_and_stops_nothing(world: World, whose: str, call: str, field: str) -> None:
    """Not even its own job: who may change a job is a person's right."""
    run_id = world.own if whose == "own" else world.other
    before = world.house.store.jobs.get(world.job_of(run_id))
    body = {field: run_id if field == "run_id" else world.job_of(run_id)}
    assert world.ask("POST", f"{JOBS}/{call}", json=body) == (403, "PERMISSION_DENIED")
    assert world.house.store.jobs.get(world.job_of(run_id)) == before
    assert not world.house.commands.run(run_id).life_cycle.is_terminal


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{JOBS}/create", {"name": "new", "tasks": [task("a")]}),
        ("POST", f"{JOBS}/runs/submit", {"tasks": [task("a")]}),
        ("POST", "/api/2.0/token/create", {"comment": "to stay"}),
        ("GET", "/api/2.0/token/list", None),
        ("GET", f"{JOBS}/list", None),
        ("GET", f"{JOBS}/runs/list", None),
        ("POST", "/api/2.0/secrets/scopes/create", {"scope": "mine"}),
    ],
    ids=lambda value: value.rpartition("/2.")[2] if isinstance(value, str) and "/" in value else None,
)
def test_it_makes_nothing_that_lasts_and_lists_nobody(
    world: World, method: str, path: str, body: dict[str, Any] | None
) -> None:
    assert world.ask(method, path, json=body) == (403, "PERMISSION_DENIED")


def test_no_route_does_for_it_what_the_table_does_not_allow(world: World) -> None:
    """Every route is asked: its parts name the task's own run, job and more, where it looks for any."""
    job_id = world.job_of(world.own)
    named: dict[str, Any] = {"job_id": job_id, "run_id": world.own, "scope": "s", "path": "/a", "cluster_id": "c"}
    told = []
    for prefix, route in walked(world.house.app(str(world.house.client.base_url))):
        action = action_of(route)
        if action is None or RULES[action].in_run:
            continue
        path = (prefix + route.path).replace("{job_id}", str(job_id)).replace("{run_id}", str(world.own))
        path = path.replace("{", "").replace("}", "")
        for method in sorted(route.methods or ()):
            answer = world.house.client.request(method, path, headers=HEADERS, params=named, json=named)
            # Others than 403: the object is not there, or is not named by such a request.
            assert answer.status_code in {400, 403, 404}, f"{method} {path} ({action}): {answer.text}"
            told.append(answer.status_code)
    assert told.count(403) > 50


# ------------------------------------------------------------------------------------------------- how long it lasts


def test_it_is_worth_nothing_once_its_run_is_over(world: World) -> None:
    """Also where it was not forgotten: the state of the run decides."""
    world.house.end(world.own, "a")
    assert world.house.store.tokens.find(digest(TOKEN)) is not None
    for path in ("/api/2.0/secrets/scopes/list", f"{JOBS}/runs/get?run_id={world.own}", "/api/2.0/dbfs/list?path=/"):
        assert world.ask("GET", path) == (401, "UNAUTHENTICATED")


def test_it_is_worth_nothing_once_its_run_was_deleted(world: World) -> None:
    world.house.end(world.own, "a")
    world.house.store.runs.delete(world.own)
    assert world.ask("GET", "/api/2.0/secrets/scopes/list") == (401, "UNAUTHENTICATED")
