"""The arguments of `%run`."""

from __future__ import annotations

import re

from brickyard.errors import InvalidParameterValue

_ARGUMENT = re.compile(r"""\$([\w.-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s$]+)(?:\s+|$)""")
_PATH = re.compile(r"""("[^"]+"|'[^']+'|[^$]+?)(?:\s+(?=\$)|\s*$)""")


def parse_run(text: str) -> tuple[str, dict[str, str]]:
    """`./path $name="value" …` as path and values.

    Raises:
        InvalidParameterValue: there is no path, or something else than `$name="value"` follows it.
    """
    text = text.strip()
    match = _PATH.match(text)
    if not match:
        raise InvalidParameterValue('%run needs the path of a notebook: %run ./path $name="value"')
    path, rest = match[1].strip("\"'"), text[match.end() :]
    values: dict[str, str] = {}
    while rest:
        argument = _ARGUMENT.match(rest)
        if not argument:
            raise InvalidParameterValue(f'%run takes $name="value" after the path, not {rest!r}')
        values[argument[1]] = _unquote(argument[2])
        rest = rest[argument.end() :]
    return path, values


def _unquote(text: str) -> str:
    if text[0] in "\"'" and text[-1] == text[0] and len(text) > 1:
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
