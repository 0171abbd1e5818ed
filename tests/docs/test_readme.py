"""What the README shows is what happens: its commands in their order, on a fresh home."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.installation import BRICKYARD, Installation
from tests.docs.blocks import ROOT, Command, blocks, commands

README = ROOT / "README.md"
RUN_ID = re.compile(r"\b\d{15,}\b")
SERVER = "brickyard server"
OWN = ("Your own notebook", "Your own bundle")
# What installing prints is not the product's, and an address is another one each time.
NOT_HERE = ("Installing Brickyard", "Brickyard listens", "In another terminal")


class Shell:
    """One bash in which the README's commands are typed; it remembers folder and variables, as a terminal does."""

    def __init__(self, installation: Installation) -> None:
        env = {**installation.env, "PATH": f"{Path(BRICKYARD).parent}:{installation.env['PATH']}"}
        self._bash = subprocess.Popen(
            ["/bin/bash", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
        )

    def type(self, command: str) -> tuple[list[str], int]:
        """The lines that a command prints, and its exit code."""
        assert self._bash.stdin is not None
        self._bash.stdin.write(f"{command}\nprintf '\\n--end %s\\n' $?\n")
        self._bash.stdin.flush()
        printed: list[str] = []
        for line in self._lines():
            if line.startswith("--end "):
                return printed, int(line.split()[1])
            printed.append(line)
        raise AssertionError(f"the shell ended: {printed}")

    def _lines(self) -> Iterator[str]:
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            yield line.rstrip("\n")

    def close(self) -> None:
        """End the shell."""
        self._bash.communicate(timeout=10)


@pytest.fixture
def shell(installation: Installation) -> Iterator[Shell]:
    """A terminal of the installation's person."""
    made = Shell(installation)
    yield made
    made.close()


def plain(line: str) -> str:
    """A line without what differs from run to run: ids, seconds, costs, addresses and the width of columns."""
    line = RUN_ID.sub("ID", line)
    line = re.sub(r"\d+(\.\d+)? s\b", "T", line)
    line = re.sub(r"\d\.\d{6}", "COST", line)
    return re.sub(r"[\s…]+", " ", line).strip()


def is_shown(line: str, printed: list[str]) -> bool:
    """Whether a line of the README was printed; it may be the beginning of the printed one."""
    return any(each.startswith(plain(line)) for each in printed)


def check(command: Command, printed: list[str], code: int) -> None:
    """Every line that the README shows was printed, and the exit code tells failure from success."""
    lines = [plain(line) for line in printed]
    for line in command.shown:
        if not line.startswith(NOT_HERE):
            assert is_shown(line, lines), f"{command.text}\n{line!r} is not in:\n" + "\n".join(printed)
    failed = any(": FAILED" in line for line in command.shown)
    assert code == (1 if failed else 0), f"{command.text}: exit code {code}\n" + "\n".join(printed)


def typed(command: Command, last_run: str) -> str:
    """What is typed for a command of the README."""
    if command.text == "make demo":  # `make` would install; what it runs then is this
        return "brickyard demo"
    if command.text.startswith("source "):  # the command is on the path already
        return "true"
    return RUN_ID.sub(last_run, command.text)


@pytest.mark.timeout(180)
def test_the_walk_through_gives_what_the_readme_says(installation: Installation, shell: Shell, tmp_path: Path) -> None:
    """Demo, own notebook, own bundle, failure, repair and the SDK, one after the other on one home."""
    own = tmp_path / "own"
    own.mkdir()
    for block in blocks(README):
        _, title, name = block.info.partition("title=")
        if title:
            (own / name).write_text(block.text)
    section, last_run = "", ""
    for command in commands(README):
        if command.section != section:
            section = command.section
            shell.type(f"cd {own if section in OWN else ROOT}")
        if command.text == SERVER:
            installation.start()
            continue
        printed, code = shell.type(typed(command, last_run))
        check(command, printed, code)
        last_run = next((found[0] for line in printed if (found := RUN_ID.search(line))), last_run)
    assert last_run, "no command printed the id of a run"
    for block in blocks(README):
        if block.info == "python run":
            (own / "snippet.py").write_text(block.text)
            printed, code = shell.type(f"{sys.executable} {own / 'snippet.py'}")
            assert code == 0, printed
            assert any(line.startswith('SUCCESS {"counts": {"bronze": 6542') for line in printed), printed


def test_a_misspelt_field_is_told_as_the_readme_says(installation: Installation, shell: Shell, tmp_path: Path) -> None:
    """The error that the README shows is the one that a person gets."""
    texts = {block.info: block.text for block in blocks(README)}
    bundle = texts["yaml title=databricks.yml"].replace("notebook_path", "notebok_path")
    (tmp_path / "databricks.yml").write_text(bundle)
    (tmp_path / "hello.py").write_text(texts["python title=hello.py"])
    shell.type(f"cd {tmp_path}")
    printed, code = shell.type("brickyard bundle validate")
    assert code == 2
    assert texts[""].strip() in printed


def test_the_readme_has_no_command_that_the_test_would_miss() -> None:
    """The walk-through covers each part of the README that shows a terminal."""
    sections = {command.section for command in commands(README)}
    assert sections == {"The first minute", *OWN, "When a task fails"}
    assert len(list(commands(README))) >= 12
