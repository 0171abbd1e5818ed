"""What a dbt task makes ready before dbt begins; a real project runs among the tests of whole installations."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from brickyard.workloads import dbt_task
from brickyard.workloads.folder import DBT
from brickyard.workloads.messages import DbtWork


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's copy in the folder of an attempt; the process's folder and environment come back afterwards."""
    monkeypatch.chdir(tmp_path)
    for name in ("DBT_PROFILES_DIR", "DBT_PROJECT_DIR", "DBT_SEND_ANONYMOUS_USAGE_STATS"):
        monkeypatch.setenv(name, "")
    folder = tmp_path / "attempt" / DBT
    folder.mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: shop\nprofile: shop_profile\n")
    return folder


def work(**fields: object) -> DbtWork:
    return DbtWork(path="/Workspace/shop", commands=["dbt run"], **fields)  # type: ignore[arg-type] # fields of DbtWork


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("dbt run", ["run"]),
        ("dbt run --select 'tag:a b' --vars '{\"day\": 1}'", ["run", "--select", "tag:a b", "--vars", '{"day": 1}']),
        ("dbt", []),
    ],
)
def test_a_command_is_read_as_a_shell_would(command: str, words: list[str]) -> None:
    assert dbt_task.arguments(command) == words


@pytest.mark.parametrize("command", ["", "rm -rf /", "run", "dbt run 'open"])
def test_other_commands_are_refused(command: str) -> None:
    with pytest.raises(dbt_task.BadProjectError, match="dbt command"):
        dbt_task.arguments(command)


def test_the_profile_is_that_of_the_session() -> None:
    made = json.loads(dbt_task.profiles("shop_profile", "gold"))
    assert made["shop_profile"]["target"] == dbt_task.TARGET
    output = made["shop_profile"]["outputs"][dbt_task.TARGET]
    assert (output["type"], output["method"], output["schema"]) == ("spark", "session", "gold")


def test_a_profile_is_written_beside_the_project(project: Path) -> None:
    dbt_task._settle(work(schema="gold"), project)
    assert Path.cwd() == project
    assert os.environ["DBT_PROFILES_DIR"] == str(project.parent)
    assert "shop_profile" in json.loads((project.parent / "profiles.yml").read_text())


def test_own_profiles_are_used_as_they_are(project: Path) -> None:
    (project / "conf").mkdir()
    dbt_task._settle(work(profiles_directory="conf"), project)
    assert os.environ["DBT_PROFILES_DIR"] == str(project / "conf")
    assert not (project.parent / "profiles.yml").exists()


def test_dbt_tells_nobody_of_its_use(project: Path) -> None:
    dbt_task._settle(work(), project)
    assert os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"


@pytest.mark.parametrize("text", ["name: shop\n", "- a list\n", "profile: [1]\n", "a: b: c\n"])
def test_a_project_without_a_profile_is_refused(project: Path, text: str) -> None:
    (project / "dbt_project.yml").write_text(text)
    with pytest.raises(dbt_task.BadProjectError, match=r"dbt_project\.yml"):
        dbt_task._settle(work(), project)


def test_the_project_is_copied_without_what_it_made_before(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "target").mkdir(parents=True)
    (source / "target" / "manifest.json").write_text("{}")
    (source / "models").mkdir()
    (source / "models" / "a.sql").write_text("select 1")
    (source / "dbt_project.yml").write_text("profile: p\n")
    attempt = tmp_path / "attempt"
    attempt.mkdir()
    copied = dbt_task._own_copy(source, attempt)
    assert sorted(str(file.relative_to(copied)) for file in copied.rglob("*") if file.is_file()) == [
        "dbt_project.yml",
        "models/a.sql",
    ]


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(dbt_task.BadProjectError, match=r"has no dbt_project\.yml"):
        dbt_task._own_copy(tmp_path, tmp_path)
