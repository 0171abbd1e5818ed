"""Checkouts from a real Git server: what is found, what is kept, and what is told where nothing is found."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brickyard.clock import SystemClock
from brickyard.compute import checkouts as checkouts_module
from brickyard.compute.checkouts import GitCheckouts
from brickyard.compute.git_command import Limits
from brickyard.errors import CheckoutFailed
from brickyard.jobs.tasks import GitSource
from brickyard.ports import Checkout, GitLogin
from tests.compute.git_server import GitServer, Repository, git_server

DAY_MS = 24 * 3600 * 1000


class HandClock:
    """Time that the test moves."""

    ms = 1_700_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def repository(server: GitServer, tmp_path: Path) -> Repository:
    return server.repository(tmp_path.name)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def checkouts(tmp_path: Path, clock: HandClock) -> GitCheckouts:
    return GitCheckouts(tmp_path / "home" / "git", clock)


def source(repository: Repository, **reference: str) -> GitSource:
    return GitSource(url=repository.url, provider="gitHub", **reference)


def files(checkout: Checkout) -> dict[str, str]:
    found = [path for path in checkout.folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(checkout.folder)): path.read_text() for path in found}


def refused(checkouts: GitCheckouts, wanted: GitSource, commit: str = "") -> str:
    with pytest.raises(CheckoutFailed) as caught:
        checkouts.prepare(wanted, commit)
    return caught.value.message


def asked(server: GitServer) -> int:
    """How many requests there were since the last question."""
    count = len(server.requests)
    server.requests.clear()
    return count


# ------------------------------------------------------------------------------------------------- what is found


def test_a_branch_is_its_newest_commit(checkouts: GitCheckouts, repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "feature/x.1")
    commit = repository.commit({"jobs/nb.py": "new", "data/a b.csv": "1"})
    found = checkouts.prepare(source(repository, branch="feature/x.1"), "")
    assert found.commit == commit
    assert files(found) == {"README.md": "hello\n", "jobs/nb.py": "new", "data/a b.csv": "1"}


@pytest.mark.parametrize("annotated", [True, False], ids=["annotated", "light"])
def test_a_tag_is_the_commit_that_it_names(checkouts: GitCheckouts, repository: Repository, annotated: bool) -> None:
    commit = repository.commit({"a": "1"})
    repository.git("tag", *(["--annotate", "--message", "m"] if annotated else []), "v1.0")
    repository.commit({"a": "2"})
    found = checkouts.prepare(source(repository, tag="v1.0"), "")
    assert (found.commit, files(found)["a"]) == (commit, "1")


def test_a_commit_of_the_past_is_found(checkouts: GitCheckouts, repository: Repository) -> None:
    commit = repository.commit({"a": "1"})
    repository.commit({"a": "2"})
    assert files(checkouts.prepare(source(repository, commit=commit.upper()), ""))["a"] == "1"


def test_without_a_reference_it_is_the_default_branch(checkouts: GitCheckouts, repository: Repository) -> None:
    assert checkouts.prepare(source(repository), "").commit == repository.git("rev-parse", "main")


def test_a_known_commit_is_read_though_the_branch_has_moved(checkouts: GitCheckouts, repository: Repository) -> None:
    """All tasks of a run read the same commit."""
    first = checkouts.prepare(source(repository, branch="main"), "")
    repository.commit({"a": "later"})
    assert checkouts.prepare(source(repository, branch="main"), first.commit) == first
    assert "a" in files(checkouts.prepare(source(repository, branch="main"), ""))


def test_a_branch_and_a_tag_of_one_name_are_told_apart(checkouts: GitCheckouts, repository: Repository) -> None:
    tagged = repository.commit({"a": "1"})
    repository.git("tag", "both")
    repository.git("checkout", "--quiet", "-b", "both")
    branched = repository.commit({"a": "2"})
    assert checkouts.prepare(source(repository, tag="both"), "").commit == tagged
    assert checkouts.prepare(source(repository, branch="both"), "").commit == branched


def test_there_is_no_git_folder_and_no_file_can_be_written(checkouts: GitCheckouts, repository: Repository) -> None:
    repository.commit({"run.sh": "#!/bin/sh\n"})
    repository.git("update-index", "--chmod=+x", "run.sh")
    repository.git("commit", "--quiet", "--message", "x")
    folder = checkouts.prepare(source(repository, branch="main"), "").folder
    assert not (folder / ".git").exists()
    assert (folder / "run.sh").stat().st_mode & 0o777 == 0o555
    assert (folder / "README.md").stat().st_mode & 0o777 == 0o444


# -------------------------------------------------------------------------------------------------- what is kept


def test_a_checkout_is_made_once(checkouts: GitCheckouts, repository: Repository, server: GitServer) -> None:
    wanted = source(repository, branch="main")
    first = checkouts.prepare(wanted, "")
    asked(server)
    assert checkouts.prepare(wanted, first.commit) == first
    assert asked(server) == 0, "a known commit needs no network"
    assert checkouts.prepare(wanted, "") == first
    assert asked(server) == 2, "only the branch is looked up"


def test_another_server_of_the_home_finds_it(
    checkouts: GitCheckouts, repository: Repository, server: GitServer
) -> None:
    first = checkouts.prepare(source(repository, branch="main"), "")
    asked(server)
    assert GitCheckouts(checkouts._folder, SystemClock()).prepare(source(repository), first.commit) == first
    assert asked(server) == 0


@pytest.mark.parametrize("damage", ["write", "add", "delete", "link", "rename", "same size and time"])
def test_what_was_changed_is_made_anew(checkouts: GitCheckouts, repository: Repository, damage: str) -> None:
    repository.commit({"lib/rules.py": "LIMIT = 1\n"})
    wanted = source(repository, branch="main")
    before = checkouts.prepare(wanted, "")
    intact = files(before)
    _damage(before.folder, damage)
    assert files(before) != intact
    again = checkouts.prepare(wanted, before.commit)
    assert again == before
    assert files(again) == intact
    assert not list(again.folder.parent.glob("*.old"))


def _damage(folder: Path, how: str) -> None:
    rules = folder / "lib" / "rules.py"
    times = rules.stat()
    rules.chmod(0o600)
    match how:
        case "write":
            rules.write_text("LIMIT = 1000\n")
        case "add":
            (folder / "lib" / "new.py").write_text("")
        case "delete":
            rules.unlink()
        case "link":
            rules.unlink()
            rules.symlink_to(folder / "README.md")
        case "rename":
            rules.rename(folder / "lib" / "other.py")
        case _:
            rules.write_text("LIMIT = 9\n")
            os.utime(rules, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_what_is_made_anew_needs_no_network(checkouts: GitCheckouts, repository: Repository, server: GitServer) -> None:
    found = checkouts.prepare(source(repository), "")
    (found.folder / "new").touch()
    asked(server)
    checkouts.prepare(source(repository), found.commit)
    assert asked(server) == 0


def test_a_rest_of_a_crash_is_no_obstacle(checkouts: GitCheckouts, repository: Repository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    home = checkouts.prepare(source(repository), "").folder.parent
    (home / f"{commit}.state").unlink()
    for rest in (f"{commit}.new/x", f"{commit}.old/y"):
        (home / rest).mkdir(parents=True)
    assert files(checkouts.prepare(source(repository), commit)) == {"README.md": "hello\n"}


def test_many_tasks_at_once_share_one_checkout(
    checkouts: GitCheckouts, repository: Repository, server: GitServer
) -> None:
    found: list[Checkout] = []
    commit = repository.commit({f"f{number}": str(number) for number in range(50)})
    asked(server)

    def prepare() -> None:
        found.append(checkouts.prepare(source(repository, branch="main"), commit))

    threads = [threading.Thread(target=prepare) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(files(found[0])) == 51
    assert asked(server) == 2, "one of them fetched"


def test_old_checkouts_are_deleted_when_nobody_uses_them(
    checkouts: GitCheckouts, repository: Repository, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkouts_module, "_KEPT", 1)
    first, used = checkouts.prepare(source(repository), ""), repository.commit({"a": "1"})
    second = checkouts.prepare(source(repository, commit=used), "")
    clock.ms += 6 * DAY_MS
    checkouts.prepare(source(repository), second.commit)
    clock.ms += 2 * DAY_MS
    repository.commit({"a": "2"})
    third = checkouts.prepare(source(repository), "")
    assert [each.folder.exists() for each in (first, second, third)] == [False, True, True]
    assert checkouts.prepare(source(repository), first.commit).folder.exists(), "and can be had again"


def test_the_repository_is_begun_anew_when_it_has_many_packs(
    checkouts: GitCheckouts, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkouts_module, "_MOST_PACKS", 1)
    for number in range(4):
        repository.commit({"a": str(number)})
        found = checkouts.prepare(source(repository), "")
        assert files(found)["a"] == str(number)
    assert len(list(found.folder.parent.glob("repository.git/objects/pack/*.pack"))) <= 2


# ---------------------------------------------------------------------------------------- where nothing is found


def test_what_is_not_there_is_named(checkouts: GitCheckouts, repository: Repository) -> None:
    assert (
        refused(checkouts, source(repository, branch="nope"))
        == f"The repository {repository.url} has no branch 'nope'."
    )
    assert refused(checkouts, source(repository, tag="v9")) == f"The repository {repository.url} has no tag 'v9'."
    assert f"has no commit {'a' * 40}" in refused(checkouts, source(repository, commit="a" * 40))
    missing = GitSource(url=f"{repository.url}-none", provider="gitHub", branch="main")
    assert refused(checkouts, missing).startswith(f"There is no repository at {repository.url}-none. Git says: ")


def test_a_server_that_does_not_answer(checkouts: GitCheckouts) -> None:
    text = refused(checkouts, GitSource(url="http://127.0.0.1:1/x", provider="gitHub", branch="main"))
    assert "Failed to connect" in text


def test_a_failed_checkout_leaves_nothing_half(checkouts: GitCheckouts, repository: Repository) -> None:
    refused(checkouts, source(repository, commit="a" * 40))
    home = next(path for path in checkouts._folder.iterdir() if path.is_dir())
    assert sorted(path.name for path in home.iterdir()) == ["lock", "repository.git"]


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, repository: Repository) -> None:
    (tmp_path / "git").write_text("no folder")
    text = refused(GitCheckouts(tmp_path / "git", SystemClock()), source(repository))
    assert text.startswith(f"The checkout of {repository.url} cannot be kept: ")


def test_a_machine_without_git_is_told_so(tmp_path: Path, repository: Repository) -> None:
    without = GitCheckouts(tmp_path / "git", SystemClock(), {"PATH": str(tmp_path)})
    assert "needs the program 'git'" in refused(without, source(repository))


def test_a_server_that_hangs_is_left_after_a_time(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        hasty = GitCheckouts(tmp_path / "git", SystemClock(), limits=Limits(seconds=0.3))
        text = refused(hasty, GitSource(url=url, provider="gitHub", branch="main"))
    assert text == "Git took longer than 0.3 seconds and was ended."


# ----------------------------------------------------------------------------------------------------- credentials


@pytest.fixture
def locked(server: GitServer, repository: Repository) -> Iterator[Repository]:
    """A repository that asks for `me` with the password `p@ss/word`."""
    server.password = "Basic bWU6cEBzcy93b3Jk"
    yield repository
    server.password = ""


def test_credentials_in_the_url_open_it_and_are_kept_nowhere(
    checkouts: GitCheckouts, locked: Repository, server: GitServer, capfd: pytest.CaptureFixture[str]
) -> None:
    url = locked.url.replace("http://", "http://me:p%40ss%2Fword@")
    found = checkouts.prepare(GitSource(url=url, provider="gitLab", branch="main"), "")
    assert files(found) == {"README.md": "hello\n"}
    kept = b"".join(path.read_bytes() for path in checkouts._folder.rglob("*") if path.is_file())
    assert b"word" not in kept
    assert "word" not in "".join(capfd.readouterr())
    assert "needs credentials" in refused(checkouts, source(locked), found.commit), "and opens it to nobody else"


def test_what_was_fetched_with_credentials_of_somebody_is_kept_for_them(
    checkouts: GitCheckouts, locked: Repository
) -> None:
    ada = GitLogin(owner="ada", username="me", password="p@ss/word")
    found = checkouts.prepare(source(locked, branch="main"), "", ada)
    assert files(found) == {"README.md": "hello\n"}
    assert checkouts.prepare(source(locked), found.commit, ada) == found
    for other in (None, GitLogin(owner="bob", username="me", password="guess")):
        with pytest.raises(CheckoutFailed, match="needs credentials"):
            checkouts.prepare(source(locked), found.commit, other)
    assert "word" not in repr(ada)


def test_the_first_branch_of_a_repository_is_told(checkouts: GitCheckouts, repository: Repository) -> None:
    assert checkouts.default_branch(source(repository)) == "main"
    repository.git("checkout", "--quiet", "-b", "trunk/1")
    assert checkouts.default_branch(source(repository)) == "trunk/1"
    with pytest.raises(CheckoutFailed, match="There is no repository"):
        checkouts.default_branch(GitSource(url=f"{repository.url}-not", provider="gitHub"))


def test_a_repository_without_commits_has_no_first_branch(checkouts: GitCheckouts, server: GitServer) -> None:
    (server.root / "empty").mkdir()
    subprocess.run(["git", "init", "--quiet", "."], cwd=server.root / "empty", check=True)
    with pytest.raises(CheckoutFailed, match="no commits"):
        checkouts.default_branch(GitSource(url=f"{server.url}/empty", provider="gitHub"))


def test_credentials_of_the_home_open_it(checkouts: GitCheckouts, locked: Repository) -> None:
    host = locked.url.partition("://")[2].partition("/")[0]
    file = checkouts._folder.parent / "git-credentials"
    file.parent.mkdir()
    file.write_text(f"https://x:y@example.com\nhttp://me:p%40ss%2Fword@{host}\n")
    assert checkouts.prepare(source(locked, branch="main"), "").commit


@pytest.mark.parametrize("user", ["", "me:p%40ssw0rd@"], ids=["none", "wrong"])
def test_a_closed_door_is_told_without_the_password(checkouts: GitCheckouts, locked: Repository, user: str) -> None:
    url = locked.url.replace("http://", f"http://{user}")
    text = refused(checkouts, GitSource(url=url, provider="gitLab", branch="main"))
    assert text.startswith(f"{locked.url} needs credentials that this server does not have, or does not exist.")
    assert "ssw0rd" not in text


def test_the_password_is_in_no_argument(locked: Repository, tmp_path: Path) -> None:
    """Arguments can be read by every user of the machine."""
    url = locked.url.replace("http://", "http://me:p%40ss%2Fword@")
    seen = tmp_path / "arguments"
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {seen}\nexit 3\n')
    program.chmod(0o700)
    environ: dict[str, Any] = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    spied = GitCheckouts(tmp_path / "git", SystemClock(), environ)
    refused(spied, GitSource(url=url, provider="gitLab", branch="main"))
    arguments = seen.read_text()
    assert locked.url in arguments
    assert "p@ss" not in arguments
    assert "p%40ss" not in arguments
    assert "bWU6" not in arguments
