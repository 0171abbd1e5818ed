"""What a run may have of the workspace: asked as whom it runs, when an attempt starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard.access.identity import ADMINS, PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.engine.access.gate import Gate
from brickyard.engine.access.run_files import RunFiles
from brickyard.engine.commands import StartRequest
from brickyard.errors import NotFound, PermissionDenied
from brickyard.ports import Store
from brickyard.records import AclEntry, PrincipalRecord, QueryRecord
from brickyard.storage.store import open_store
from brickyard.workloads.messages import DbtWork, NotebookWork, Paths, ScriptWork, SqlWork, WheelWork, Work
from tests.engine.house import SUCCESS, HandClock, House, notebook, result

NAME = "bob"
HERS = "/Users/ada/nb"
SOURCE = "# Databricks notebook source\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store("sqlite://", key_file=tmp_path / "key", clock=HandClock())
    for number, name in enumerate((NAME, "ada", "root"), 1):
        opened.principals.add(PrincipalRecord(principal_id=number, kind=PrincipalKind.USER, name=name))
    opened.principals.add(PrincipalRecord(principal_id=9, kind=PrincipalKind.GROUP, name=ADMINS))
    opened.principals.set_members(9, [3])
    yield opened
    opened.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workspace = tmp_path / "workspace"
    for name in (NAME, "ada"):
        (workspace / "Users" / name).mkdir(parents=True)
    (workspace / "Users/ada/nb.py").write_text(SOURCE)
    return workspace


@pytest.fixture
def files(store: Store, root: Path) -> RunFiles:
    places = {name: str(root.parent / name) for name in ("volumes", "dbfs", "warehouse", "checkouts")}
    return RunFiles(Gate(store), store.principals, Paths(workspace=str(root), **places))


def allow(store: Store, path: str, level: str, name: str = NAME) -> None:
    store.acls.replace(ObjectType.FILES, path, [AclEntry(PrincipalKind.USER, name, level)])


def refused(files: RunFiles, work: Work, *, nested: bool = False) -> str:
    try:
        files.check_work(NAME, work, nested=nested)
    except PermissionDenied as error:
        return error.message
    return ""


WORKS = [
    NotebookWork(path=HERS),
    NotebookWork(path=f"{HERS}.py"),
    NotebookWork(path=f"/Workspace{HERS}"),
    NotebookWork(path=f"/Users/{NAME}/../ada/nb"),
    NotebookWork(path="//Users///ada/./nb"),
    ScriptWork(path="/Workspace/Users/ada/tool.py"),
    SqlWork(path="/Users/ada/.bundle/app/dev/files/q.sql"),
    DbtWork(path="/Users/ada/project", commands=[]),
    DbtWork(path=f"/Users/{NAME}/project", commands=[], profiles_directory="/Users/ada/profiles"),
    ScriptWork(path="/Repos/.internal/0/1/tool.py"),
    NotebookWork(path="/top"),
]


@pytest.mark.parametrize("work", WORKS, ids=lambda work: f"{type(work).__name__} {work.path}")
def test_nothing_of_another_member_is_run(files: RunFiles, store: Store, work: Work) -> None:
    assert f"acts as {NAME}" in refused(files, work)
    files.check_work("root", work, nested=False)


@pytest.mark.parametrize(
    "work",
    [
        NotebookWork(path=f"/Users/{NAME}/nb"),
        NotebookWork(path=f"/Workspace/Repos/{NAME}/project/nb"),
        NotebookWork(path="/Shared/nb"),
        ScriptWork(path="/Volumes/main/default/v/tool.py"),
        ScriptWork(path="dbfs:/FileStore/tool.py"),
        ScriptWork(path="/dbfs/tool.py"),
        NotebookWork(path="of/a/checkout", source="GIT"),
        ScriptWork(path="../of/a/checkout", source="GIT"),
        WheelWork(package="p", entry_point="e"),
        SqlWork(text="SELECT 1"),
    ],
    ids=lambda work: f"{type(work).__name__} {getattr(work, 'path', '')}",
)
def test_what_is_ones_own_or_everybodys_is_run(files: RunFiles, work: Work) -> None:
    assert refused(files, work) == ""


@pytest.mark.parametrize(("level", "runs"), [("CAN_READ", False), ("CAN_RUN", True), ("CAN_MANAGE", True)])
@pytest.mark.parametrize("on", ["/Users/ada", HERS])
def test_a_right_on_it_or_above_it_is_enough(files: RunFiles, store: Store, on: str, level: str, runs: bool) -> None:
    allow(store, on, level)
    for path in (HERS, f"{HERS}.py"):
        assert (refused(files, NotebookWork(path=path)) == "") is runs
    assert (refused(files, ScriptWork(path="/Users/ada/tool.py")) == "") is (runs and on == "/Users/ada")


def test_a_right_that_was_taken_away_is_gone_at_the_next_start(files: RunFiles, store: Store) -> None:
    allow(store, HERS, "CAN_RUN")
    assert refused(files, NotebookWork(path=HERS)) == ""
    store.acls.delete(ObjectType.FILES, HERS)
    assert "CAN_RUN" in refused(files, NotebookWork(path=HERS))


def test_whether_it_is_there_is_not_told(files: RunFiles) -> None:
    there, none = refused(files, NotebookWork(path=HERS)), refused(files, NotebookWork(path="/Users/ada/no"))
    assert there.replace(HERS, "X") == none.replace("/Users/ada/no", "X")


@pytest.mark.parametrize("name", ["link.py", "folder"])
def test_a_link_is_no_way_around(files: RunFiles, root: Path, name: str) -> None:
    home = root / "Users" / NAME
    (home / "link.py").symlink_to("../ada/nb.py")
    (home / "folder").symlink_to("../ada")
    path = f"/Users/{NAME}/link" if name == "link.py" else f"/Users/{NAME}/folder/nb"
    for given in (path, f"{path}.py"):
        assert refused(files, NotebookWork(path=given))
        assert given == path or refused(files, ScriptWork(path=given))


def test_wheels_and_requirement_files_need_the_right_to_read(files: RunFiles, store: Store, root: Path) -> None:
    lines = [f"{root}/Users/ada/a.whl", f"-r {root}/Users/ada/r.txt"]
    for line in lines:
        with pytest.raises(PermissionDenied, match="CAN_READ"):
            files.check_requirements(NAME, [line])
    files.check_requirements(NAME, ["tiny==1", f"{root.parent}/volumes/a.whl", f"{root}/Users/{NAME}/a.whl"])
    allow(store, "/Users/ada", "CAN_READ")
    files.check_requirements(NAME, lines)


def test_code_of_a_checkout_starts_notebooks_of_the_checkout(files: RunFiles) -> None:
    """`dbutils.notebook.run` with a relative path; a job cannot name such a path by itself."""
    work = NotebookWork(path="/Repos/.internal/0/1/child")
    assert refused(files, work, nested=True) == ""
    assert refused(files, NotebookWork(path=HERS), nested=True)


@pytest.mark.parametrize(
    ("level", "error"), [("", NotFound), ("CAN_VIEW", PermissionDenied), ("CAN_RUN", None), ("CAN_EDIT", None)]
)
def test_a_saved_query_needs_the_right_to_run_it(
    files: RunFiles, store: Store, level: str, error: type[Exception] | None
) -> None:
    store.queries.save(
        QueryRecord(query_id="q", display_name="q", query_text="1", owner="ada", created_ms=1, updated_ms=1, body={})
    )
    if level:
        store.acls.replace(ObjectType.QUERIES, "q", [AclEntry(PrincipalKind.USER, NAME, level)])
    files.check_query("ada", "q")
    if error is None:
        files.check_query(NAME, "q")
        return
    with pytest.raises(error, match="'q' does not exist" if error is NotFound else "CAN_RUN"):
        files.check_query(NAME, "q")


def test_whoever_is_gone_runs_nothing_of_others(files: RunFiles) -> None:
    with pytest.raises(PermissionDenied, match="no active user"):
        files.check_work("nobody", NotebookWork(path=HERS), nested=False)


def test_a_task_that_may_not_run_its_notebook_fails_and_says_why(tmp_path: Path) -> None:
    """Through the whole engine: the next task does not run, and what is the member's own does."""
    house = House(tmp_path).start()
    try:
        house.real_store.principals.add(PrincipalRecord(principal_id=1, kind=PrincipalKind.USER, name="mallory"))
        house.script(own=SUCCESS)
        tasks = [
            notebook("own", path="/Users/mallory/nb"),
            notebook("hers", "own", path=HERS),
            notebook("after", "hers"),
        ]
        commands = house.engine.commands
        job_id = commands.create_job({"name": "j", "tasks": tasks}, user="mallory")
        run = house.ended(commands.run_now(job_id, StartRequest(), user="mallory"))
        assert result(run) == "INTERNAL_ERROR/FAILED"
        ending = run.latest["hers"].ending
        assert ending is not None
        assert (ending.code, "acts as mallory" in ending.message, HERS in ending.message) == (
            "UNAUTHORIZED_ERROR",
            True,
            True,
        )
        assert house.land.ran == [("own", run.latest["own"].attempt_id)]
    finally:
        house.stop()
