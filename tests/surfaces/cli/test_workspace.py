"""The workspace, Git folders and access lists of secret scopes from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.compute.git_server import GitServer, git_server
from tests.surfaces.cli.conftest import Run

SOURCE = "# Databricks notebook source\nprint(1)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "lib").mkdir(parents=True)
    (folder / "load.py").write_text(SOURCE)
    (folder / "lib" / "tool.py").write_text("x = 1\n")
    return folder


def paths(done: Any) -> list[str]:
    return [item["path"] for item in done.json]


def test_a_folder_is_imported_listed_exported_and_deleted(brickyard: Run, project: Path, tmp_path: Path) -> None:
    assert brickyard("workspace", "mkdirs", "/Shared/cli").code == 0
    written: Any = brickyard("workspace", "import", str(project), "/Shared/cli/a", "--json").json
    assert sorted(written) == ["/Shared/cli/a/lib/tool.py", "/Shared/cli/a/load.py"]
    assert paths(brickyard("workspace", "ls", "/Shared/cli/a", "--json")) == ["/Shared/cli/a/lib", "/Shared/cli/a/load"]
    listed = brickyard("workspace", "ls", "/Shared/cli/a").out
    assert "notebook" in listed
    assert "python" in listed
    assert brickyard("workspace", "export", "/Shared/cli/a", "back").code == 0
    found = {str(each.relative_to(tmp_path / "back")): each.read_text() for each in (tmp_path / "back").rglob("*.py")}
    assert found == {"load.py": SOURCE, "lib/tool.py": "x = 1\n"}
    again = brickyard("workspace", "export", "/Shared/cli/a", "back")
    assert (again.code, "--overwrite" in again.err) == (2, True)
    assert brickyard("workspace", "export", "/Shared/cli/a", "back", "--overwrite").code == 0
    refused = brickyard("workspace", "delete", "/Shared/cli/a")
    assert (refused.code, "not empty" in refused.err) == (2, True)
    assert brickyard("workspace", "delete", "/Shared/cli/a", "--recursive", "--json").json == {"path": "/Shared/cli/a"}
    assert brickyard("workspace", "ls", "/Shared/cli").out.strip() == "The folder is empty."


def test_a_notebook_is_imported_and_exported_in_its_formats(brickyard: Run, project: Path, tmp_path: Path) -> None:
    brickyard("workspace", "mkdirs", "/Shared/one")
    assert brickyard("workspace", "import", str(project / "load.py"), "/Shared/one/nb.py").code == 0
    taken = brickyard("workspace", "import", str(project / "load.py"), "/Shared/one/nb.py")
    assert (taken.code, "already exists" in taken.err) == (2, True)
    more = ("--format", "SOURCE", "--language", "SQL", "--overwrite")
    assert brickyard("workspace", "import", str(project / "lib/tool.py"), "/Shared/one/nb", *more).code == 0
    assert brickyard("workspace", "export", "/Shared/one/nb", "nb.ipynb", "--format", "JUPYTER").code == 0
    assert json.loads((tmp_path / "nb.ipynb").read_text())["nbformat"] == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "nothing.py", "/Shared/x"), "nothing.py does not exist"),
        (("export", "/Shared"), "is a folder"),
        (("export", "/Shared/none", "x"), "doesn't exist"),
        (("export", "/Shared/said", "x", "--format", "DBC"), "DBC"),
        (("ls", "relative"), "must be absolute"),
        (("delete", "/Shared", "--recursive"), "always there"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    brickyard: Run, project: Path, words: tuple[str, ...], said: str
) -> None:
    brickyard("workspace", "import", str(project / "load.py"), "/Shared/said.py", "--overwrite")
    done = brickyard("workspace", *words)
    assert (done.code, said in done.err) == (2, True), done.err


def test_a_folder_is_shared_by_its_path(brickyard: Run) -> None:
    brickyard("workspace", "mkdirs", "/Shared/given")
    assert brickyard("permissions", "update", "directories", "/Shared/given", "group:users=CAN_RUN").code == 0
    assert "CAN_RUN" in brickyard("permissions", "get", "directories", "/Workspace/Shared/given").out
    missing = brickyard("permissions", "get", "notebooks", "/Shared/nothing")
    assert (missing.code, "doesn't exist" in missing.err) == (2, True)


def test_who_may_use_a_secret_scope_is_put_listed_and_taken_away(brickyard: Run) -> None:
    brickyard("secrets", "put", "team", "k", "--value", "v")
    assert brickyard("secrets", "acls", "put", "team", "users", "read").code == 0
    listed: Any = brickyard("secrets", "acls", "list", "team", "--json").json
    assert {"principal": "users", "permission": "READ"} in listed
    assert "users" in brickyard("secrets", "acls", "list", "team").out
    refused = brickyard("secrets", "acls", "put", "team", "users", "own")
    assert (refused.code, "READ, WRITE, MANAGE" in refused.err) == (2, True)
    assert brickyard("secrets", "acls", "delete", "team", "users").code == 0
    gone = brickyard("secrets", "acls", "delete", "team", "users")
    assert (gone.code, "users" in gone.err) == (2, True)


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("served")) as server:
        yield server


def test_a_git_folder_is_made_brought_forward_and_deleted(brickyard: Run, git: GitServer) -> None:
    origin = git.repository("team/code", load_py=SOURCE)
    made: Any = brickyard(
        "repos", "create", origin.url, "--provider", "gitHub", "--path", "/Shared/code", "--json"
    ).json
    assert made["path"] == "/Shared/code"
    head = origin.commit({"new.py": SOURCE})
    assert head[:12] in brickyard("repos", "update", "/Workspace/Shared/code").out
    assert paths(brickyard("workspace", "ls", "/Shared/code", "--json")) == ["/Shared/code/load", "/Shared/code/new"]
    assert "/Shared/code" in brickyard("repos", "list").out
    assert paths(brickyard("repos", "list", "--prefix", "/Shared/code", "--json")) == ["/Shared/code"]
    both = brickyard("repos", "update", str(made["id"]), "--branch", "main", "--tag", "v")
    assert (both.code, "not both" in both.err) == (2, True)
    assert brickyard("repos", "delete", str(made["id"])).code == 0
    none = brickyard("repos", "delete", "/Shared/code")
    assert (none.code, "no Git folder" in none.err) == (2, True)
