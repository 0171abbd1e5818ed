"""A package from its source in a bundle to the run of its entry point, by commands against a real server."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run

ROOT = Path(__file__).parents[3]
BUNDLE = """
bundle: {name: %s}
artifacts:
  etl: {type: whl, path: ./etl, build: '%s build.py'}
resources:
  jobs:
    etl:
      name: etl
      parameters: [{name: day, default: "2024-01-01"}]
      environments:
        - environment_key: default
          spec: {environment_version: "2", dependencies: [./etl/dist/*.whl]}
      tasks:
        - task_key: load
          environment_key: default
          python_wheel_task:
            package_name: etl
            entry_point: main
            named_parameters: {day: "{{job.parameters.day}}"}
"""
BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, %r)
from tests.compute.wheels import make_wheel
make_wheel(Path("dist"), "etl", files={"etl.py": Path("source.py").read_text()}, entry_points="[x]\\nmain = etl:main\\n")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A bundle with a package that a script builds."""
    folder = tmp_path / "project"
    (folder / "etl").mkdir(parents=True)
    (folder / ".gitignore").write_text("dist/\n")
    (folder / "databricks.yml").write_text(BUNDLE % (tmp_path.name, sys.executable))
    (folder / "etl/build.py").write_text(BUILD % str(ROOT))
    (folder / "etl/source.py").write_text("import sys\ndef main():\n    print('first', sys.argv)\n")
    return folder


def dependencies(shown: str) -> list[str]:
    """What the job of a configuration, as it was printed, installs."""
    found: list[str] = json.loads(shown)["resources"]["jobs"]["etl"]["environments"][0]["spec"]["dependencies"]
    return found


def output(client: Client, run: object) -> str:
    assert isinstance(run, dict)
    return str(client.run_output(run["tasks"][0]["run_id"])["logs"])


def test_a_package_is_built_deployed_run_and_replaced(brickyard: Run, client: Client, project: Path) -> None:
    checked = brickyard("bundle", "validate", cwd=project)
    assert f"Artifact etl: {sys.executable} build.py (in etl/)" in checked.out
    assert not (project / "etl/dist").exists()
    assert dependencies(brickyard("bundle", "validate", "-o", "json").out) == ["./etl/dist/*.whl"]

    first = brickyard("bundle", "deploy")
    assert first.code == 0, first.err
    assert "Building etl: " in first.err
    assert "Wheels: 1 uploaded, 0 unchanged, 0 deleted" in first.out
    [wheel] = dependencies(brickyard("bundle", "summary", "-o", "json").out)
    assert "/artifacts/.internal/etl-" in wheel
    ran = brickyard("bundle", "run", "etl", "--json")
    assert ran.code == 0, ran.err + ran.out
    assert output(client, ran.json) == "first ['etl', '--day=2024-01-01']\n"

    again = brickyard("bundle", "deploy")
    assert "Wheels: 0 uploaded, 1 unchanged, 0 deleted" in again.out
    assert "= job etl: unchanged" in again.out

    (project / "etl/source.py").write_text("def main():\n    print('second')\n")
    assert "Wheels: 1 uploaded, 0 unchanged, 0 deleted" in brickyard("bundle", "deploy").out
    assert output(client, brickyard("bundle", "run", "etl", "--json").json) == "second\n"


def test_a_wheel_that_left_the_bundle_is_deleted(brickyard: Run, client: Client, project: Path) -> None:
    assert brickyard("bundle", "deploy", cwd=project).code == 0
    summary = brickyard("bundle", "summary", "--json").json
    assert isinstance(summary, dict)
    wheel = f"{summary['workspace']['artifact_path']}/.internal/etl-1.0-py3-none-any.whl"
    assert client.status(wheel) is not None
    build = project / "etl/build.py"
    build.write_text(build.read_text().replace('"etl", files', '"etl", "2.0", files'))
    deployed = brickyard("bundle", "deploy")
    assert "Wheels: 1 uploaded, 0 unchanged, 1 deleted" in deployed.out
    assert client.status(wheel) is None
    assert client.status(wheel.replace("1.0", "2.0")) is not None


def test_a_build_that_fails_changes_nothing(brickyard: Run, client: Client, project: Path) -> None:
    (project / "etl/build.py").write_text("raise SystemExit('no compiler')\n")
    failed = brickyard("bundle", "deploy", cwd=project)
    assert failed.code == 2
    assert "artifacts.etl: " in failed.err
    assert "no compiler" in failed.err
    assert "+ job etl: create" in brickyard("bundle", "plan").out
