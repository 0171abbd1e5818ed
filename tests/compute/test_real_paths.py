"""`/Workspace`, `/Volumes` and `/dbfs` in the code of users: real paths, or an error that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard.workloads import real_paths
from tests.compute.house import House, living, text

WRITES = """
import glob, os, shutil, subprocess, sys
os.makedirs("/Volumes/main/default/raw", exist_ok=True)
with open("/Volumes/main/default/raw/a.csv", "w") as file:
    file.write("x\\n1\\n")
shutil.copy("/Volumes/main/default/raw/a.csv", "/dbfs/b.csv")
subprocess.run("cat /dbfs/b.csv >> /Workspace/Users/me/c.csv", shell=True, check=True)
subprocess.run([sys.executable, "-c", "open('/dbfs/child', 'w').write('child')"], check=True)
print(sorted(glob.glob("/Volumes/*/*/*/*.csv")), os.listdir("/dbfs"))
"""
READS = """
import pandas, pyarrow.csv
print(pandas.read_csv("/Volumes/main/default/raw/a.csv").x.sum(), pyarrow.csv.read_csv("/Volumes/main/default/raw/a.csv").num_rows)
"""


def why_not(house: House) -> str:
    """Why this machine allows no real paths; "" where it does."""
    return real_paths.unavailable(real_paths.missing(house.settings.places), house.settings.home / "run")


def switched_off(home: Path) -> House:
    return House(home, real_paths=False)


@pytest.fixture
def plain_house(tmp_path: Path) -> Iterator[House]:
    """A server's compute whose operator wants no real paths."""
    with living(switched_off(tmp_path)) as opened:
        yield opened


def test_code_and_its_child_processes_read_and_write_them(house: House) -> None:
    outcome, place = house.run(WRITES)
    if why := why_not(house):
        assert why in outcome.trace
        return
    assert outcome.status == "success", outcome.trace
    assert text(place) == "['/Volumes/main/default/raw/a.csv'] ['b.csv', 'child']\n"
    assert (house.settings.volumes / "main/default/raw/a.csv").read_text() == "x\n1\n"
    assert (house.settings.workspace / "Users/me/c.csv").read_text() == "x\n1\n"


def test_readers_in_other_languages_find_them(house: House) -> None:
    (house.settings.volumes / "main/default/raw").mkdir(parents=True, exist_ok=True)
    (house.settings.volumes / "main/default/raw/a.csv").write_text("x\n1\n")
    outcome, place = house.run(READS)
    if not why_not(house):
        assert outcome.status == "success", outcome.trace
        assert text(place) == "1 1\n"


def test_a_worker_that_outlives_its_server_keeps_them(own_house: House) -> None:
    waiting = "import time\nfrom pathlib import Path\nwhile not Path('/dbfs/go').exists():\n    time.sleep(0.01)\n"
    assignment = own_house.assign(waiting)
    if why_not(own_house):
        return
    own_house.workers.start(assignment)
    own_house.hearing.wait_begun(assignment.attempt_id)
    with living(own_house.restart(interrupt_seconds=0.5, term_seconds=0.5)) as later:
        later.workers.adopt({assignment.attempt_id: Path(assignment.folder)})
        (later.settings.dbfs / "go").touch()
        assert later.hearing.wait(assignment.attempt_id).status == "success"


def test_a_path_that_is_not_there_is_explained_where_there_are_none(plain_house: House) -> None:
    outcome, _ = plain_house.run("open('/Volumes/main/default/raw/a.csv')")
    assert outcome.status == "failed"
    assert "no real paths on this machine (BRICKYARD_REAL_PATHS is off); `brickyard doctor` says what" in outcome.error


def test_other_errors_are_not_explained(plain_house: House) -> None:
    outcome, _ = plain_house.run("open('/nowhere/a.csv')")
    assert outcome.error == "FileNotFoundError: [Errno 2] No such file or directory: '/nowhere/a.csv'"
    outcome, _ = plain_house.run("raise ValueError('/Volumes/a')")
    assert outcome.error == "ValueError: /Volumes/a"


def test_what_opens_the_whole_installation_is_not_seen(house: House) -> None:
    outcome, place = house.run(f"print(repr(open({str(house.settings.home / 'launcher.key')!r}).read()))")
    assert outcome.status == "success", outcome.trace
    if not why_not(house):
        assert text(place) == "''\n"
    assert house.launcher.key == (house.settings.home / "launcher.key").read_text().strip()


def test_links_of_an_operator_are_enough(tmp_path: Path) -> None:
    """In a container that allows no views, its image has links: nothing is tried then."""
    for name in ("workspace", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to("workspace")
    assert real_paths.missing({str(tmp_path / "link"): str(tmp_path / "workspace")}) == []
    left = real_paths.missing({str(tmp_path / "link"): str(tmp_path / "elsewhere")})
    assert [mount.folder for mount in left] == [str(tmp_path / "elsewhere")]


def test_a_system_without_views_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    needed = real_paths.missing({"/Volumes": str(tmp_path)})
    assert real_paths.unavailable(needed, tmp_path) == "darwin has no mount namespaces"
