"""Dynamic value references: `{{job.id}}` and its like in the strings of a job's settings.

The syntax follows the service's published rules: a reference is a dotted name in double braces, spaces around it are
allowed, names of users may hold letters, digits and `_` and need backticks for anything else. What is no reference by
these rules, or begins outside the known namespaces (`{{ ds }}`), stays as it is. One form is our own:
`{{now() | date('yyyy-MM-dd')}}`.

Text is read once: the value of a reference is never looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import dates
from brickyard.jobs.names import LEGACY, NAMESPACES
from brickyard.jobs.scope import Scope, Upstream
from brickyard.jobs.shape import brief
from brickyard.jobs.values import value_of

__all__ = ["Name", "Now", "Scope", "Template", "Upstream", "parse", "resolve"]


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name of a known namespace; `text` is the inside of the braces, for errors."""

    text: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Now:
    """The time at which the text is resolved, in UTC, by a Java date pattern."""

    text: str
    pattern: str


Template = tuple[str | Name | Now, ...]
"""Literal texts and references in their order."""

_PART: Final = r"(?:[A-Za-z0-9_-]++|`[^`]++`)"
# Possessive repeats: hostile text costs one pass, never a search.
_REFERENCE: Final = re.compile(
    rf"\{{\{{\s*+(?:(?P<name>{_PART}(?:\.{_PART})*+)|now\(\)(?P<filter>[^{{}}]*+))\s*+\}}\}}"
)
_FILTER: Final = re.compile(r"""\s*\|\s*date\(\s*(?:'(?P<single>(?:[^']|'')*)'|"(?P<double>[^"]*)")\s*\)\s*""")
_UNCLEAN: Final = re.compile("[\0\ud800-\udfff]")
_SPLIT: Final = re.compile(r"`([^`]++)`|([A-Za-z0-9_-]++)")


def parse(text: str, where: str = "") -> Template:
    """The literals and references of a text.

    Args:
        text: any string of a job's settings.
        where: for errors, such as "in task 'load'".

    Raises:
        InvalidParameterValue: a name of a known namespace lacks its backticks, or a date pattern is wrong.
    """
    if "{{" not in text:
        return (text,) if text else ()
    return tuple(_pieces(text, where))


def resolve(text: str, scope: Scope) -> str:
    """The text with every reference replaced by its value.

    Raises:
        InvalidParameterValue: a reference has no value in this run.
    """
    if "{{" not in text:
        return text
    where = f"in task '{scope.task_key}'" if scope.task_key else "in a job parameter"
    resolved = "".join(_text(piece, scope, where) for piece in _pieces(text, where))
    # Escapes in JSON can make what no process can be given.
    if _UNCLEAN.search(resolved):
        raise InvalidParameterValue(
            f"Failed to resolve references: '{text[:100]}' becomes text with a NUL or half a surrogate pair."
        )
    return resolved


def _text(piece: str | Name | Now, scope: Scope, where: str) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Now):
        return dates.render(piece.pattern, scope.now_ms)
    return value_of(piece.parts, piece.text, scope, where)


def _pieces(text: str, where: str) -> Iterator[str | Name | Now]:
    end = 0
    for match in _REFERENCE.finditer(text):
        piece = _reference(match, where)
        if piece is None:
            continue
        if match.start() > end:
            yield text[end : match.start()]
        yield piece
        end = match.end()
    if end < len(text):
        yield text[end:]


def _reference(match: re.Match[str], where: str) -> Name | Now | None:
    inner = brief(match.group(0)[2:-2].strip())
    if match["name"] is None:
        return _now(inner, match["filter"], where)
    found = [(quoted or plain, not quoted) for quoted, plain in _SPLIT.findall(match["name"])]
    parts = tuple(part for part, _ in found)
    if parts[0] not in NAMESPACES and not (len(parts) == 1 and parts[0] in LEGACY):
        return None
    for part, is_plain in found:
        if is_plain and "-" in part:
            raise InvalidParameterValue(
                f"Reference '{inner}' {where}: '{brief(part)}' holds '-', which needs backticks: `{brief(part)}`."
            )
    return Name(inner, parts)


def _now(inner: str, text: str, where: str) -> Now:
    match = _FILTER.fullmatch(text)
    if not match:
        raise InvalidParameterValue(
            f"Reference '{inner}' {where}: now() is allowed only with a date format, such as"
            " {{now() | date('yyyy-MM-dd')}}."
        )
    single = match["single"]
    pattern = match["double"] if single is None else single.replace("''", "'")
    try:
        dates.check(pattern)
    except InvalidParameterValue as wrong:
        raise InvalidParameterValue(f"Reference '{inner}' {where}: {wrong.message}") from None
    return Now(inner, pattern)
