"""What a worker runs for a saved query."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.engine import saved_queries
from brickyard.records import QueryRecord
from brickyard.workloads.messages import SqlWork


def query(**body: Any) -> QueryRecord:
    return QueryRecord(
        query_id="q", display_name="a", query_text="SELECT :x", owner="me", created_ms=1, updated_ms=1, body=body
    )


def test_the_query_brings_text_catalog_and_schema() -> None:
    found = saved_queries.work_of(query(catalog="main", schema="shop"), {"x": "1"})
    assert found == SqlWork(text="SELECT :x", parameters={"x": "1"}, catalog="main", schema="shop")


def test_a_query_without_them_begins_as_usual() -> None:
    assert saved_queries.work_of(query(), {}) == SqlWork(text="SELECT :x")


def test_values_of_the_task_win() -> None:
    saved = [{"name": "x", "text_value": {"value": "saved"}}, {"name": "y", "text_value": {"value": "kept"}}]
    assert saved_queries.work_of(query(parameters=saved), {"x": "given"}).parameters == {"x": "given", "y": "kept"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"text_value": {"value": "a'b"}}, "a'b"),
        ({"text_value": {}}, ""),
        ({}, ""),
        ({"numeric_value": {"value": 3}}, "3"),
        ({"numeric_value": {"value": 3.0}}, "3"),
        ({"numeric_value": {"value": 2.5}}, "2.5"),
        ({"numeric_value": {}}, "0"),
        ({"date_value": {"date_value": "2024-01-01", "precision": "DAY_PRECISION"}}, "2024-01-01"),
        ({"enum_value": {"values": ["one"], "enum_options": "one\ntwo"}}, "one"),
        ({"enum_value": {"values": ["a", "b"]}}, "a,b"),
        (
            {
                "enum_value": {
                    "values": ["a", "b"],
                    "multi_values_options": {"prefix": "'", "suffix": "'", "separator": "|"},
                }
            },
            "'a'|'b'",
        ),
        ({"enum_value": {}}, ""),
    ],
)
def test_saved_values_as_text(value: dict[str, Any], text: str) -> None:
    assert saved_queries.saved_value({"name": "x", **value}) == text
