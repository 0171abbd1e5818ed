"""What is too large, too deep or too fast: refused with the limit named, and nothing else suffers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from brickyard.surfaces.api.faults import TooManyRequests
from brickyard.surfaces.api.pace import BURST_SECONDS, Pace
from tests.surfaces.api.house import USER, HandClock, House, task
from tests.surfaces.api.serving import Stage

MIB = 2**20
SECONDS = 5.0
CREATE = "/api/2.2/jobs/create"


def condition(key: str, *needs: str) -> dict[str, Any]:
    edges = [{"task_key": need} for need in needs]
    return {"task_key": key, "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}, "depends_on": edges}


def loop(inputs: str) -> dict[str, Any]:
    return {"task_key": "loop", "for_each_task": {"inputs": inputs, "task": task("each")}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"tasks": [{"task_key": f"t{n}"} for n in range(100_000)]}, "tasks has 100000 entries; at most 1000"),
        ({"tasks": [condition("a", "b"), condition("b", "a")]}, "cycle: a -> b -> a"),
        ({"tasks": [condition("a", "a")]}, "'a'"),
        ({"tasks": [loop(str(list(range(1_000_000))))]}, "Invalid inputs: cannot exceed 5000 characters"),
        ({"tasks": [task("a")], "tags": {f"t{n}": "" for n in range(26)}}, "tags has 26 entries; at most 25"),
        ({"tasks": [task("a")], "name": "n" * 4097}, "name has 4097 bytes; at most 4096"),
    ],
    ids=["10^5 tasks", "circle", "itself", "loop of 10^6", "26 tags", "long name"],
)
def test_a_job_beyond_a_limit_is_refused_at_once_with_the_limit(house: House, body: Any, words: str) -> None:
    begun = time.perf_counter()
    status, code, message = house.refused("POST", CREATE, json=body)
    assert time.perf_counter() - begun < SECONDS
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert words in message
    assert "jobs" not in house.get("/api/2.2/jobs/list")


def test_a_body_of_eleven_megabytes_is_refused_whether_it_says_so_or_not(house: House) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(11):
            yield b" " * MIB

    for content in (b" " * (11 * MIB), parts()):
        answer = house.client.post(CREATE, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error_code"]) == (413, "REQUEST_TOO_LARGE")
        assert f"{10 * MIB:,}" in answer.json()["message"]


def test_who_starts_runs_too_fast_is_told_when_to_come_again(house: House, stage: Stage) -> None:
    """10,000 at once: a burst is served, the rest is 429; another caller notices nothing."""
    job_id = house.post(CREATE, name="fast", tasks=[task("one")], max_concurrent_runs=1000)["job_id"]
    body = {"job_id": job_id}
    assert isinstance(stage.app, FastAPI)
    for _ in range(house.settings.max_starts_per_second * BURST_SECONDS - 1):
        stage.app.state.pace.take(USER)
    answer = house.client.post("/api/2.2/jobs/run-now", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (429, "REQUEST_LIMIT_EXCEEDED")
    assert answer.headers["retry-after"] == "1"
    assert "BRICKYARD_MAX_STARTS_PER_SECOND" in answer.json()["message"]
    for path, sent in ((CREATE, {"tasks": [task("a")]}), ("/api/2.2/jobs/runs/submit", {"tasks": [task("a")]})):
        assert house.client.post(path, json=sent).status_code == 429
    assert house.client.get("/api/2.2/jobs/list").status_code == 200, "reading goes on"
    other = house.person("bob")
    assert house.client.post(CREATE, json={"tasks": [task("a")]}, headers=other).status_code == 200
    house.clock.ms += 20
    assert house.client.post("/api/2.2/jobs/run-now", json=body).status_code == 200
    found = house.get("/api/brickyard/audit", limit=1000)["events"]
    assert [each["error_code"] for each in found if each["status"] == 429] == ["REQUEST_LIMIT_EXCEEDED"] * 3


def test_a_store_of_starts_fills_up_with_time_and_not_beyond_its_size() -> None:
    clock = HandClock()
    pace = Pace(2, clock)
    taken = _until_refused(pace)
    assert taken == 2 * BURST_SECONDS
    clock.ms += 1500
    assert _until_refused(pace) == 3
    clock.ms += 10**9
    assert _until_refused(pace) == 2 * BURST_SECONDS


def test_the_wait_that_is_named_is_enough() -> None:
    clock = HandClock()
    pace = Pace(1, clock)
    _until_refused(pace)
    with pytest.raises(TooManyRequests) as caught:
        pace.take("a")
    clock.ms += caught.value.retry_after * 1000
    pace.take("a")


def test_a_flood_of_callers_takes_a_bounded_place() -> None:
    pace = Pace(1, HandClock())
    for number in range(10_050):
        pace.take(f"user {number}")
    assert len(pace._left) == 10_000
    assert "user 0" not in pace._left


def _until_refused(pace: Pace) -> int:
    for taken in range(10_000):
        try:
            pace.take("a")
        except TooManyRequests:
            return taken
    raise AssertionError("never refused")
