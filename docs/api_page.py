"""The page of the endpoints, from the routes of the API itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from brickyard.main import build
from brickyard.settings import read
from docs.markdown import code, page, table

_VERSIONS = ("2.2", "2.1", "2.0")


def endpoints_page() -> str:
    """The page `endpoints.md`."""
    lead = (
        "Every endpoint below `/api` asks for `Authorization: Bearer TOKEN`; `brickyard env` prints one. Only the\n"
        "links to dbt artifacts, which are signed, ask for none. Fields and answers are those of the\n"
        "Databricks REST API; what single fields do here is in [fields.md](fields.md). Where\n"
        "several versions are given, `2.x` in the path stands for any of them. The machine-readable description is at\n"
        "`/api/brickyard/openapi.json`. Any other path is answered with 404 and `ENDPOINT_NOT_FOUND`."
    )
    parts = []
    for tag, rows in groupby(_rows(_description()), key=lambda row: row[0]):
        parts += [f"## {tag}", table(("method", "path", "versions", "what it does"), (row[1:] for row in rows))]
    return page("Endpoints", lead, *parts)


def _description() -> dict[str, Any]:
    """The OpenAPI description of a server that is built and never started."""
    with tempfile.TemporaryDirectory() as home:
        brickyard = build(read({"BRICKYARD_HOME": home}), "http://127.0.0.1:8484")
        try:
            return brickyard.app.openapi()
        finally:
            brickyard.store.close()


def _rows(description: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """(tag, method, path, versions, what) with the versions of one endpoint in one row."""
    paths: dict[str, dict[str, Any]] = description["paths"]
    for path, operations in paths.items():
        versions = [each for each in _VERSIONS if _at(path, each) in paths]
        if len(versions) > 1 and path != _at(path, versions[0]):
            continue
        for method, operation in operations.items():
            shown = _at(path, "2.x") if len(versions) > 1 else path
            what = operation.get("description") or operation["summary"]
            yield operation["tags"][0], method.upper(), code(shown), ", ".join(versions), what.split("\n\n")[0]


def _at(path: str, version: str) -> str:
    """The same endpoint in another version; "" for one without versions."""
    head, _, rest = path.removeprefix("/api/").partition("/")
    return f"/api/{version}/{rest}" if head in _VERSIONS else ""
