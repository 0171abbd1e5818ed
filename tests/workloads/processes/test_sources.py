"""Works with source GIT in real workers: where their files are found, and what they cannot reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from brickyard.compute.checkouts import GitCheckouts
from brickyard.errors import CheckoutFailed
from brickyard.jobs.tasks import GitSource
from brickyard.workloads import code
from brickyard.workloads.messages import (
    Body,
    NotebookWork,
    Outcome,
    PrepareCheckout,
    RunNotebook,
    ScriptWork,
    SqlWork,
    Work,
)
from tests.compute.git_server import GitServer, Repository, git_server
from tests.compute.house import House, text

_HEADER = "# Databricks notebook source\n"
_MAIN = _HEADER + (
    "# MAGIC %run ../shared/setup\n"
    "\n# COMMAND ----------\n\n"
    "import helpers\n"
    "from rules import limit\n"
    "child = dbutils.notebook.run('./child', 0)\n"
    "dbutils.notebook.exit(f'{greeting} {helpers.WHO} {limit.MOST} {open(\"data.csv\").read()} {child}')\n"
)


class Sources:
    """A repository that is served, and workers whose asks for it are answered."""

    def __init__(self, house: House, repository: Repository) -> None:
        self.house = house
        self.repository = repository
        self.checkouts = GitCheckouts(house.settings.checkouts, house.clock)
        self.asked: list[Body] = []
        house.hearing.answers = self._answer

    def _answer(self, attempt_id: int, ask_id: int, body: Body) -> Any:
        self.asked.append(body)
        if isinstance(body, RunNotebook):
            return self._child(body)
        assert isinstance(body, PrepareCheckout)
        source = GitSource(url=self.repository.url, provider="gitLab", branch="main")
        return str(self.checkouts.prepare(source, "").folder)

    def _child(self, body: RunNotebook) -> dict[str, Any]:
        outcome, _ = self.run(NotebookWork(path=body.path))
        return {"run_id": 5, "status": outcome.status, "exit_value": outcome.exit_value, "error": outcome.error}

    def run(self, work: Work) -> tuple[Outcome, Path]:
        assignment = self.house.assign("")
        paths = msgspec.structs.replace(assignment.paths, checkouts=str(self.house.settings.checkouts))
        self.house.workers.start(msgspec.structs.replace(assignment, work=work, paths=paths))
        return self.house.hearing.wait(assignment.attempt_id), Path(assignment.folder)

    def notebook(self, path: str) -> Outcome:
        return self.run(NotebookWork(path=path, source="GIT"))[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def sources(house: House, server: GitServer, tmp_path: Path) -> Sources:
    return Sources(house, server.repository(tmp_path.name))


def test_a_notebook_of_git_finds_its_neighbours(sources: Sources) -> None:
    """Without extension as in the workspace, by %run, by import, by open and by dbutils.notebook.run."""
    sources.repository.commit(
        {
            "jobs/main.py": _MAIN,
            "jobs/helpers.py": "WHO = 'git'",
            "jobs/data.csv": "1,2",
            "jobs/child.py": _HEADER + "dbutils.notebook.exit('the child')",
            "shared/setup.py": _HEADER + "greeting = 'hello'",
            "rules/limit.py": "MOST = 7",
        }
    )
    outcome = sources.notebook("jobs/main")
    assert (outcome.status, outcome.exit_value) == ("success", "hello git 7 1,2 the child"), outcome.trace


def test_a_script_of_git_runs(sources: Sources) -> None:
    sources.repository.commit({"etl/go.py": "import sys, lib.x\nprint(sys.argv[1:], lib.x.Y)", "lib/x.py": "Y = 3"})
    outcome, folder = sources.run(ScriptWork(path="./etl/go.py", parameters=["a"], source="GIT"))
    assert outcome.status == "success", outcome.trace
    assert text(folder) == "['a'] 3\n"


def test_the_context_names_the_path_in_the_checkout(sources: Sources) -> None:
    get = "dbutils.notebook.entry_point.getDbutils().notebook().getContext().notebookPath().get()"
    commit = sources.repository.commit({"nb.py": _HEADER + f"dbutils.notebook.exit({get})"})
    path = sources.notebook("nb").exit_value or ""
    assert path.startswith("/Repos/.internal/")
    assert path.endswith(f"/{commit}/nb")


@pytest.mark.parametrize("path", ["../nb", "jobs/../../nb", "/jobs/nb"])
def test_a_path_out_of_the_checkout_is_refused(sources: Sources, path: str) -> None:
    outcome = sources.notebook(path)
    assert (outcome.status, outcome.error_code) == ("failed", "INVALID_RUN_CONFIGURATION")
    assert path in outcome.error
    assert sources.asked == []


@pytest.mark.parametrize(
    "cell",
    ["# MAGIC %run ../../secret", "dbutils.notebook.run('../../secret', 0)"],
    ids=["run magic", "notebook.run"],
)
def test_code_does_not_leave_the_checkout_by_a_relative_path(sources: Sources, cell: str) -> None:
    sources.repository.commit({"jobs/nb.py": _HEADER + cell})
    outcome = sources.notebook("jobs/nb")
    assert outcome.status == "failed"
    assert "leads out of the checkout" in outcome.error


def test_a_notebook_that_is_not_there_is_told_with_its_neighbours(sources: Sources) -> None:
    sources.repository.commit({"jobs/nightly.py": _HEADER + "1"})
    outcome = sources.notebook("jobs/nigtly")
    assert outcome.error_code == "RESOURCE_NOT_FOUND"
    assert "Nearest in its folder: nightly." in outcome.error


def test_a_checkout_that_fails_ends_the_attempt_with_its_reason(sources: Sources, house: House) -> None:
    def refuse(*_: object) -> None:
        raise CheckoutFailed("The repository https://x has no branch 'y'.")

    house.hearing.answers = refuse
    outcome = sources.notebook("nb")
    assert (outcome.status, outcome.error_code) == ("failed", "REPOSITORY_CHECKOUT_FAILED")
    assert outcome.error == "The repository https://x has no branch 'y'."


def test_what_code_writes_stays_out_of_the_next_run(sources: Sources) -> None:
    """A new file stays in the attempt; a change of the checkout itself is undone before the next run."""
    change = "import os\nos.chmod(__file__, 0o600)\nopen(__file__, 'w').write('raise SystemExit(3)')\nopen('new', 'w')"
    commit = sources.repository.commit({"go.py": change})
    outcome, folder = sources.run(ScriptWork(path="go.py", source="GIT"))
    assert outcome.status == "success", outcome.trace
    checkout = next(sources.house.settings.checkouts.glob(f"*/{commit}"))
    assert (checkout / "go.py").read_text() == "raise SystemExit(3)"
    assert (folder / "work" / "new").exists()
    assert not (checkout / "new").exists()
    outcome, _ = sources.run(ScriptWork(path="go.py", source="GIT"))
    assert outcome.status == "success", "the second run has the commit's own file again"


def test_a_sql_file_of_git_that_is_not_there(sources: Sources) -> None:
    outcome, _ = sources.run(SqlWork(path="q/missing.sql", source="GIT"))
    assert (outcome.status, outcome.error_code) == ("failed", "RESOURCE_NOT_FOUND")
    assert outcome.error.startswith("The SQL file /Repos/.internal/")


def test_the_code_of_git_has_the_hash_that_it_has_elsewhere(sources: Sources) -> None:
    """So a run from Git and one from the workspace can be compared."""
    sources.repository.commit({"jobs/nb.py": _HEADER + "# MAGIC %run ../lib/one", "lib/one.py": _HEADER + "x = 1"})
    outcome = sources.notebook("jobs/nb")
    assert outcome.status == "success", outcome.trace
    files = [
        (f"/Users/me/{name}", (sources.repository.folder / name).read_bytes()) for name in ("jobs/nb.py", "lib/one.py")
    ]
    assert outcome.code_hash == code.digest(files)


def test_the_path_that_a_notebook_is_told_leads_to_its_files(sources: Sources) -> None:
    """Below the workspace's folder, as many notebooks look for their own; a link, so that no file is there twice."""
    get = "dbutils.notebook.entry_point.getDbutils().notebook().getContext().notebookPath().get()"
    sources.repository.commit({"jobs/nb.py": _HEADER + f"dbutils.notebook.exit({get})"})
    path = sources.notebook("jobs/nb").exit_value or ""
    seen = sources.house.settings.workspace / f"{path.lstrip('/')}.py"
    assert seen.read_bytes() == (sources.repository.folder / "jobs/nb.py").read_bytes()
    assert seen.resolve().is_relative_to(sources.house.settings.checkouts)
