"""Environments of clients are made once for their pins, whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.compat import environments
from tests.compat.environments import PINS, pinned

EXACT = re.compile(r"[\w.\-@/\[\]]+(==|@)\d[\w.+]*")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The folders that were made since, in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return []


def make(made: list[Path], *key: str) -> Path:
    def install(folder: Path) -> None:
        folder.mkdir()
        made.append(folder)

    return environments._made("kind", key, install)


def test_an_environment_is_made_once_for_its_requirements(made: list[Path], tmp_path: Path) -> None:
    first, again, other = make(made, "a==1"), make(made, "a==1"), make(made, "a==2")
    assert first == again != other
    assert made == [first, other]
    assert first.parent == tmp_path / "brickyard-clients"


def test_what_an_interrupted_installation_left_is_thrown_away(made: list[Path]) -> None:
    def broken(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        environments._made("kind", ["a==1"], broken)
    folder = make(made, "a==1")
    assert made == [folder]
    assert not (folder / "half").exists()


def test_a_failing_installer_is_quoted() -> None:
    with pytest.raises(AssertionError, match="no such place"):
        environments._run("sh", "-c", "echo no such place >&2; exit 3")


@pytest.mark.parametrize("client", sorted(file.stem for file in PINS.glob("*.txt")))
def test_every_requirement_of_a_client_has_its_exact_version(client: str) -> None:
    lines = pinned(client)
    assert lines
    assert [line for line in lines if not EXACT.match(line)] == []
