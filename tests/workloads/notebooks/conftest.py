"""A fresh home for each test, and one real engine for all."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workloads.notebooks.house import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A fresh installation; the working directory is the attempt's own, as a worker makes it."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(sys, "path", list(sys.path))
    root = tmp_path / "home"
    root.mkdir()
    before = dict(os.environ)
    yield Home(root)
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def engine() -> Iterator[str]:
    """The address of a real Spark Connect engine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "sail"), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for_port(port, process)
        yield f"sc://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            raise AssertionError(f"the engine ended with {process.returncode}")
    raise AssertionError("the engine does not answer")


@pytest.fixture
def spark_home(home: Home, engine: str) -> Home:
    """A home whose notebooks find a real engine."""
    home.server.spark_url = engine
    return home
