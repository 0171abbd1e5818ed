"""What a browser could be made to do by a page of somebody else: asked of every route."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from brickyard.engine.commands import StartRequest
from brickyard.storage.store import open_store
from tests.surfaces.api.house import TOKEN, USER, HandClock, House, build_house, task
from tests.surfaces.api.test_hostile_bodies import BODIES, remembered
from tests.surfaces.api.walking import Endpoint, endpoints

BASE = "http://127.0.0.1"
KNOWN = {"Authorization": f"Bearer {TOKEN}"}
READING = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("browsers")
    store = open_store("sqlite://", key_file=folder / "key", clock=HandClock())
    house = build_house(folder, store)
    job_id = house.commands.create_job({"name": "kept", "tasks": [task("one")]}, user=USER)
    house.commands.run_now(job_id, StartRequest(), user=USER)
    yield house.app(BASE)
    store.close()


def ask(app: FastAPI, asked: list[tuple[Endpoint, str, dict[str, Any]]]) -> list[tuple[Endpoint, httpx.Response]]:
    """The answers to these: an endpoint, the method, and the parts of the request."""

    async def all_of_them() -> list[tuple[Endpoint, httpx.Response]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, timeout=20) as client:
            return [(each, await client.request(method, each.path, **parts)) for each, method, parts in asked]

    return asyncio.run(all_of_them())


def test_no_get_changes_anything(house: House) -> None:
    """Also with all that the endpoint would take in a body, as a query and as a body."""
    run_id = house.start_run(task("load"))
    house.end(run_id, "load", status="failed", error="no ore")
    before = remembered(house)
    for template, body in BODIES.items():
        path = template.replace("{job_id}", "1001").replace("{run_id}", "1002")
        path = path.replace("{", "").replace("}", "")
        flat = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        for parts in ({"params": flat}, {"json": body}):
            assert house.client.request("GET", path, **parts).status_code != 500
            assert house.client.request("HEAD", path, **parts).status_code != 500
    assert remembered(house) == before


def test_no_header_makes_another_method_of_a_get(house: House) -> None:
    job_id = house.post("/api/2.2/jobs/create", name="kept", tasks=[task("one")])["job_id"]
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = house.client.get("/api/2.2/jobs/delete", params={"job_id": job_id}, headers={name: "POST"})
        assert answer.status_code == 404
        house.client.get("/api/2.2/jobs/delete", params={"job_id": job_id, "_method": "POST"})
    assert len(house.get("/api/2.2/jobs/list")["jobs"]) == 1


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_marks_as_foreign_changes_nothing(app: FastAPI, site: str) -> None:
    """Even where it hides the origin."""
    asked = [(each, each.method, {"headers": {**KNOWN, "Sec-Fetch-Site": site}}) for each in endpoints(app)]
    for each, answer in ask(app, [one for one in asked if one[1] not in READING]):
        assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED"), each


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1.evil.example", "http://sub.127.0.0.1", BASE]
)
def test_nobody_is_told_that_another_origin_may_read(app: FastAPI, origin: str) -> None:
    """Neither to an ordinary request nor to the question that browsers ask before one."""
    before = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    asked = [(each, each.method, {"headers": {**KNOWN, "Origin": origin}}) for each in endpoints(app)]
    asked += [(each, "OPTIONS", {"headers": {"Origin": origin, **before}}) for each in endpoints(app)]
    for each, answer in ask(app, asked):
        assert not [name for name in answer.headers if name.startswith("access-control-")], each


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8484",
        "evil.example#127.0.0.1",
        "127.0.0.1@evil.example",
        "0.0.0.0",  # noqa: S104 - what a page may name
        "[::ffff:127.0.0.1]",
        "2130706433",
        "",
    ],
)
def test_a_name_that_leads_here_by_trickery_is_not_this_server(app: FastAPI, host: str) -> None:
    """DNS rebinding: the browser believes to speak to the page's own host."""
    for each, answer in ask(
        app, [(each, each.method, {"headers": {**KNOWN, "Host": host}}) for each in endpoints(app)]
    ):
        assert answer.status_code == 421, each


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9", "LOCALHOST", "[::1]:8484"])
def test_the_names_of_this_machine_are_this_server(app: FastAPI, host: str) -> None:
    [health] = [each for each in endpoints(app) if each.template == "/health" and each.method == "GET"]
    [(_, answer)] = ask(app, [(health, "GET", {"headers": {"Host": host}})])
    assert answer.status_code == 200


def test_a_page_that_includes_an_answer_as_a_script_gets_nothing(app: FastAPI) -> None:
    """The root of JSON is an object everywhere, its type is said, and a browser may not guess another."""
    for each, answer in ask(app, [(each, each.method, {"headers": KNOWN}) for each in endpoints(app)]):
        assert answer.headers["x-content-type-options"] == "nosniff", each
        assert answer.headers["cross-origin-resource-policy"] == "same-origin", each
        kind = answer.headers.get("content-type", "")
        assert "javascript" not in kind, each
        assert "html" not in kind, each
        if answer.content and "json" in kind:
            assert isinstance(answer.json(), dict), each


@pytest.mark.parametrize("hostile", ["' OR 1=1 --", "1; DROP TABLE jobs", "%_%", "$.a[0]", "name DESC; --"])
def test_whatever_stands_in_any_field_of_any_query_is_a_value(app: FastAPI, hostile: str) -> None:
    """Every field that the description knows: filters, orders, pages, names, ids."""
    asked = []
    for template, operations in app.openapi()["paths"].items():
        fields = [each["name"] for each in operations.get("get", {}).get("parameters", ()) if each["in"] == "query"]
        one = Endpoint("GET", template)
        if not template.endswith("/watch"):
            asked += [(one, "GET", {"headers": KNOWN, "params": {name: hostile}}) for name in fields]
            asked += [(one, "GET", {"headers": KNOWN, "params": dict.fromkeys(fields, hostile)})]
    assert len(asked) > 150
    for each, answer in ask(app, asked):
        assert answer.status_code not in {500, 503}, (each, answer.text)
        assert "SELECT" not in answer.text, each
        assert "sqlite3" not in answer.text.lower(), each
    [listing] = [each for each in endpoints(app) if each.template == "/api/2.2/jobs/list" and each.method == "GET"]
    [(_, answer)] = ask(app, [(listing, "GET", {"headers": KNOWN})])
    assert [job["settings"]["name"] for job in answer.json()["jobs"]] == ["kept"]
