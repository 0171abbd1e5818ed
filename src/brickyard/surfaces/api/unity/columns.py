"""Columns of tables, as Unity Catalog writes their types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NAMES = {"tinyint": "BYTE", "smallint": "SHORT", "bigint": "LONG", "varchar": "STRING", "void": "NULL"}
"""Types whose name in the API is not their word in SQL."""
_SAME = frozenset(
    {"array", "binary", "boolean", "char", "date", "decimal", "double", "float", "geography", "geometry", "int"}
    | {"interval", "map", "string", "struct", "timestamp", "timestamp_ntz", "variant"}
)
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def described(position: int, column: Mapping[str, str]) -> dict[str, Any]:
    """A column of the metastore as `ColumnInfo`."""
    text = column["type"]
    word = re.split(r"\W", text, maxsplit=1)[0]
    decimal = _DECIMAL.fullmatch(text)
    body = {
        "name": column["name"],
        "position": position,
        "type_text": text,
        "type_name": word.upper() if word in _SAME else _NAMES.get(word, "USER_DEFINED_TYPE"),
        "type_precision": int(decimal[1]) if decimal else 0,
        "type_scale": int(decimal[2]) if decimal else 0,
        "nullable": column.get("nullable") != "false",
    }
    return body | ({"comment": column["comment"]} if column.get("comment") else {})
