"""Parameters of SQL tasks: `:name` markers, which the engine fills in, and the older `{{name}}`, which become text.

A value can never end the place that it is put in: inside of quotes it is escaped, elsewhere it is a number or a quoted
text. Source: docs of Databricks "Work with query parameters", legacy parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from brickyard.workloads.notebooks.magics import sql_text

_BRACES = re.compile(r"\{\{\s*(?P<name>[\w.-]+)\s*\}\}")
_PART = re.compile(
    rf"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<quoted>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`)
    |{_BRACES.pattern}""",
    re.DOTALL | re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class MissingParameterError(Exception):
    """A statement asks for a parameter that there is not; the text names it and those that there are."""


def fill(statement: str, parameters: Mapping[str, str]) -> str:
    """The statement with every `{{name}}` replaced.

    Raises:
        MissingParameterError: there is no such parameter.
    """

    def part(match: re.Match[str]) -> str:
        if match["comment"]:
            return match[0]
        if match["quoted"]:
            quote = match[0][0]
            return _BRACES.sub(lambda inner: _escaped(_value(inner, parameters), quote), match[0])
        value = _value(match, parameters)
        return value if _NUMBER.fullmatch(value) else sql_text.literal(value)

    return _PART.sub(part, statement)


def values(statement: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """The values of the `:name` markers of a statement.

    Raises:
        MissingParameterError: there is no parameter of a marker's name.
    """
    return {name: _known(f":{name}", name, parameters) for name in sql_text.markers(statement)}


def _value(match: re.Match[str], parameters: Mapping[str, str]) -> str:
    return _known(match[0], match["name"], parameters)


def _known(marker: str, name: str, parameters: Mapping[str, str]) -> str:
    if name not in parameters:
        known = ", ".join(sorted(parameters)) or "none"
        raise MissingParameterError(f"There is no parameter for {marker}. Known are: {known}.")
    return parameters[name]


def _escaped(value: str, quote: str) -> str:
    if quote == "`":
        return value.replace("`", "``")
    return value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
