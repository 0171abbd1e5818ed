"""A view of the file system of its own: what is seen in it, who owns what, and what a process may do there.

Where the system allows no such view (some containers), the same tests ask for the reason instead.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from brickyard.workloads import mounts
from brickyard.workloads.mounts import Mount

# Newer Pythons warn of a fork beside other threads, which a test run may have.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")

SOMEBODY = 65534
_PR_SET_DUMPABLE = 4
PLACES = ("/Workspace", "/Volumes", "/dbfs")
"""No installation has these as folders; where one has them as links, they lead elsewhere than in these tests."""

USERS = [pytest.param(os.geteuid(), id="as-who-tests")]
if os.geteuid() == 0:
    USERS.append(pytest.param(SOMEBODY, id="as-an-ordinary-user"))


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> int:
    """The tests' own user; and where that is root, an ordinary one."""
    return int(request.param)


@pytest.fixture
def home(user: int) -> Iterator[Path]:
    """A folder of the user's, with one for each place: not pytest's own, into which only the tests' user may look."""
    folder = Path(tempfile.mkdtemp(prefix="brickyard-mounts-"))
    for path in (folder, folder / "scratch", *(folder / place[1:] for place in PLACES)):
        path.mkdir(exist_ok=True)
        os.chown(path, user, -1)
    yield folder
    shutil.rmtree(folder)


def inside(user: int, home: Path, look: Callable[[], Any], *, hidden: Sequence[str] = ()) -> Any:
    """What `look` gives in a process of the user that has entered the view; the reason, where there can be none."""
    wanted = [Mount(place, str(home / place[1:])) for place in PLACES]
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgid(user if os.getuid() == 0 and user else os.getgid())
            os.setuid(user)
            # Whoever changes the user without a new program may not write to its own files in /proc.
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
            os.chdir(home)
            why = mounts.possible(wanted, home / "scratch", hidden)
            if not why:
                mounts.enter(wanted, home / "scratch", hidden)
            answer = why or look()
        except BaseException as error:  # noqa: BLE001 -- the last frame of this process
            answer = repr(error)
        os.write(write_end, json.dumps(answer).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answered:
        found = json.loads(answered.read())
    os.waitpid(pid, 0)
    return found


def said(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def names(folder: str) -> list[str]:
    """What is in a folder."""
    return sorted(each.name for each in Path(folder).iterdir())


def links(folder: str) -> list[list[str]]:
    """The links in a folder, and where they lead."""
    return sorted([each.name, str(each.readlink())] for each in Path(folder).iterdir() if each.is_symlink())


def allowed(found: Any) -> bool:
    """Whether the system allows views; where not, that the reason names the call that was refused."""
    if isinstance(found, str):
        assert re.match(r"\[Errno \d+\] (unshare|mount|pivot_root)", found)
        return False
    return True


def test_folders_are_seen_at_their_paths_by_the_process_and_its_children(user: int, home: Path) -> None:
    (home / "Volumes" / "a.txt").write_text("from outside")

    def look() -> list[str]:
        Path("/dbfs/b.txt").write_text("from inside")
        return [said("cat", "/Volumes/a.txt"), *names("/Workspace")]

    found = inside(user, home, look)
    if allowed(found):
        assert found == ["from outside"]
        assert (home / "dbfs" / "b.txt").read_text() == "from inside"
        assert (home / "dbfs" / "b.txt").stat().st_uid == user


def test_nothing_of_it_is_seen_outside(user: int, home: Path) -> None:
    before = Path("/proc/self/mountinfo").read_text(), names("/")
    inside(user, home, list)
    assert (Path("/proc/self/mountinfo").read_text(), names("/")) == before
    assert list((home / "scratch").iterdir()) == []


def test_all_else_is_as_it_was(user: int, home: Path) -> None:
    real = sorted({*names("/"), *(place[1:] for place in PLACES)})
    linked = links("/")

    def look() -> list[Any]:
        linked = links("/")
        here = str(Path.cwd())
        return [
            names("/"),
            linked,
            here,
            Path("/usr").stat().st_ino,
            Path("/proc/self").samefile(f"/proc/{os.getpid()}"),
        ]

    found = inside(user, home, look)
    if allowed(found):
        assert found == [real, linked, str(home), Path("/usr").stat().st_ino, True]


def test_the_user_and_what_he_may_do_stay(user: int, home: Path) -> None:
    def look() -> list[Any]:
        status = Path("/proc/self/status").read_text()
        capabilities = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
        return [os.getuid(), os.geteuid(), said("id", "-u"), int(capabilities, 16) == 0]

    found = inside(user, home, look)
    if allowed(found):
        assert found == [user, user, str(user), user != 0]


def test_what_is_made_outside_later_is_seen_at_once(user: int, home: Path) -> None:
    def look() -> list[str]:
        # By its own path, which is outside the view's: as a server does that knows nothing of views.
        (home / "Volumes" / "main" / "default").mkdir(parents=True)
        (home / "Volumes" / "main" / "default" / "new.csv").write_text("1")
        return [Path("/Volumes/main/default/new.csv").read_text()]

    found = inside(user, home, look)
    if allowed(found):
        assert found == ["1"]


def test_nothing_can_be_lost_in_the_root_of_the_view(user: int, home: Path) -> None:
    def look() -> list[str]:
        try:
            Path("/lost").mkdir()
        except OSError as error:
            return [type(error).__name__]
        return ["made"]

    found = inside(user, home, look)
    if allowed(found):
        assert found in (["OSError"], ["PermissionError"])


def test_what_is_hidden_is_seen_empty_and_stays_as_it_is(user: int, home: Path) -> None:
    (home / "token").write_text("dapi")
    (home / "tls").mkdir()
    (home / "tls" / "key").write_text("private")
    hidden = [str(home / name) for name in ("token", "tls", "nowhere")]

    def look() -> list[Any]:
        return [(home / "token").read_text(), names(str(home / "tls")), (home / "nowhere").exists()]

    found = inside(user, home, look, hidden=hidden)
    if allowed(found):
        assert found == ["", [], False]
    assert (home / "token").read_text() + (home / "tls" / "key").read_text() == "dapiprivate"


@pytest.mark.parametrize(
    "command", ["umount", "rm -f", "unshare -m umount", "unshare -Urm umount"], ids=lambda command: command
)
def test_what_is_hidden_cannot_be_uncovered_by_an_ordinary_user(user: int, home: Path, command: str) -> None:
    token = home / "token"
    token.write_text("dapi")
    os.chown(token, user, -1)

    def look() -> list[Any]:
        subprocess.run([*command.split(), str(token)], capture_output=True, check=False)
        return [token.read_text() if token.exists() else "removed"]

    found = inside(user, home, look, hidden=[str(token)])
    if allowed(found) and user:  # root can undo whatever is done here
        assert found == [""]


def test_a_folder_that_is_not_there_is_a_reason(user: int, home: Path) -> None:
    (home / "dbfs").rmdir()
    found = inside(user, home, list)
    assert isinstance(found, str)
    assert "mount" in found or "unshare" in found


def test_a_place_that_leads_to_its_folder_needs_nothing(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "other").mkdir()
    assert Mount(str(tmp_path / "link"), str(tmp_path / "real")).there
    assert not Mount(str(tmp_path / "other"), str(tmp_path / "real")).there
    assert not Mount(str(tmp_path / "none"), str(tmp_path / "real")).there
