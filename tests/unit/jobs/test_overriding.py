"""Legacy overrides of a repair over those of the start."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.jobs.overriding import over


@pytest.mark.parametrize(
    ("start", "later", "expected"),
    [
        ({}, {}, {}),
        ({"notebook_params": {"a": "1"}}, {}, {"notebook_params": {"a": "1"}}),
        ({}, {"notebook_params": {"a": "1"}}, {"notebook_params": {"a": "1"}}),
        (
            {"notebook_params": {"a": "1", "b": "1"}},
            {"notebook_params": {"b": "2", "c": "2"}},
            {"notebook_params": {"a": "1", "b": "2", "c": "2"}},
        ),
        ({"python_params": ["1", "2"]}, {"python_params": ["3"]}, {"python_params": ["3"]}),
        (
            {"python_params": ["1"]},
            {"sql_params": {"a": "1"}},
            {"python_params": ["1"], "sql_params": {"a": "1"}},
        ),
    ],
    ids=["nothing", "start", "repair", "names", "lists", "kinds"],
)
def test_each_name_counts_for_itself_and_a_list_as_a_whole(
    start: dict[str, Any], later: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = repr((start, later))
    assert over(start, later) == expected
    assert repr((start, later)) == before
