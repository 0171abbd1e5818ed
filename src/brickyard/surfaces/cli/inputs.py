"""What people write on the command line, read and checked."""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.errors import InvalidParameterValue


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
            raise InvalidParameterValue(f"{option} {item!r} is not of the form name=value.")
        if name in found:
            raise InvalidParameterValue(f"{option} names {name!r} twice.")
        found[name] = value
    return found


def listed(text: str | None) -> list[str]:
    """`"a, b"` as `["a", "b"]`."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def listed_pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """`["a=1,b=2", "c=x,y"]`: several pairs in one option. A comma that no `name=` follows belongs to the value."""
    parts: list[str] = []
    for text in texts:
        for piece in text.split(","):
            if "=" in piece or not parts:
                parts.append(piece)
            else:
                parts[-1] += "," + piece
    return pairs(parts, option)
