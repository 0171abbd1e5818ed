"""Reads what clients send. Lenient in form, strict in content.

Clients send numbers as strings, nulls for what they leave unset, "False" for false and an empty page token for the
first page (measured with Airflow's, Prefect's and the legacy command line's clients); all of that is understood. A
name that is not known is refused: nothing is accepted and ignored.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from brickyard.errors import InvalidParameterValue

_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_INT64 = 2**63


class Fields:
    """The named values of one request: of its JSON body, of its form or of its query string."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def raw(self) -> dict[str, Any]:
        """All values as sent, without nulls at any depth."""
        return {name: without_nulls(value) for name, value in self._values.items()}

    def only(self, *known: str) -> Fields:
        """Refuse every name that is not in `known`.

        Raises:
            InvalidParameterValue: it names the unknown field, and the known name that is nearest to it.
        """
        for name in self._values:
            if name not in known:
                raise InvalidParameterValue(unknown(name, known))
        return self

    def whole(self, name: str, default: int | None = None, *, low: int = 0, high: int = _INT64 - 1) -> int:
        """A whole number from `low` to `high`; a number in a string counts as one."""
        if name not in self._values or self._values[name] == "":
            if default is None:
                raise InvalidParameterValue(f"{name} is missing; it must be a whole number.")
            return default
        number = as_whole(self._values[name])
        if number is None:
            raise InvalidParameterValue(f"{name} is {_shown(self._values[name])}; it must be a whole number.")
        if not low <= number <= high:
            raise InvalidParameterValue(f"{name} is {number}; it must be from {low} to {high}.")
        return number

    def maybe_whole(self, name: str) -> int | None:
        """A whole number, or None where it is not given."""
        return self.whole(name) if self._values.get(name, "") != "" else None

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without `default` it must be given and not be empty."""
        value = self._values.get(name, default)
        if value is None or (default is None and value == ""):
            raise InvalidParameterValue(f"{name} is missing; it must be a text.")
        if not isinstance(value, str):
            raise InvalidParameterValue(f"{name} is {_shown(value)}; it must be a text.")
        return check_text(value, name)

    def choice(self, name: str, allowed: Iterable[str], default: str | None = None) -> str:
        """One of the `allowed` words."""
        value = self.text(name, default) or (default or "")
        words = list(allowed)
        if value not in words:
            raise InvalidParameterValue(f"{name} is {_shown(value)}; it must be one of {', '.join(words)}.")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false; also as a word in any case."""
        value = self._values.get(name, "")
        if isinstance(value, bool):
            return value
        if value == "":
            return default
        known = _FLAGS.get(str(value).lower())
        if known is None:
            raise InvalidParameterValue(f"{name} is {_shown(value)}; it must be true or false.")
        return known

    def mapping(self, name: str) -> dict[str, Any]:
        """An object; empty where it is not given."""
        value = self._values.get(name, {})
        if not isinstance(value, Mapping):
            raise InvalidParameterValue(f"{name} is {_shown(value)}; it must be an object.")
        return {key: without_nulls(item) for key, item in value.items() if item is not None}

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty where it is not given."""
        value = self._values.get(name, [])
        if not isinstance(value, list):
            raise InvalidParameterValue(f"{name} is {_shown(value)}; it must be a list.")
        return [_as_text(f"{name}[{index}]", item) for index, item in enumerate(value)]


def check_text(value: str, where: str) -> str:
    """The same text.

    Raises:
        InvalidParameterValue: it has a NUL character, which not every database can keep and no process can be given.
    """
    if "\0" in value:
        raise InvalidParameterValue(f"{where[:100]} has a NUL character; it must be without.")
    return value


def as_whole(value: Any) -> int | None:
    """The whole number that `value` means, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and len(value) < 20 and value.removeprefix("-").isascii():
        return as_whole(int(value)) if value.removeprefix("-").isdigit() else None
    return None


def without_nulls(value: Any) -> Any:
    """The value without object members that are null: some clients send every unset field as null."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def unknown(name: str, known: Iterable[str]) -> str:
    """The sentence that refuses an unknown field, with the nearest known name."""
    names = sorted(known)
    if not names:
        return f"Unknown field {name[:100]!r}. No fields are known here."
    near = difflib.get_close_matches(name[:100], names, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(names)}."
    return f"Unknown field {name[:100]!r}. {hint}"


def _as_text(where: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return check_text(str(value), where)
    raise InvalidParameterValue(f"{where} is {_shown(value)}; it must be a text.")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"
