"""Checkouts of Git sources, made by the real `git` and kept for all runs of the same commit.

Below the folder, each repository has a folder of its own:

| name | content |
| --- | --- |
| `repository.git` | a bare repository that holds the commits that were asked for, each without its history |
| `<commit>/` | the files of a commit; tasks read them there |
| `<commit>.state` | how those files were left: see `git_trees.state` |
| `lock` | held by whoever changes anything of this |

Beside that folder, the file `git-credentials` may hold a URL with user name and password (or token) a line, for each
server that asks for them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from brickyard.compute import git_addresses, git_trees
from brickyard.compute.git_addresses import Address
from brickyard.compute.git_command import BLOCK, Git, Limits
from brickyard.errors import CheckoutFailed
from brickyard.jobs.tasks import GitSource
from brickyard.ports import Checkout, Clock, GitLogin

_MOST_PACKS = 20
_HEADS = "ref: refs/heads/"
_KEPT = 20
_UNUSED_MS = 7 * 24 * 3600 * 1000
"""Of more than `_KEPT` checkouts of a repository, those that no run has asked for in this time are deleted."""


class GitCheckouts:
    """Implements `ports.Checkouts`."""

    def __init__(
        self, folder: Path, clock: Clock, environ: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._git = Git(os.environ if environ is None else environ, limits or Limits())

    def prepare(self, source: GitSource, commit: str, login: GitLogin | None = None) -> Checkout:
        address = self._with_credentials(git_addresses.address(source.url), login)
        try:
            return self._prepare(source, commit, address)
        except OSError as error:
            raise CheckoutFailed(f"The checkout of {address.url} cannot be kept: {error}.") from error

    def default_branch(self, source: GitSource, login: GitLogin | None = None) -> str:
        address = self._with_credentials(git_addresses.address(source.url), login)
        home = self._home(address)
        answer = self._git.run(
            "ls-remote", "--symref", "--end-of-options", address.url, "HEAD", folder=home, address=address
        )
        for line in answer.decode(errors="replace").splitlines():
            target, _, name = line.partition("\t")
            if name == "HEAD" and target.startswith(_HEADS):
                git_addresses.reference("branch", target.removeprefix(_HEADS))
                return target.removeprefix(_HEADS)
        raise CheckoutFailed(f"The repository {address.url} has no commits, or does not tell its first branch.")

    def _home(self, address: Address) -> Path:
        home = self._folder / address.key
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return home

    def _prepare(self, source: GitSource, commit: str, address: Address) -> Checkout:
        home = self._home(address)
        wanted = git_addresses.commit(commit or self._resolve(source, address, home))
        if not self._intact(home, wanted):
            with _locked(home / "lock"):
                if not self._intact(home, wanted):
                    self._make(address, home, wanted)
        return Checkout(home / wanted, wanted)

    def _with_credentials(self, address: Address, login: GitLogin | None) -> Address:
        if address.authorization:
            return address
        if login is not None:
            return Address(address.url, git_addresses.basic(login.username, login.password), owner=login.owner)
        file = self._folder.with_name("git-credentials")
        return Address(address.url, git_addresses.find_credentials(file, address.url))

    def _resolve(self, source: GitSource, address: Address, home: Path) -> str:
        """The commit that the source names now."""
        if source.commit:
            return git_addresses.commit(source.commit)
        if source.branch:
            names = [git_addresses.reference("branch", source.branch)]
        elif source.tag:
            full = git_addresses.reference("tag", source.tag)
            names = [f"{full}^{{}}", full]
        else:
            names = ["HEAD"]
        answer = self._git.run("ls-remote", "--end-of-options", address.url, *names, folder=home, address=address)
        found: dict[str, str] = {}
        for line in answer.decode(errors="replace").splitlines():
            commit, _, name = line.partition("\t")
            found[name] = commit
        for name in names:
            if name in found:
                return git_addresses.commit(found[name])
        named = f"branch {source.branch!r}" if source.branch else f"tag {source.tag!r}" if source.tag else "commit"
        raise CheckoutFailed(f"The repository {address.url} has no {named}.")

    def _intact(self, home: Path, commit: str) -> bool:
        """Whether the commit's files are there as they were left."""
        mark = home / f"{commit}.state"
        try:
            intact = mark.read_text() == git_trees.state(home / commit)
        except FileNotFoundError:
            return False
        if intact:
            self._touch(mark)
        return intact

    def _make(self, address: Address, home: Path, commit: str) -> None:
        """Write the commit's files; where a task has changed those that were there, in their place."""
        folder, draft, old = (home / f"{commit}{suffix}" for suffix in ("", ".new", ".old"))
        _remove(draft)
        draft.mkdir(mode=0o700)
        try:
            git_trees.write(self._git, self._fetch(address, home, commit), commit, draft)
        except CheckoutFailed:
            _remove(draft)
            raise
        mark = home / f"{commit}.state"
        mark.unlink(missing_ok=True)
        _remove(old)
        if folder.exists():
            # Aside first: a task that reads there finds the same names again at once.
            folder.rename(old)
        draft.rename(folder)
        _remove(old)
        mark.write_text(git_trees.state(folder))
        self._touch(mark)
        self._prune(home, folder)

    def _touch(self, mark: Path) -> None:
        os.utime(mark, ns=(self._clock.now_ms() * 1_000_000,) * 2)

    def _fetch(self, address: Address, home: Path, commit: str) -> Path:
        """The bare repository, with this commit in it."""
        repository = home / "repository.git"
        if len(list(repository.glob("objects/pack/*.pack"))) > _MOST_PACKS:
            _remove(repository)
        if not (repository / "HEAD").exists():
            self._git.run("init", "--quiet", "--bare", "--template=", folder=home, repository=repository)
        if not self._holds(repository, commit):
            self._fetch_into(repository, address, commit)
        return repository

    def _fetch_into(self, repository: Path, address: Address, commit: str) -> None:
        try:
            self._git.run(
                *("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"),
                *("--end-of-options", address.url, commit),
                folder=repository,
                repository=repository,
                address=address,
            )
        except CheckoutFailed:
            rests = list(repository.glob("objects/pack/tmp_*"))
            too_large = any(rest.stat().st_size > self._git.limits.bytes - BLOCK for rest in rests)
            for rest in rests:
                rest.unlink()
            if too_large:  # Git does not tell that this is why it had to stop
                raise self._git.too_large() from None
            raise

    def _holds(self, repository: Path, commit: str) -> bool:
        try:
            self._git.run("cat-file", "-e", f"{commit}^{{tree}}", folder=repository, repository=repository)
        except CheckoutFailed:
            return False
        return True

    def _prune(self, home: Path, used: Path) -> None:
        marks = sorted(home.glob("*.state"), key=lambda mark: mark.stat().st_mtime_ns, reverse=True)
        for mark in marks[_KEPT:]:
            folder = mark.with_suffix("")
            if folder != used and mark.stat().st_mtime_ns < (self._clock.now_ms() - _UNUSED_MS) * 1_000_000:
                mark.unlink()
                _remove(folder)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove(folder: Path) -> None:
    """Delete a folder, if it is there. A crash in the middle leaves a rest that is deleted the next time."""
    if folder.exists():
        shutil.rmtree(folder)
