"""Wrong usage, wrong input, no server: one sentence and the right code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from brickyard.surfaces.cli.app import main
from tests.surfaces.cli.conftest import Run

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "nonsense"),
        (["runs", "get", "abc"], "RUN"),
        (["runs", "get", "0"], "RUN"),
        (["jobs", "get"], "JOB"),
        (["jobs", "get", "no such job"], "No job is named 'no such job'"),
        (["jobs", "get", "999999"], "999999"),
        (["runs", "get", "999999"], "999999"),
        (["runs", "cancel", "999999"], "999999"),
        (["runs", "repair", "999999"], "999999"),
        (["jobs", "run-now", "1", "-p", "novalue"], "'novalue' is not of the form name=value"),
        (["jobs", "run-now", "1", "-p", "a=1", "-p", "a=2"], "names 'a' twice"),
        (["jobs", "create", "missing.json"], "missing.json cannot be read"),
        (["bundle", "validate"], "no databricks.yml"),
        (["bundle", "validate", "-o", "xml"], "--output is 'xml'; it must be text or json"),
        (["bundle", "run"], "KEY"),
        (["run", "missing.py"], "missing.py does not exist"),
        (["run", "."], "is a folder"),
    ],
)
def test_bad_input_gets_code_2_and_a_sentence(brickyard: Run, words: list[str], said: str) -> None:
    done = brickyard(*words)
    assert done.code == 2, done
    assert said in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "bad.json:1:2: not JSON"), ("[1]", "holds a list"), ('{"nmae": "x"}', "nmae")],
)
def test_a_job_file_that_is_none(brickyard: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    done = brickyard("jobs", "create", "bad.json")
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(
    ("environ", "code", "said"),
    [
        ({"DATABRICKS_HOST": NOWHERE}, 3, "No server answers at http://127.0.0.1:9"),
        ({"DATABRICKS_TOKEN": "dapiwrong"}, 2, ""),
        ({"DATABRICKS_TOKEN": ""}, 2, "DATABRICKS_TOKEN is not set"),
    ],
)
def test_no_way_in(brickyard: Run, environ: dict[str, str], code: int, said: str) -> None:
    """Nothing listens there, or the token is not good; the token is never repeated."""
    done = brickyard("jobs", "list", environ=environ)
    assert done.code == code, done
    assert said in done.err
    assert "dapiwrong" not in done.err


def test_only_starting_something_needs_a_server_that_lasts(brickyard: Run) -> None:
    done = brickyard("jobs", "run-now", "1", "--no-wait", environ={"DATABRICKS_HOST": ""})
    assert done.code == 3
    assert "Start one: brickyard server" in done.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for name in ["run", "env", "doctor", "demo", "version", "server", "bundle", "jobs", "runs", "auth", "secrets"]:
        assert f"\n  {name} " in said


def test_a_start_needs_no_heavy_library() -> None:
    """A command that prints help must start at once: these libraries load when they are used."""
    code = (
        "import sys; from brickyard.surfaces.cli.app import main; main(['--help']);"
        "print([name for name in ('httpx', 'ruamel.yaml', 'rich.console', 'fastapi', 'sqlalchemy', 'pandas', 'pyspark')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
