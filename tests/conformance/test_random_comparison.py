"""SQLite and PostgreSQL give equal answers to the same random operations, and hold equal rows at the end."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from brickyard.errors import BrickyardError
from brickyard.storage.store import SqlStore
from brickyard.storage.tables import METADATA
from tests.conformance.conftest import Open
from tests.conformance.random_world import OPERATIONS, Call, World

STEPS = 900
MOST_STEPS = 4000
NUMBERED_BY_DATABASE = {"effect_id", "event_id", "sealed"}


def answer(store: SqlStore, call: Call) -> tuple[str, Any]:
    """What the store says: a value, or the class and text of its error."""
    try:
        return "ok", call(store)
    except BrickyardError as error:
        return type(error).__name__, error.message


def rows_of(store: SqlStore) -> dict[str, list[str]]:
    """Every row of every table, without what each database numbers by itself."""
    found = {}
    with store._db.read() as connection:
        for name, table in METADATA.tables.items():
            columns = [column for column in table.c if column.name not in NUMBERED_BY_DATABASE]
            values = connection.execute(table.select().with_only_columns(*columns)).all()
            found[name] = sorted(repr(tuple(row)) for row in values)
    del found["meta"]  # has the sealed proof of the key
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equal_answers(emptied: str, opening: Open, seed: int) -> None:
    ours, theirs = opening("sqlite://"), opening(emptied)
    world = World(random.Random(seed))  # noqa: S311 - repeatable, no secret
    said: Counter[tuple[str, str]] = Counter()
    for step in range(MOST_STEPS):
        if step >= STEPS and all(said[name, "ok"] for name in OPERATIONS):
            break
        name = world.choose(OPERATIONS)
        call, then = OPERATIONS[name](world)
        one, other = answer(ours, call), answer(theirs, call)
        assert one == other, f"seed {seed}, step {step}: {name}"
        said[name, "ok" if one[0] == "ok" else "error"] += 1
        if one[0] == "ok" and then is not None:
            then()
    assert rows_of(ours) == rows_of(theirs)
    assert [name for name in OPERATIONS if not said[name, "ok"]] == [], "operations that never succeeded"
    assert sum(count for (_, kind), count in said.items() if kind == "error") > STEPS // 50
    for run_id, run in world.runs.items():
        assert ours.runs.load(run_id) == run


def test_every_operation_of_the_ports_takes_part() -> None:
    stores = {
        "jobs": {"create", "get", "find", "replace", "delete"},
        "runs": {
            *("create", "commit", "load", "record", "run_of_attempt", "by_token", "find", "active", "count_active"),
            *("history", "outcome", "resolved", "save_resolved", "pending_effects", "performed", "delete"),
        },
        "task_values": {"set", "get", "all"},
        "secrets": {"create_scope", "delete_scope", "scopes", "put", "get", "delete", "keys"},
        "tokens": {"add", "find", "all", "delete"},
        "metastore": {
            *("catalogs", "create_catalog", "drop_catalog", "schemas", "create_schema", "drop_schema"),
            *("tables", "lookup", "put", "drop"),
        },
        "clusters": {"save", "event", "get", "of_run", "alive", "events"},
    }
    every = {f"{store} {operation}" for store, operations in stores.items() for operation in operations}
    assert {name.split(",")[0] for name in OPERATIONS} == every | {"meta"}
