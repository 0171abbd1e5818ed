"""What must hold on every route, asked of every route."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from brickyard.storage.store import open_store
from brickyard.surfaces.api import slow_bodies
from brickyard.surfaces.api.access import OPEN_PATHS
from brickyard.surfaces.api.faults import TooSlow
from brickyard.surfaces.api.slow_bodies import PacedBody
from tests.surfaces.api.house import TOKEN, HandClock, House, build_house, task
from tests.surfaces.api.walking import Endpoint, endpoints

BASE = "http://127.0.0.1"
KNOWN = {"Authorization": f"Bearer {TOKEN}"}
HUGE = str(10**15)
FORM = {"error_code", "message"}
OTHER_FORMS = {
    "/oidc/": {"error", "error_description"},
    "/api/2.0/preview/scim/v2/": {"schemas", "detail", "status", "scimType"},
}
"""Of the standards that these endpoints follow."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("everywhere")
    store = open_store("sqlite://", key_file=folder / "key", clock=HandClock())
    yield build_house(folder, store).app(BASE)
    store.close()


Answers = list[tuple[Endpoint, httpx.Response]]


def everywhere(app: FastAPI, headers: dict[str, str], content: bytes = b"", *, changing: bool = False) -> Answers:
    """The answers of all routes to the same question."""

    async def ask() -> Answers:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, timeout=20) as client:
            return [
                (each, await client.request(each.method, each.path, headers=headers, content=content))
                for each in endpoints(app)
                if each.changes or not changing
            ]

    found = asyncio.run(ask())
    assert len(found) > 50
    return found


def test_only_the_routes_that_are_listed_answer_without_a_token(app: FastAPI) -> None:
    """The list is compared with what answers, in both directions."""
    opened = {each.template for each, answer in everywhere(app, {}) if answer.status_code != 401}
    assert opened == OPEN_PATHS


def test_a_token_of_another_installation_is_none(app: FastAPI, tmp_path: Path) -> None:
    store = open_store("sqlite://", key_file=tmp_path / "key", clock=HandClock())
    other = build_house(tmp_path, store)
    store.tokens.delete("first")
    answers = everywhere(other.app(BASE), KNOWN)
    assert {each.template for each, answer in answers if answer.status_code != 401} == OPEN_PATHS
    store.close()


def test_a_token_in_the_address_or_a_cookie_is_none(app: FastAPI) -> None:
    """So no foreign page can make a browser send one."""
    answers = everywhere(app, {"Cookie": f"token={TOKEN}; DATABRICKS_TOKEN={TOKEN}"})
    assert {each.template for each, answer in answers if answer.status_code != 401} == OPEN_PATHS


@pytest.mark.parametrize("headers", [{}, KNOWN], ids=["stranger", "known"])
def test_answers_set_no_cookie_open_to_nobody_and_are_only_data(app: FastAPI, headers: dict[str, str]) -> None:
    ids = set()
    for each, answer in everywhere(app, {**headers, "Origin": BASE}):
        sent = answer.headers
        assert "set-cookie" not in sent, each
        assert not [name for name in sent if name.startswith("access-control-")], each
        assert sent["x-content-type-options"] == "nosniff", each
        assert sent["x-frame-options"] == "DENY", each
        assert "frame-ancestors 'none'" in sent["content-security-policy"], each
        assert sent["referrer-policy"] == "no-referrer", each
        assert sent["cross-origin-resource-policy"] == "same-origin", each
        assert "cache-control" in sent, each
        assert "server" not in sent, each
        assert TOKEN not in answer.text, each
        ids.add(sent["x-request-id"])
    assert len(ids) == len(endpoints(app)), "an id names one request"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1"]
)
def test_no_foreign_page_changes_anything_anywhere(app: FastAPI, origin: str) -> None:
    """Refused before the token is looked at."""
    for each, answer in everywhere(app, {**KNOWN, "Origin": origin}, changing=True):
        assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED"), each


def test_no_route_answers_for_another_host(app: FastAPI) -> None:
    for each, answer in everywhere(app, {**KNOWN, "Host": "evil.example"}):
        assert answer.status_code == 421, each


def test_every_body_has_a_limit(app: FastAPI) -> None:
    """None is begun to be read that is announced as endless; some routes refuse for another reason before."""
    for each, answer in everywhere(app, {**KNOWN, "Content-Length": HUGE, "Content-Type": "application/json"}):
        wanted = {413} if not each.changes else {400, 403, 404, 413}
        assert answer.status_code in wanted, (each, answer.status_code)


def takes_any_body(endpoint: Endpoint) -> bool:
    """Whether it stores its body as a file, needs none, or throws it away (what clients tell of themselves)."""
    template = endpoint.template
    return "file" in template or "/fs/" in template or endpoint.method == "DELETE" or template == "/telemetry-ext"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_what_a_form_of_a_page_can_send_is_no_json(app: FastAPI, kind: str) -> None:
    """Nothing with a body of that kind succeeds, but files, whose body may be anything, and reading by path alone."""
    for each, answer in everywhere(app, {**KNOWN, "Content-Type": kind}, b'{"job_id": 1}', changing=True):
        if answer.status_code < 300:
            assert takes_any_body(each), each


def test_a_field_that_nobody_knows_is_refused_everywhere(app: FastAPI) -> None:
    """Nothing is stored or ignored that was not asked for: neither an owner nor a state."""
    sent = b'{"creator_user_name": "mallory", "state": "SUCCESS", "run_id": 1, "job_id": 1}'
    for each, answer in everywhere(app, {**KNOWN, "Content-Type": "application/json"}, sent, changing=True):
        if answer.status_code < 300:
            assert takes_any_body(each), each


@pytest.mark.parametrize(
    "hostile",
    ["' OR 1=1 --", '%_%"); DROP TABLE jobs; --\x00'],
    ids=["or", "like and drop"],
)
def test_hostile_text_in_a_query_is_only_text(house: House, hostile: str) -> None:
    """In every place where it is looked for, with something there that a wrong answer would show or lose."""
    house.post("/api/2.2/jobs/create", name="kept", tasks=[task("one")])
    for each in endpoints(house.app(BASE)):
        if each.method == "GET":
            names = ("name", "page_token", "job_id", "path", "filter_by", "order_by", "catalog_name", "schema", "scope")
            for name in names:
                answer = house.client.get(each.path, params={name: hostile})
                assert answer.status_code < 500, (each, name, answer.text)
                assert "kept" not in answer.text or name != "name" or "jobs/list" not in each.template, each
    assert [job["settings"]["name"] for job in house.get("/api/2.2/jobs/list")["jobs"]] == ["kept"]


def test_errors_are_in_one_form(app: FastAPI) -> None:
    for each, answer in everywhere(app, KNOWN):
        assert answer.status_code < 500, (each, answer.text)
        if answer.status_code >= 400 and each.method != "HEAD":
            form = next((form for start, form in OTHER_FORMS.items() if each.template.startswith(start)), FORM)
            assert form <= answer.json().keys(), each


def test_a_failure_names_the_request_in_answer_and_log(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(house.store.jobs), "find", broken)
    answer = house.client.get("/api/2.2/jobs/list")
    name = answer.headers["x-request-id"]
    assert answer.status_code == 500
    assert f"({name})" in answer.json()["message"]
    assert f"failed ({name})" in caplog.text


def test_health_tells_a_stranger_nothing_of_the_installation(house: House) -> None:
    with httpx.Client(base_url=house.client.base_url, trust_env=False, verify=False) as client:  # noqa: S501 - no TLS here
        text = client.get("/health").text + client.get("/.well-known/databricks-config").text
    for secret in (str(house.settings.home), TOKEN, "sqlite", "ada"):
        assert secret not in text


def test_a_revoked_token_is_refused_from_the_next_request_on(house: House) -> None:
    made = house.post("/api/2.0/token/create", comment="short")
    headers = {"Authorization": f"Bearer {made['token_value']}"}
    assert house.client.get("/api/2.2/jobs/list", headers=headers).status_code == 200
    house.post("/api/2.0/token/delete", token_id=made["token_info"]["token_id"])
    assert house.client.get("/api/2.2/jobs/list", headers=headers).status_code == 401


# ------------------------------------------------------------------------------------------------------ slow bodies


def read(messages: list[dict[str, Any]], grace: float) -> list[Any]:
    """What comes of these messages; after the last one nothing ever comes."""

    async def go() -> list[Any]:
        never = asyncio.Event()

        async def receive() -> Any:
            if not messages:
                await never.wait()
            return messages.pop(0)

        paced = PacedBody(receive, grace=grace)
        found = [await paced()]
        while found[-1]["more_body"]:
            found.append(await paced())
        return found

    return asyncio.run(go())


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_that_stops_is_given_up(house: House) -> None:
    with pytest.raises(TooSlow, match=r"4 bytes in 0.05 s"):
        read([part(b"half", more=True)], 0.05)
    with pytest.raises(TooSlow):
        read([], 0.05)
    assert (TooSlow.status, slow_bodies.GRACE_SECONDS) == (408, 30.0)


def test_a_body_that_comes_is_passed_on() -> None:
    messages = [part(b"a", more=True), part(b"b", more=False)]
    assert read(list(messages), 5) == messages


def test_what_comes_buys_time_for_the_rest() -> None:
    """At a kilobyte a second: a large upload may last as long as it needs."""
    big = part(b"x" * slow_bodies.SLOWEST * 3600, more=True)
    assert len(read([big, part(b"", more=False)], 0)) == 2
