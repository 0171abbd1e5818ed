"""A real server in a process of its own, and the command line against it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from brickyard.surfaces.cli.app import main
from brickyard.surfaces.client import Client
from brickyard.surfaces.local import LocalServer, ensure_server

Run = Callable[..., "Done"]


@dataclass(frozen=True, slots=True)
class Done:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        """The output as JSON."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """One server for all tests; each uses names of its own."""
    with ensure_server(tmp_path_factory.mktemp("server") / "home") as made:
        yield made


@pytest.fixture
def client(server: LocalServer) -> Iterator[Client]:
    """A client of the server."""
    with Client(server.url, server.token) as made:
        yield made


@pytest.fixture
def brickyard(
    server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run one command in this process, against the server, in a folder of the test's own."""
    monkeypatch.setenv("DATABRICKS_HOST", server.url)
    monkeypatch.setenv("DATABRICKS_TOKEN", server.token)
    monkeypatch.setenv("BRICKYARD_HOME", str(tmp_path / "other-home"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> Done:
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        if cwd is not None:
            os.chdir(cwd)
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run
