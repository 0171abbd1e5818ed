"""The hash of the code that ran: what is in it, what is not, and what is kept of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from brickyard.workloads import code
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import SqlWork
from brickyard.workloads.sql_task import run_sql
from tests.workloads.notebooks.house import Home


def ran(home: Home) -> list[str]:
    """The paths of what the newest attempt ran."""
    return [entry.path for entry in code.entries(home.attempt)]


def copies(home: Home) -> set[bytes]:
    return {file.read_bytes() for file in (home.root / "code").iterdir()}


def test_a_notebook_and_what_it_brings_in_are_listed(home: Home) -> None:
    main = home.write("jobs/main.py", "%run ./lib/one", "%run ./lib/one", "%run ../shared/two")
    one = home.write("jobs/lib/one.py", "x = 1")
    two = home.write("shared/two.py", "y = 2")
    assert home.run_path("/jobs/main").status == "success"
    assert ran(home) == ["/jobs/main.py", "/jobs/lib/one.py", "/shared/two.py"]
    files = [(path, (home.workspace / path.lstrip("/")).read_bytes()) for path in ran(home)]
    assert code.hash_of(home.attempt) == code.digest(files)
    assert copies(home) == {file.read_bytes() for file in (main, one, two)}
    for entry, (_, content) in zip(code.entries(home.attempt), files, strict=True):
        assert code.read(home.root / "attempts", entry.sha256) == content


def test_the_hash_is_that_of_the_files_until_one_of_them_changes(home: Home) -> None:
    home.write("main.py", "%run ./lib")
    lib = home.write("lib.py", "x = 1")
    home.run_path("/main")
    paths = home.assignment("/main", {}).paths
    listed = ["/main.py", "/lib.py"]
    before = code.current(listed, paths)
    assert before == code.hash_of(home.root / "attempts" / "1")
    lib.write_text(lib.read_text().replace("1", "2"))
    assert code.current(listed, paths) not in {"", before}
    lib.unlink()
    assert code.current(listed, paths) == ""


def test_a_notebook_that_fails_has_its_hash_too(home: Home) -> None:
    home.write("main.py", "1 / 0", "%run ./never")
    assert home.run_path("/main").status == "failed"
    assert ran(home) == ["/main.py"]


def test_a_notebook_that_is_not_there_has_none(home: Home) -> None:
    assert home.run_path("/none").status == "failed"
    assert code.hash_of(home.attempt) == ""
    assert not (home.attempt / "code.json").exists()


def log(home: Home, *files: tuple[str, bytes]) -> None:
    """List files for a new attempt."""
    home.attempts += 1
    home.attempt.mkdir()
    CodeLog(home.attempt).add_all(files)


def test_the_text_of_a_query_is_listed(home: Home) -> None:
    work = SqlWork(text="BEGIN SELECT 1; END")
    run_sql(work, home.assignment("/none", {}), home.server)
    assert ran(home) == ["<query>"]
    assert code.current(ran(home), home.assignment("/none", {}).paths) == ""


def test_the_same_code_has_the_same_hash_wherever_it_is(home: Home) -> None:
    def project(root: str) -> list[tuple[str, bytes]]:
        return [(f"{root}/jobs/main.py", b"1"), (f"{root}/lib/a.py", b"2"), (f"{root}/lib/b.py", b"3")]

    here = code.digest(project("/Users/me/dev"))
    assert code.digest(project("/Repos/.internal/0a/ff")) == here
    main, first, second = project("/Users/me/dev")
    assert code.digest([main, second, first]) == here, "the order of what is brought in is nothing"


@pytest.mark.parametrize(
    "files",
    [
        [("/p/main.py", b"1"), ("/p/a.py", b"2")],
        [("/p/main.py", b"1"), ("/p/b.py", b"2 ")],
        [("/p/main.py", b"1")],
        [("/p/main.py", b"1"), ("/p/a.py", b""), ("/p/b.py", b"2")],
        [("/p/b.py", b"2"), ("/p/main.py", b"1")],
        [("/p/main.py", b"2"), ("/p/b.py", b"1")],
    ],
    ids=["another name", "another content", "one less", "one more", "another main", "contents exchanged"],
)
def test_every_difference_is_another_hash(files: list[tuple[str, bytes]]) -> None:
    assert code.digest(files) != code.digest([("/p/main.py", b"1"), ("/p/b.py", b"2")])


def test_a_file_of_a_name_and_one_with_it_in_its_content_differ() -> None:
    """What is hashed is a list of names and hashes: no content can look like another entry."""
    one = code.digest([("/p/a", b"1"), ("/p/b", b"2")])
    fake = hashlib.sha256(b"2").hexdigest()
    assert code.digest([("/p/a", f"1\nb\0{fake}".encode())]) != one


def test_large_files_are_hashed_and_not_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "MAX_KEPT", 3)
    log(home, ("/small.py", b"#ab"))
    log(home, ("/large.py", b"#abc"))
    assert copies(home) == {b"#ab"}
    assert code.entries(home.attempt)[0].sha256 == hashlib.sha256(b"#abc").hexdigest()
    assert code.read(home.root / "attempts", code.entries(home.attempt)[0].sha256) is None


@pytest.mark.parametrize("name", ["../secret.key", "", "a/b", "."])
def test_only_copies_are_read(home: Home, name: str) -> None:
    (home.root / "secret.key").write_text("secret")
    log(home, ("/small.py", b"#ab"))
    assert code.read(home.root / "attempts", name) is None


def test_copies_are_for_their_owner_alone(home: Home) -> None:
    log(home, ("/small.py", b"#ab"))
    kept = home.root / "code"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in kept.iterdir())


def test_a_tree_of_files(tmp_path: Path) -> None:
    for name in ("models/b.sql", "models/a.sql", "project.yml", "target/x.bin"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = code.tree(tmp_path, "/dbt/", [".sql", ".yml"])
    assert found == [
        ("/dbt/models/a.sql", b"models/a.sql"),
        ("/dbt/models/b.sql", b"models/b.sql"),
        ("/dbt/project.yml", b"project.yml"),
    ]


def test_many_files_at_once(home: Home) -> None:
    home.attempts += 1
    home.attempt.mkdir()
    log = CodeLog(home.attempt)
    log.add("/dbt/dbt_project.yml", b"p")
    log.add_all([("/dbt/a.sql", b"1"), ("/dbt/b.sql", b"1")])
    assert ran(home) == ["/dbt/dbt_project.yml", "/dbt/a.sql", "/dbt/b.sql"]
    assert copies(home) == {b"p", b"1"}
