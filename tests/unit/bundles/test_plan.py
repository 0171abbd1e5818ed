"""Where two settings differ."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.surfaces.bundles.plan import differences, normal

TASK = {"task_key": "a", "notebook_task": {"notebook_path": "/n"}}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({}, {}, []),
        ({"name": "a"}, {"name": "b"}, ["name: 'a' -> 'b'"]),
        ({}, {"name": "b"}, ["name: (none) -> 'b'"]),
        ({"name": "a"}, {}, ["name: 'a' -> (none)"]),
        ({"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "1", "b": "3"}}, ["tags.b: '2' -> '3'"]),
        (
            {"tasks": [{"task_key": "a", "x": 1}, {"task_key": "b"}]},
            {"tasks": [{"task_key": "b"}, {"task_key": "a", "x": 2}]},
            ["tasks.a.x: 1 -> 2"],
        ),
        ({"tasks": [{"task_key": "a"}]}, {"tasks": []}, ["tasks.a: {'task_key': 'a'} -> (none)"]),
        ({"parameters": ["--a"]}, {"parameters": ["--b"]}, ["parameters: ['--a'] -> ['--b']"]),
        ({"n": "x" * 500}, {"n": "y"}, [f"n: {repr('x' * 500)[:120]}… -> 'y'"]),
    ],
)
def test_differences(old: dict[str, Any], new: dict[str, Any], found: list[str]) -> None:
    """Keyed lists are compared by key, so that another order is no difference."""
    assert list(differences(old, new)) == found


def test_defaults_make_no_difference() -> None:
    """What the server fills in is no change: a second deployment of the same bundle changes nothing."""
    sent = {"name": "j", "tasks": [TASK]}
    stored = {**sent, "timeout_seconds": 0, "max_concurrent_runs": 1, "tasks": [{**TASK, "run_if": "ALL_SUCCESS"}]}
    assert list(differences(normal(stored), normal(sent))) == []


def test_settings_of_a_later_server_are_compared_as_they_are() -> None:
    assert normal({"name": "j", "hologram": True}) == {"name": "j", "hologram": True}
