"""What workers ask before user code begins: installed packages, and the checkout of the run's Git source."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import CheckoutFailed, InstallationFailed, InvalidState
from brickyard.ports import Checkout
from brickyard.workloads.messages import Outcome, PrepareCheckout, PrepareEnvironment
from tests.engine.house import FAILED, House, notebook, result

GIT = {"git_url": "https://git.test/team/repo", "git_provider": "gitHub", "git_branch": "main"}
LIBRARIES = [
    {"whl": "/Workspace/Shared/dist/lib-1.0-py3-none-any.whl"},
    {"pypi": {"package": "tabulate==0.9.0"}},
    {"requirements": "/Volumes/main/default/files/requirements.txt"},
]


def from_git(key: str, *needs: str, **fields: Any) -> dict[str, Any]:
    task = notebook(key, *needs, path=f"jobs/{key}", **fields)
    task["notebook_task"]["source"] = "GIT"
    return task


def cluster() -> dict[str, Any]:
    return {"job_cluster_key": "main", "new_cluster": {"spark_version": "15.4.x-scala2.12", "num_workers": 0}}


def test_libraries_are_asked_for_with_paths_of_this_machine(house: House) -> None:
    house.run(notebook("a", libraries=LIBRARIES, job_cluster_key="main"), job_clusters=[cluster()])
    lines = [
        f"{house.settings.workspace}/Shared/dist/lib-1.0-py3-none-any.whl",
        "tabulate==0.9.0",
        f"-r {house.settings.volumes}/main/default/files/requirements.txt",
    ]
    assert house.workers.wait_for("a").requirements == lines
    assert house.ask("a", PrepareEnvironment()) == str(house.environments.folder / "1")
    assert house.environments.asked == [lines]


def test_the_packages_of_an_environment_are_asked_for(house: House) -> None:
    environment = {
        "environment_key": "default",
        "spec": {"client": "2", "dependencies": ["tabulate", "/Workspace/l.whl"]},
    }
    task = {
        "task_key": "a",
        "spark_python_task": {"python_file": "/Workspace/a.py"},
        "environment_key": "default",
    }
    house.run(task, environments=[environment])
    assert house.workers.wait_for("a").requirements == ["tabulate", f"{house.settings.workspace}/l.whl"]


def test_what_pip_says_reaches_the_worker_and_ends_the_task(house: House) -> None:
    house.environments.refuse = "No matching distribution found for nope"
    run_id = house.run(
        notebook("a", libraries=[{"pypi": {"package": "nope"}}], job_cluster_key="main"), job_clusters=[cluster()]
    )
    with pytest.raises(InstallationFailed, match="No matching distribution"):
        house.ask("a", PrepareEnvironment())
    outcome = Outcome(status="failed", started_ms=1, error="pip said no", error_code=InstallationFailed.code)
    house.workers.finish(house.workers.wait_for("a").attempt_id, outcome)
    run = house.ended(run_id)
    ending = run.latest["a"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.result, ending.code, ending.message) == (
        "INTERNAL_ERROR",
        "FAILED",
        "LIBRARY_INSTALLATION_ERROR",
        "pip said no",
    )


def test_all_tasks_of_a_run_read_one_commit_and_a_repair_resolves_it_anew(house: House) -> None:
    run_id = house.run(from_git("a"), from_git("b"), git_source=GIT)
    folders = {house.ask(key, PrepareCheckout()) for key in ("a", "b")}
    assert folders == {str(house.checkouts.folder / f"{1:040x}")}
    assert [commit for _, commit in house.checkouts.asked] == ["", f"{1:040x}"]
    source, _ = house.checkouts.asked[0]
    assert (source.url, source.branch) == ("https://git.test/team/repo", "main")
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    house.workers.finish(house.workers.wait_for("b").attempt_id, FAILED)
    house.ended(run_id)
    house.repair(run_id, rerun_all_failed_tasks=True)
    again = house.workers.wait_for("b", 2)
    assert house.sink.ask(again.attempt_id, 1, PrepareCheckout()) == str(house.checkouts.folder / f"{2:040x}")
    record = house.store.runs.record(run_id)
    assert record is not None
    assert record.commits_by_repair == {0: f"{1:040x}", 1: f"{2:040x}"}
    house.workers.finish(again.attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"


def test_of_two_tasks_that_resolve_at_once_the_first_wins(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = house.run(from_git("a"), git_source=GIT)
    resolve = house.checkouts.prepare

    def slow(source: Any, commit: str, login: Any) -> Checkout:
        found = resolve(source, commit, login)
        if not commit:
            house.store.runs.save_commit(run_id, 0, "f" * 40)  # meanwhile, by the other task
        return found

    monkeypatch.setattr(house.checkouts, "prepare", slow)
    assert house.ask("a", PrepareCheckout()) == str(house.checkouts.folder / ("f" * 40))


def test_a_refused_checkout_reaches_the_worker(house: House) -> None:
    house.checkouts.refuse = "The branch 'main' does not exist."
    house.run(from_git("a"), git_source=GIT)
    with pytest.raises(CheckoutFailed, match="branch 'main'"):
        house.ask("a", PrepareCheckout())


def test_a_job_without_a_git_source_has_no_checkout(house: House) -> None:
    house.run(notebook("a"))
    with pytest.raises(InvalidState, match="no git_source"):
        house.ask("a", PrepareCheckout())
