"""Catalogs, schemas, tables and columns as the endpoints of Unity Catalog show them."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.surfaces.api.unity.columns import described
from tests.surfaces.api.house import START_MS, WORKSPACE_ID, House
from tests.surfaces.api.unity import UNITY, all_pages, refused, schema, table


def test_the_metastore_has_an_id_that_stays(house: House) -> None:
    summary = house.get(f"{UNITY}/metastore_summary")
    assert summary == {
        "metastore_id": summary["metastore_id"],
        "name": "brickyard",
        "storage_root": f"file:{house.settings.warehouse}",
    }
    assert [len(part) for part in summary["metastore_id"].split("-")] == [8, 4, 4, 4, 12]
    assert house.get(f"{UNITY}/current-metastore-assignment") == {
        "workspace_id": WORKSPACE_ID,
        "metastore_id": summary["metastore_id"],
        "default_catalog_name": "main",
    }


def test_catalogs_are_those_of_the_metastore(house: House) -> None:
    house.store.metastore.create_catalog("dev", if_absent=False)
    found = {each["name"]: each for each in house.get(f"{UNITY}/catalogs")["catalogs"]}
    assert list(found) == ["dev", "hive_metastore", "main", "samples", "system", "workspace"]
    assert found["system"]["catalog_type"] == "SYSTEM_CATALOG"
    assert found["dev"] == {
        "name": "dev",
        "full_name": "dev",
        "catalog_type": "MANAGED_CATALOG",
        "securable_type": "CATALOG",
        "metastore_id": house.get(f"{UNITY}/metastore_summary")["metastore_id"],
    }
    assert house.get(f"{UNITY}/catalogs/DEV", include_browse="true") == found["dev"]


def test_every_catalog_has_a_schema_default(house: House) -> None:
    schema(house, comment="of the shop", location="/data/shop")
    found = {each["name"]: each for each in house.get(f"{UNITY}/schemas", catalog_name="main")["schemas"]}
    assert list(found) == ["default", "shop"]
    assert found["shop"] == {
        "name": "shop",
        "catalog_name": "main",
        "full_name": "main.shop",
        "catalog_type": "MANAGED_CATALOG",
        "metastore_id": house.get(f"{UNITY}/metastore_summary")["metastore_id"],
        "comment": "of the shop",
        "storage_location": "file:/data/shop",
    }
    assert house.get(f"{UNITY}/schemas/main.shop") == found["shop"]
    assert house.get(f"{UNITY}/schemas/main.default") == found["default"]
    assert house.get(f"{UNITY}/tables", catalog_name="main", schema_name="default") == {"tables": []}


def test_a_table_has_its_columns_place_and_times(house: House) -> None:
    schema(house)
    entry = table(house, "sales", comment="by day", properties={"team": "a"}, owner="ada@example.com")
    found = house.get(f"{UNITY}/tables/main.shop.SALES")
    assert found == {
        "name": "sales",
        "catalog_name": "main",
        "schema_name": "shop",
        "full_name": "main.shop.sales",
        "metastore_id": house.get(f"{UNITY}/metastore_summary")["metastore_id"],
        "table_id": found["table_id"],
        "table_type": "MANAGED",
        "data_source_format": "DELTA",
        "storage_location": f"file:{entry.location}",
        "comment": "by day",
        "owner": "ada@example.com",
        "properties": {"team": "a"},
        "created_at": START_MS,
        "updated_at": START_MS,
        "columns": [described(0, entry.columns[0]), described(1, entry.columns[1])],
    }
    assert house.get(f"{UNITY}/tables", catalog_name="main", schema_name="shop") == {"tables": [found]}


def test_a_view_has_its_text_and_no_place(house: House) -> None:
    schema(house)
    table(house, "days", "VIEW", format="", view_text="SELECT day FROM sales")
    found = house.get(f"{UNITY}/tables/main.shop.days")
    assert (found["table_type"], found["view_definition"]) == ("VIEW", "SELECT day FROM sales")
    assert not {"data_source_format", "storage_location", "owner"} & set(found), "what is not known is not answered"


def test_the_place_of_an_external_table_stays_as_it_was_given(house: House) -> None:
    schema(house)
    table(house, "raw", "EXTERNAL", format="parquet", location="s3://lake/raw")
    found = house.get(f"{UNITY}/tables/main.shop.raw")
    assert (found["table_type"], found["data_source_format"]) == ("EXTERNAL", "PARQUET")
    assert found["storage_location"] == "s3://lake/raw"


@pytest.mark.parametrize(
    ("text", "name", "precision", "scale"),
    [
        ("bigint", "LONG", 0, 0),
        ("int", "INT", 0, 0),
        ("smallint", "SHORT", 0, 0),
        ("tinyint", "BYTE", 0, 0),
        ("string", "STRING", 0, 0),
        ("varchar(20)", "STRING", 0, 0),
        ("char(2)", "CHAR", 0, 0),
        ("decimal(12,2)", "DECIMAL", 12, 2),
        ("timestamp_ntz", "TIMESTAMP_NTZ", 0, 0),
        ("interval day to second", "INTERVAL", 0, 0),
        ("array<decimal(4,1)>", "ARRAY", 0, 0),
        ("map<string,int>", "MAP", 0, 0),
        ("struct<a:int,b:string>", "STRUCT", 0, 0),
        ("void", "NULL", 0, 0),
        ("point", "USER_DEFINED_TYPE", 0, 0),
    ],
)
def test_types_have_the_names_of_the_api(text: str, name: str, precision: int, scale: int) -> None:
    assert described(3, {"name": "c", "type": text}) == {
        "name": "c",
        "position": 3,
        "type_text": text,
        "type_name": name,
        "type_precision": precision,
        "type_scale": scale,
        "nullable": True,
    }


def test_a_column_says_whether_it_may_be_null_and_what_it_is() -> None:
    told = described(0, {"name": "c", "type": "int", "nullable": "false", "comment": "a number"})
    assert (told["nullable"], told["comment"]) == (False, "a number")


@pytest.mark.parametrize(
    ("flag", "name"), [("omit_columns", "columns"), ("omit_properties", "properties"), ("omit_username", "owner")]
)
def test_a_list_leaves_out_what_is_not_wanted(house: House, flag: str, name: str) -> None:
    schema(house)
    table(house, "sales", owner="ada@example.com")
    asked = {"catalog_name": "main", "schema_name": "shop"}
    (whole,) = house.get(f"{UNITY}/tables", **asked)["tables"]
    (brief,) = house.get(f"{UNITY}/tables", **asked, **{flag: "true"})["tables"]
    assert brief == {key: value for key, value in whole.items() if key != name}
    assert name in whole


@pytest.mark.parametrize(
    ("full_name", "there"),
    [("main.shop.sales", True), ("Main.Shop.Sales", True), ("main.shop.none", False), ("none.none.none", False)],
)
def test_whether_a_table_exists_is_answered_not_refused(house: House, full_name: str, there: bool) -> None:
    schema(house)
    table(house, "sales")
    assert house.get(f"{UNITY}/tables/{full_name}/exists") == {"table_exists": there}


def test_summaries_go_through_all_schemas_of_a_catalog(house: House) -> None:
    for name in ("shop", "shops", "ware"):
        schema(house, name)
    for name, where in (("sales", "shop"), ("s_les", "shops"), ("stock", "ware")):
        table(house, name, schema=where)
    table(house, "days", "VIEW")

    def asked(**patterns: str) -> list[str]:
        found: list[dict[str, Any]] = house.get(f"{UNITY}/table-summaries", catalog_name="main", **patterns)["tables"]
        return [each["full_name"] for each in found]

    assert asked() == ["main.shop.days", "main.shop.sales", "main.shops.s_les", "main.ware.stock"]
    assert asked(schema_name_pattern="shop_") == ["main.shops.s_les"]
    assert asked(schema_name_pattern="SHOP%", table_name_pattern="s%") == ["main.shop.sales", "main.shops.s_les"]
    assert house.get(f"{UNITY}/table-summaries", catalog_name="main", table_name_pattern="days")["tables"] == [
        {"full_name": "main.shop.days", "table_type": "VIEW"}
    ]


@pytest.mark.parametrize(
    ("name", "path", "query"),
    [
        ("catalogs", "catalogs", {}),
        ("schemas", "schemas", {"catalog_name": "main"}),
        ("tables", "tables", {"catalog_name": "main", "schema_name": "s0"}),
        ("tables", "table-summaries", {"catalog_name": "main"}),
        ("volumes", "volumes", {"catalog_name": "main", "schema_name": "s0"}),
    ],
    ids=["catalogs", "schemas", "tables", "summaries", "volumes"],
)
def test_lists_come_in_pages(house: House, name: str, path: str, query: dict[str, str]) -> None:
    for number in range(5):
        schema(house, f"s{number}")
        table(house, f"t{number}", schema="s0")
        house.post(f"{UNITY}/volumes", catalog_name="main", schema_name="s0", name=f"v{number}", volume_type="MANAGED")
    whole = house.get(f"{UNITY}/{path}", **query)
    assert set(whole) == {name}, "a short list has one page"
    pages = all_pages(house, name, path, max_results=2, **query)
    assert [len(page) for page in pages[:-1]] == [2] * (len(pages) - 1)
    assert len(pages) > 2
    assert [each for page in pages for each in page] == whole[name]


def test_a_page_of_tables_has_at_most_fifty_unless_nobody_asks_for_pages(house: House) -> None:
    schema(house)
    for number in range(51):
        table(house, f"t{number:02}")
    asked = {"catalog_name": "main", "schema_name": "shop"}
    assert [len(page) for page in all_pages(house, "tables", "tables", max_results=0, **asked)] == [50, 1]
    assert [len(page) for page in all_pages(house, "tables", "tables", max_results=99, **asked)] == [50, 1]
    assert len(house.get(f"{UNITY}/tables", **asked)["tables"]) == 51


def test_a_page_token_is_good_for_its_own_list_only(house: House) -> None:
    token = house.get(f"{UNITY}/catalogs", max_results=1)["next_page_token"]
    told = refused(house, "GET", "schemas", catalog_name="main", page_token=token)
    assert told[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert "page_token" in told[2]
    told = refused(house, "GET", "catalogs", max_results=-1)
    assert told == (400, "INVALID_PARAMETER_VALUE", f"max_results is -1; it must be from 0 to {2**63 - 1}.")


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("catalogs/none", "CATALOG_DOES_NOT_EXIST", "Catalog 'none' does not exist."),
        ("schemas?catalog_name=none", "CATALOG_DOES_NOT_EXIST", "Catalog 'none' does not exist."),
        ("schemas/none.shop", "CATALOG_DOES_NOT_EXIST", "Catalog 'none' does not exist."),
        ("schemas/main.none", "SCHEMA_DOES_NOT_EXIST", "Schema 'main.none' does not exist."),
        ("tables?catalog_name=main&schema_name=none", "SCHEMA_DOES_NOT_EXIST", "Schema 'main.none' does not exist."),
        ("tables/none.shop.t", "CATALOG_DOES_NOT_EXIST", "Catalog 'none' does not exist."),
        ("tables/main.none.t", "SCHEMA_DOES_NOT_EXIST", "Schema 'main.none' does not exist."),
        ("tables/main.shop.t", "TABLE_DOES_NOT_EXIST", "Table 'main.shop.t' does not exist."),
        ("table-summaries?catalog_name=none", "CATALOG_DOES_NOT_EXIST", "Catalog 'none' does not exist."),
        ("volumes?catalog_name=main&schema_name=none", "SCHEMA_DOES_NOT_EXIST", "Schema 'main.none' does not exist."),
        ("volumes/main.shop.v", "RESOURCE_DOES_NOT_EXIST", "Volume 'main.shop.v' does not exist."),
    ],
)
def test_what_is_not_there_is_named_by_its_first_missing_part(house: House, path: str, code: str, text: str) -> None:
    schema(house)
    assert house.refused("GET", f"{UNITY}/{path}") == (404, code, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tables/shop.t", "full_name is 'shop.t'; it must be catalog.schema.table."),
        ("schemas/main", "full_name is 'main'; it must be catalog.schema."),
        ("volumes/a.b.c.d", "full_name is 'a.b.c.d'; it must be catalog.schema.volume."),
        ("schemas?catalog_name=..", "catalog_name is '..'; it must be 1 to 255 characters without dots"),
        ("volumes?catalog_name=main&schema_name=a/b", "schema_name is 'a/b'; it must be 1 to 255 characters"),
        ("tables/main..t", "schema is ''; it must be 1 to 255 characters"),
        ("tables?schema_name=shop", "catalog_name is missing; it must be a text."),
        ("tables/main.shop.t?include_brows=true", "Unknown field 'include_brows'. Did you mean 'include_browse'?"),
    ],
)
def test_a_bad_name_is_refused_with_its_field(house: House, path: str, text: str) -> None:
    status, code, told = house.refused("GET", f"{UNITY}/{path}")
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert told.startswith(text)


@pytest.mark.parametrize(
    ("path", "flag"),
    [
        ("tables?catalog_name=main&schema_name=default", "include_manifest_capabilities"),
        ("tables/main.default.t", "include_manifest_capabilities"),
        ("tables/main.default.t", "include_delta_metadata"),
        ("table-summaries?catalog_name=main", "include_manifest_capabilities"),
    ],
)
def test_what_is_not_known_here_cannot_be_asked_for(house: House, path: str, flag: str) -> None:
    glue = "&" if "?" in path else "?"
    status, code, text = house.refused("GET", f"{UNITY}/{path}{glue}{flag}=true")
    assert (status, code) == (400, "FEATURE_DISABLED")
    assert text.startswith(f"{flag}: ")
    assert house.client.get(f"{UNITY}/{path}{glue}{flag}=false").json().get("error_code") != "FEATURE_DISABLED"
