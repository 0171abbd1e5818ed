"""The packages that tasks ask for: libraries, and the dependencies of environments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.shape import blank, show
from brickyard.jobs.tasks import Library, LibraryKind

_KINDS: Final = tuple(LibraryKind)
_FILE: Final = re.compile(r"(?:-r|--requirement)(?:\s+|=)\S.*")
_UNCLEAN: Final = re.compile(r"[\x00-\x1f\x7f]")


def check_versions(raw: Mapping[str, Any]) -> None:
    """That no environment has both a version and a base. Before everything else, as the service does it.

    Raises:
        InvalidParameterValue: in the service's words.
    """
    environments = raw.get("environments")
    for entry in environments if isinstance(environments, list) else ():
        spec = entry.get("spec") if isinstance(entry, Mapping) else None
        if not isinstance(spec, Mapping):
            continue
        if spec.get("base_environment") and (spec.get("environment_version") or spec.get("client")):
            raise InvalidParameterValue(
                f"Both base environment and version are provided for environment '{entry.get('environment_key')}'."
                " Only one of them must be provided."
            )


def environments(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, tuple[str, ...]]:
    """By environment key: its pip requirement lines.

    Args:
        entries: the path and the checked settings of each environment.

    Raises:
        InvalidParameterValue: a line is empty, or an option of pip other than `-r FILE`.
    """
    return {entry["environment_key"]: _lines(entry.get("spec", {}), f"{path}.spec") for path, entry in entries}


def _lines(spec: Mapping[str, Any], path: str) -> tuple[str, ...]:
    lines = tuple(spec.get("dependencies", ()))
    for index, line in enumerate(lines):
        _check_line(line, f"{path}.dependencies[{index}]")
    return lines


def _check_line(line: str, path: str) -> None:
    if not line.strip() or _UNCLEAN.search(line):
        raise InvalidParameterValue(f"{path} is {show(line)}; it must be one requirement, as pip takes it.")
    if line.lstrip().startswith("-") and not _FILE.fullmatch(line.strip()):
        raise InvalidParameterValue(
            f"{path} is {show(line)}; of pip's options only -r FILE is allowed. The others belong to this server's"
            " own configuration of pip; a folder with code goes in as a wheel."
        )


def libraries(raw: Mapping[str, Any], path: str) -> tuple[Library, ...]:
    """The libraries of a task that has passed `shape.check`.

    Raises:
        InvalidParameterValue: an entry is none or several libraries, or a path that names no such file.
    """
    return tuple(_library(entry, f"{path}.libraries[{index}]") for index, entry in enumerate(raw.get("libraries", ())))


def _library(raw: Mapping[str, Any], path: str) -> Library:
    given = [name for name, value in raw.items() if not blank(value)]
    if len(given) != 1:
        raise InvalidParameterValue(
            f"{path} has {' and '.join(given) or 'no library'}; it must have exactly one of {', '.join(_KINDS)}."
        )
    kind = LibraryKind(given[0])
    value = raw["pypi"]["package"] if kind is LibraryKind.PYPI else raw[kind]
    where = f"{path}.pypi.package" if kind is LibraryKind.PYPI else f"{path}.{kind}"
    _check_value(kind, value, where)
    return Library(kind, value)


def _check_value(kind: LibraryKind, value: str, path: str) -> None:
    if kind is LibraryKind.PYPI:
        if value.lstrip().startswith("-"):
            raise InvalidParameterValue(f"{path} is {show(value)}; it must be a requirement such as simplejson==3.19.")
        _check_line(value, path)
        return
    ending = ".whl" if kind is LibraryKind.WHL else ".txt"
    if _UNCLEAN.search(value) or not value.endswith(ending) or not (value.startswith("/") or ":/" in value):
        raise InvalidParameterValue(
            f"{path} is {show(value)}; it must be an absolute path of a file that ends with {ending}."
        )
