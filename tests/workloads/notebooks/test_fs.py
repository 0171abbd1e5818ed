"""`dbutils.fs` on every kind of path."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Paths
from brickyard.workloads.notebooks.dbutils.fs import FileSystemUtility
from brickyard.workloads.notebooks.dbutils.paths import ExecutionError, resolve
from brickyard.workloads.notebooks.files import Located
from brickyard.workloads.notebooks.redact import Redactor
from brickyard.workloads.notebooks.scope import Scope
from brickyard.workloads.notebooks.widgets import Widgets
from tests.workloads.notebooks.house import Home


@pytest.fixture
def fs(home: Home) -> FileSystemUtility:
    scope = Scope(
        assignment=home.assignment("/main", {}),
        bridge=home.server,
        widgets=Widgets({}),
        redactor=Redactor(),
        code=CodeLog(home.attempt),
        spark=None,
        stack=[Located("/main", home.workspace / "main.py")],
    )
    return FileSystemUtility(scope)


@pytest.mark.parametrize(
    "root", ["dbfs:/data", "/Volumes/main/raw/in", "/dbfs/data", "memory://bucket/data", "file:{tmp}/x", "{tmp}/y"]
)
def test_the_life_of_files(
    fs: FileSystemUtility, root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = root.format(tmp=tmp_path)
    assert fs.mkdirs(f"{root}/a/b")
    assert fs.put(f"{root}/a/one.txt", "héllo")
    assert capsys.readouterr().out == "Wrote 6 bytes.\n"
    assert fs.head(f"{root}/a/one.txt") == "héllo"
    assert fs.head(f"{root}/a/one.txt", 1) == "h"
    assert "[Truncated to first 1 bytes]" in capsys.readouterr().out
    assert [(info.name, info.size, info.isDir()) for info in fs.ls(f"{root}/a")] == [
        ("b/", 0, True),
        ("one.txt", 6, False),
    ]
    fs.cp(f"{root}/a/one.txt", f"{root}/new/two.txt")
    fs.cp(f"{root}/a", f"{root}/copy", recurse=True)
    fs.mv(f"{root}/new/two.txt", f"{root}/copy/")
    assert [info.name for info in fs.ls(f"{root}/copy")] == ["b/", "one.txt", "two.txt"]
    fs.mv(f"{root}/copy", f"{root}/moved", recurse=True)
    assert {info.name for info in fs.ls(root)} - {"new/"} == {"a/", "moved/"}
    assert fs.rm(f"{root}/moved", True)
    assert not fs.rm(f"{root}/moved", True)
    fs.put(f"{root}/a/one.txt", "again", True)
    assert fs.head(f"{root}/a/one.txt") == "again"
    assert fs.rm(f"{root}/a/one.txt")
    assert fs.rm(f"{root}/a/b")
    if root.startswith("memory:"):
        fsspec.filesystem("memory").store.clear()


def test_listed_paths_can_be_used_again(fs: FileSystemUtility) -> None:
    for root, shown in (
        ("/Volumes/m/s/v", "dbfs:/Volumes/m/s/v/"),
        ("dbfs:/x", "dbfs:/x/"),
        ("/dbfs/y", "dbfs:/y/"),
        ("memory://z", "memory://z/"),
    ):
        fs.put(f"{root}/f.txt", "text", True)
        (info,) = fs.ls(root)
        assert info.path.replace("///", "//") == f"{shown}f.txt" or info.path == "memory:///z/f.txt"
        assert fs.head(info.path) == "text"
        assert fs.ls(info.path)[0].name == "f.txt"


def test_paths_lead_to_the_folders_of_the_home(fs: FileSystemUtility, home: Home) -> None:
    fs.put("dbfs:/Volumes/m/s/v/a", "1")
    fs.put("/dbfs/b", "2")
    fs.put("file:/Workspace/c", "3")
    assert (home.root / "volumes/m/s/v/a").read_text() == "1"
    assert (home.root / "dbfs/b").read_text() == "2"
    assert (home.workspace / "c").read_text() == "3"
    assert fs.ls("/Workspace")[0].path == "/Workspace/c"
    assert fs.ls("/Workspace")[0].modificationTime > 1_700_000_000_000


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda fs: fs.ls("dbfs:/none"), "java.io.FileNotFoundException: No such file or directory: dbfs:/none"),
        (
            lambda fs: fs.head("/Volumes/none"),
            "java.io.FileNotFoundException: No such file or directory: dbfs:/Volumes/none",
        ),
        (lambda fs: fs.cp("dbfs:/none", "dbfs:/x"), "java.io.FileNotFoundException"),
        (lambda fs: fs.put("dbfs:/full/f", "x"), "FileAlreadyExistsException: dbfs:/full/f exists"),
        (lambda fs: fs.put("dbfs:/full", "x", True), "dbfs:/full is a directory"),
        (lambda fs: fs.head("dbfs:/full"), "dbfs:/full is a directory"),
        (lambda fs: fs.rm("dbfs:/full"), "dbfs:/full is not empty; pass recurse=True"),
        (lambda fs: fs.rm("dbfs:/", True), "is the root of its file system"),
        (lambda fs: fs.rm("/Volumes", True), "is the root of its file system"),
        (lambda fs: fs.cp("dbfs:/full", "dbfs:/other"), "dbfs:/full is a directory; pass recurse=True to copy it"),
        (lambda fs: fs.mv("dbfs:/full", "dbfs:/full/inner", True), "dbfs:/full/inner is inside of dbfs:/full"),
        (lambda fs: fs.mkdirs("dbfs:/full/f"), "dbfs:/full/f is a file"),
        (lambda fs: fs.ls("data"), "Path must be absolute: data"),
        (lambda fs: fs.ls("dbfs:/../../etc"), "must not have '..' in it"),
        (lambda fs: fs.ls("nope://x/y"), "No FileSystem for 'nope://x/y'"),
    ],
)
def test_what_cannot_be_done_is_told(fs: FileSystemUtility, call: object, why: str) -> None:
    fs.put("dbfs:/full/f", "x")
    with pytest.raises(ExecutionError) as told:
        call(fs)  # type: ignore[operator]
    assert why in str(told.value)


@pytest.mark.parametrize("call", [lambda fs: fs.ls(3), lambda fs: fs.put("dbfs:/x", b"bytes")])
def test_wrong_types_are_refused(fs: FileSystemUtility, call: object) -> None:
    with pytest.raises(TypeError, match="must be str"):
        call(fs)  # type: ignore[operator]


def test_moving_a_file_onto_itself_keeps_it(fs: FileSystemUtility) -> None:
    fs.put("dbfs:/f", "kept")
    fs.mv("dbfs:/f", "dbfs:/f")
    fs.cp("dbfs:/f", "/dbfs/f")
    assert fs.head("dbfs:/f") == "kept"


@pytest.mark.parametrize(
    ("given", "real"),
    [
        ("dbfs:/a", "/h/dbfs/a"),
        ("dbfs:///a", "/h/dbfs/a"),
        ("/dbfs/a", "/h/dbfs/a"),
        ("/dbfsx/a", "/dbfsx/a"),
        ("/Volumes/c/s/v", "/h/vol/c/s/v"),
        ("dbfs:/Volumes/c", "/h/vol/c"),
        ("/Workspace/x", "/h/ws/x"),
        ("file:/tmp/x", "/tmp/x"),
        ("file:///tmp/x", "/tmp/x"),
        ("/tmp/x:y", "/tmp/x:y"),
        ("dbfs:/a:b", "/h/dbfs/a:b"),
        ("dbfs:/", "/h/dbfs"),
    ],
)
def test_which_file_a_path_means(given: str, real: str) -> None:
    paths = Paths(workspace="/h/ws", volumes="/h/vol", dbfs="/h/dbfs", warehouse="/h/wh")
    assert resolve(given, paths).path == real
