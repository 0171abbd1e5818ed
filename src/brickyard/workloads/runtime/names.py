"""Names of tables: how they are written, and what they mean where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from brickyard.workloads.messages import TableName
from brickyard.workloads.runtime import errors

_PART = re.compile(r"\s*(?:`((?:[^`]|``)*)`|([^`.\s]+))\s*(\.|$)")


@dataclass(frozen=True, slots=True)
class Namespace:
    """The current catalog and schema, in lower case."""

    catalog: str = "main"
    schema: str = "default"


def split(text: str) -> tuple[str, ...]:
    """The parts of a written name: ``main.silver.`my table` `` has three.

    Raises:
        ParseException: it is no name.
    """
    parts, at = [], 0
    while at < len(text):
        match = _PART.match(text, at)
        if not match:
            raise errors.syntax(text, f"Syntax error: {text!r} is not the name of a table.")
        parts.append(match[1].replace("``", "`") if match[1] is not None else match[2])
        at = match.end()
    if not parts:
        raise errors.syntax(text, "Syntax error: the name of a table is empty.")
    return tuple(parts)


def qualify(parts: Sequence[str], current: Namespace) -> TableName:
    """The full name that one to three parts mean."""
    lower = [part.lower() for part in parts]
    if len(lower) == 1:
        return TableName(catalog=current.catalog, schema=current.schema, name=lower[0])
    if len(lower) == 2:
        return TableName(catalog=current.catalog, schema=lower[0], name=lower[1])
    if len(lower) == 3:
        return TableName(catalog=lower[0], schema=lower[1], name=lower[2])
    raise errors.analysis(
        "IDENTIFIER_TOO_MANY_NAME_PARTS",
        f"{written(parts)} is not a valid identifier as it has more than 3 name parts.",
        "42601",
    )


def quote(part: str) -> str:
    """A part between backticks."""
    return "`" + part.replace("`", "``") + "`"


def written(parts: Sequence[str]) -> str:
    """A name as Spark's errors write it."""
    return ".".join(quote(part) for part in parts)


def full(table: TableName) -> str:
    """A full name as Spark's errors write it."""
    return written((table.catalog, table.schema, table.name))
