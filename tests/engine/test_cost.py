"""What the run loop does for an attempt must not grow with its run: counted in calls on the loop's own thread."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.engine.house import SUCCESS, House, loop, notebook, result

GROWTH = 1.3


def chain(count: int) -> list[dict[str, Any]]:
    return [notebook(f"t{n}", *([f"t{n - 1}"] if n else [])) for n in range(count)]


def flat(count: int) -> list[dict[str, Any]]:
    return [notebook(f"t{n}") for n in range(count)]


def fan(count: int) -> list[dict[str, Any]]:
    middle = [f"t{n}" for n in range(1, count - 1)]
    return [notebook("t0"), *(notebook(key, "t0") for key in middle), notebook(f"t{count - 1}", *middle)]


def iterations(count: int) -> list[dict[str, Any]]:
    return [loop("each", json.dumps([1] * count), notebook("one", parameters={"x": "{{input}}"}), concurrency=20)]


def calls_per_attempt(home: Path, tasks: list[dict[str, Any]], attempts: int) -> float:
    """How many functions the run loop calls for each attempt."""
    calls: Counter[int] = Counter()

    def count(_frame: object, event: str, _arg: object) -> None:
        if event == "call":
            calls[threading.get_ident()] += 1

    home.mkdir()
    house = House(home)
    house.script(one=SUCCESS, **{f"t{n}": SUCCESS for n in range(attempts)})
    threading.setprofile(count)
    try:
        house.start()
    finally:
        threading.setprofile(None)
    thread = house.engine._loop._thread
    assert thread is not None
    try:
        assert result(house.ended(house.run(*tasks))) == "TERMINATED/SUCCESS"
        assert len(house.workers.started) == attempts
        return calls[thread.ident or 0] / attempts
    finally:
        house.stop()


@pytest.mark.parametrize("shape", [chain, flat, fan, iterations], ids=lambda shape: shape.__name__)
def test_an_attempt_of_a_large_run_costs_what_one_of_a_small_run_costs(tmp_path: Path, shape: Any) -> None:
    small, large = (calls_per_attempt(tmp_path / str(count), shape(count), count) for count in (40, 320))
    assert small > 0
    assert large < small * GROWTH
