"""What is installed for a dbt task."""

from __future__ import annotations

import pytest

from brickyard.jobs.requirements import DBT, requirements
from brickyard.jobs.tasks import DbtTask, JobSettings, Library, LibraryKind, NotebookTask, Task

OURS = tuple(DBT.values())


def needed(*lines: str, libraries: tuple[Library, ...] = ()) -> tuple[str, ...]:
    task = Task(key="dbt", work=DbtTask(commands=("dbt run",)), environment_key="env", libraries=libraries)
    return requirements(task, JobSettings(name="job", tasks=(task,), environments={"env": lines}))


def test_dbt_and_its_adapter_are_always_there() -> None:
    assert needed() == OURS
    assert needed("dbt-utils-helper==1") == ("dbt-utils-helper==1", *OURS)


@pytest.mark.parametrize(
    "line", ["dbt-databricks", "dbt-databricks>=1.8,<2", "DBT_Databricks == 1.9", "dbt.databricks"]
)
def test_the_adapter_of_the_service_gives_way(line: str) -> None:
    assert needed(line) == OURS


def test_a_library_gives_way_as_well() -> None:
    assert needed(libraries=(Library(LibraryKind.PYPI, "dbt-databricks>=1.0.0,<2.0.0"),)) == OURS


@pytest.mark.parametrize(
    ("line", "rest"),
    [("dbt-core==1.10.3", ("dbt-spark~=1.11.0",)), ("dbt_spark[session]~=1.9.0", ("dbt-core~=1.11.0",))],
)
def test_a_version_that_is_asked_for_is_kept(line: str, rest: tuple[str, ...]) -> None:
    assert needed(line) == (line, *rest)


def test_wheels_and_files_are_left_alone() -> None:
    lines = ("/Workspace/Shared/dbt_databricks-1.0-py3-none-any.whl", "-r /Workspace/Shared/dbt-core.txt")
    assert needed(*lines) == (*lines, *OURS)


def test_other_tasks_get_no_dbt() -> None:
    task = Task(key="n", work=NotebookTask(notebook_path="/n"), environment_key="env")
    settings = JobSettings(name="job", tasks=(task,), environments={"env": ("dbt-databricks",)})
    assert requirements(task, settings) == ("dbt-databricks",)
