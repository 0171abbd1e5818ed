"""The inputs of a for-each task: from the text of a JSON array to the JSON text of each element.

The two refusals are worded as the service words them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NoReturn

from brickyard.errors import InvalidParameterValue

MAX_LITERAL: Final = 5_000
"""Characters of inputs that are written in the settings."""
MAX_RESOLVED_BYTES: Final = 48 * 1024
"""Of inputs that come from a reference: what a task value may have."""

_SPACE: Final = re.compile(r"[ \t\n\r]*+")
_NOT_AN_ARRAY: Final = "The JSON string in the inputs field should be an array of primitives or objects."


def check_literal(text: str) -> None:
    """That inputs written in the settings can be looped over. What references make of them is seen at run time.

    Raises:
        InvalidParameterValue: more than 5,000 characters; or, without references, no array of primitives or objects.
    """
    if len(text) > MAX_LITERAL:
        raise InvalidParameterValue(f"Invalid inputs: cannot exceed {MAX_LITERAL} characters")
    if "{{" not in text:
        _elements(text)


def parse_inputs(text: str) -> tuple[str, ...]:
    """The JSON text of each element, as it was written; nothing is rounded or reordered.

    Args:
        text: the resolved inputs. Elements are all primitives (strings, numbers, booleans) or all objects.

    Raises:
        InvalidParameterValue: more than 48 KiB, or no array of primitives or objects.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_RESOLVED_BYTES:
        raise InvalidParameterValue(
            f"Invalid inputs: they have {size} bytes; at most {MAX_RESOLVED_BYTES} are allowed."
        )
    return _elements(text)


def _elements(text: str) -> tuple[str, ...]:
    try:
        found = list(_walk(text))
    except (ValueError, RecursionError):  # the decoder recurses: absurdly deep text ends there
        raise InvalidParameterValue(_NOT_AN_ARRAY) from None
    kinds = {type(value) for _, value in found}
    if kinds & {list, type(None)} or (dict in kinds and len(kinds) > 1):
        raise InvalidParameterValue(_NOT_AN_ARRAY)
    return tuple(element for element, _ in found)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


# Numbers stay text: only the kinds of the values count here, and long ones are slow to convert.
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_number)


def _walk(text: str) -> Iterator[tuple[str, object]]:
    """Each element's text and value. Raises ValueError where the text is no JSON array."""
    at = _expect(text, 0, "[")
    if text.startswith("]", at):
        _expect_end(text, at + 1)
        return
    while True:
        value, end = _DECODER.raw_decode(text, at)
        yield text[at:end], value
        after = _skip(text, end)
        if text.startswith("]", after):
            _expect_end(text, after + 1)
            return
        at = _expect(text, after, ",")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _expect(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if not text.startswith(mark, at):
        raise ValueError(text[at : at + 1])
    return _skip(text, at + 1)


def _expect_end(text: str, at: int) -> None:
    if _skip(text, at) != len(text):
        raise ValueError(text[at : at + 1])
