"""The service's SDK reads catalogs, schemas, tables and volumes that a notebook has made."""

from __future__ import annotations

import io

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound
from databricks.sdk.service import catalog, jobs
from databricks.sdk.service.workspace import ImportFormat

from tests.compat.conftest import Wait

NOTEBOOK = """# Databricks notebook source
spark.sql("CREATE SCHEMA main.unity COMMENT 'of the tests'")
spark.sql('''CREATE TABLE main.unity.orders (
    id BIGINT NOT NULL COMMENT 'counted', price DECIMAL(12,2), day DATE, parts ARRAY<STRUCT<name: STRING, n: INT>>
) COMMENT 'all orders' ''')
spark.sql("INSERT INTO main.unity.orders VALUES (1, 2.50, DATE'2024-01-01', array())")
spark.sql("CREATE VIEW main.unity.dear AS SELECT id, price FROM main.unity.orders WHERE price > 2")
spark.sql("CREATE VOLUME main.unity.files")
dbutils.fs.put("/Volumes/main/unity/files/note.txt", "hello")
spark.sql("CREATE TABLE main.unity.outside USING delta LOCATION '/Volumes/main/unity/files/t' AS SELECT 1 AS one")
"""


@pytest.fixture(scope="module", autouse=True)
def _made(client: WorkspaceClient, wait_for: Wait) -> None:
    """The notebook has run."""
    client.workspace.mkdirs("/Shared/unity")
    client.workspace.upload("/Shared/unity/make.py", io.BytesIO(NOTEBOOK.encode()), format=ImportFormat.AUTO)
    task = jobs.SubmitTask(task_key="make", notebook_task=jobs.NotebookTask(notebook_path="/Shared/unity/make"))
    run_id = client.jobs.submit(run_name="unity", tasks=[task]).response.run_id
    assert run_id
    run = wait_for(run_id)
    assert run["state"]["result_state"] == "SUCCESS", client.jobs.get_run_output(run_id).error


def test_the_metastore_is_one(client: WorkspaceClient) -> None:
    current, summary = client.metastores.current(), client.metastores.summary()
    assert current.workspace_id == client.get_workspace_id()
    assert current.metastore_id == summary.metastore_id
    assert client.catalogs.get(current.default_catalog_name or "").metastore_id == summary.metastore_id


def test_catalogs_and_schemas_are_listed(client: WorkspaceClient) -> None:
    assert "main" in [each.name for each in client.catalogs.list()]
    found = {each.name: each for each in client.schemas.list("main")}
    assert {"default", "unity"} <= set(found)
    assert client.schemas.get("main.unity") == found["unity"]
    assert found["unity"].comment == "of the tests"
    assert found["unity"].catalog_type is catalog.CatalogType.MANAGED_CATALOG


def test_a_table_has_the_columns_that_it_was_made_with(client: WorkspaceClient) -> None:
    table = client.tables.get("main.unity.orders")
    assert table.table_type is catalog.TableType.MANAGED
    assert table.data_source_format is catalog.DataSourceFormat.DELTA
    assert table.comment == "all orders"
    assert table.created_at
    columns = [
        (each.name, each.position, each.type_name, each.type_text, each.nullable, each.comment)
        for each in table.columns or []
    ]
    assert columns == [
        ("id", 0, catalog.ColumnTypeName.LONG, "bigint", False, "counted"),
        ("price", 1, catalog.ColumnTypeName.DECIMAL, "decimal(12,2)", True, None),
        ("day", 2, catalog.ColumnTypeName.DATE, "date", True, None),
        ("parts", 3, catalog.ColumnTypeName.ARRAY, "array<struct<name:string,n:int>>", True, None),
    ]
    price = (table.columns or [])[1]
    assert (price.type_precision, price.type_scale) == (12, 2)


def test_views_and_external_tables_are_told_apart(client: WorkspaceClient) -> None:
    found = {each.name: each for each in client.tables.list("main", "unity")}
    assert list(found) == ["dear", "orders", "outside"]
    view, outside = found["dear"], found["outside"]
    assert view.table_type is catalog.TableType.VIEW
    assert view.view_definition == "SELECT id, price FROM main.unity.orders WHERE price > 2"
    assert [each.name for each in view.columns or []] == ["id", "price"]
    assert outside.table_type is catalog.TableType.EXTERNAL
    assert (outside.storage_location or "").endswith("/main/unity/files/t")
    assert client.tables.get("main.unity.outside") == outside


def test_lists_go_through_all_pages(client: WorkspaceClient) -> None:
    assert [each.name for each in client.tables.list("main", "unity", max_results=1)] == ["dear", "orders", "outside"]
    names = [each.name for each in client.catalogs.list(max_results=2)]
    assert names == [each.name for each in client.catalogs.list()]
    summaries = client.tables.list_summaries("main", schema_name_pattern="uni%", max_results=2)
    assert [(each.full_name, each.table_type) for each in summaries] == [
        ("main.unity.dear", catalog.TableType.VIEW),
        ("main.unity.orders", catalog.TableType.MANAGED),
        ("main.unity.outside", catalog.TableType.EXTERNAL),
    ]


def test_lists_can_be_brief(client: WorkspaceClient) -> None:
    brief = next(iter(client.tables.list("main", "unity", omit_columns=True, omit_properties=True)))
    assert (brief.columns or None, brief.properties) == (None, None)


def test_volumes_are_listed_and_read(client: WorkspaceClient) -> None:
    (volume,) = client.volumes.list("main", "unity")
    assert volume.full_name == "main.unity.files"
    assert volume.volume_type is catalog.VolumeType.MANAGED
    assert client.volumes.read("main.unity.files") == volume


def test_whether_a_table_exists_is_answered(client: WorkspaceClient) -> None:
    assert client.tables.exists("main.unity.orders").table_exists is True
    assert client.tables.exists("main.unity.none").table_exists is False


@pytest.mark.parametrize(
    ("kind", "name"),
    [("catalogs", "none"), ("schemas", "main.none"), ("tables", "main.unity.none")],
)
def test_what_is_not_there_is_not_found(client: WorkspaceClient, kind: str, name: str) -> None:
    with pytest.raises(NotFound, match=f"'{name}' does not exist"):
        getattr(client, kind).get(name)


def test_a_volume_that_is_not_there_is_not_found(client: WorkspaceClient) -> None:
    with pytest.raises(NotFound, match=r"'main\.unity\.none' does not exist"):
        client.volumes.read("main.unity.none")


def test_the_life_of_a_catalog(client: WorkspaceClient) -> None:
    client.catalogs.create("life")
    with pytest.raises(BadRequest, match="already exists"):
        client.catalogs.create("life")
    made = client.schemas.create("shop", "life", comment="a shop")
    assert client.schemas.get(made.full_name or "") == made
    volume = client.volumes.create("life", "shop", "files", catalog.VolumeType.MANAGED)
    assert client.volumes.read(volume.full_name or "").name == "files"
    with pytest.raises(BadRequest, match="is not empty"):
        client.schemas.delete("life.shop")
    client.volumes.delete("life.shop.files")
    client.schemas.delete("life.shop")
    client.catalogs.delete("life")
    assert "life" not in [each.name for each in client.catalogs.list()]


def test_a_notebook_no_longer_sees_a_table_that_was_dropped(client: WorkspaceClient, wait_for: Wait) -> None:
    text = "CREATE TABLE main.unity.passing AS SELECT 1 AS one;"
    drop = "SELECT count(*) FROM main.unity.passing"
    results = []
    for name, query in (("passing", text), ("gone", drop)):
        path = f"/Shared/unity/{name}.sql"
        client.workspace.upload(path, io.BytesIO(query.encode()), format=ImportFormat.AUTO)
        task = jobs.SubmitTask(
            task_key="sql", sql_task=jobs.SqlTask(file=jobs.SqlTaskFile(path=path), warehouse_id="w1")
        )
        run_id = client.jobs.submit(run_name=name, tasks=[task]).response.run_id
        assert run_id
        results.append(wait_for(run_id)["state"]["result_state"])
        if name == "passing":
            client.tables.delete("main.unity.passing")
    assert results == ["SUCCESS", "FAILED"]
