"""The server of the home: found, started for one command, kept, or missing."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import psutil
import pytest

from brickyard.home import Home
from brickyard.settings import read
from brickyard.surfaces.cli.app import main
from brickyard.surfaces.cli.doctor import examine
from brickyard.surfaces.client import NoServer
from brickyard.surfaces.local import ensure_server, find_server, read_token, stop
from tests.surfaces.cli.conftest import Run


def test_a_server_lives_as_long_as_the_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second command uses the first one's; afterwards nothing is left. Code in the current folder is never run."""
    for trap in ("fastapi.py", "sitecustomize.py", "psutil.py"):
        (tmp_path / trap).write_text("raise SystemExit('a file of the current folder was imported')")
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    with ensure_server(home) as first:
        assert first.is_temporary
        with ensure_server(home) as second:
            assert (second.pid, second.url) == (first.pid, first.url)
            assert not second.is_temporary
        assert find_server(home) is not None
        assert stat.S_IMODE((home / "token").stat().st_mode) == 0o600
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert find_server(home) is None
    assert not psutil.pid_exists(first.pid)


def test_a_server_can_be_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ensure_server(home) as server:
        server.keep()
    try:
        assert find_server(home) is not None
    finally:
        assert server.child is not None
        stop(server.child)


def test_a_server_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRICKYARD_MAX_ENGINES", "many")
    with pytest.raises(NoServer, match="BRICKYARD_MAX_ENGINES is 'many'"), ensure_server(tmp_path / "home"):
        pass


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "{",
        "[]",
        '{"pid": 1}',
        '{"pid": 999999999, "started": 0, "url": "http://127.0.0.1:9"}',
        json.dumps({"pid": os.getpid(), "started": 5, "url": "http://127.0.0.1:9"}),
        json.dumps({"pid": os.getpid(), "started": psutil.Process().create_time(), "url": "http://127.0.0.1:9"}),
    ],
    ids=["empty", "cut", "list", "pid alone", "no such process", "another start", "nobody listens"],
)
def test_a_stale_announcement_is_no_server(tmp_path: Path, entry: str) -> None:
    """Damaged, of a dead process, of a process that took over the number, or of one that does not answer."""
    Home(tmp_path).server_file.write_text(entry)
    assert find_server(tmp_path) is None


def test_without_a_first_start_there_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(NoServer, match="has no token yet"):
        read_token(tmp_path)


def test_the_doctor_finds_nothing_wrong_here(brickyard: Run) -> None:
    """Each part is looked at, the engine by starting it."""
    done = brickyard("doctor")
    assert done.code == 0, done
    for name in ("Python", "home", "disk", "database", "engine", "paths", "server", "port"):
        assert f" {name}: " in done.out
    assert "Sail 0.7" in done.out


def test_the_doctor_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that others can read, a database that is none."""
    monkeypatch.setenv("BRICKYARD_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir(mode=0o755)
    (tmp_path / "home").chmod(0o755)
    (tmp_path / "home" / "brickyard.db").write_text("this is no database at all, whatever its name says" * 100)
    found = {finding.name: finding for finding in examine(read())}
    assert found["home"].advice == f"chmod 700 {tmp_path / 'home'}"
    assert found["database"].state == "bad"
    assert "not a database" in found["database"].text


def test_the_doctor_tells_of_paths_that_tasks_do_not_see(tmp_path: Path) -> None:
    """An operator wants none: the links that do as well are named."""
    settings = read({"BRICKYARD_HOME": str(tmp_path), "BRICKYARD_REAL_PATHS": "off"})
    found = next(finding for finding in examine(settings) if finding.name == "paths")
    assert found.state == "warn"
    assert "BRICKYARD_REAL_PATHS is off" in found.text
    assert f"ln -s {tmp_path / 'volumes'} /Volumes" in found.advice


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["brickyard"]
