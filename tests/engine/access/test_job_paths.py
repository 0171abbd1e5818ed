"""A job that names what its author may see and not run is refused when it is written; of all else nothing is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.engine.access.job_paths import paths
from brickyard.errors import InvalidParameterValue, PermissionDenied
from brickyard.records import AclEntry, PrincipalRecord
from tests.engine.house import House, notebook

BOB = "mallory"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.real_store.principals.add(PrincipalRecord(principal_id=1, kind=PrincipalKind.USER, name=BOB))
    yield made
    made.stop()


def create(house: House, *tasks: dict[str, Any], **more: Any) -> int:
    return house.engine.commands.create_job({"name": "j", "tasks": list(tasks), **more}, user=BOB)


def allow(house: House, path: str, level: str) -> None:
    house.real_store.acls.replace(ObjectType.FILES, path, [AclEntry(PrincipalKind.USER, BOB, level)])


@pytest.mark.parametrize("path", ["/Users/ada/nb", "/Workspace/Users/ada/nb", "/Users/ada/../ada/nb"])
def test_what_one_may_only_read_is_refused_at_once(house: House, path: str) -> None:
    allow(house, "/Users/ada", "CAN_READ")
    with pytest.raises(PermissionDenied, match="CAN_RUN"):
        create(house, notebook("a", path=path))
    with pytest.raises(PermissionDenied, match="CAN_RUN"):
        create(house, {"task_key": "a", "spark_python_task": {"python_file": path}})
    allow(house, "/Users/ada", "CAN_RUN")
    assert create(house, notebook("a", path=path))


def test_a_change_is_looked_at_for_what_it_brings(house: House) -> None:
    allow(house, "/Users/ada", "CAN_RUN")
    job_id = create(house, notebook("a", path="/Users/ada/nb"))
    allow(house, "/Users/ada", "CAN_READ")
    change = house.engine.commands.update_job
    change(job_id, {"tasks": [notebook("a", path="/Users/ada/nb"), notebook("b", path="/Shared/x")]}, [], user=BOB)
    with pytest.raises(PermissionDenied, match="/Users/ada/other"):
        change(job_id, {"tasks": [notebook("a", path="/Users/ada/other")]}, [], user=BOB)


def test_whether_something_is_there_that_one_may_not_see_is_not_told(house: House) -> None:
    """The run fails, with the same text in both cases."""
    (house.settings.workspace / "Users/ada").mkdir(parents=True)
    (house.settings.workspace / "Users/ada/nb.py").write_text("# Databricks notebook source\n")
    assert create(house, notebook("a", path="/Users/ada/nb"))
    assert create(house, notebook("a", path="/Users/ada/none"))


def test_a_path_that_leads_out_is_refused(house: House) -> None:
    with pytest.raises(InvalidParameterValue, match="leads out"):
        create(house, notebook("a", path="/../etc/passwd"))


def test_only_what_is_known_before_a_run_is_looked_at() -> None:
    tasks = [
        {"notebook_task": {"notebook_path": path}}
        for path in ("/a", "relative", "/{{job.parameters.p}}", "/Volumes/c/s/v/a")
    ]
    assert paths([*tasks, {"spark_python_task": {"python_file": "dbfs:/x.py"}}, {"sql_task": {}}]) == ["/a"]
