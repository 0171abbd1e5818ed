"""What people write on the command line, read and checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from brickyard.errors import InvalidParameterValue

_NEXT_PAIR = re.compile(r",(?=\s*[A-Za-z_][\w.-]*=)")
"""A comma that begins another pair; every other comma belongs to the value before it."""


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """`["a=1", "b=2"]` as a dict. A value may hold `=`.

    Raises:
        InvalidParameterValue: an item has no `=`, no name, or a name that was given before.
    """
    found: dict[str, str] = {}
    for item in given:
        name, sign, value = item.partition("=")
        name = name.strip()
        if not sign or not name:
            raise InvalidParameterValue(
                f"{option} {item!r} is not of the form name=value. Several: {option} a=1 {option} b=2."
            )
        if name in found:
            raise InvalidParameterValue(
                f"{option} names {name!r} twice: {found[name]!r} and {value!r}. Each name has one value."
            )
        found[name] = value
    return found


def listed(text: str | None) -> list[str]:
    """`"a, b"` as `["a", "b"]`."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def parameters(given: Sequence[str] | None) -> dict[str, str]:
    """`["a=1,b=2", "c=x,y"]` as a dict: the option may be repeated, and each may hold several pairs.

    A comma that no `name=` follows belongs to the value.

    Raises:
        InvalidParameterValue: as for `pairs`.
    """
    return pairs([part for text in given or () for part in _NEXT_PAIR.split(text)], "--params")
