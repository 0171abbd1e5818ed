"""Addresses, references and repositories that want more than to be read."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard.clock import SystemClock
from brickyard.compute import git_addresses
from brickyard.compute.checkouts import GitCheckouts
from brickyard.compute.git_command import Limits
from brickyard.errors import CheckoutFailed
from brickyard.jobs.tasks import GitSource
from brickyard.ports import Checkout
from tests.compute.git_server import GitServer, Repository, git_server

MIB = 1024 * 1024
NOWHERE = "http://127.0.0.1:1/x"
"""Nobody answers there; what is refused before it is asked for has another text."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def repository(server: GitServer, tmp_path: Path) -> Repository:
    return server.repository(tmp_path.name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def prepare(home: Path, url: str, limits: Limits | None = None, **reference: str) -> Checkout:
    checkouts = GitCheckouts(home / "git", SystemClock(), limits=limits)
    return checkouts.prepare(GitSource(url=url, provider="gitHub", **reference), "")


def refused(home: Path, url: str, limits: Limits | None = None, **reference: str) -> str:
    with pytest.raises(CheckoutFailed) as caught:
        prepare(home, url, limits, **reference)
    return caught.value.message


# ----------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% /tmp/owned",
        "ext::sh",
        "file:///etc",
        "/etc",
        "./repository",
        "../repository",
        "~/repository",
        "--upload-pack=touch /tmp/owned",
        "-oProxyCommand=touch",
        "https://-oProxyCommand=x/y",
        "ssh://-oProxyCommand=touch/x",
        "ssh://-l@host/x",
        "ssh://me:secret@host/x",
        "git@-oProxyCommand=x:y",
        "-git@host:x",
        "git@host:-x",
        "git://example.com/x",
        "ftp://example.com/x",
        "fd::17/x",
        "transport::https://example.com/x",
        "https:///x",
        "https://",
        "https://exa mple.com/x",
        "https://example.com/x y",
        "https://example.com/x\n--upload-pack=y",
        "https://example.com/x\x00",
        "https://example.com:port/x",
        "https://example.com\\@evil/x",
        "https://[::1/x",
        "HTTPS",
        "",
    ],
)
def test_an_address_that_is_no_server_is_refused(home: Path, url: str) -> None:
    assert refused(home, url, branch="main").startswith("git_url is ")
    assert not (home / "git").exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("file://me:secret@x/y", "file://x/y"),
        ("ext::me:secret@x", "x"),
        ("https://me:secret@ho st/x", "https://ho st/x"),
        ("ssh://me:secret@host/x", "ssh://host/x"),
    ],
)
def test_a_refusal_repeats_no_password(home: Path, url: str, told: str) -> None:
    text = refused(home, url, branch="main")
    assert repr(told) in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r.git"),
        ("https://u:p@github.com:8443/o/r", "https://github.com:8443/o/r"),
        ("http://[::1]:80/r", "http://[::1]:80/r"),
        ("ssh://git@example.com:22/o/r.git", "ssh://git@example.com:22/o/r.git"),
        ("git@github.com:o/r.git", "git@github.com:o/r.git"),
        ("https://dev.azure.com/org/My%20Project/_git/r", "https://dev.azure.com/org/My%20Project/_git/r"),
    ],
)
def test_addresses_of_servers_are_allowed(url: str, clean: str) -> None:
    address = git_addresses.address(url)
    assert address.url == clean
    assert "p" not in repr(address).removeprefix(f"Address(url={clean!r}")


@pytest.mark.parametrize(
    "name",
    ["--upload-pack=x", "-x", "a b", "a..b", "a\n", "a~1", "a^", "a:b", "a?", "a*", "[a", "a\\b", "@{1}", "@",
     "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "\x7f"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["branch", "tag"])
def test_a_name_that_no_branch_can_have_is_refused(home: Path, kind: str, name: str) -> None:
    wanted = {"branch": name} if kind == "branch" else {"tag": name}
    assert f"no {kind} can have this name" in refused(home, NOWHERE, None, **wanted)


@pytest.mark.parametrize(
    "name", ["HEAD", "main", "-x", "--help", "abc1234", "a" * 39, "a" * 41, "g" * 40, "refs/heads/main"]
)
def test_a_commit_must_be_a_whole_hash(home: Path, name: str) -> None:
    assert "must be all 40 hex digits" in refused(home, NOWHERE, commit=name)


def test_a_branch_that_looks_like_an_option_is_never_one(home: Path, repository: Repository) -> None:
    """Such a branch can be made on a server; nobody can ask for it here, and others are found beside it."""
    commit = repository.git("rev-parse", "HEAD")
    repository.git("update-ref", "refs/heads/--upload-pack=touch owned".replace(" ", "_"), commit)
    assert prepare(home, repository.url, branch="main").commit == commit


# -------------------------------------------------------------------------------------------------- repositories


def test_hooks_do_not_run(home: Path, repository: Repository, tmp_path: Path) -> None:
    owned = tmp_path / "owned"
    hook = f"#!/bin/sh\ntouch {owned}\n"
    names = ("post-checkout", "post-merge", "reference-transaction", "pre-auto-gc", "post-index-change")
    repository.commit({f"{folder}/{name}": hook for folder in ("hooks", "git-hooks") for name in names})
    template = tmp_path / "template" / "hooks"
    template.mkdir(parents=True)
    for name in names:
        (template / name).write_text(hook)
        (template / name).chmod(0o700)
    environ = {**os.environ, "GIT_TEMPLATE_DIR": str(template.parent)}
    checkouts = GitCheckouts(home / "git", SystemClock(), environ)
    checkouts.prepare(GitSource(url=repository.url, provider="gitHub", branch="main"), "")
    assert not owned.exists()


@pytest.mark.parametrize(
    "setting",
    ["core.fsmonitor={program}", "core.sshCommand={program}", "core.hooksPath={folder}", "core.gitProxy={program}",
     "filter.own.smudge={program}", "credential.helper=!{program}", "uploadpack.packObjectsHook={program}",
     "core.askPass={program}", "init.templateDir={folder}", "core.alternateRefsCommand={program}"],
    ids=lambda setting: setting.partition("=")[0],
)  # fmt: skip
@pytest.mark.parametrize("way", ["file", "environment"])
def test_settings_of_this_machine_do_not_count(
    home: Path, repository: Repository, tmp_path: Path, way: str, setting: str
) -> None:
    """Neither from the user's own file nor from the variables of whoever started the server."""
    owned, program = tmp_path / "owned", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {owned}\n")
    program.chmod(0o700)
    name, _, value = setting.format(program=program, folder=tmp_path).partition("=")
    repository.commit({".gitattributes": "* filter=own\n", "a.txt": "1"})
    environ = {**os.environ, "HOME": str(tmp_path), "GIT_ASKPASS": str(program), "GIT_EXTERNAL_DIFF": str(program)}
    if way == "file":
        subprocess.run(["git", "config", "--file", str(tmp_path / ".gitconfig"), name, value], check=True)
    else:
        environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": name, "GIT_CONFIG_VALUE_0": value}
    checkouts = GitCheckouts(home / "git", SystemClock(), environ)
    checkouts.prepare(GitSource(url=repository.url, provider="gitHub", branch="main"), "")
    assert not owned.exists()


@pytest.mark.parametrize(
    "target",
    ["/etc/passwd", "../../../../etc", "../..", "a/../../../x", "/", "link2/../../.."],
)
def test_a_link_that_leads_out_is_refused(home: Path, repository: Repository, target: str) -> None:
    repository.commit_entry("120000", target, "jobs/link")
    text = refused(home, repository.url, branch="main")
    assert text == f"The repository has a symbolic link that leads out of it: jobs/link → {target}."
    assert not list(home.glob("git/*/*.new"))


def test_a_chain_of_links_that_leads_out_is_refused(home: Path, repository: Repository) -> None:
    """Each link alone looks harmless."""
    repository.commit_entry("120000", "..", "a/up")
    repository.commit_entry("120000", "a/up/../outside", "b")
    assert "leads out of it: b → a/up/../outside" in refused(home, repository.url, branch="main")


def test_links_inside_are_links(home: Path, repository: Repository) -> None:
    repository.commit_entry("120000", "../README.md", "jobs/readme")
    repository.commit_entry("120000", "no/such/file", "broken")
    repository.commit_entry("120000", "jobs", "folder")
    folder = prepare(home, repository.url, branch="main").folder
    assert (folder / "folder" / "readme").read_text() == "hello\n"
    assert (folder / "broken").is_symlink()


@pytest.mark.parametrize("url", ["file:///etc", "ext::touch owned", "../../victim", "/etc"])
def test_submodules_are_empty_folders(home: Path, repository: Repository, url: str) -> None:
    _with_submodule(repository, url)
    assert list((prepare(home, repository.url, branch="main").folder / "m").iterdir()) == []


def test_a_submodule_that_is_an_option_is_refused(home: Path, repository: Repository) -> None:
    _with_submodule(repository, "--upload-pack=touch")
    assert "disallowed submodule url: --upload-pack=touch" in refused(home, repository.url, branch="main")


def _with_submodule(repository: Repository, url: str) -> None:
    repository.commit({".gitmodules": f'[submodule "m"]\n\tpath = m\n\turl = {url}\n'})
    repository.commit_entry("160000", repository.git("rev-parse", "HEAD"), "m", blob=False)


def test_large_file_pointers_stay_what_they_are(home: Path, repository: Repository) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    repository.commit(
        {
            ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
            ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:1/owned\n",
            "a.bin": pointer,
        }
    )
    assert (prepare(home, repository.url, branch="main").folder / "a.bin").read_text() == pointer


@pytest.mark.parametrize("name", [".git/config", ".GIT/hooks/x", "a/.git/config", "../x", "/x"])
def test_entries_that_reach_into_git_or_out_are_refused(
    home: Path, repository: Repository, name: str, tmp_path: Path
) -> None:
    """Made by hand: Git's own commands refuse to make such a tree."""
    blob = repository.git("hash-object", "-w", "--stdin", given="x")
    tree = repository.git("mktree", "--missing", given=f"100644 blob {blob}\tplaceholder")
    raw = subprocess.run(
        ["git", "cat-file", "tree", tree], cwd=repository.folder, capture_output=True, check=True
    ).stdout
    evil = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
        cwd=repository.folder,
        input=raw.replace(b"placeholder", name.encode()),
        capture_output=True,
        check=True,
    ).stdout.decode()
    commit = repository.git("commit-tree", "-m", "evil", evil.strip())
    repository.git("update-ref", "refs/heads/evil", commit)
    text = refused(home, repository.url, branch="evil")
    assert "Git failed" in text
    assert not (tmp_path / "x").exists()


# -------------------------------------------------------------------------------------------------------- limits


def test_a_large_repository_is_refused_while_it_is_fetched(home: Path, repository: Repository) -> None:
    noise = os.urandom(MIB).hex()
    repository.commit({"noise.txt": noise})
    text = refused(home, repository.url, Limits(bytes=MIB // 4), branch="main")
    assert text == "The repository is larger than the limit of 0.25 MiB."
    kept = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    assert kept < MIB


def test_large_files_that_are_small_on_the_way_are_refused_before_they_are_written(
    home: Path, repository: Repository
) -> None:
    repository.commit({"zeros.txt": "0" * (20 * MIB)})
    text = refused(home, repository.url, Limits(bytes=10 * MIB), branch="main")
    assert text == "The repository's files have 20 MiB; the limit is 10 MiB."


def test_many_files_are_refused(home: Path, repository: Repository) -> None:
    repository.commit({f"{number}.txt": "" for number in range(20)})
    text = refused(home, repository.url, Limits(files=10), branch="main")
    assert text == "The repository has more than 10 files, which is the limit."


def test_a_tree_without_end_is_refused(home: Path, repository: Repository) -> None:
    """Twelve objects that unfold to ten thousand million files."""
    entry = repository.git("hash-object", "-w", "--stdin", given="boom")
    kind, mode = "blob", "100644"
    for _ in range(10):
        lines = "\n".join(f"{mode} {kind} {entry}\tf{number}" for number in range(10))
        entry, kind, mode = repository.git("mktree", given=lines), "tree", "040000"
    commit = repository.git("commit-tree", "-m", "boom", entry)
    repository.git("update-ref", "refs/heads/boom", commit)
    text = refused(home, repository.url, Limits(files=1000, seconds=20), branch="boom")
    assert text == "The repository has more than 1000 files, which is the limit."
