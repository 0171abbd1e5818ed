"""Widgets in the text of a `%sql` cell: `:name` markers, `${name}`, `$name`, `getArgument("name")`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_QUOTED = r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|--[^\n]*|/\*.*?\*/"""
# A colon after a name or a bracket is a path into JSON, two colons are a cast.
_MARKER = re.compile(rf"{_QUOTED}|(?<![\w:\])]):([A-Za-z_]\w*)", re.DOTALL)
_BRACES = re.compile(r"\$\{([^{}\s]+)\}")
_DOLLAR = re.compile(r"(?<![\w$\\])\$([A-Za-z_]\w*)")
_ARGUMENT = re.compile(rf"""{_QUOTED}|\bgetArgument\s*\(\s*(?:'([^']+)'|"([^"]+)")\s*\)""", re.DOTALL | re.IGNORECASE)
_CREATE = re.compile(
    r"""CREATE\s+WIDGET\s+(TEXT|DROPDOWN|COMBOBOX|MULTISELECT)\s+(`[^`]+`|"[^"]+"|'[^']+'|[\w.-]+)
        \s+DEFAULT\s+("(?:[^"\\]|\\.|"")*"|'(?:[^'\\]|\\.|'')*'|\S+)(?:\s+CHOICES\s+(.+))?""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_REMOVE = re.compile(r"""REMOVE\s+WIDGET\s+(`[^`]+`|"[^"]+"|'[^']+'|[\w.-]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CreateWidget:
    """A `CREATE WIDGET` statement."""

    kind: str
    name: str
    default: str
    choices: str | None
    """The query whose first column has the choices."""


def markers(statement: str) -> list[str]:
    """The names of `:name` markers, outside of quotes and comments."""
    return list(dict.fromkeys(match[1] for match in _MARKER.finditer(statement) if match[1]))


def substitute(text: str, widgets: Mapping[str, str], conf: Callable[[str], str | None]) -> str:
    """The text with the older forms of widgets replaced, as they stand, also inside of quotes.

    `${name}` may also be a setting of Spark; `$name` is replaced only where there is such a widget.

    Raises:
        KeyError: there is neither a widget nor a setting of the name in `${…}`.
    """

    def braces(match: re.Match[str]) -> str:
        value = widgets.get(match[1])
        value = conf(match[1]) if value is None else value
        if value is None:
            raise KeyError(f"{match[0]}: there is no widget and no Spark setting of this name")
        return value

    def argument(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if not name:
            return match[0]
        if name not in widgets:
            raise KeyError(f'getArgument("{name}"): there is no widget of this name')
        return literal(widgets[name])

    text = _ARGUMENT.sub(argument, text)
    text = _BRACES.sub(braces, text)
    return _DOLLAR.sub(lambda match: widgets.get(match[1], match[0]), text)


def literal(value: str) -> str:
    """The text as an SQL string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def widget_statement(statement: str) -> CreateWidget | str | None:
    """`CREATE WIDGET`, or the name in a `REMOVE WIDGET`; None for any other statement."""
    bare = re.sub(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", "", statement, flags=re.DOTALL).strip()
    create = _CREATE.fullmatch(bare)
    if create:
        return CreateWidget(create[1].lower(), _unquote(create[2]), _unquote(create[3]), create[4])
    remove = _REMOVE.fullmatch(bare)
    return _unquote(remove[1]) if remove else None


def _unquote(text: str) -> str:
    quote = text[0]
    if quote not in "\"'`" or text[-1] != quote:
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1].replace(quote * 2, quote))
