"""Git sources: what is read from where, and what may never be asked of Git."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.git import PROVIDERS, git_source
from brickyard.jobs.settings import parse, parse_submit
from brickyard.jobs.tasks import GitSource, Source
from tests.unit.jobs.samples import job, raw_job, raw_task

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def source(**more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "git_url": "https://github.com/a/b",
        "git_provider": "gitHub",
        "git_branch": "main",
        **more,
    }
    return {name: value for name, value in given.items() if value is not None}


def refusal(**more: Any) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        job(git_source=source(**more))
    return caught.value.message


def test_a_branch() -> None:
    assert job(raw_task("t", notebook_task={"notebook_path": "n"}), git_source=source()).git_source == GitSource(
        url="https://github.com/a/b", provider="github", branch="main"
    )


def test_a_tag_and_a_commit() -> None:
    assert git_source({"git_source": source(git_branch=None, git_tag="v1.0")}) == GitSource(
        url="https://github.com/a/b", provider="github", tag="v1.0"
    )
    found = git_source({"git_source": source(git_branch=None, git_commit=COMMIT.upper())})
    assert found is not None
    assert found.commit == COMMIT


@pytest.mark.parametrize("absent", [{}, {"git_source": None}, {"git_source": {}}], ids=["no", "null", "empty"])
def test_no_source(absent: dict[str, Any]) -> None:
    assert git_source(absent) is None


def test_a_submitted_run_may_have_one() -> None:
    task = {"task_key": "t", "notebook_task": {"notebook_path": "jobs/n"}}
    assert parse_submit({"tasks": [task], "git_source": source()}).git_source is not None


@pytest.mark.parametrize("provider", [*PROVIDERS, "gitHub", "awsCodeCommit", "AZUREDEVOPSSERVICES"])
def test_providers_in_any_case(provider: str) -> None:
    assert git_source({"git_source": source(git_provider=provider)}) is not None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"git_provider": None}, "git_source.git_provider is missing; allowed are github, gitlab, bitbucketcloud"),
        ({"git_provider": "githab"}, "git_provider is 'githab'; allowed are github"),
        ({"git_url": None}, "git_source.git_url is missing"),
        ({"git_branch": None}, "has no reference; it must have exactly one of git_branch, git_tag, git_commit."),
        ({"git_tag": "v1"}, "git_source has git_branch and git_tag; it must have exactly one of"),
        ({"git_branch": None, "git_commit": "abc1234"}, "must be all 40 hexadecimal digits"),
        ({"git_branch": None, "git_commit": "--upload-pack=x"}, "must be all 40 hexadecimal digits"),
        ({"git_brnach": "main"}, "git_source.git_brnach is not a known field. Did you mean 'git_branch'?"),
    ],
)
def test_sources_that_cannot_be(more: dict[str, Any], words: str) -> None:
    assert words in refusal(**more)


GOOD_URLS = [
    "https://github.com/a/b.git",
    "http://127.0.0.1:8080/repo.git",
    "https://me@dev.azure.com/org/project/_git/repo",
    "ssh://git@host.example:22/a/b",
    "git@github.com:a/b.git",
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_addresses_that_git_may_be_asked_for(url: str) -> None:
    assert git_source({"git_source": source(git_url=url)}) is not None


@pytest.mark.parametrize(
    "url",
    [
        *("", "file:///etc", "/etc", "../x", "C:\\x", "ext::sh -c id", "ext::sh%20-c%20id", "https:/x", "https://"),
        *("--upload-pack=touch x", "-u", "ftp://host/x", "git://host/x", "ssh://-oProxyCommand=x/y", "ssh://-x@h/y"),
        *("git@-host:x", "-git@host:x", "git@host:-x", "git@host::x", "a b@host:x", "https://host/a b"),
        *("https://host/a\nb", "https://host:port/x", "https://[::1/x", "host.xz:a/b", "fd::17/foo", "https://h/\\x"),
    ],
)
def test_addresses_that_it_may_not(url: str) -> None:
    assert refusal(git_url=url).startswith("git_source.git_url is ")


def test_a_password_is_refused_and_not_repeated() -> None:
    for url in ("https://me:hunter2@github.com/a/b", "https://me:hunter2@github.com/a b"):
        assert "hunter2" not in refusal(git_url=url)
    assert "has a password" in refusal(git_url="https://me:hunter2@github.com/a/b")


@pytest.mark.parametrize("name", ["main", "feature/x-1", "release_1.0", "ä", "v1.0.0+build", "a-b"])
def test_names_of_branches(name: str) -> None:
    assert git_source({"git_source": source(git_branch=name)}) is not None


@pytest.mark.parametrize(
    "name",
    [
        *("-x", "--upload-pack=x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a@{1}", "@", "a//b"),
        *("/a", "a/", ".a", "a.", "a/.b", "a.lock", "a.lock/b", "a\tb", "a\x7f"),
    ],
)
def test_names_that_no_branch_or_tag_has(name: str) -> None:
    assert refusal(git_branch=name).endswith("; no branch can have this name.")
    assert refusal(git_branch=None, git_tag=name).endswith("; no tag can have this name.")


@given(st.text(max_size=30))
def test_no_text_surprises_the_check(text: str) -> None:
    for more in ({"git_url": text}, {"git_branch": text}, {"git_provider": text}):
        try:
            found = git_source({"git_source": source(**more)})
        except InvalidParameterValue:
            continue
        assert found is not None
        assert not found.url.startswith("-")
        assert not found.branch.startswith("-")


@pytest.mark.timeout(5)
@pytest.mark.parametrize("url", ["a@" * 50_000, "ext://" + "a" * 100_000, "git@h:" + "/" * 100_000 + " "])
def test_long_addresses_cost_no_time(url: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        git_source({"git_source": source(git_url=url)})
    assert len(caught.value.message) < 500


# ------------------------------------------------------------------------------------------- where files are read from


def sources(*tasks: dict[str, Any], **more: Any) -> list[Source]:
    return [task.work.source for task in job(*tasks, **more).tasks]  # type: ignore[union-attr]


def test_all_is_read_from_git_unless_it_says_otherwise() -> None:
    tasks = [
        raw_task("n", notebook_task={"notebook_path": "jobs/n"}),
        {"task_key": "s", "spark_python_task": {"python_file": "s.py"}},
        {"task_key": "q", "sql_task": {"file": {"path": "q.sql"}}},
        {"task_key": "d", "dbt_task": {"commands": ["dbt run"]}},
        raw_task("w", notebook_task={"notebook_path": "/Workspace/w", "source": "WORKSPACE"}),
    ]
    assert sources(*tasks, git_source=source()) == [Source.GIT] * 4 + [Source.WORKSPACE]


@pytest.mark.parametrize("file", ["/Workspace/s.py", "dbfs:/s.py", "s3://bucket/s.py", "{{job.parameters.file}}"])
def test_a_script_with_an_absolute_path_is_of_the_workspace(file: str) -> None:
    task = {"task_key": "s", "spark_python_task": {"python_file": file}}
    parameters = [{"name": "file", "default": "/x.py"}]
    assert sources(task, git_source=source(), parameters=parameters) == [Source.WORKSPACE]


def test_the_task_of_a_loop_is_read_from_git_too() -> None:
    nested = raw_task("n", notebook_task={"notebook_path": "n"})
    raw = raw_job({"task_key": "l", "for_each_task": {"inputs": "[]", "task": nested}}, git_source=source())
    read = parse(raw).raw["tasks"][0]["for_each_task"]["task"]  # type: ignore[index]
    assert read["notebook_task"]["source"] == "GIT"


@pytest.mark.parametrize("path", ["/Workspace/n", "dbfs:/n", "../n", "a/../../n"])
def test_a_path_of_git_stays_in_the_repository(path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="with source GIT it must be relative to the repository"):
        job(raw_task("n", notebook_task={"notebook_path": path, "source": "GIT"}), git_source=source())


def test_git_needs_a_source() -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        job(raw_task("n", notebook_task={"notebook_path": "n", "source": "GIT"}))
    assert caught.value.message == (
        "tasks[0].notebook_task: the source is GIT, but the job has no git_source to read from."
    )
