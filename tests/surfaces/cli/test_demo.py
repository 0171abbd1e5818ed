"""The demo: every step is seen, the tables come, a second time nothing is doubled."""

from __future__ import annotations

from typing import Any

from tests.surfaces.cli.conftest import Run

TASKS = ("bronze", "silver", "gold_carriers", "gold_weather", "check")


def test_the_demo_shows_steps_tables_and_cost(brickyard: Run) -> None:
    """Twice: the counts stay the same, and only a changed file would go up again."""
    first = brickyard("demo")
    assert first.code == 0, first
    for words in (*(f"{task}: SUCCESS" for task in TASKS), "gold.carrier_delays", "gold.weather_delays", "USD", "DBU"):
        assert words in first.out
    assert "brickyard server" in first.out
    second: Any = brickyard("demo", "--json")
    assert second.code == 0, second
    counts = second.json["counts"]
    assert counts["bronze"] == counts["silver"] + counts["quarantine"] + counts["duplicates"]
    assert all(str(count) in first.out for count in counts.values())
    assert {task["task_key"] for task in second.json["cost"]["tasks"]} == set(TASKS)
