"""JSON as references show it: elements of a loop's inputs, task values, rows of a SQL task."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from brickyard.errors import InvalidParameterValue

_TOKEN: Final = re.compile(r'(?P<string>"(?:[^"\\]|\\.)*+")|(?P<number>-?[0-9][0-9.eE+-]*+)|(?P<space>[ \t\r\n]++)|.')


def value_text(value_json: str) -> str:
    """A task value as text: a string as it is, everything else as its JSON (`true`, `1.5`, `[1, 2]`)."""
    value = json.loads(value_json)
    return value if isinstance(value, str) else value_json


def element_text(element: str) -> str:
    """An element of a loop's inputs as `{{input}}` shows it.

    As the service was seen to do it: a string as it is, an integer as it was written, everything else as compact JSON
    in which every number is written as Java writes a double: `{"id": 7}` is `{"id":7.0}`.
    """
    text = element.strip()
    if text.startswith('"'):
        return str(json.loads(text))
    return text if re.fullmatch(r"-?[0-9]+", text) else _compact(text)


def member_text(element: str, key: str) -> str | None:
    """A member of an object of a loop's inputs, as `{{input.key}}` shows it; None where it has none of this name."""
    members = _members(element)
    if key not in members:
        return None
    text = members[key]
    return str(json.loads(text)) if text.startswith('"') else _compact(text)


def members_of(element: str) -> tuple[str, ...] | None:
    """The keys of an object of a loop's inputs; None where it is no object."""
    return tuple(_members(element)) if element.lstrip().startswith("{") else None


def _members(element: str) -> dict[str, str]:
    try:
        found = json.loads(element, parse_int=float)
        return {key: json.dumps(value, ensure_ascii=False) for key, value in found.items()}
    except RecursionError:
        raise InvalidParameterValue("Failed to resolve references: the input is nested too deeply.") from None


def _compact(text: str) -> str:
    return _TOKEN.sub(_token, text)


def _token(match: re.Match[str]) -> str:
    if match["space"] is not None:
        return ""
    if match["number"] is not None:
        return java_double(match["number"])
    if match["string"] is not None:
        return json.dumps(json.loads(match["string"]), ensure_ascii=False)
    return match[0]


def java_double(text: str) -> str:
    """A JSON number as Java's `Double.toString` writes it: `7.0`, `0.1`, `1.0E20`, `1.0E-5`."""
    number = float(text)
    if not math.isfinite(number):
        return text  # no double holds it
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    figures = "".join(map(str, digits))
    power = int(exponent) + len(figures) - 1
    return f"{'-' if sign else ''}{figures[0]}.{figures[1:] or '0'}E{power}"


def rows_text(output: str) -> str:
    """The rows of a SQL task as a JSON array of objects; every value is a text, NULL is an empty one."""
    return dumped([_row(found, row) for found in [json.loads(output)] for row in found["rows"]])


def first_row(output: str) -> Mapping[str, str] | None:
    """The first row of a SQL task by column; None where there is none."""
    found = json.loads(output)
    return _row(found, found["rows"][0]) if found["rows"] else None


def row_text(row: Mapping[str, str]) -> str:
    """A row as a JSON object."""
    return dumped(row)


def _row(output: Mapping[str, Any], row: list[str | None]) -> dict[str, str]:
    return {
        column["name"]: "" if value is None else value for column, value in zip(output["columns"], row, strict=True)
    }


def dumped(value: object) -> str:
    """Compact JSON, with characters beyond ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
