"""The demo: every step is seen, the tables come, a second time nothing is doubled."""

from __future__ import annotations

import re
from typing import Any

from tests.surfaces.cli.conftest import Run

TASKS = ("bronze", "silver", "gold_carriers", "gold_weather", "check")


def test_the_demo_shows_steps_tables_and_cost(brickyard: Run) -> None:
    """Twice: the counts stay the same, and only a changed file would go up again."""
    first = brickyard("demo")
    assert first.code == 0, first
    for words in (*(f"{task}: SUCCESS" for task in TASKS), "gold.carrier_delays", "gold.weather_delays", "USD", "DBU"):
        assert words in first.out
    last = first.out.splitlines()[-1]
    assert "http" not in first.out, "there is no page to look at"
    assert "brickyard server" in last
    assert re.search(r"brickyard runs get \d+", last)
    assert not any(line != line.rstrip() for line in first.out.splitlines())
    assert re.search(r"bronze +[\d.]+ s  0\.\d{6}  0\.\d{6}$", first.out, re.MULTILINE)
    second: Any = brickyard("demo", "--json")
    assert second.code == 0, second
    counts = second.json["counts"]
    assert counts["bronze"] == counts["silver"] + counts["quarantine"] + counts["duplicates"]
    assert all(str(count) in first.out for count in counts.values())
    assert {task["task_key"] for task in second.json["cost"]["tasks"]} == set(TASKS)
