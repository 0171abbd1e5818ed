"""Statements about a whole Delta table: its check constraints, and copies of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from deltalake.exceptions import DeltaError

from brickyard.workloads.messages import TableEntry
from brickyard.workloads.runtime import delta, errors, literals, names
from brickyard.workloads.runtime.context import NAME, Context

_CONSTRAINT = "delta.constraints."


def add_constraint(context: Context, match: re.Match[str]) -> None:
    """ALTER TABLE … ADD CONSTRAINT name CHECK (condition); rows that are there are checked as well.

    Raises:
        AnalysisException: a row breaks it, or there is a constraint of this name.
    """
    entry = context.tables.writable(names.split(match["table"]))
    table, name = delta.open_table(entry.location), names.split(match["name"])[0]
    if f"{_CONSTRAINT}{name.lower()}" in {key.lower() for key in table.metadata().configuration}:
        raise errors.analysis("DELTA_CONSTRAINT_ALREADY_EXISTS", f"There is a constraint {name}.", "42710")
    try:
        table.alter.add_constraint({name: match["condition"].strip()})
    except DeltaError as error:
        raise errors.analysis(
            "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION", f"The constraint {name} cannot be added: {error}", "23512"
        ) from None


def drop_constraint(context: Context, match: re.Match[str]) -> None:
    """ALTER TABLE … DROP CONSTRAINT [IF EXISTS] name."""
    entry = context.tables.writable(names.split(match["table"]))
    name = names.split(match["name"])[0]
    table = delta.open_table(entry.location)
    known = [key for key in table.metadata().configuration if key.lower() == f"{_CONSTRAINT}{name.lower()}"]
    if known:
        table.alter.drop_constraint(known[0].removeprefix(_CONSTRAINT))
    elif not match["exists"]:
        raise errors.analysis("DELTA_CONSTRAINT_DOES_NOT_EXIST", f"There is no constraint {name}.", "42704")


def key_constraint(context: Context, match: re.Match[str]) -> None:
    """Refuse PRIMARY KEY and FOREIGN KEY: nobody would keep them."""
    del context
    raise errors.refused(f"ALTER TABLE {match['table']} ADD … KEY", "Leave it out: keys are not enforced.")


def clone(context: Context, match: re.Match[str]) -> Any:
    """CREATE [OR REPLACE] TABLE [IF NOT EXISTS] name [DEEP] CLONE source [VERSION AS OF n].

    Raises:
        UnsupportedOperationException: SHALLOW, or a source whose columns have rules that a copy would lose.
    """
    if (match["kind"] or "").upper() == "SHALLOW":
        raise errors.refused("SHALLOW CLONE", "Use DEEP CLONE.")
    source = context.tables.writable(names.split(match["source"]))
    _check_copy(source)
    layout = delta.layout(source.location)
    clauses = ["USING delta"]
    if layout.partitions:
        clauses.append(f"PARTITIONED BY ({', '.join(map(names.quote, layout.partitions))})")
    if source.comment:
        clauses.append(f"COMMENT {literals.text(source.comment)}")
    if source.properties:
        pairs = [f"{literals.text(key)} = {literals.text(value)}" for key, value in source.properties.items()]
        clauses.append(f"TBLPROPERTIES ({', '.join(pairs)})")
    query = f"SELECT * FROM {match['source']}{match['version'] or ''}"  # noqa: S608  the user's own SQL
    return context.session.sql(f"{match['head']} {' '.join(clauses)} AS {query}")


def _check_copy(source: TableEntry) -> None:
    layout = delta.layout(source.location)
    ruled = sorted({*layout.computed, *(field.name for field in layout.schema if not field.nullable)})
    settings = delta.open_table(source.location).metadata().configuration
    ruled += [key for key in settings if key.startswith(_CONSTRAINT)]
    if ruled:
        raise errors.refused(
            f"CLONE of a table with rules ({', '.join(ruled)})", "Create the table with its rules and use INSERT INTO."
        )


WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = (
    (
        rf"ALTER\s+TABLE\s+(?P<table>{NAME})\s+ADD\s+CONSTRAINT\s+(?P<name>{NAME})\s+CHECK\s*\((?P<condition>.*)\)",
        add_constraint,
    ),
    (
        rf"ALTER\s+TABLE\s+(?P<table>{NAME})\s+DROP\s+CONSTRAINT\s+(?P<exists>IF\s+EXISTS\s+)?(?P<name>{NAME})",
        drop_constraint,
    ),
    (
        rf"ALTER\s+TABLE\s+(?P<table>{NAME})\s+ADD\s+(?:CONSTRAINT\s+{NAME}\s+)?(?:PRIMARY|FOREIGN)\s+KEY.*",
        key_constraint,
    ),
    (
        (
            rf"(?P<head>CREATE\s+(?:OR\s+REPLACE\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{NAME})\s+"
            rf"(?:(?P<kind>DEEP|SHALLOW)\s+)?CLONE\s+(?P<source>{NAME})(?P<version>\s+(?:VERSION|TIMESTAMP)\s+AS\s+OF\s.*)?"
        ),
        clone,
    ),
)
