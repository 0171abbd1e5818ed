"""A metastore for the tests of the catalog's endpoints, and how they ask."""

from __future__ import annotations

from typing import Any, Literal

from brickyard.workloads.messages import SchemaEntry, TableEntry, TableName
from tests.surfaces.api.house import House

UNITY = "/api/2.1/unity-catalog"
COLUMNS = [{"name": "id", "type": "bigint", "nullable": "false"}, {"name": "day", "type": "date", "comment": "of sale"}]


def schema(house: House, name: str = "shop", **more: str) -> None:
    """A schema of the catalog `main`."""
    house.store.metastore.create_schema(SchemaEntry(catalog="main", name=name, **more), if_absent=True)


def table(
    house: House, name: str, kind: Literal["MANAGED", "EXTERNAL", "VIEW"] = "MANAGED", schema: str = "shop", **more: Any
) -> TableEntry:
    """A table of `main`, as a worker registers it."""
    place = house.settings.warehouse / "main" / schema / name
    given = {"location": "" if kind == "VIEW" else str(place), "columns": COLUMNS, **more}
    entry = TableEntry(table=TableName(catalog="main", schema=schema, name=name), kind=kind, **given)
    house.store.metastore.put(entry, mode="create")
    return entry


def delete(house: House, path: str, **query: Any) -> Any:
    """The JSON answer of a DELETE that must succeed."""
    return house._ok(house.client.delete(f"{UNITY}/{path}", params=query))


def refused(house: House, method: str, path: str, **body: Any) -> tuple[int, str, str]:
    """Status, code and text of a request that must be refused; `body` is the query of a GET or DELETE."""
    parts = {"json": body} if method in {"POST", "PATCH"} else {"params": body}
    return house.refused(method, f"{UNITY}/{path}", **parts)


def all_pages(house: House, name: str, path: str, **query: Any) -> list[list[dict[str, Any]]]:
    """Every page of a list, from the first to the one without a token."""
    pages: list[list[dict[str, Any]]] = []
    token = ""
    while not pages or token:
        body = house.get(f"{UNITY}/{path}", page_token=token, **query)
        assert set(body) <= {name, "next_page_token"}
        pages.append(body[name])
        token = body.get("next_page_token", "")
    return pages
