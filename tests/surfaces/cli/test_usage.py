"""What `--help` says, and the forms in which parameters are taken."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from brickyard.surfaces.cli.app import app, main


def commands(command: Any = None, *words: str) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    command = command or typer.main.get_command(app)
    inner = getattr(command, "commands", None)
    if not inner:
        yield words
        return
    for name, below in inner.items():
        yield from commands(below, *words, name)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_help_speaks_of_values_not_of_types(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """No `<list[str]>`; every argument and option has a help text."""
    assert main([*words, "--help"]) == 0
    said = capsys.readouterr().out
    assert not re.search(r"<[a-z]", said), said
    assert re.match(rf"Usage: \S+ {' '.join(words)}\b", said)
    assert "-h, --help" in said


@pytest.mark.parametrize("words", [("run",), ("jobs", "run-now"), ("bundle", "run"), ("runs", "repair")], ids=" ".join)
def test_parameters_have_one_form_everywhere(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    main([*words, "--help"])
    said = capsys.readouterr().out
    for name in ("-p", "--params", "--param"):
        assert re.search(rf"{name}\b", said)
    assert "NAME=VALUE" in said


def test_the_server_explains_its_own_options() -> None:
    """The answer comes from the parser that reads them."""
    done = subprocess.run(
        [sys.executable, "-m", "brickyard", "server", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    for words in ("--host", "--port", "--quiet", "0 takes a free one"):
        assert words in done.stdout
