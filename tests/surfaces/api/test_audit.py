"""The audit log as requests fill it and as administrators read it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from brickyard.access.identity import ADMINS
from brickyard.engine.access.audit import escaped
from brickyard.engine.access.gate import Gate
from brickyard.engine.secret_asks import SecretAsks
from brickyard.errors import BrickyardError
from brickyard.records import AuditEvent
from brickyard.surfaces.api.access import OPEN_PATHS
from brickyard.surfaces.api.allowed import action_of
from brickyard.workloads.messages import GetSecret, ListSecrets
from tests.surfaces.api.house import START_MS, USER, House, task
from tests.surfaces.api.walking import endpoints, walked

AUDIT = "/api/brickyard/audit"
SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0cw"
JOB = {"name": "nightly", "tasks": [task("one")]}


def events(house: House, **query: Any) -> list[dict[str, Any]]:
    """Newest first."""
    found: list[dict[str, Any]] = house.get(AUDIT, **query)["events"]
    return found


def test_a_change_says_who_did_what_to_which_object_and_how_it_ended(house: House) -> None:
    job_id = house.post("/api/2.2/jobs/create", **JOB)["job_id"]
    house.clock.ms += 5
    changed = {"job_id": job_id, "new_settings": {"name": "b", "tags": {"team": SECRET}}}
    answer = house.client.post("/api/2.1/jobs/update", json=changed)
    last, first = events(house)
    assert {name: last[name] for name in last if name not in {"event_id", "request_id"}} == {
        "at_ms": START_MS + 5,
        "user": USER,
        "action": "change a job, its access list and its backfills",
        "request": "POST /api/2.1/jobs/update",
        "object": f"jobs/{job_id}",
        "status": 200,
        "error_code": "",
        "address": "127.0.0.1",
        "details": {"fields": ["job_id", "new_settings.name", "new_settings.tags"]},
    }
    assert last["request_id"] == answer.headers["x-request-id"]
    assert (first["action"], first["details"]) == ("create a job", {"fields": ["name", "tasks"]})
    assert last["event_id"] > first["event_id"]


def test_reading_leaves_no_trace_but_secrets_and_exports_do(house: House) -> None:
    house.get("/api/2.2/jobs/list")
    house.get(AUDIT)
    house.client.get("/api/2.2/jobs/get?job_id=99")
    assert events(house) == []
    house.post("/api/2.0/secrets/scopes/create", scope="s")
    house.post("/api/2.0/secrets/put", scope="s", key="k", string_value=SECRET)
    house.get("/api/2.0/secrets/get", scope="s", key="k")
    house.post("/api/2.0/workspace/mkdirs", path="/Shared")
    house.post("/api/2.0/workspace/import", path="/Shared/n", format="SOURCE", language="PYTHON", content="MQ==")
    house.get("/api/2.0/workspace/export", path="/Shared/n")
    found = events(house)
    assert [(each["request"], each["object"]) for each in found[:3]] == [
        ("GET /api/2.0/workspace/export", found[0]["object"]),
        ("POST /api/2.0/workspace/import", found[0]["object"]),
        ("POST /api/2.0/workspace/mkdirs", "files/Shared"),
    ]
    assert found[0]["object"].endswith("/Shared/n")
    assert (found[3]["request"], found[3]["action"]) == ("GET /api/2.0/secrets/get", "read a secret")
    assert found[3]["object"].endswith("/s")
    assert SECRET not in house.client.get(AUDIT).text


def test_a_change_that_fails_is_recorded_with_its_error(house: House) -> None:
    house.client.post("/api/2.2/jobs/delete", json={"job_id": 99})
    [event] = events(house)
    assert (event["status"], event["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert (event["user"], event["action"], event["details"]) == (USER, "delete a job", {"fields": ["job_id"]})


@pytest.mark.parametrize(
    ("headers", "status", "user"),
    [
        ({"Authorization": "Bearer wrong"}, 401, ""),
        ({"Origin": "http://evil.example"}, 403, ""),
        ({"Host": "evil.example"}, 421, ""),
    ],
    ids=["token", "origin", "host"],
)
def test_who_is_refused_at_the_door_is_recorded(house: House, headers: dict[str, str], status: int, user: str) -> None:
    house.client.post("/api/2.2/jobs/create", json=JOB, headers=headers)
    [event] = events(house)
    assert (event["status"], event["user"], event["address"]) == (status, user, "127.0.0.1")
    assert event["error_code"] == {401: "UNAUTHENTICATED"}.get(status, "PERMISSION_DENIED")
    assert "wrong" not in str(event)


def test_who_may_not_is_recorded_with_what_it_was_about(house: House) -> None:
    eve = house.person("eve")
    assert house.client.get(AUDIT, headers=eve).status_code == 403
    [event] = events(house, user="eve")
    assert (event["action"], event["status"], event["request"]) == ("read the audit log", 403, f"GET {AUDIT}")


def test_only_administrators_read_it(house: House) -> None:
    status, code, message = house.refused("GET", AUDIT, headers=house.person("bob"))
    assert (status, code) == (403, "PERMISSION_DENIED")
    assert ADMINS in message
    assert house.client.get(AUDIT, headers=house.person("root", ADMINS)).status_code == 200


def test_it_is_filtered_and_paged(house: House) -> None:
    for number in range(5):
        house.clock.ms = START_MS + number
        house.post("/api/2.2/jobs/create", **JOB)
    house.post("/api/2.0/workspace/mkdirs", path="/Shared/a")
    assert len(events(house, action="create a job")) == 5
    assert events(house, user="nobody") == events(house, object="jobs/1") == []
    known = {"from": START_MS + 1, "to": START_MS + 3}
    assert [each["at_ms"] - START_MS for each in events(house, **known)] == [3, 2, 1]
    first = house.get(AUDIT, limit=4)
    second = house.get(AUDIT, limit=4, page_token=first["next_page_token"])
    assert [len(page["events"]) for page in (first, second)] == [4, 2]
    assert (first["has_more"], second["has_more"], "next_page_token" in second) == (True, False, False)
    ids = [each["event_id"] for page in (first, second) for each in page["events"]]
    assert ids == sorted(ids, reverse=True)
    assert "page_token" in house.refused("GET", f"{AUDIT}?user=x&page_token={first['next_page_token']}")[2]
    assert "one of" in house.refused("GET", f"{AUDIT}?action=dance")[2]
    assert "limit" in house.refused("GET", f"{AUDIT}?limit=1001")[2]


def test_no_request_of_anybody_changes_or_deletes_it(house: House) -> None:
    """Not by a route of its own, and not with what it tells of."""
    own = [each for each in endpoints(house.app("http://127.0.0.1")) if "audit" in each.template]
    assert {each.method for each in own} <= {"GET", "HEAD"}
    run_id = house.start_run(task("one"))
    house.end(run_id, "one")
    before, job_id = events(house), house.commands.run(run_id).job_id
    house.post("/api/2.2/jobs/runs/delete", run_id=run_id)
    house.post("/api/2.2/jobs/delete", job_id=job_id)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert house.client.request(method, AUDIT, json={}).status_code == 404
    assert events(house)[-len(before) :] == before


def test_what_a_caller_sends_forges_no_line(house: House) -> None:
    name = "a\r\n2026-11-23 ada deleted everything\x1b[2J\u202e\\n"
    house.client.post("/api/2.0/secrets/put", json={"scope": name, "key": "k", "string_value": "v", name: 1})
    text = house.client.get(AUDIT).text
    [event] = events(house)
    shown = f"{event['object']} {event['details']['fields']}"
    for bad in ("\r", "\n", "\x1b", "\u202e"):
        assert bad not in shown
        assert bad not in text
    assert escaped(name) == r"a\r\n2026-11-23 ada deleted everything\x1b[2J\u202e\\n"
    assert event["object"].endswith(escaped(name))


def test_a_very_long_name_and_very_many_names_are_cut(house: House) -> None:
    body = {**{f"field_{number}": 1 for number in range(500)}, "n" * 5000: 1}
    house.client.post("/api/2.2/jobs/create", json=body)
    [event] = events(house)
    assert (len(event["details"]["fields"]), event["details"]["fields"][-1]) == (41, "and 461 more")
    house.client.post("/api/2.0/secrets/scopes/delete", json={"scope": "s" * 5000})
    assert len(events(house)[0]["object"]) <= 500


def test_every_route_that_changes_something_is_recorded(house: House) -> None:
    """Each is asked once; what only reads by POST is known by its action."""
    reading = {"know oneself", "see a job and its runs", "see an access list", "read a file, a notebook or a folder"}
    app = house.app("http://127.0.0.1")
    asked = [each for each in endpoints(app) if each.changes and "{path:path}" not in each.template]
    asked = [each for each in asked if each.template not in OPEN_PATHS]
    for each in asked:
        house.client.request(each.method, each.path, json={})
    found = {each["request"] for each in events(house, limit=1000)}
    missing = {str(each) for each in asked} - found
    actions = dict(_actions(app))
    assert {actions[name] for name in missing} <= reading, missing


def _actions(app: FastAPI) -> list[tuple[str, str]]:
    return [
        (f"{method} {prefix}{route.path}", str(action_of(route)))
        for prefix, route in walked(app)
        for method in route.methods or ()
    ]


def test_a_secret_that_code_of_a_task_reads_is_recorded_with_its_run(house: House) -> None:
    house.post("/api/2.0/secrets/scopes/create", scope="s")
    house.post("/api/2.0/secrets/put", scope="s", key="k", string_value=SECRET)
    who = house.store.principals.identity(USER)
    assert who is not None
    taken: list[AuditEvent] = []
    asks = SecretAsks(house.store.secrets, Gate(house.store), witness=taken.append, clock=house.clock)
    code = replace(who, run_id=77)
    asks.answer(code, ListSecrets(scope="s"))
    asks.answer(code, GetSecret(scope="s", key="k"))
    with pytest.raises(BrickyardError):
        asks.answer(code, GetSecret(scope="n\no", key="k"))
    read, refused = taken
    assert (read.user_name, read.action, read.request) == (USER, "read a secret", "dbutils.secrets.get")
    assert (read.status, read.details, read.at_ms) == (200, {"run_id": 77}, START_MS)
    assert read.object.endswith("/s")
    assert (refused.status, refused.object.endswith("/n\\no")) == (404, True)
    assert SECRET not in repr(taken)
