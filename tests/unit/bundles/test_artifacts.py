"""What a bundle builds, and which wheels and requirements files its jobs name by local paths."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.bundles import artifacts, summary
from brickyard.surfaces.bundles.artifact_paths import is_local, matches, newest
from brickyard.surfaces.bundles.artifacts import build
from brickyard.surfaces.bundles.marks import BundleError, to_plain
from brickyard.surfaces.bundles.resolve import Bundle
from tests.unit.bundles.conftest import NOTEBOOK, Resolve

HEAD = "bundle: {name: b}\ninclude: [resources/*.yml]\n"
ROOT = "/Workspace/Users/mina.moon@example.com/.bundle/b/default"
INTERNAL = f"{ROOT}/artifacts/.internal"
BUILT = "mkdir -p dist && echo content > dist/etl-1.0-py3-none-any.whl"
ARTIFACT = f"artifacts: {{etl: {{type: whl, path: ., build: '{BUILT}'}}}}\n"

Made = Callable[..., Bundle]


def job(libraries: str = "[]", dependencies: str = "[]") -> str:
    return f"""
resources:
  jobs:
    etl:
      name: etl
      environments: [{{environment_key: e, spec: {{environment_version: '2', dependencies: {dependencies}}}}}]
      job_clusters: [{{job_cluster_key: c, new_cluster: {{spark_version: 16.4.x-scala2.12, num_workers: 1}}}}]
      tasks:
        - task_key: loop
          for_each_task:
            inputs: '[1]'
            task:
              task_key: inner
              job_cluster_key: c
              notebook_task: {{notebook_path: ../nb.py}}
              libraries: {libraries}
        - task_key: serverless
          environment_key: e
          python_wheel_task: {{package_name: etl, entry_point: main}}
"""


@pytest.fixture
def made(resolved: Resolve) -> Made:
    """A bundle whose job lies in a folder below the root."""

    def resolve(
        text: str = "",
        *,
        libraries: str = "[]",
        dependencies: str = "[]",
        files: Mapping[str, str] | None = None,
    ) -> Bundle:
        more = {"resources/etl.yml": job(libraries, dependencies), "nb.py": NOTEBOOK, **(files or {})}
        return resolved(HEAD + text, files=more)

    return resolve


def libraries_of(bundle: Bundle) -> Any:
    return to_plain(bundle.jobs["etl"])["tasks"][0]["for_each_task"]["task"]["libraries"]


def dependencies_of(bundle: Bundle) -> Any:
    return to_plain(bundle.jobs["etl"])["environments"][0]["spec"]["dependencies"]


def built(bundle: Bundle) -> dict[str, Path]:
    for artifact in bundle.packages.artifacts:
        build(artifact)
    return bundle.packages.settle(built=True)


def test_a_wheel_that_is_there_gets_its_path_in_the_workspace(made: Made) -> None:
    bundle = made(
        libraries="[{whl: ../dist/etl-1.0-py3-none-any.whl}, {pypi: {package: humanize}}]",
        dependencies="[../dist/*.whl, humanize, /Workspace/x/y-1.whl, https://example.com/z-1.whl]",
        files={"dist/etl-1.0-py3-none-any.whl": "content"},
    )
    wheel = f"{INTERNAL}/etl-1.0-py3-none-any.whl"
    assert libraries_of(bundle) == [{"whl": wheel}, {"pypi": {"package": "humanize"}}]
    assert dependencies_of(bundle) == [wheel, "humanize", "/Workspace/x/y-1.whl", "https://example.com/z-1.whl"]
    assert built(bundle) == {"etl-1.0-py3-none-any.whl": bundle.root / "dist/etl-1.0-py3-none-any.whl"}


def test_a_wheel_that_will_be_built_is_awaited_and_then_found(made: Made) -> None:
    bundle = made(ARTIFACT, libraries="[{whl: ../dist/*.whl}]", dependencies="[../dist/*.whl]")
    assert not (bundle.root / "dist").exists(), "nothing is built before the deployment"
    assert libraries_of(bundle) == [{"whl": f"{INTERNAL}/*.whl"}]
    assert list(built(bundle)) == ["etl-1.0-py3-none-any.whl"]
    assert libraries_of(bundle) == [{"whl": f"{INTERNAL}/etl-1.0-py3-none-any.whl"}]
    assert dependencies_of(bundle) == [f"{INTERNAL}/etl-1.0-py3-none-any.whl"]


def test_an_artifact_that_no_task_names_is_uploaded_all_the_same(made: Made) -> None:
    assert list(built(made(ARTIFACT))) == ["etl-1.0-py3-none-any.whl"]


def test_a_pattern_means_each_package_in_its_newest_version(made: Made) -> None:
    bundle = made(files={"dist/a-2.0-py3-none-any.whl": "", "dist/a-1.0-py3-none-any.whl": "", "dist/b.whl": ""})
    dist = bundle.root / "dist"
    os.utime(dist / "a-2.0-py3-none-any.whl", (1, 1))
    assert [path.name for path in newest(matches(dist, "*.whl"))] == ["a-1.0-py3-none-any.whl", "b.whl"]


def test_a_pattern_becomes_as_many_libraries_as_it_has_files(made: Made) -> None:
    files = {"dist/a-1-py3-none-any.whl": "", "dist/b-1-py3-none-any.whl": ""}
    bundle = made(libraries="[{whl: ../dist/*.whl}]", files=files)
    assert [entry["whl"] for entry in libraries_of(bundle)] == [
        f"{INTERNAL}/a-1-py3-none-any.whl",
        f"{INTERNAL}/b-1-py3-none-any.whl",
    ]


def test_a_requirements_file_is_one_of_the_bundles_files(made: Made) -> None:
    bundle = made(
        libraries="[{requirements: ../requirements.txt}]",
        dependencies="['-r ../requirements.txt', '-r /Workspace/Shared/r.txt']",
        files={"requirements.txt": "humanize\n"},
    )
    assert libraries_of(bundle) == [{"requirements": f"{ROOT}/files/requirements.txt"}]
    assert dependencies_of(bundle) == [f"-r {ROOT}/files/requirements.txt", "-r /Workspace/Shared/r.txt"]
    assert built(bundle) == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"libraries": "[{whl: ../dist/*.whl}]"}, ["etl.yml:", "'../dist/*.whl': there is no such wheel. An entry of"]),
        ({"dependencies": "[./x-1.whl]"}, ["etl.yml:", "'./x-1.whl': there is no such wheel"]),
        ({"dependencies": "[../lib]"}, ["'../lib' is no wheel; of local packages only wheels are uploaded"]),
        ({"libraries": "[{whl: ./x-1.tar.gz}]"}, ["'./x-1.tar.gz' is no wheel"]),
        ({"libraries": "[{requirements: ../requirments.txt}]"}, ["no such file", "Did you mean 'requirements.txt'?"]),
        ({"dependencies": "['-r ../../r.txt']"}, ["'../../r.txt' leaves the bundle's folder"]),
        (
            {"text": "artifacts: {p: {typ: whl}}\n"},
            ["databricks.yml:3:", "artifacts.p.typ is not a known field", "type"],
        ),
        ({"text": "artifacts: {p: {type: jar}}\n"}, ["artifacts.p.type 'jar' is refused: there is no Java here."]),
        ({"text": "artifacts: {p: {type: egg}}\n"}, ["artifacts.p.type 'egg' is refused: the types are whl, jar."]),
        ({"text": "artifacts: {p: {path: src}}\n"}, ["artifacts.p.path 'src': there is no such folder."]),
        ({"text": "artifacts: {p: {executable: fish}}\n"}, ["artifacts.p.executable is 'fish'", "bash, sh"]),
        ({"text": "artifacts: {p: {files: [dist/x.whl]}}\n"}, ["artifacts.p.files has 'dist/x.whl'", "source alone"]),
        ({"text": "artifacts: {p: whl}\n"}, ["p is 'whl'; it must be a mapping"]),
        ({"text": "artifacts: {p: {build: 5}}\n"}, ["build is 5; it must be text"]),
    ],
)
def test_what_is_wrong_is_named_with_its_place(made: Made, options: dict[str, str], words: list[str]) -> None:
    with pytest.raises(BundleError) as caught:
        made(files={"requirements.txt": ""}, **options)
    for word in words:
        assert word in caught.value.message


def test_a_command_that_fails_is_told_with_the_end_of_its_output(made: Made) -> None:
    bundle = made("artifacts: {p: {build: 'echo no such compiler >&2; exit 3'}}\n")
    with pytest.raises(BundleError, match=r"yml:3:.*artifacts\.p: .* ended with exit code 3:\nno such compiler"):
        built(bundle)


def test_a_command_that_builds_nothing_is_an_error(made: Made) -> None:
    with pytest.raises(BundleError, match=r"artifacts\.p: there is no file 'dist/\*\.whl'"):
        built(made("artifacts: {p: {build: 'true'}}\n"))
    with pytest.raises(BundleError, match=r"'\.\./dist/\*\.whl': there is no such wheel\."):
        built(made("artifacts: {p: {build: 'true'}}\n", libraries="[{whl: ../dist/*.whl}]"))


def test_the_command_runs_in_the_artifacts_folder_and_stops_at_its_first_failure(made: Made) -> None:
    text = "artifacts: {p: {path: lib, executable: sh, build: 'false; echo reached'}}\n"
    bundle = made(text, files={"lib/x": ""})
    with pytest.raises(BundleError, match=r"exit code 1:\n$"):
        built(bundle)
    assert bundle.packages.artifacts[0].folder == (bundle.root / "lib").resolve()


def test_files_say_where_the_wheels_are(made: Made) -> None:
    """Relative to the file that names them, else to the artifact's folder; with files and no command nothing is built."""
    files = {"lib/out/a-1.whl": "", "wheels/b-1.whl": ""}
    text = "artifacts: {p: {path: lib, files: [{source: ./wheels/*.whl}, {source: out/*.whl}]}}\n"
    bundle = made(text, files=files)
    assert (bundle.packages.artifacts[0].command, bundle.packages.artifacts[0].summary) == ("", "as it is")
    assert sorted(built(bundle)) == ["a-1.whl", "b-1.whl"]


def test_different_wheels_with_one_name_are_refused(made: Made) -> None:
    files = {"one/a-1.whl": "1", "two/a-1.whl": "2"}
    with pytest.raises(BundleError, match="are different wheels with one name"):
        made(libraries="[{whl: ../one/a-1.whl}, {whl: ../two/a-1.whl}]", files=files)


def test_dynamic_versions_are_named_as_superfluous(made: Made) -> None:
    bundle = made("artifacts: {p: {build: 'true', dynamic_version: true}}\n")
    sentence = "artifacts.p.dynamic_version has no effect: a wheel is installed anew whenever its content has changed."
    assert sentence in bundle.notices


def test_a_target_may_change_an_artifact(made: Made) -> None:
    text = ARTIFACT + "targets: {default: {default: true, artifacts: {etl: {build: 'echo other'}}}}\n"
    assert [artifact.command for artifact in made(text).packages.artifacts] == ["echo other"]


def test_artifacts_are_in_the_configuration_that_is_shown(made: Made) -> None:
    assert summary.as_json(made(ARTIFACT))["artifacts"]["etl"]["path"] == "."


@pytest.mark.parametrize(
    ("tools", "begins"),
    [
        ({"uv"}, ["uv", "build", "--wheel"]),
        ({"build"}, [sys.executable, "-m", "build", "--wheel"]),
        (set(), [sys.executable, "-m", "pip", "wheel", "--no-deps"]),
    ],
    ids=["uv", "build", "pip"],
)
def test_the_first_tool_that_there_is_builds(tools: set[str], begins: list[str]) -> None:
    argv = artifacts._tool(lambda name: name if name in tools else None, lambda name: name in tools)
    assert list(argv[: len(begins)]) == begins


def test_pip_alone_can_build_a_wheel(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an index: the project builds itself, as a project may."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    backend = (
        "import zipfile\n"
        "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
        "    name, info = 'etl-1.0-py3-none-any.whl', 'etl-1.0.dist-info/'\n"
        "    with zipfile.ZipFile(folder + '/' + name, 'w') as wheel:\n"
        "        wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: etl\\nVersion: 1.0\\n')\n"
        "        wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\n')\n"
        "        wheel.writestr(info + 'RECORD', '')\n"
        "    return name\n"
    )
    project = (
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n[project]\nname = 'etl'\n"
    )
    bundle = made("artifacts: {etl: {}}\n", files={"backend.py": backend, "pyproject.toml": project})
    assert list(built(bundle)) == ["etl-1.0-py3-none-any.whl"]


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("./dist/*.whl", True),
        ("../x-1.whl", True),
        ("dist/x-1.whl", True),
        ("x-1.whl", True),
        ("requirements.txt", True),
        ("/Workspace/x-1.whl", False),
        ("dbfs:/x-1.whl", False),
        ("https://example.com/x-1.whl", False),
        ("humanize", False),
        ("humanize==4.9", False),
    ],
)
def test_which_paths_are_local(path: str, *, local: bool) -> None:
    assert is_local(path) == local


def test_wheels_can_be_shown_by_where_they_are_seen_from_the_root_whether_they_are_built_or_not(made: Made) -> None:
    bundle = made(
        ARTIFACT,
        libraries="[{whl: ../dist/*.whl}, {pypi: {package: six}}, {whl: /Volumes/main/x/y.whl}]",
        dependencies="[../dist/*.whl, ../lib/made-1.0-py3-none-any.whl, -r ../needs.txt, six==1.17.0]",
        files={"needs.txt": "six", "lib/made-1.0-py3-none-any.whl": "content"},
    )
    settled = dependencies_of(bundle)
    bundle.packages.show_local()
    assert libraries_of(bundle) == [
        {"whl": "./dist/*.whl"},
        {"pypi": {"package": "six"}},
        {"whl": "/Volumes/main/x/y.whl"},
    ]
    local = ["./dist/*.whl", "./lib/made-1.0-py3-none-any.whl", f"-r {ROOT}/files/needs.txt", "six==1.17.0"]
    assert dependencies_of(bundle) == local
    bundle.packages.settle(built=False)
    assert dependencies_of(bundle) == settled
