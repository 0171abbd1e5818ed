"""Statements and warehouses by the real SDK, on a real engine."""

from __future__ import annotations

import httpx
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service import sql


@pytest.fixture
def warehouse(client: WorkspaceClient) -> str:
    found: str | None = next(each.id for each in client.warehouses.list())
    assert found
    return found


def data(response: sql.StatementResponse) -> list[list[str]]:
    assert response.status
    assert response.status.state is sql.StatementState.SUCCEEDED, response.status.error
    assert response.result
    return response.result.data_array or []


def test_statements_make_fill_and_read_a_table(client: WorkspaceClient, warehouse: str) -> None:
    execute = client.statement_execution.execute_statement
    data(execute("CREATE SCHEMA IF NOT EXISTS main.statements", warehouse, wait_timeout="50s"))
    data(execute("CREATE TABLE main.statements.t (id BIGINT, price DECIMAL(10,2))", warehouse, wait_timeout="50s"))
    data(execute("INSERT INTO t VALUES (1, 2.5), (2, NULL)", warehouse, catalog="main", schema="statements"))
    parameters = [sql.StatementParameterListItem(name="low", value="1", type="INT")]
    read = execute("SELECT * FROM main.statements.t WHERE id >= :low ORDER BY id", warehouse, parameters=parameters)
    assert data(read) == [["1", "2.50"], ["2", None]]
    assert read.manifest
    assert read.manifest.schema
    assert read.manifest.schema.columns
    kinds = [(column.name, column.type_name, column.type_text) for column in read.manifest.schema.columns]
    assert kinds == [
        ("id", sql.ColumnInfoTypeName.LONG, "BIGINT"),
        ("price", sql.ColumnInfoTypeName.DECIMAL, "DECIMAL(10,2)"),
    ]


def test_nothing_is_left_behind_for_the_next_statement(client: WorkspaceClient, warehouse: str) -> None:
    execute = client.statement_execution.execute_statement
    data(execute("CREATE TEMP VIEW mine AS SELECT 1", warehouse))
    gone = execute("SELECT * FROM mine", warehouse)
    assert gone.status
    assert gone.status.error
    assert "[TABLE_OR_VIEW_NOT_FOUND]" in (gone.status.error.message or "")


def test_a_long_result_is_read_through_links(client: WorkspaceClient, warehouse: str) -> None:
    response = client.statement_execution.execute_statement(
        "SELECT id, repeat('x', 100) AS word FROM range(100000)",
        warehouse,
        disposition=sql.Disposition.EXTERNAL_LINKS,
        format=sql.Format.CSV,
        wait_timeout="50s",
    )
    assert response.manifest
    assert response.result
    assert response.statement_id
    assert (response.manifest.total_chunk_count or 0) > 1
    lines, part = 0, response.result
    while True:
        assert part.external_links
        link = part.external_links[0]
        assert link.external_link
        lines += len(httpx.get(link.external_link, trust_env=False, timeout=30).text.splitlines())
        if link.next_chunk_index is None:
            break
        part = client.statement_execution.get_statement_result_chunk_n(response.statement_id, link.next_chunk_index)
    assert lines == 100_001


def test_a_statement_is_cancelled(client: WorkspaceClient, warehouse: str) -> None:
    begun = client.statement_execution.execute_statement(
        "SELECT count(*) FROM range(100000000000) WHERE rand() > 2", warehouse, wait_timeout="0s"
    )
    assert begun.statement_id
    client.statement_execution.cancel_execution(begun.statement_id)
    for _ in range(600):
        found = client.statement_execution.get_statement(begun.statement_id)
        assert found.status
        if found.status.state not in {sql.StatementState.PENDING, sql.StatementState.RUNNING}:
            break
    assert found.status.state is sql.StatementState.CANCELED


def test_a_warehouse_is_made_waited_for_stopped_and_deleted(client: WorkspaceClient) -> None:
    pair = sql.EndpointTagPair(key="team", value="ore")
    made = client.warehouses.create_and_wait(
        name="of a test", cluster_size="Small", auto_stop_mins=5, tags=sql.EndpointTags(custom_tags=[pair])
    )
    assert made.id
    assert made.state is sql.State.RUNNING
    client.warehouses.edit(made.id, name="renamed")
    assert client.warehouses.stop_and_wait(made.id).state is sql.State.STOPPED
    assert client.warehouses.start_and_wait(made.id).name == "renamed"
    client.warehouses.delete(made.id)
    with pytest.raises(NotFound):
        client.warehouses.get(made.id)
