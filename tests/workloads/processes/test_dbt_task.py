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
    copied = dbt_task._own_copy(source, attempt, source)
    assert sorted(str(file.relative_to(copied)) for file in copied.rglob("*") if file.is_file()) == [
        "dbt_project.yml",
        "models/a.sql",
    ]


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(dbt_task.BadProjectError, match=r"has no dbt_project\.yml"):
        dbt_task._own_copy(tmp_path, tmp_path, tmp_path)


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A project in the folder `repository`, beside shared sources and a file that is none of anybody's business."""
    source = tmp_path / "repository" / "dbt"
    (source / "models").mkdir(parents=True)
    (source / "dbt_project.yml").write_text("profile: p\n")
    (tmp_path / "repository" / "shared").mkdir()
    (tmp_path / "repository" / "shared" / "b.sql").write_text("select 2")
    (tmp_path / "key.sql").write_text("a secret")
    (tmp_path / "attempt").mkdir()
    return source


def copy_of(source: Path) -> Path:
    return dbt_task._own_copy(source, source.parents[1] / "attempt", source.parent)


def test_links_within_the_repository_lead_where_they_led(linked: Path) -> None:
    (linked / "macros").symlink_to("../shared")
    (linked / "models" / "b.sql").symlink_to("../../shared/b.sql")
    copied = copy_of(linked)
    assert (copied / "macros" / "b.sql").read_text() == "select 2"
    assert (copied / "models" / "b.sql").read_text() == "select 2"


def test_folders_that_link_to_each_other_are_not_copied_without_end(linked: Path) -> None:
    for name in ("a", "b"):
        (linked / name).symlink_to(".")
    assert len(list(copy_of(linked).iterdir())) == 4


@pytest.mark.parametrize("target", ["../../../key.sql", "/etc/passwd", "missing.sql", "x.sql"])
def test_a_link_that_leads_out_of_the_repository_is_refused(linked: Path, target: str) -> None:
    """Else the list of code would show any file of the server to whoever may see the run."""
    (linked / "models" / "x.sql").symlink_to(target)
    with pytest.raises(dbt_task.BadProjectError, match=r"a link that leads to no file of it: 'x\.sql'"):
        copy_of(linked)


def test_a_project_with_a_pipe_in_it_is_refused_and_not_waited_for(linked: Path) -> None:
    os.mkfifo(linked / "models" / "a.sql")
    with pytest.raises(dbt_task.BadProjectError, match=r"cannot be copied: .*named pipe"):
        copy_of(linked)


@pytest.mark.parametrize("given", ["../../..", "/etc", "a/../.."])
def test_profiles_are_read_from_inside_of_the_project_only(project: Path, given: str) -> None:
    with pytest.raises(dbt_task.BadProjectError, match=r"profiles_directory is .*; it must be inside"):
        dbt_task._settle(work(profiles_directory=given), project)
