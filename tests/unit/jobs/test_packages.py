"""Libraries and environments: what is installed for a task."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.parameters import requirements
from brickyard.jobs.tasks import Library, LibraryKind
from tests.unit.jobs.samples import job, loop, raw_task

LIBRARIES: list[dict[str, Any]] = [
    {"whl": "/Volumes/main/a-1.0-py3-none-any.whl"},
    {"pypi": {"package": "six==1.16"}},
    {"requirements": "/Workspace/requirements.txt"},
]


def environment(*dependencies: str, key: str = "default", **more: Any) -> dict[str, Any]:
    return {"environment_key": key, "spec": {"client": "3", "dependencies": list(dependencies), **more}}


def refusal(*tasks: dict[str, Any], **more: Any) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        job(*tasks, **more)
    return caught.value.message


def test_libraries() -> None:
    assert job(raw_task("t", libraries=LIBRARIES)).task("t").libraries == (
        Library(LibraryKind.WHL, "/Volumes/main/a-1.0-py3-none-any.whl"),
        Library(LibraryKind.PYPI, "six==1.16"),
        Library(LibraryKind.REQUIREMENTS, "/Workspace/requirements.txt"),
    )


def test_what_is_installed_for_a_task() -> None:
    """First the environment, then the libraries, each line once."""
    settings = job(
        raw_task("t", libraries=LIBRARIES, environment_key="default"),
        raw_task("u", libraries=LIBRARIES[1:2]),
        raw_task("v"),
        environments=[environment("numpy", "six==1.16", "-r /Workspace/more.txt"), environment("x", key="other")],
    )
    assert requirements(settings.task("t"), settings) == (
        "numpy",
        "six==1.16",
        "-r /Workspace/more.txt",
        "/Volumes/main/a-1.0-py3-none-any.whl",
        "-r /Workspace/requirements.txt",
    )
    assert requirements(settings.task("u"), settings) == ("six==1.16",)
    assert requirements(settings.task("v"), settings) == ()


def test_the_task_of_a_loop_has_its_own() -> None:
    settings = job(loop("l", raw_task("n", environment_key="default")), environments=[environment("numpy")])
    nested = settings.task("l").nested
    assert nested is not None
    assert requirements(nested, settings) == ("numpy",)
    assert requirements(settings.task("l"), settings) == ()


@pytest.mark.parametrize(
    ("library", "words"),
    [
        ({}, "tasks[0].libraries[0] has no library; it must have exactly one of whl, pypi, requirements."),
        ({"whl": "/a.whl", "pypi": {"package": "six"}}, "tasks[0].libraries[0] has whl and pypi"),
        ({"whl": "a.whl"}, "tasks[0].libraries[0].whl is 'a.whl'; it must be an absolute path"),
        ({"whl": "/a.zip"}, "whl is '/a.zip'; it must be an absolute path of a file that ends with .whl"),
        ({"whl": "/a\n.whl"}, "libraries[0].whl is '/a\\n.whl'"),
        ({"requirements": "/a.in"}, "it must be an absolute path of a file that ends with .txt"),
        ({"pypi": {}}, "tasks[0].libraries[0] has no library"),
        ({"pypi": {"package": ""}}, "libraries[0].pypi.package is ''"),
        ({"pypi": {"package": "  "}}, "libraries[0].pypi.package is '  '"),
        ({"pypi": {"package": "--index-url=http://x"}}, "it must be a requirement such as simplejson==3.19"),
        ({"pypi": {"package": "six\n--index-url http://x"}}, "it must be one requirement"),
        ({"wheel": "/a.whl"}, "tasks[0].libraries[0].wheel is not a known field. Did you mean 'whl'?"),
    ],
)
def test_libraries_that_cannot_be(library: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        job(raw_task("t", libraries=[library]))
    assert words in caught.value.message or "package is missing" in caught.value.message


@pytest.mark.parametrize(
    "line",
    [
        *("numpy", "numpy>=1,<2", "a[b]==1 ; python_version > '3'", "https://host/a.whl", "a @ https://host/a.whl"),
        *("/Workspace/a.whl", "/Volumes/a.whl[extra]", "-r /Workspace/r.txt", "--requirement=/Workspace/r.txt"),
    ],
)
def test_dependencies_as_pip_takes_them(line: str) -> None:
    assert job(environments=[environment(line)]).environments == {"default": (line,)}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "environments[0].spec.dependencies[0] is ''; it must be one requirement"),
        (" ", "it must be one requirement"),
        ("a\nb", "it must be one requirement"),
        ("--index-url http://x", "of pip's options only -r FILE is allowed"),
        (" -i http://x", "of pip's options only -r FILE is allowed"),
        ("-e /Workspace/x", "of pip's options only -r FILE is allowed"),
        ("-r", "of pip's options only -r FILE is allowed"),
        ("--requirement-x y", "of pip's options only -r FILE is allowed"),
    ],
)
def test_dependencies_that_are_refused(line: str, words: str) -> None:
    assert words in refusal(environments=[environment(line)])


def test_an_environment_with_a_version_and_a_base_in_the_words_of_the_service() -> None:
    for version in ({"client": "3"}, {"environment_version": "4"}):
        spec = {**version, "base_environment": "/Workspace/env.yml"}
        assert refusal(environments=[{"environment_key": "default", "spec": spec}]) == (
            "Both base environment and version are provided for environment 'default'."
            " Only one of them must be provided."
        )


def test_a_base_alone_is_refused() -> None:
    spec = {"base_environment": "/Workspace/env.yml"}
    with pytest.raises(FeatureDisabled, match=r"^environments\[0\]\.spec\.base_environment is not supported"):
        job(environments=[{"environment_key": "default", "spec": spec}])


@pytest.mark.parametrize("environments", ["x", [1], [{"spec": 1}], [{"environment_key": "a", "spec": []}]])
def test_the_early_check_takes_any_shape(environments: Any) -> None:
    """What is wrong is then said by the check of shapes."""
    assert "environments" in refusal(environments=environments)


def test_at_most_ten_environments() -> None:
    job(environments=[environment(key=f"e{n}") for n in range(10)])
    assert "environments has 11 entries; at most 10" in refusal(
        environments=[environment(key=f"e{n}") for n in range(11)]
    )


def test_an_environment_must_be_declared() -> None:
    assert "environment_key is 'defualt', which is not declared" in refusal(
        raw_task("t", environment_key="defualt"), environments=[environment()]
    )
