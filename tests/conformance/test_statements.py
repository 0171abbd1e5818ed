"""What is kept of statements, in both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from brickyard.ports import Store
from brickyard.records import StatementRecord

FIRST = StatementRecord(
    statement_id="a",
    warehouse_id="w",
    user_name="ada",
    text="select 'ü'",
    state="PENDING",
    created_ms=1,
    body={"format": "JSON_ARRAY"},
)


def test_a_statement_is_read_as_it_was_saved_last(store: Store) -> None:
    assert store.statements.get("a") is None
    store.statements.save(FIRST)
    over = replace(FIRST, state="SUCCEEDED", ended_ms=9, body={"columns": [{"name": "n", "type": "int"}]})
    store.statements.save(over)
    assert store.statements.get("a") == over
    assert (FIRST.is_over, over.is_over) == (False, True)


def test_active_ones_are_those_that_have_not_ended(store: Store) -> None:
    for statement_id, created, ended in (("b", 2, 0), ("c", 1, 0), ("d", 3, 5)):
        store.statements.save(replace(FIRST, statement_id=statement_id, created_ms=created, ended_ms=ended))
    assert [each.statement_id for each in store.statements.active()] == ["c", "b"]


def test_old_ones_are_found_until_they_are_closed_and_then_forgotten(store: Store) -> None:
    for statement_id, ended, state in (
        ("a", 10, "FAILED"),
        ("b", 20, "CANCELED"),
        ("c", 5, "CLOSED"),
        ("d", 0, "RUNNING"),
    ):
        store.statements.save(replace(FIRST, statement_id=statement_id, ended_ms=ended, state=state))
    assert store.statements.ended_before(20) == ["a"]
    assert store.statements.delete_before(20) == 2
    assert [store.statements.get(each) is None for each in "abcd"] == [True, False, True, False]


@pytest.mark.parametrize("state", ["RUNNING", "SUCCEEDED", "FAILED", "CANCELED", "CLOSED"])
def test_every_state_can_be_kept(store: Store, state: str) -> None:
    store.statements.save(replace(FIRST, state=state))
    found = store.statements.get("a")
    assert found is not None
    assert found.state == state
