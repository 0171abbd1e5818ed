"""The page of the endpoints, from the routes of the API itself."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from brickyard.main import build
from brickyard.settings import read
from brickyard.surfaces.api.unserved import UNSERVED, Unserved
from docs.endpoint_notes import DIFFERS, REFUSED
from docs.markdown import code, page, table

_VERSIONS = ("2.2", "2.1", "2.0")


def endpoints_page() -> str:
    """The page `endpoints.md`."""
    lead = (
        "Every endpoint below `/api` asks for `Authorization: Bearer TOKEN`; `brickyard env` prints one. Only the\n"
        "links to dbt artifacts, which are signed, ask for none. Fields and answers are those of the\n"
        "Databricks REST API; what single fields do here is in [fields.md](fields.md). Where\n"
        "several versions are given, `2.x` in the path stands for any of them. The machine-readable description is at\n"
        "`/api/brickyard/openapi.json`: of every endpoint what it reads, what it answers and how it fails.\n\n"
        "Each endpoint is in one of three classes: it *works*; it works and *differs*, and how; or it is *refused*,\n"
        "and why. What of the service is [not here at all](#not-here) is answered with 501 and `NOT_IMPLEMENTED`, any\n"
        "other path with 404 and `ENDPOINT_NOT_FOUND`."
    )
    rows = sorted(_rows(_description()), key=lambda row: _order(row[0]))
    _check(row[2] for row in rows)
    head = ("method", "path", "versions", "what it does", "here")
    parts = []
    for tag, found in groupby(rows, key=lambda row: row[0]):
        parts += [f"## {tag}", table(head, ((*row[1:], _here(row)) for row in found))]
    return page("Endpoints", f"{lead}\n\n{_counts(rows)}", *parts, *_not_here())


def _order(tag: str) -> int:
    """The service's endpoints of jobs come first, our own last."""
    return {"Jobs": 0, "Runs": 1, "Clusters": 2}.get(tag, 3)


def _here(row: tuple[str, ...]) -> str:
    name = _below(row[2])
    if name in REFUSED:
        return f"**refused**: {REFUSED[name]}"
    note = DIFFERS.get(f"{row[1]} {name}", DIFFERS.get(name))
    return f"differs: {note}" if note else "works"


def _below(shown: str) -> str:
    """The path below the version."""
    return re.sub(r"^`/api/[^/]*/|`$", "", shown)


def _check(paths: Iterable[str]) -> None:
    """That no note speaks of an endpoint which there is not."""
    known = {_below(path) for path in paths}
    unknown = {name.rpartition(" ")[2] for name in (*DIFFERS, *REFUSED)} - known
    if unknown:
        raise ValueError(f"There are notes on endpoints that are not there: {', '.join(sorted(unknown))}.")


def _counts(rows: Sequence[tuple[str, ...]]) -> str:
    words = [_here(row).partition(":")[0] for row in rows]
    numbers = ", ".join(f"{words.count(word)} {text}" for word, text in _CLASSES.items())
    return f"In all {len(words)} endpoints, each version of a path counted once: {numbers}."


_CLASSES = {"works": "work", "differs": "differ", "**refused**": "are refused"}


def _not_here() -> tuple[str, str]:
    rows = ((code(f"/api/2.x/{each.prefix}/…"), f"{each.reason}{_but(each)}") for each in UNSERVED)
    return "## Not here", table(("paths", "why"), rows)


def _but(each: Unserved) -> str:
    return f"; but `{each.but}` is served" if each.but else ""


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
