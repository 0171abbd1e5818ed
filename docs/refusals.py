"""What Spark code is refused: read from the places in `workloads.runtime` that refuse it."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from brickyard.workloads import runtime
from brickyard.workloads.runtime import read_options, write_options
from docs.markdown import code, page, table

_FOLDER = Path(runtime.__path__[0])
_Row = tuple[str, str]


def engine_page() -> str:
    """The page `engine.md`."""
    lead = (
        "Tables and Spark code in notebooks: what is refused, and what to do instead. Each of these raises an\n"
        "`UnsupportedOperationException` (SQLSTATE 0A000) at its own line, before anything is written. The guide is\n"
        "[tables.md](../guide/tables.md)."
    )
    rows = sorted({*_raised(), *_tabled()}, key=lambda row: (row[0].lower(), row))
    return page(
        "What the engine refuses",
        lead,
        table(("refused", "instead"), rows),
        "## Options of readers\n\nAny other option is refused.",
        table(("format", "options that work"), _reader_options()),
        "## Options of writers\n\nAny other option, and any other format, is refused.",
        table(("format", "options that work"), _writer_options()),
    )


def _raised() -> Iterator[_Row]:
    """Every `errors.refused(what, way out)` in the code; what is only known at run time is shown as `…`."""
    for file in sorted(_FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name == "refuse":
                yield from _words(node)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "errors.refused" and len(node.args) == 2:
                what, way_out = (_text(argument) for argument in node.args)
                if what.strip(" …") and not what.startswith(("The option", "… …")):
                    yield what.replace("… …", "…"), way_out


def _tabled() -> Iterator[_Row]:
    """Tables of refusals: dictionaries named `_REFUSED…` whose values are (what, way out)."""
    for file in sorted(_FOLDER.glob("*.py")):
        module = importlib.import_module(f"{runtime.__name__}.{file.stem}")
        for name, value in vars(module).items():
            if name.startswith("_REFUSED") and isinstance(value, dict):
                yield from (row for row in value.values() if isinstance(row, tuple))


def _words(function: ast.FunctionDef) -> Iterator[_Row]:
    """Statements that are refused by their first word."""
    for node in ast.walk(function):
        if isinstance(node, ast.Dict):
            words: dict[str, str] = ast.literal_eval(node)
            yield from ((f"{word} …", way_out) for word, way_out in words.items())


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in values)  # type: ignore[misc]
        case _:
            return "…"


def _reader_options() -> Iterator[_Row]:
    here = {"csv": read_options.CSV_HERE, "json": read_options.JSON_HERE}
    for name, known in sorted(vars(read_options)["_KNOWN"].items()):
        yield code(name), _listed(known | here.get(name, frozenset()))


def _writer_options() -> Iterator[_Row]:
    for name, known in sorted(vars(write_options)["_KNOWN"].items()):
        yield code(name), _listed(known)


def _listed(options: set[str] | frozenset[str]) -> str:
    return ", ".join(code(option) for option in sorted(options - {"path"})) or "none"
