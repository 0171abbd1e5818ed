"""Filters such as `userName eq "ada@example.com" and active eq true` (RFC 7644, 3.4.2.2).

Of the operators there are eq, ne, co, sw, ew and pr, with `and`, `or` and brackets; `and` binds more tightly. Texts are
compared without regard to upper and lower case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from brickyard.access.identity import PrincipalKind
from brickyard.surfaces.api.scim.attributes import Resource, resolve, values_at
from brickyard.surfaces.api.scim.faults import InvalidFilter, InvalidPath

Test = Callable[[Resource], bool]

MAX_LENGTH = 10_000
MAX_DEPTH = 20
_TOKENS = re.compile(r'\s*(\(|\)|"(?:[^"\\]|\\.)*"|[^\s()"]+)')
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "co": lambda value, wanted: wanted in value,
    "sw": lambda value, wanted: value.startswith(wanted),
    "ew": lambda value, wanted: value.endswith(wanted),
}


def parse(kind: PrincipalKind, text: str) -> Test:
    """A test for resources of this kind.

    Raises:
        InvalidFilter: the text is no filter; it says at which word.
    """
    return _Reader(text, lambda path: resolve(kind, path)).whole()


def parse_values(text: str, parts: tuple[str, ...]) -> Test:
    """A test for the elements of one attribute: the filter between the brackets of `members[value eq "1"]`."""

    def part(path: str) -> tuple[str, str]:
        found = next((each for each in parts if each.lower() == path.lower()), None)
        if found is None:
            raise InvalidPath(f"Unknown attribute {path[:100]!r}. Known are: {', '.join(parts)}.")
        return found, ""

    return _Reader(text, part).whole()


class _Reader:
    """Reads one filter from left to right."""

    def __init__(self, text: str, resolve_path: Callable[[str], tuple[str, str]]) -> None:
        self._resolve = resolve_path
        self._tokens = _tokens(text)
        self._at = 0

    def whole(self) -> Test:
        test = self._either(0)
        if self._at < len(self._tokens):
            raise self._refused()
        return test

    def _either(self, depth: int) -> Test:
        tests = [self._both(depth)]
        while self._took("or"):
            tests.append(self._both(depth))
        return tests[0] if len(tests) == 1 else lambda resource: any(test(resource) for test in tests)

    def _both(self, depth: int) -> Test:
        tests = [self._one(depth)]
        while self._took("and"):
            tests.append(self._one(depth))
        return tests[0] if len(tests) == 1 else lambda resource: all(test(resource) for test in tests)

    def _one(self, depth: int) -> Test:
        if not self._took("("):
            return self._comparison()
        if depth == MAX_DEPTH:
            raise InvalidFilter(f"The filter has brackets nested deeper than {MAX_DEPTH}.")
        test = self._either(depth + 1)
        if not self._took(")"):
            raise self._refused()
        return test

    def _comparison(self) -> Test:
        try:
            path = self._resolve(self._next())
        except InvalidPath as error:
            raise InvalidFilter(error.message) from error
        operator = self._next().lower()
        if operator == "pr":
            return lambda resource: any(value not in (None, "") for value in values_at(resource, path))
        if operator not in {*_COMPARE, "ne"}:
            raise InvalidFilter(
                f"Unknown operator {operator[:100]!r} in the filter. Known are: eq, ne, co, sw, ew and pr."
            )
        wanted = _literal(self._next())
        compare = _COMPARE["eq" if operator == "ne" else operator]

        def found(resource: Resource) -> bool:
            return any(compare(_folded(value), wanted) for value in values_at(resource, path))

        return (lambda resource: not found(resource)) if operator == "ne" else found

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise self._refused()
        self._at += 1
        return self._tokens[self._at - 1]

    def _took(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].lower() == word:
            self._at += 1
            return True
        return False

    def _refused(self) -> InvalidFilter:
        if self._at >= len(self._tokens):
            return InvalidFilter('The filter ends too early; it must be like: userName eq "ada@example.com".')
        return InvalidFilter(f"The filter is not understood at {self._tokens[self._at][:100]!r}.")


def _tokens(text: str) -> list[str]:
    if len(text) > MAX_LENGTH:
        raise InvalidFilter(f"The filter has {len(text)} characters; it may have {MAX_LENGTH}.")
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKENS.match(text, at)
        if match is None:
            raise InvalidFilter(f"The filter is not understood at {text[at : at + 100]!r}.")
        found.append(match[1])
        at = match.end()
    return found


def _literal(token: str) -> str:
    if not token.startswith('"'):
        return _folded(token)
    try:
        return _folded(json.loads(token))
    except json.JSONDecodeError as error:
        raise InvalidFilter(f"The filter has a text that is none: {token[:100]}.") from error


def _folded(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value).casefold()
