"""SQLite in a file: private, on a local disk, writable, shared by threads and processes; else a clear error."""

from __future__ import annotations

import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from brickyard.errors import Unavailable
from brickyard.records import RunFilter
from brickyard.runs.events import AttemptStarted
from brickyard.storage import sqlite_file
from tests.conformance.conftest import Open
from tests.conformance.samples import apply, commit_of, create, finished, new_run, plan_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "brickyard.db"


def test_files_and_folder_are_private(path: Path, opening: Open) -> None:
    create(opening(f"sqlite:///{path}"))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["brickyard.db", "brickyard.db-shm", "brickyard.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_file_that_others_can_read_is_closed_to_them(path: Path, opening: Open) -> None:
    opening(f"sqlite:///{path}").close()
    path.chmod(0o644)
    opening(f"sqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "text"), [("a folder", "Is a directory"), ("a file/x.db", "Not a directory|File exists")]
)
def test_a_place_that_cannot_be_written(tmp_path: Path, opening: Open, name: str, text: str) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a file").touch()
    with pytest.raises(Unavailable, match=f"cannot be written: ({text}).*BRICKYARD_HOME"):
        opening(f"sqlite:///{tmp_path / name}")


def test_a_file_system_that_cannot_be_written(opening: Open) -> None:
    with pytest.raises(Unavailable, match=r"/proc/brickyard\.db cannot be written"):
        opening("sqlite:////proc/brickyard.db")


def test_a_file_that_is_no_database(tmp_path: Path, opening: Open) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are my notes. " * 100)
    with pytest.raises(Unavailable, match=r"file is not a database.*Point BRICKYARD_DATABASE_URL"):
        opening(f"sqlite:///{path}")
    assert path.read_text().startswith("These are my notes.")


@dataclass
class Mount:
    mountpoint: str
    fstype: str


MOUNTS = [Mount("/", "ext4"), Mount("/home", "nfs4"), Mount("/home/me/fast", "xfs"), Mount("/homes", "cifs")]


@pytest.mark.parametrize(("place", "kind"), [("/home/me/b.db", "nfs4"), ("/homes/b.db", "cifs")])
def test_a_network_file_system_is_refused(place: str, kind: str) -> None:
    with pytest.raises(Unavailable, match=f"{kind} at .*PostgreSQL"):
        sqlite_file.refuse_network(Path(place), MOUNTS)


@pytest.mark.parametrize("place", ["/b.db", "/home/me/fast/b.db", "/homely/b.db"])
def test_a_local_file_system_is_fine(place: str) -> None:
    sqlite_file.refuse_network(Path(place), MOUNTS)


def test_a_full_disk_is_said_and_survived(path: Path, opening: Open) -> None:
    store = opening(f"sqlite:///{path}")
    run = create(store).run
    driver = store._db._writer.connection.driver_connection  # type: ignore[attr-defined]
    driver.execute("PRAGMA max_page_count = 1")  # SQLite raises it to what is in use
    with pytest.raises(Unavailable, match=r"disk is full\. Free some space"):
        any(create(store) is None for _ in range(1000))
    driver.execute("PRAGMA max_page_count = 1000000")
    store.check()
    assert apply(store, run, AttemptStarted(run.attempts[0].attempt_id)) == store.runs.load(run.run_id)


def test_another_process_that_keeps_writing_is_named(path: Path, opening: Open) -> None:
    store = opening(f"sqlite:///{path}")
    store._db._writer.connection.driver_connection.execute("PRAGMA busy_timeout = 50")  # type: ignore[attr-defined]
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match=r"locked.*Another process"):
        create(store)
    assert list(store.runs.active()) == []
    other.execute("ROLLBACK")
    other.close()
    create(store)


def test_many_writers_and_readers_see_no_lock_errors(path: Path, opening: Open) -> None:
    """Two stores are two processes as far as locks go; each has several threads."""
    stores = [opening(f"sqlite:///{path}") for _ in range(2)]
    enough = threading.Event()

    def write(number: int) -> int:
        for _ in range(15):
            finished(stores[number % 2], new_run(plan_of(a=[])))
        return 15

    def read(number: int) -> int:
        pages = 0
        while not enough.is_set():
            for run_id in stores[number % 2].runs.find(RunFilter(), offset=0, limit=5):
                assert stores[number % 2].runs.load(run_id) is not None
            pages += 1
        return pages

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read, number) for number in range(2)]
        try:
            written = sum(pool.map(write, range(4)))
        finally:
            enough.set()
        assert all(reader.result(timeout=30) for reader in readers)
    assert len(stores[0].runs.find(RunFilter(), offset=0, limit=100)) == written


def test_a_reader_sees_a_run_as_one_commit_left_it(path: Path, opening: Open) -> None:
    store = opening(f"sqlite:///{path}")
    run = create(store, new_run(plan_of(a=[], b=[]))).run
    with store._db.read() as connection:
        before = connection.exec_driver_sql("SELECT life_cycle FROM attempts ORDER BY position").scalars().all()
        store.runs.commit([commit_of(run, AttemptStarted(run.attempts[0].attempt_id))])
        after = connection.exec_driver_sql("SELECT life_cycle FROM attempts ORDER BY position").scalars().all()
    assert before == after == ["PENDING", "PENDING"]


def test_stores_in_memory_are_apart_and_shared_by_threads(opening: Open) -> None:
    one, other = opening("sqlite://"), opening("sqlite:///:memory:")
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: finished(one), range(8)))
        assert list(pool.map(lambda run: one.runs.load(run.run_id), runs)) == runs
    assert list(other.runs.find(RunFilter(), offset=0, limit=10)) == []
