"""Catalogs, schemas, tables and views, with the error classes that user code looks for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from brickyard.errors import AlreadyExists, BrickyardError, InvalidParameterValue, InvalidState, NotFound
from brickyard.storage.store import SqlStore
from brickyard.workloads.messages import SchemaEntry, TableEntry, TableName
from tests.conformance.conftest import Open
from tests.conformance.samples import HandClock

NOW = HandClock().now_ms()


def name(table: str = "orders", schema: str = "default", catalog: str = "main") -> TableName:
    return TableName(catalog=catalog, schema=schema, name=table)


def entry(table: TableName | None = None, **fields: object) -> TableEntry:
    chosen: dict[str, object] = {"kind": "MANAGED", "location": "/warehouse/x", "created_ms": 1, "updated_ms": 2}
    return TableEntry(table=table or name(), **(chosen | fields))  # type: ignore[arg-type]


def test_what_exists_from_the_start(store: SqlStore) -> None:
    metastore = store.metastore
    assert list(metastore.catalogs()) == ["hive_metastore", "main", "samples", "system", "workspace"]
    schemas = {catalog: [schema.name for schema in metastore.schemas(catalog)] for catalog in metastore.catalogs()}
    assert schemas == {
        "hive_metastore": ["default"],
        "main": ["default"],
        "samples": [],
        "system": [],
        "workspace": ["default"],
    }


def test_an_entry_comes_back(store: SqlStore) -> None:
    full = entry(
        kind="VIEW",
        view_text='SELECT 1 AS "ü" -- \'',
        view_catalog="main",
        view_schema="default",
        comment="c",
        properties={"a": "b"},
        columns=[{"name": "x", "type": "int", "comment": ""}],
        owner="me",
    )
    store.metastore.put(full, mode="create")
    assert list(store.metastore.lookup([name(), name("no")])) == [full, None]
    assert list(store.metastore.tables("main", "default")) == [full]


def test_missing_times_are_the_present(store: SqlStore) -> None:
    store.metastore.put(entry(created_ms=0, updated_ms=0), mode="create")
    (found,) = store.metastore.lookup([name()])
    assert found is not None
    assert (found.created_ms, found.updated_ms) == (NOW, NOW)


def test_names_have_no_case(store: SqlStore) -> None:
    store.metastore.create_catalog("Sales", if_absent=False)
    store.metastore.create_schema(
        SchemaEntry(catalog="SALES", name="Gold", location="/x", comment="ä"), if_absent=False
    )
    store.metastore.put(entry(name("Orders", "GOLD", "sAles")), mode="create")
    (found,) = store.metastore.lookup([name("ORDERS", "gold", "Sales")])
    assert found is not None
    assert found.table == name("orders", "gold", "sales")
    assert list(store.metastore.schemas("SALES")) == [
        SchemaEntry(catalog="sales", name="gold", location="/x", comment="ä")
    ]
    assert len(store.metastore.tables("Sales", "Gold")) == 1
    assert store.metastore.drop(name("oRDERS", "gold", "sales")) is True


def test_tables_are_sorted_by_name(store: SqlStore) -> None:
    for table in ("b", "_", "a1", "a_", "é"):
        store.metastore.put(entry(name(table)), mode="create")
    assert [found.table.name for found in store.metastore.tables("main", "default")] == sorted(
        ["b", "_", "a1", "a_", "é"]
    )


def test_the_modes_of_put(store: SqlStore) -> None:
    first, second, third = entry(comment="1"), entry(comment="2"), entry(comment="3", kind="EXTERNAL")
    store.metastore.put(first, mode="create")
    with pytest.raises(AlreadyExists, match=r"^\[TABLE_OR_VIEW_ALREADY_EXISTS\] .*`main`\.`default`\.`orders`"):
        store.metastore.put(second, mode="create")
    store.metastore.put(second, mode="create_if_absent")
    assert list(store.metastore.lookup([name()])) == [first]
    store.metastore.put(third, mode="replace")
    assert list(store.metastore.lookup([name()])) == [third]
    with pytest.raises(InvalidParameterValue, match="upsert"):
        store.metastore.put(first, mode="upsert")


@pytest.mark.parametrize("mode", ["create", "create_if_absent", "replace"])
def test_a_table_needs_its_schema(store: SqlStore, mode: str) -> None:
    with pytest.raises(NotFound, match=r"^\[SCHEMA_NOT_FOUND\] .*`main`\.`no`"):
        store.metastore.put(entry(name(schema="no")), mode=mode)
    with pytest.raises(NotFound, match=r"^\[CATALOG_NOT_FOUND\] .*`no`"):
        store.metastore.put(entry(name(catalog="no")), mode=mode)


def test_what_is_not_there(store: SqlStore) -> None:
    metastore = store.metastore
    with pytest.raises(NotFound, match=r"^\[CATALOG_NOT_FOUND\]"):
        metastore.schemas("no")
    with pytest.raises(NotFound, match=r"^\[CATALOG_NOT_FOUND\]"):
        metastore.create_schema(SchemaEntry(catalog="no", name="x"), if_absent=True)
    with pytest.raises(NotFound, match=r"^\[CATALOG_NOT_FOUND\]"):
        metastore.drop_catalog("no", cascade=True)
    with pytest.raises(NotFound, match=r"^\[SCHEMA_NOT_FOUND\]"):
        metastore.tables("main", "no")
    with pytest.raises(NotFound, match=r"^\[SCHEMA_NOT_FOUND\]"):
        metastore.drop_schema("main", "no", cascade=True)
    assert metastore.drop(name("no")) is False
    assert list(metastore.lookup([name(catalog="no")])) == [None]
    assert list(metastore.lookup([])) == []


def test_catalogs_and_schemas_exist_once(store: SqlStore) -> None:
    metastore = store.metastore
    metastore.create_catalog("main", if_absent=True)
    with pytest.raises(AlreadyExists, match=r"^\[CATALOG_ALREADY_EXISTS\]"):
        metastore.create_catalog("MAIN", if_absent=False)
    first = SchemaEntry(catalog="main", name="s", location="/1")
    metastore.create_schema(first, if_absent=True)
    metastore.create_schema(SchemaEntry(catalog="main", name="s", location="/2"), if_absent=True)
    assert first in metastore.schemas("main")
    with pytest.raises(AlreadyExists, match=r"^\[SCHEMA_ALREADY_EXISTS\]"):
        metastore.create_schema(first, if_absent=False)


def test_a_schema_with_tables_is_dropped_only_with_cascade(store: SqlStore) -> None:
    store.metastore.put(entry(), mode="create")
    with pytest.raises(InvalidState, match=r"^\[SCHEMA_NOT_EMPTY\]"):
        store.metastore.drop_schema("main", "default", cascade=False)
    assert len(store.metastore.tables("main", "default")) == 1
    store.metastore.drop_schema("main", "default", cascade=True)
    assert list(store.metastore.schemas("main")) == []
    assert list(store.metastore.lookup([name()])) == [None]


def test_a_catalog_with_schemas_is_dropped_only_with_cascade(store: SqlStore) -> None:
    metastore = store.metastore
    metastore.create_schema(SchemaEntry(catalog="main", name="gold"), if_absent=False)
    metastore.put(entry(), mode="create")
    with pytest.raises(InvalidState, match=r"^\[CATALOG_NOT_EMPTY\]"):
        metastore.drop_catalog("main", cascade=False)
    assert len(metastore.tables("main", "default")) == 1
    metastore.drop_catalog("main", cascade=True)
    assert "main" not in metastore.catalogs()
    metastore.drop_catalog("workspace", cascade=False)
    assert "workspace" not in metastore.catalogs()


def test_dropped_catalogs_do_not_come_back(lasting: str, opening: Open) -> None:
    first = opening(lasting)
    first.metastore.drop_catalog("samples", cascade=False)
    first.close()
    assert "samples" not in opening(lasting).metastore.catalogs()


@pytest.mark.parametrize("bad", [name(""), name(schema=""), name(catalog="")])
def test_empty_names_are_refused(store: SqlStore, bad: TableName) -> None:
    with pytest.raises(InvalidParameterValue, match="empty"):
        store.metastore.put(entry(bad), mode="create")


def test_of_many_creators_one_wins(lasting: str, opening: Open) -> None:
    stores = [opening(lasting) for _ in range(4)]

    def create(number: int) -> str:
        try:
            stores[number].metastore.put(entry(comment=str(number)), mode="create")
        except AlreadyExists:
            return "late"
        return str(number)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(create, range(4)))
    winner = [answer for answer in answers if answer != "late"]
    assert len(winner) == 1
    (found,) = stores[0].metastore.lookup([name()])
    assert found is not None
    assert found.comment == winner[0]


def test_filling_and_dropping_a_schema_at_once_leaves_no_orphan(lasting: str, opening: Open) -> None:
    one, two = opening(lasting), opening(lasting)
    for number in range(10):
        schema = f"s{number}"
        one.metastore.create_schema(SchemaEntry(catalog="main", name=schema), if_absent=False)

        def fill(schema: str = schema) -> str:
            return _said(lambda: one.metastore.put(entry(name(schema=schema)), mode="create"))

        def drop(schema: str = schema) -> str:
            return _said(lambda: two.metastore.drop_schema("main", schema, cascade=False))

        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(fill), pool.submit(drop)]
            answers = [future.result(timeout=30) for future in futures]
        left = any(found.name == schema for found in one.metastore.schemas("main"))
        filled = one.metastore.lookup([name(schema=schema)])[0] is not None
        assert answers == (["", "[SCHEMA_NOT_EMPTY]"] if left else ["[SCHEMA_NOT_FOUND]", ""])
        assert left == filled


def _said(action: Callable[[], None]) -> str:
    try:
        action()
    except BrickyardError as error:
        return error.message.split()[0]
    return ""
