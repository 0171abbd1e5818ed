"""Catalogs, schemas and volumes are made and deleted; tables are dropped. Folders on the disk follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.workloads.messages import SchemaEntry, TableName
from tests.surfaces.api.house import House
from tests.surfaces.api.unity import UNITY, delete, refused, schema, table

NOTHING = "nothing but its name is kept of a"


def files_of(location: str) -> Path:
    """A file in the folder of a table, made."""
    file = Path(location) / "_delta_log" / "0.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    return file


def volume(house: House, name: str = "files", schema_name: str = "shop") -> Path:
    """A new volume of `main` with a file in it; its folder."""
    house.post(f"{UNITY}/volumes", catalog_name="main", schema_name=schema_name, name=name, volume_type="MANAGED")
    folder = house.settings.volumes / "main" / schema_name / name
    (folder / "a.csv").write_text("a\n")
    return folder


def catalogs(house: House) -> list[str]:
    return [each["name"] for each in house.get(f"{UNITY}/catalogs")["catalogs"]]


def test_a_catalog_is_made_with_a_schema_and_deleted(house: House) -> None:
    made = house.post(f"{UNITY}/catalogs", name="Dev")
    assert (made["name"], made) == ("dev", house.get(f"{UNITY}/catalogs/dev"))
    assert [each["name"] for each in house.get(f"{UNITY}/schemas", catalog_name="dev")["schemas"]] == ["default"]
    assert refused(house, "POST", "catalogs", name="dev") == (
        400,
        "CATALOG_ALREADY_EXISTS",
        "Catalog 'dev' already exists",
    )
    assert delete(house, "catalogs/dev") == {}
    assert "dev" not in catalogs(house)
    assert refused(house, "DELETE", "catalogs/dev") == (
        404,
        "CATALOG_DOES_NOT_EXIST",
        "Catalog 'dev' does not exist.",
    )


def test_a_schema_is_made_where_notebooks_find_it(house: House) -> None:
    made = house.post(f"{UNITY}/schemas", name="Shop", catalog_name="MAIN", comment="of the shop")
    assert (made["full_name"], made["comment"]) == ("main.shop", "of the shop")
    assert made == house.get(f"{UNITY}/schemas/main.shop")
    assert SchemaEntry(catalog="main", name="shop", comment="of the shop") in house.store.metastore.schemas("main")
    assert delete(house, "schemas/main.shop") == {}
    assert refused(house, "GET", "schemas/main.shop")[:2] == (404, "SCHEMA_DOES_NOT_EXIST")


@pytest.mark.parametrize("name", ["shop", "SHOP", "default"])
def test_the_name_of_a_schema_can_be_taken(house: House, name: str) -> None:
    schema(house)
    told = refused(house, "POST", "schemas", name=name, catalog_name="main")
    assert told == (400, "SCHEMA_ALREADY_EXISTS", f"Schema 'main.{name.lower()}' already exists")


def test_the_schema_default_stays(house: House) -> None:
    status, code, text = refused(house, "DELETE", "schemas/main.default", force="true")
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "every catalog has a schema 'default'" in text


def test_a_schema_in_use_is_deleted_by_force_only(house: House) -> None:
    schema(house)
    managed = files_of(table(house, "sales").location)
    kept = files_of(table(house, "raw", "EXTERNAL", location=str(house.settings.home / "lake" / "raw")).location)
    table(house, "days", "VIEW", format="", view_text="SELECT 1")
    folder = volume(house)
    assert refused(house, "DELETE", "schemas/main.shop") == (
        400,
        "SCHEMA_NOT_EMPTY",
        "Schema 'main.shop' is not empty. The schema has 3 tables(s), 0 functions(s), 1 volumes(s)",
    )
    assert managed.exists()
    assert folder.exists()
    assert delete(house, "schemas/main.shop", force="true") == {}
    assert not managed.parent.parent.exists(), "the files of a managed table go with it"
    assert kept.exists(), "those of an external table stay"
    assert not folder.exists()


def test_a_schema_with_nothing_but_a_volume_is_in_use(house: House) -> None:
    schema(house)
    folder = volume(house)
    assert refused(house, "DELETE", "schemas/main.shop")[1] == "SCHEMA_NOT_EMPTY"
    assert folder.exists()


def test_a_catalog_in_use_is_deleted_by_force_only(house: House) -> None:
    house.post(f"{UNITY}/catalogs", name="dev")
    for name in ("a", "b"):
        house.post(f"{UNITY}/schemas", name=name, catalog_name="dev")
    house.post(f"{UNITY}/volumes", catalog_name="dev", schema_name="a", name="files", volume_type="MANAGED")
    assert refused(house, "DELETE", "catalogs/dev") == (
        400,
        "CATALOG_NOT_EMPTY",
        "Catalog 'dev' is not empty. It has the schemas a, b.",
    )
    assert delete(house, "catalogs/dev", force="True") == {}
    assert "dev" not in catalogs(house)
    assert not (house.settings.volumes / "dev" / "a" / "files").exists()


def test_a_volume_in_the_schema_default_keeps_its_catalog(house: House) -> None:
    house.post(f"{UNITY}/catalogs", name="dev")
    house.post(f"{UNITY}/volumes", catalog_name="dev", schema_name="default", name="files", volume_type="MANAGED")
    assert refused(house, "DELETE", "catalogs/dev")[1] == "CATALOG_NOT_EMPTY"


def test_a_table_that_is_dropped_takes_its_files_along(house: House) -> None:
    schema(house)
    file = files_of(table(house, "sales").location)
    assert delete(house, "tables/main.shop.sales") == {}
    assert not file.parent.parent.exists()
    assert house.store.metastore.lookup([TableName(catalog="main", schema="shop", name="sales")]) == [None]
    assert refused(house, "DELETE", "tables/main.shop.sales")[:2] == (404, "TABLE_DOES_NOT_EXIST")


@pytest.mark.parametrize("place", ["elsewhere", "warehouse", "warehouse/../elsewhere"])
def test_nothing_but_the_folder_of_a_table_is_deleted(house: House, place: str) -> None:
    """Whatever a worker said of the place of a managed table."""
    schema(house)
    house.settings.warehouse.mkdir(parents=True, exist_ok=True)
    file = files_of(f"{house.settings.home}/{place}")
    table(house, "sales", location=f"{house.settings.home}/{place}")
    delete(house, "tables/main.shop.sales")
    assert file.exists()


def test_a_volume_is_a_folder(house: House) -> None:
    schema(house)
    folder = volume(house, "Files".lower())
    found = house.get(f"{UNITY}/volumes/main.shop.FILES")
    assert found == {
        "name": "files",
        "catalog_name": "main",
        "schema_name": "shop",
        "full_name": "main.shop.files",
        "metastore_id": found["metastore_id"],
        "volume_id": found["volume_id"],
        "volume_type": "MANAGED",
        "storage_location": f"file:{folder}",
        "updated_at": int(folder.stat().st_mtime * 1000),
    }
    assert house.get(f"{UNITY}/volumes", catalog_name="main", schema_name="shop") == {"volumes": [found]}
    told = refused(
        house, "POST", "volumes", catalog_name="main", schema_name="shop", name="FILES", volume_type="MANAGED"
    )
    assert told == (400, "RESOURCE_ALREADY_EXISTS", "Volume 'main.shop.files' already exists.")
    assert delete(house, "volumes/main.shop.files") == {}
    assert not folder.exists()
    assert refused(house, "DELETE", "volumes/main.shop.files")[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_files_and_links_beside_volumes_are_none(house: House, tmp_path: Path) -> None:
    schema(house)
    folder = volume(house)
    inner = tmp_path / "inner"
    inner.mkdir()
    (folder.parent / "link").symlink_to(inner)
    (folder.parent / "note.txt").write_text("")
    found = house.get(f"{UNITY}/volumes", catalog_name="main", schema_name="shop")["volumes"]
    assert [each["name"] for each in found] == ["files"]
    assert refused(house, "DELETE", "volumes/main.shop.link")[0] == 404
    assert inner.exists()


def test_names_that_a_notebook_made_up_lead_nowhere(house: House) -> None:
    """A schema called `..` would have all catalogs as its volumes."""
    house.store.metastore.create_catalog("odd", if_absent=False)
    for name in ("..", "../main/shop"):
        house.store.metastore.create_schema(SchemaEntry(catalog="odd", name=name), if_absent=False)
    schema(house)
    folder = volume(house)
    (house.settings.volumes / "odd").mkdir()
    delete(house, "catalogs/odd", force="true")
    assert (folder / "a.csv").exists()


@pytest.mark.parametrize(
    ("path", "field", "value", "text"),
    [
        ("catalogs", "comment", "mine", f"comment: {NOTHING} catalog."),
        ("catalogs", "properties", {"a": "b"}, f"properties: {NOTHING} catalog."),
        ("catalogs", "storage_root", "s3://lake", "storage_root: managed tables of all catalogs live in one place"),
        ("catalogs", "share_name", "s", "share_name: nothing is shared between installations."),
        ("schemas", "storage_root", "s3://lake", "storage_root: managed tables of all schemas live in one place"),
        ("schemas", "properties", {"a": "b"}, "properties: a schema keeps its name and its comment."),
        ("volumes", "storage_location", "s3://lake", "storage_location: a volume is a folder of this installation"),
        ("volumes", "comment", "mine", f"comment: {NOTHING} volume."),
        ("volumes", "volume_type", "EXTERNAL", "volume_type: a volume is a folder of this installation"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_what_would_not_be_kept_is_refused(house: House, path: str, field: str, value: object, text: str) -> None:
    whole = {
        "catalogs": {"name": "new"},
        "schemas": {"name": "new", "catalog_name": "main"},
        "volumes": {"name": "new", "catalog_name": "main", "schema_name": "default", "volume_type": "MANAGED"},
    }
    status, code, told = refused(house, "POST", path, **{**whole[path], field: value})
    assert (status, code) == (400, "FEATURE_DISABLED")
    assert told.startswith(text)
    assert "new" not in catalogs(house)
    assert not (house.settings.volumes / "main").exists()


def test_empty_fields_say_nothing(house: House) -> None:
    made = house.post(f"{UNITY}/catalogs", name="new", comment="", properties={}, storage_root=None)
    assert made["name"] == "new"


@pytest.mark.parametrize("name", ["..", "a/b", "a b", "a\\b", "a.b", "x" * 256, "a\x00"], ids=range(7))
@pytest.mark.parametrize("path", ["catalogs", "schemas", "volumes"])
def test_a_new_name_is_never_a_path(house: House, path: str, name: str) -> None:
    more = {"schemas": {"catalog_name": "main"}, "volumes": {"catalog_name": "main", "schema_name": "default"}}
    kind = {"volume_type": "MANAGED"} if path == "volumes" else {}
    status, code, text = refused(house, "POST", path, name=name, **more.get(path, {}), **kind)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert text.startswith("name ")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "catalogs/main"),
        ("PATCH", "schemas/main.default"),
        ("PATCH", "tables/main.default.t"),
        ("POST", "tables"),
        ("PATCH", "volumes/main.default.v"),
        ("GET", "permissions/catalog/main"),
    ],
)
def test_other_endpoints_are_refused_by_name(house: House, method: str, path: str) -> None:
    told = refused(house, method, path)
    assert told == (404, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {UNITY}/{path}'.")
