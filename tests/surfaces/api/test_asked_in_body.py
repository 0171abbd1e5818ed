"""A GET whose question stands in a JSON body, as Airflow's triggers send it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from brickyard.surfaces.api.bodies import MAX_QUESTION
from tests.surfaces.api.house import House, task

GET = "/api/2.2/jobs/runs/get"


def asked(house: House, path: str = GET, kind: str = "application/json", **parts: Any) -> httpx.Response:
    return house.client.request("GET", path, headers={"Content-Type": kind}, **parts)


def test_it_is_answered_as_if_it_stood_in_the_address(house: House) -> None:
    run_id = house.start_run(task("one"))
    answer = asked(house, json={"run_id": run_id, "include_history": True, "page_token": ""})
    assert answer.status_code == 200, answer.text
    assert answer.json() == house.get(GET, run_id=run_id, include_history="true")


def test_numbers_as_texts_nulls_and_flags_are_understood_as_in_other_bodies(house: House) -> None:
    house.start_run(task("one"))
    answer = asked(house, "/api/2.2/jobs/list", json={"limit": "5", "expand_tasks": False, "name": None})
    assert answer.json() == house.get("/api/2.2/jobs/list", limit=5)


def test_parts_may_stand_in_both_places_but_no_name_twice(house: House) -> None:
    run_id = house.start_run(task("one"))
    both = asked(house, params={"run_id": run_id}, json={"include_history": "true"})
    assert both.json()["repair_history"]
    twice = asked(house, params={"run_id": run_id}, json={"run_id": run_id})
    assert (twice.status_code, twice.json()["message"]) == (400, "A name is given twice in the query.")


@pytest.mark.parametrize(
    ("parts", "status", "said"),
    [
        ({"content": b"{"}, 400, "not JSON"),
        ({"content": b"[1]"}, 400, "must be a JSON object"),
        ({"content": b"run_id=1", "kind": "application/x-www-form-urlencoded"}, 400, "application/json"),
        ({"path": "/api/2.2/jobs/list", "json": {"limits": 1}}, 400, "Did you mean 'limit'?"),
        ({"json": {"run_id": {"a": 1}}}, 400, "must be a whole number"),
        ({"json": {"run_id\x00": 1}}, 400, "A name in the query"),
        ({"json": {"run_id": 1, "page_token": "\x00"}}, 400, "page_token"),
        ({"json": {"run_id": "9" * MAX_QUESTION}}, 413, "larger than the limit"),
    ],
    ids=["broken", "list", "form", "unknown", "object", "hostile name", "hostile text", "long"],
)
def test_what_is_no_question_is_refused(house: House, parts: dict[str, Any], status: int, said: str) -> None:
    answer = asked(house, **parts)
    assert answer.status_code == status
    assert said in answer.json()["message"]


def test_an_empty_body_asks_nothing(house: House) -> None:
    run_id = house.start_run(task("one"))
    assert asked(house, params={"run_id": run_id}, content=b"", kind="").status_code == 200
