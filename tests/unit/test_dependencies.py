"""What the code imports is declared: a library that only comes along with another one may be gone tomorrow."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OWN = {"brickyard"}


def imported(folder: str) -> dict[str, str]:
    """Top-level names of third-party packages, each with a file that imports it."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], str(path.relative_to(ROOT)))
    return {name: file for name, file in found.items() if name not in sys.stdlib_module_names | OWN}


def declared() -> set[str]:
    """Names of the distributions that running Brickyard installs by its own wish."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[\[<>=!~ ;]", entry, maxsplit=1)[0].lower() for entry in project["dependencies"]}


@pytest.mark.parametrize("name", sorted(imported("src")))
def test_every_library_that_is_imported_is_declared(name: str) -> None:
    """Each import of the package belongs to a dependency of pyproject.toml."""
    distributions = {entry.lower() for entry in packages_distributions().get(name, [])}
    assert distributions & declared(), f"{imported('src')[name]} imports {name} ({distributions or 'not installed'})"
