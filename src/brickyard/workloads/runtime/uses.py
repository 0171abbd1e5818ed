"""USE and SET: where unqualified names are looked for, and settings of the session."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from brickyard.workloads.runtime import errors, names
from brickyard.workloads.runtime.context import Context, answer
from brickyard.workloads.runtime.names import Namespace


def use(context: Context, match: re.Match[str]) -> None:
    """`USE x`, `USE a.b`, `USE SCHEMA x`, `USE CATALOG x`.

    As on Databricks, `USE x` means the schema `x` of the current catalog; where there is none, but a catalog of that
    name, the catalog.
    """
    kind = (match["kind"] or "").upper()
    parts = [part.lower() for part in _named(match["name"])]
    if kind == "CATALOG" or (
        len(parts) == 1 and not kind and not _has_schema(context, parts[0]) and parts[0] in context.metastore.catalogs()
    ):
        set_catalog(context, parts[0])
    else:
        set_schema(context, parts)


def set_catalog(context: Context, catalog: str) -> None:
    """Make a catalog the current one; its schema `default` with it."""
    if catalog not in context.metastore.catalogs():
        raise errors.analysis("CATALOG_NOT_FOUND", f"The catalog {names.quote(catalog)} cannot be found.", "42P08")
    context.state.current = Namespace(catalog, "default")


def set_schema(context: Context, parts: list[str]) -> None:
    """Make a schema the current one."""
    catalog, schema = parts if len(parts) == 2 else (context.state.current.catalog, parts[0])
    if context.metastore.schema(catalog, schema) is None:
        raise errors.schema_not_found(names.written((catalog, schema)))
    context.state.current = Namespace(catalog, schema)


def _named(text: str) -> tuple[str, ...]:
    text = text.strip()
    return names.split(text[1:-1] if text[0] in "'\"" else text)


def _has_schema(context: Context, name: str) -> bool:
    return context.metastore.schema(context.state.current.catalog, name) is not None


def set_value(context: Context, match: re.Match[str]) -> Any:
    """`SET key = value` and `SET key`."""
    key, value = match["key"].strip().strip("`"), match["value"]
    if value is None:
        return answer(["key", "value"], [[key, context.session.conf.get(key, "<undefined>")]])
    context.session.conf.set(key, value.strip().strip("'\""))
    return answer(["key", "value"], [[key, value.strip().strip("'\"")]])


def set_time_zone(context: Context, match: re.Match[str]) -> Any:
    """`SET TIME ZONE 'Europe/Berlin'`."""
    context.session.conf.set("spark.sql.session.timeZone", match["zone"].strip().strip("'\""))
    return answer(["key", "value"], [["spark.sql.session.timeZone", match["zone"].strip().strip("'\"")]])


WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = (
    (r"USE\s+(?:(?P<kind>CATALOG|SCHEMA|DATABASE|NAMESPACE)\s+)?(?P<name>[^\s].*)", use),
    (
        r"SET\s+CATALOG\s+(?P<kind>)(?P<name>[^\s=]+)",
        lambda context, match: set_catalog(context, _named(match["name"])[0].lower()),
    ),
    (r"SET\s+TIME\s+ZONE\s+(?P<zone>.+)", set_time_zone),
    (r"SET\s+(?P<key>[\w.`-]+)\s*(?:=\s*(?P<value>.*))?", set_value),
)
