"""`brickyard jobs history|diff|restore` against a real server."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run

DAY = "tasks/load/notebook_task/base_parameters/day"


def settings(name: str, day: str, *more: dict[str, Any]) -> dict[str, Any]:
    load = {"notebook_path": "/Workspace/Shared/load", "base_parameters": {"day": day}}
    return {"name": name, "tasks": [{"task_key": "load", "notebook_task": load}, *more]}


CLEAN = {"task_key": "clean", "notebook_task": {"notebook_path": "/Workspace/Shared/clean"}}


@pytest.fixture
def job(client: Client, request: pytest.FixtureRequest) -> str:
    """A job of three versions."""
    name = str(request.node.name)
    job_id = client.create_job(settings(name, "monday"))
    client.reset_job(job_id, settings(name, "tuesday"))
    client.reset_job(job_id, settings(name, "tuesday", CLEAN))
    return str(job_id)


def test_the_history_says_who_changed_what(brickyard: Run, job: str) -> None:
    lines = brickyard("jobs", "history", job).out.splitlines()
    assert lines[0].split() == ["version", "saved", "by", "changed"]
    assert [line.split()[0] for line in lines[1:]] == ["3", "2", "1"]
    assert [line.split()[-1] for line in lines[1:]] == ["tasks/clean", DAY, "created"]
    assert len(brickyard("jobs", "history", job, "--limit", "2").out.splitlines()) == 3
    found: Any = brickyard("jobs", "history", job, "--json").json
    assert [item["version"] for item in found] == [3, 2, 1]


def test_saving_what_is_there_already_is_no_change(brickyard: Run, client: Client, job: str) -> None:
    name = client.get_job(int(job))["settings"]["name"]
    client.reset_job(int(job), settings(name, "tuesday", CLEAN))
    assert len(list(client.job_versions(int(job)))) == 3


def test_the_difference_is_a_line_for_each_place(brickyard: Run, job: str) -> None:
    first, added = brickyard("jobs", "diff", job).out.splitlines()
    assert first.startswith("version 2 (")
    assert " -> version 3 (" in first
    assert added.startswith('+ tasks/clean: {"task_key": "clean"')
    lines = brickyard("jobs", "diff", job, "3", "1").out.splitlines()
    assert lines[1] == f'~ {DAY}: "tuesday" -> "monday"'
    assert lines[2].startswith("- tasks/clean: {")
    assert brickyard("jobs", "diff", job, "2", "2").out.splitlines()[1] == "The settings are the same."
    found: Any = brickyard("jobs", "diff", job, "1", "--json").json
    assert [item["path"] for item in found["differences"]] == [DAY, "tasks/clean"]


def test_order_and_long_values_are_readable(brickyard: Run, client: Client, job: str) -> None:
    name = client.get_job(int(job))["settings"]["name"]
    turned = settings(name, "x" * 500, CLEAN)
    turned["tasks"].reverse()
    client.reset_job(int(job), turned)
    lines = brickyard("jobs", "diff", job).out.splitlines()
    assert lines[2] == "~ tasks: order load, clean -> clean, load"
    assert lines[1].endswith("x…")
    assert len(lines[1]) < 300


def test_restoring_goes_back_and_says_so(brickyard: Run, client: Client, job: str) -> None:
    done = brickyard("jobs", "restore", job, "1")
    assert done.code == 0
    assert done.out.splitlines()[0] == f"Job {job} is at version 4 now, with the settings of version 1:"
    assert [task["task_key"] for task in client.get_job(int(job))["settings"]["tasks"]] == ["load"]
    again = brickyard("jobs", "restore", job, "1").out
    assert again == f"Job {job} has the settings of version 1 already; it stays at version 4.\n"
    assert brickyard("jobs", "restore", job, "2", "--json").json["version"] == 5  # type: ignore[index]


def test_a_job_of_one_version_has_nothing_to_compare(brickyard: Run, client: Client) -> None:
    job = str(client.create_job(settings("only once", "monday")))
    assert brickyard("jobs", "diff", job).out.strip().endswith("is the first: there is none before it.")


def test_what_there_is_not_ends_with_a_sentence(brickyard: Run, job: str) -> None:
    for words in (("diff", job, "7"), ("restore", job, "7")):
        done = brickyard("jobs", *words)
        assert (done.code, done.err) == (2, f"Error: Job {job} has no version 7; it has versions 1 to 3.\n")
    assert brickyard("jobs", "history", "99").err == "Error: Job 99 does not exist.\n"
    assert brickyard("jobs", "history", "no such job").code == 2
