"""`brickyard run PATH`, and jobs by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.cli.project import project_root, target_of
from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run

HEADER = "# Databricks notebook source\n"


def test_a_notebook_runs_with_its_parameters(brickyard: Run, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(HEADER + "dbutils.notebook.exit('hello ' + dbutils.widgets.get('who'))")
    done = brickyard("run", "hello.py", "-p", "who=world")
    assert done.code == 0, done
    assert done.out.splitlines()[-1] == "hello world"
    assert "1 file uploaded" in done.err


def test_only_what_changed_goes_up(brickyard: Run, tmp_path: Path) -> None:
    """And a module beside the notebook is there to be imported."""
    project = tmp_path / "p"
    (project / "notes").mkdir(parents=True)
    (project / "pyproject.toml").write_text("[project]\nname = 'p'\n")
    (project / "notes" / "helper.py").write_text("VALUE = 1\n")
    (project / "notes" / "nb.py").write_text(HEADER + "from helper import VALUE\ndbutils.notebook.exit(str(VALUE))")
    first = brickyard("run", str(project / "notes" / "nb.py"))
    assert first.code == 0, first
    assert "3 files uploaded, 0 unchanged" in first.err
    (project / "notes" / "helper.py").write_text("VALUE = 1 + 1\n")
    second = brickyard("run", str(project / "notes" / "nb.py"))
    assert second.code == 0, second
    assert "1 file uploaded, 2 unchanged" in second.err
    assert second.out.splitlines()[-1] == "2"


def test_a_script_gets_its_words(brickyard: Run, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import sys\nprint('words', sys.argv[1:])\n")
    done = brickyard("run", "script.py", "one", "two")
    assert done.code == 0, done
    assert "words ['one', 'two']" in done.out


def test_a_failure_gives_code_1_and_its_place(brickyard: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(HEADER + "a = 1\nb = a / 0")
    done = brickyard("run", "bad.py")
    assert done.code == 1
    assert "ZeroDivisionError: division by zero" in done.out
    assert "line 2" in done.out


def test_json_is_all_that_a_program_gets(brickyard: Run, tmp_path: Path) -> None:
    (tmp_path / "nb.py").write_text(HEADER + "dbutils.notebook.exit('x')")
    done: Any = brickyard("run", "nb.py", "--json").json
    assert done["tasks"][0]["state"]["result_state"] == "SUCCESS"


@pytest.mark.parametrize(
    ("file", "words", "said"),
    [
        (("a.txt", "x"), [], "a.txt cannot run; a .py, .sql, .ipynb file is needed"),
        (("a.sql", "SELECT 1"), [], "is no notebook"),
        (("a.py", "print(1)"), ["-p", "a=1"], "is a script and has no widgets"),
        (("a.py", HEADER), ["word"], "is a notebook: give its parameters with -p"),
        (("a.py", HEADER), ["-p", "a"], "'a' is not of the form name=value"),
    ],
)
def test_what_cannot_run(brickyard: Run, tmp_path: Path, file: tuple[str, str], words: list[str], said: str) -> None:
    (tmp_path / file[0]).write_text(file[1])
    done = brickyard("run", file[0], *words)
    assert done.code == 2
    assert said in done.err


def test_an_ignored_file_is_said(brickyard: Run, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.py\n")
    (tmp_path / "nb.py").write_text(HEADER)
    done = brickyard("run", "nb.py")
    assert done.code == 2
    assert ".gitignore" in done.err


def test_what_never_goes_up(brickyard: Run, tmp_path: Path) -> None:
    """The home in the project, version control, environments, caches, hidden folders."""
    project = tmp_path / "p"
    for path in (
        ".git/config",
        ".venv/lib/x.py",
        "venv/pyvenv.cfg",
        "node_modules/x.js",
        "pkg/__pycache__/x.pyc",
        ".secret/key",
        "home/token",
    ):
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text("x")
    code = "import os; dbutils.notebook.exit(','.join(sorted(f for _, _, fs in os.walk('.') for f in fs)))"
    (project / "nb.py").write_text(HEADER + code)
    (project / "data.csv").write_text("1")
    done = brickyard("run", "p/nb.py", environ={"BRICKYARD_HOME": str(project / "home")})
    assert done.code == 0, done
    assert "2 files uploaded" in done.err
    assert done.out.splitlines()[-1].startswith("data.csv,nb")


def test_a_file_of_the_home_does_not_run(brickyard: Run, tmp_path: Path) -> None:
    (tmp_path / "nb.py").write_text(HEADER)
    done = brickyard("run", "nb.py", environ={"BRICKYARD_HOME": str(tmp_path)})
    assert done.code == 2
    assert "lies in the home of Brickyard" in done.err


@pytest.mark.parametrize("large", [True, False])
def test_a_project_that_is_too_large_is_refused(brickyard: Run, tmp_path: Path, *, large: bool) -> None:
    """More than 50 MB, or more than 2,000 files: nothing is uploaded."""
    (tmp_path / "nb.py").write_text(HEADER)
    if large:
        with (tmp_path / "big.bin").open("wb") as file:
            file.truncate(51 * 1024 * 1024)
    else:
        for number in range(2_000):
            (tmp_path / f"{number}.txt").touch()
    done = brickyard("run", "nb.py")
    assert done.code == 2
    assert "holds more than 2,000 files or 50 MB" in done.err
    assert "name what is not needed in .gitignore" in done.err


@pytest.mark.parametrize("sign", ["databricks.yml", "pyproject.toml", ".git"])
def test_the_project_is_the_nearest_folder_with_a_sign(tmp_path: Path, sign: str) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / sign).touch()
    (tmp_path / "in" / "deep").mkdir()
    file = tmp_path / "in" / "deep" / "nb.py"
    file.write_text(HEADER)
    assert project_root(file) == tmp_path / "in"
    assert target_of(file).inner == "deep/nb"


def test_the_home_of_a_person_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository of dot files there must not bring everything along."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".git").mkdir()
    (tmp_path / "work").mkdir()
    file = tmp_path / "work" / "nb.py"
    file.write_text("print(1)")
    assert project_root(file) == tmp_path / "work"


def test_jobs_by_hand(brickyard: Run, tmp_path: Path, client: Client) -> None:
    """create, list, get, run-now by name, delete."""
    client.mkdirs("/Workspace/Shared")
    client.put_file("/Workspace/Shared/by_hand.py", (HEADER + "dbutils.notebook.exit('done')").encode())
    task = {"task_key": "only", "notebook_task": {"notebook_path": "/Workspace/Shared/by_hand"}}
    settings = {"name": "by hand", "tasks": [task], "parameters": [{"name": "p", "default": "1"}]}
    (tmp_path / "job.json").write_text(json.dumps(settings))
    job_id = brickyard("jobs", "create", "job.json").out.strip()
    assert job_id in brickyard("jobs", "list").out
    assert job_id in brickyard("jobs", "list", "--name", "by hand", "--json").out
    shown = brickyard("jobs", "get", "by hand").out
    assert "only" in shown
    assert "notebook" in shown
    done = brickyard("jobs", "run-now", "by hand", "-p", "p=2")
    assert done.code == 0, done
    assert done.out.splitlines()[-1] == "done"
    runs: Any = brickyard("runs", "list", "--job", job_id, "--json").json
    assert [run["run_name"] for run in runs] == ["by hand"]
    twin = brickyard("jobs", "create", "job.json").out.strip()
    two = brickyard("jobs", "get", "by hand")
    assert two.code == 2
    assert "2 jobs are named 'by hand'" in two.err
    for each in (job_id, twin):
        assert brickyard("jobs", "delete", each).code == 0
    assert brickyard("jobs", "get", job_id).code == 2
