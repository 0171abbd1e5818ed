"""What is imported becomes a file or a notebook, and a notebook is exported in one of its formats."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.surfaces.api.workspace_tree import Item
from brickyard.workloads.notebooks.files import SUFFIXES, is_notebook, language_of, parse_notebook
from brickyard.workloads.notebooks.formats import FORMATS, render_source
from brickyard.workloads.notebooks.ipynb import render_ipynb

IMPORTS = ("SOURCE", "JUPYTER", "AUTO", "RAW")
EXPORTS = ("SOURCE", "JUPYTER", "AUTO", "RAW")
REFUSED = {
    "DBC": "an archive of the service alone, whose form is not public",
    "HTML": "a page of results; a run has one (runs/export), and a notebook without results is better read as source",
    "R_MARKDOWN": "R cells are kept, and no task runs them",
}
"""What clients know and this does not do, and why."""
_LANGUAGES = {"PYTHON": ".py", "SQL": ".sql", "SCALA": ".scala", "R": ".r"}


@dataclass(frozen=True, slots=True)
class Stored:
    """How an import is kept: the name loses `strip` at its end and the file gets `suffix`."""

    name: str
    suffix: str
    data: bytes


def format_of(value: str, allowed: tuple[str, ...]) -> str:
    """The format that was asked for.

    Raises:
        FeatureDisabled: it is known and not supported.
        InvalidParameterValue: it is not known.
    """
    if value in REFUSED:
        raise FeatureDisabled(f"format {value} is not supported: {REFUSED[value]}. Use one of {', '.join(allowed)}.")
    if value not in allowed:
        raise InvalidParameterValue(f"format is {value[:50]!r}; it must be one of {', '.join(allowed)}.")
    return value


def to_store(name: str, data: bytes, form: str, language: str) -> Stored:
    """What an import of `data` under `name` becomes.

    Raises:
        InvalidParameterValue: the content is not of the format, or `SOURCE` came without a language.
    """
    suffix = PurePosixPath(name).suffix
    if form == "RAW":
        return Stored(name, "", data)
    if form == "AUTO":
        return _notebook_or_file(name, suffix, data)
    if form == "JUPYTER":
        parse_notebook(data, ".ipynb")
        return Stored(name.removesuffix(".ipynb"), ".ipynb", data)
    if language not in _LANGUAGES:
        given = f"is {language[:50]!r}" if language else "is missing"
        raise InvalidParameterValue(f"language {given}; a SOURCE import needs one of {', '.join(_LANGUAGES)}.")
    wanted = _LANGUAGES[language]
    stem = name[: -len(suffix)] if suffix.lower() == wanted else name
    return Stored(stem, wanted, data if is_notebook(data, wanted) else _header(wanted) + data)


def to_send(item: Item, data: bytes, form: str) -> tuple[bytes, str]:
    """The bytes of an export and its file type (the extension without its dot).

    Raises:
        InvalidParameterValue: this cannot be exported in that format.
    """
    suffix = item.place.suffix.lower()
    if item.kind != "NOTEBOOK" or form in {"RAW", "AUTO"}:
        if form == "JUPYTER":
            raise InvalidParameterValue(f"{item.path} is a file, not a notebook; it cannot be exported as JUPYTER.")
        return data, suffix.removeprefix(".")
    if form == "JUPYTER":
        return (data if suffix == ".ipynb" else render_ipynb(parse_notebook(data, suffix))), "ipynb"
    if suffix != ".ipynb":
        return data, suffix.removeprefix(".")
    notebook = parse_notebook(data, suffix)
    wanted = _LANGUAGES[notebook.language.upper()]
    return render_source(notebook, wanted).encode(), wanted.removeprefix(".")


def language_name(item: Item) -> str:
    """The language of a notebook as the API names it; "" of a file that only seems to be one."""
    try:
        return language_of(item.place).upper()
    except (InvalidParameterValue, OSError):
        return ""


def _notebook_or_file(name: str, suffix: str, data: bytes) -> Stored:
    """The extension and the first line tell: a notebook loses its extension, a file keeps its name."""
    if suffix.lower() in SUFFIXES and is_notebook(data, suffix):
        if suffix.lower() == ".ipynb":
            parse_notebook(data, suffix)
        return Stored(name[: -len(suffix)], suffix, data)
    return Stored(name, "", data)


def _header(suffix: str) -> bytes:
    return f"{FORMATS[suffix].header}\n".encode()
