"""What workers ask of the server, answered from the real store."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from brickyard.engine.task_values import MAX_CHARACTERS, MAX_PER_RUN
from brickyard.errors import AlreadyExists, BrickyardError, InvalidParameterValue, InvalidState, NotFound
from brickyard.workloads.messages import (
    Body,
    DropSchema,
    DropTable,
    ExplainCompute,
    GetCompute,
    GetSecret,
    GetTaskValue,
    ListSchemas,
    ListSecrets,
    ListTables,
    LookupTables,
    PutSchema,
    PutTable,
    SchemaEntry,
    SetTaskValue,
    TableEntry,
    TableName,
)
from tests.engine.house import FAILED, SUCCESS, House, as_json, notebook

CLUSTER = {"spark_version": "16.4.x-scala2.12", "num_workers": 2}
ORDERS = TableName(catalog="main", schema="silver", name="orders")


# ------------------------------------------------------------------------------------------------- task values


def test_a_value_is_read_by_a_later_task_as_it_was_set(house: House) -> None:
    house.run(notebook("a"), notebook("b", "a"))
    house.ask("a", SetTaskValue(key="rows", json='{"n": [1, 2.5, null]}'))
    house.ask("a", SetTaskValue(key="day", json='"old"'))
    house.ask("a", SetTaskValue(key="day", json='"new"'))
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    assert house.ask("b", GetTaskValue(task_key="a", key="rows")) == '{"n": [1, 2.5, null]}'
    assert house.ask("b", GetTaskValue(task_key="a", key="day")) == '"new"'
    assert house.ask("b", GetTaskValue(task_key="a", key="other")) is None
    assert house.ask("b", GetTaskValue(task_key="ghost", key="day")) is None


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("", "1", "must have 1 to 512 characters"),
        ("k" * 513, "1", "must have 1 to 512 characters"),
        ("a\x00b", "1", "no NUL"),
        (
            "k",
            '"' + "x" * (MAX_CHARACTERS - 1) + '"',
            f"has {MAX_CHARACTERS + 1} characters as JSON; at most {MAX_CHARACTERS}",
        ),
        ("k", "{", "is not valid JSON"),
        ("k", "NaN", "NaN is no JSON number"),
    ],
)
def test_values_that_are_not_allowed_are_refused_at_the_setter(house: House, key: str, text: str, message: str) -> None:
    house.run(notebook("a"))
    with pytest.raises(InvalidParameterValue, match=message):
        house.ask("a", SetTaskValue(key=key, json=text))


def test_a_value_of_just_the_limit_is_kept(house: House) -> None:
    house.run(notebook("a"))
    house.ask("a", SetTaskValue(key="k", json='"' + "x" * (MAX_CHARACTERS - 2) + '"'))


def test_a_run_has_a_limited_number_of_values(house: House) -> None:
    run_id = house.run(notebook("a"))
    for index in range(MAX_PER_RUN):
        house.store.task_values.set(run_id, "a", f"k{index}", "1")
    house.ask("a", SetTaskValue(key="k7", json="2"))
    with pytest.raises(InvalidParameterValue, match=f"at most {MAX_PER_RUN}"):
        house.ask("a", SetTaskValue(key="one more", json="1"))


def test_an_old_attempt_cannot_overwrite_what_the_new_one_sets(house: House) -> None:
    house.run(notebook("a", max_retries=1))
    old = house.workers.wait_for("a")
    house.workers.finish(old.attempt_id, FAILED)
    house.workers.wait_for("a", 2)
    with pytest.raises(InvalidState, match=f"Task run {old.attempt_id} is over"):
        house.sink.ask(old.attempt_id, 1, SetTaskValue(key="k", json="1"))


@pytest.mark.parametrize("body", [GetTaskValue(task_key="a", key="k"), GetCompute(), ExplainCompute()])
def test_an_unknown_attempt_gets_no_answer(house: House, body: Body) -> None:
    with pytest.raises(NotFound, match="Task run 5 does not exist"):
        house.sink.ask(5, 1, body)


# ----------------------------------------------------------------------------------------------------- secrets


def test_secrets_come_as_base64_and_lists_as_names(house: House) -> None:
    house.store.secrets.create_scope("prod")
    house.store.secrets.put("prod", "password", b"\x00hunter2", 1)
    house.run(notebook("a"))
    assert base64.b64decode(house.ask("a", GetSecret(scope="prod", key="password"))) == b"\x00hunter2"
    assert house.ask("a", ListSecrets()) == ["prod"]
    assert house.ask("a", ListSecrets(scope="prod")) == ["password"]
    with pytest.raises(BrickyardError, match="nope"):
        house.ask("a", GetSecret(scope="prod", key="nope"))


# --------------------------------------------------------------------------------------------------- metastore


def test_schemas_and_tables_are_made_found_and_dropped(house: House) -> None:
    house.run(notebook("a"))
    house.ask("a", PutSchema(entry=SchemaEntry(catalog="lab", name=""), if_absent=True))
    house.ask("a", PutSchema(entry=SchemaEntry(catalog="lab", name="silver", comment="clean")))
    assert "lab" in house.ask("a", ListSchemas())
    schemas = as_json(house.ask("a", ListSchemas(catalog="lab")))
    assert {"catalog": "lab", "name": "silver", "comment": "clean"} in schemas
    orders = TableName(catalog="lab", schema="silver", name="orders")
    entry = TableEntry(table=orders, kind="MANAGED", location="/warehouse/orders")
    house.ask("a", PutTable(entry=entry))
    with pytest.raises(AlreadyExists):
        house.ask("a", PutTable(entry=entry))
    missing = TableName(catalog="lab", schema="silver", name="ghost")
    found, nothing = as_json(house.ask("a", LookupTables(names=[orders, missing])))
    assert found["location"] == "/warehouse/orders"
    assert nothing is None
    (listed,) = as_json(house.ask("a", ListTables(catalog="lab", schema="silver")))
    assert listed == found
    with pytest.raises(BrickyardError):
        house.ask("a", DropSchema(catalog="lab", name="silver"))
    assert house.ask("a", DropTable(table=orders)) is True
    assert house.ask("a", DropTable(table=orders)) is False
    house.ask("a", DropSchema(catalog="lab", name="silver"))
    house.ask("a", DropSchema(catalog="lab", name="", cascade=True))
    assert "lab" not in house.ask("a", ListSchemas())


# ----------------------------------------------------------------------------------------------------- compute


def test_the_cluster_of_a_task_follows_from_what_it_declares(house: House) -> None:
    run_id = house.run(
        notebook("own", new_cluster=CLUSTER),
        notebook("shared", job_cluster_key="main"),
        notebook("too", job_cluster_key="main"),
        notebook("free"),
        job_clusters=[{"job_cluster_key": "main", "new_cluster": CLUSTER}],
        tags={"team": "data"},
    )
    for key in ("own", "shared", "too", "free"):
        answer: dict[str, Any] = house.ask(key, GetCompute())
        assert answer["url"] == "sc://127.0.0.1:50051"
    own = house.workers.wait_for("own").attempt_id
    asked = [(request.key, request.shared, request.spec is not None) for request in house.clusters.requests]
    assert asked == [
        (f"task:{own}", False, True),
        ("main", True, True),
        ("main", True, True),
        ("serverless", True, False),
    ]
    assert {request.run_id for request in house.clusters.requests} == {run_id}
    assert house.clusters.requests[0].tags == {"team": "data"}


def test_a_cluster_of_the_tasks_own_ends_with_the_attempt(house: House) -> None:
    run_id = house.run(notebook("own", new_cluster=CLUSTER), notebook("free"))
    house.ask("own", GetCompute())
    house.ask("free", GetCompute())
    own = house.workers.wait_for("own").attempt_id
    house.workers.finish(own)
    house.workers.finish(house.workers.wait_for("free").attempt_id)
    house.ended(run_id)
    house.engine.stop()
    assert house.clusters.ended_attempts == [own]


def test_what_happened_to_an_engine_is_explained(house: House) -> None:
    run_id = house.run(notebook("free"))
    assert house.ask("free", ExplainCompute()) == f"The cluster serverless of run {run_id} ran out of memory."


def test_reports_that_come_before_the_engine_is_there_wait_for_it(house: House) -> None:
    later = House(house.home)
    later.script(a=SUCCESS)
    later.sink.started(1, 1)
    later.sink.ended(1, SUCCESS)
    later.start()
    later.ended(later.run(notebook("a")))
    later.stop()
