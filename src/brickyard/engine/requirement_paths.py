"""Pip requirement lines of a job, with paths of this machine in place of workspace paths."""

from __future__ import annotations

import re
from collections.abc import Iterable

from brickyard.errors import InvalidParameterValue
from brickyard.workloads import places
from brickyard.workloads.messages import Paths

_FILE = re.compile(r"(?:-r|--requirement)[ =]\s*(?P<path>.+)")
_PATH = re.compile(r"(?:/|\.{1,2}/|dbfs:/).*|[^\s@:]+\.whl")
"""A wheel by its path; `name @ https://…` and plain URLs are none."""


def real_lines(lines: Iterable[str], paths: Paths) -> list[str]:
    """The same lines; paths follow the rules of all paths of a job (`workloads.places`).

    Raises:
        InvalidParameterValue: a path that means no file here.
    """
    return [_real(line.strip(), paths) for line in lines]


def _real(line: str, paths: Paths) -> str:
    file = _FILE.fullmatch(line)
    if file:
        return f"-r {_path(file['path'].strip(), line, paths)}"
    return _path(line, line, paths) if _PATH.fullmatch(line) else line


def _path(path: str, line: str, paths: Paths) -> str:
    try:
        return str(places.real(path, paths))
    except places.BadPathError as error:
        raise InvalidParameterValue(f"The requirement {line!r} cannot be installed: {error}.") from error
