"""What `brickyard bundle …` says of a bundle that is wrong: one sentence, the place, code 2, and nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.cli.conftest import Run

HEADER = "# Databricks notebook source\n"
GOOD = """\
bundle: {name: NAME}
variables:
  who: {default: ada}
  days: {description: how many}
targets:
  dev: {mode: development, default: true, variables: {days: 1}}
  prod: {mode: production, workspace: {root_path: /Workspace/Shared/NAME}, variables: {days: 7}}
resources:
  jobs:
    etl:
      name: etl of ${var.who}
      parameters: [{name: days, default: "${var.days}"}]
      tasks:
        - task_key: only
          notebook_task: {notebook_path: ./nb.py}
"""


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A bundle with two targets and two variables; its name is that of the test."""
    name = str(request.node.name).partition("[")[0]
    (tmp_path / "databricks.yml").write_text(GOOD.replace("NAME", name))
    (tmp_path / "nb.py").write_text(HEADER + "dbutils.notebook.exit(dbutils.widgets.get('days'))")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("${var.who}", "${var.whom}", ["databricks.yml:11:", "${var.whom} is unknown", "Did you mean 'who'"]),
        ("${var.who}", "${bundle.nmae}", ["${bundle.nmae} is unknown", "name"]),
        ("{default: ada}", '{default: "${var.who}"}', ["cycle: var.who -> var.who"]),
        ("mode: development", "mode: developement", ["mode is 'developement'", "development or production"]),
        ("./nb.py", "./nbb.py", ["databricks.yml:15:", "there is no such file", "Did you mean 'nb.py'"]),
        ("workspace: {root_path: /Workspace/Shared/", "workspace: {host: http://127.0.0.1:1/", []),
        ("task_key: only", "task_kee: only", ["databricks.yml:14:", "task_kee"]),
        ("resources:", "resorces:", ["resorces", "resources"]),
    ],
)
def test_a_mistake_is_found_before_anything_changes(
    brickyard: Run, folder: Path, old: str, new: str, said: list[str]
) -> None:
    file = folder / "databricks.yml"
    file.write_text(file.read_text().replace(old, new, 1))
    target = ["-t", "prod"] if "workspace" in old else []
    for verb in ("validate", "deploy"):
        done = brickyard("bundle", verb, *target)
        assert done.code == 2, done
        assert done.out == ""
        assert "Traceback" not in done.err
        for words in said:
            assert words in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-t", "prd"], ["'prd'", "dev", "prod"]),
        (["--var", "whom=x"], ["whom", "who"]),
        (["--var", "who"], ["--var 'who' is not of the form name=value"]),
        (["--var", "who=x", "--var", "who=y"], ["names 'who' twice"]),
    ],
)
def test_wrong_words(brickyard: Run, folder: Path, words: list[str], said: list[str]) -> None:
    done = brickyard("bundle", "validate", *words, cwd=folder)
    assert done.code == 2, done
    for part in said:
        assert part in done.err


def test_a_job_that_is_not_there(brickyard: Run, folder: Path) -> None:
    """Of another name, or not deployed; what there is, or what to do, is said."""
    other = brickyard("bundle", "run", "elt", cwd=folder)
    assert (other.code, "Did you mean 'etl'" in other.err, "Its jobs: etl" in other.err) == (2, True, True)
    early = brickyard("bundle", "run", "etl")
    assert (early.code, "First: brickyard bundle deploy" in early.err) == (2, True)


def test_targets_are_apart(brickyard: Run, folder: Path) -> None:
    """Each has its prefix, variables and folder; destroying one leaves the other, and a second time nothing is left."""
    for target in ("dev", "prod"):
        assert brickyard("bundle", "deploy", "-t", target, cwd=folder).code == 0
    dev: Any = brickyard("bundle", "summary", "-t", "dev", "-o", "json").json
    prod: Any = brickyard("bundle", "summary", "-t", "prod", "-o", "json").json
    assert dev["resources"]["jobs"]["etl"]["name"].startswith("[dev ")
    assert prod["resources"]["jobs"]["etl"]["name"] == "etl of ada"
    assert dev["resources"]["jobs"]["etl"]["id"] != prod["resources"]["jobs"]["etl"]["id"]
    assert brickyard("bundle", "run", "etl", "-t", "prod").out.splitlines()[-1] == "7"
    assert brickyard("bundle", "run", "etl", "-t", "dev", "--param", "days=30").out.splitlines()[-1] == "30"
    gone = brickyard("bundle", "destroy", "-t", "dev", "--auto-approve")
    assert gone.out == "Deleted: etl.\n"
    assert brickyard("bundle", "destroy", "-t", "dev", "--auto-approve").out == "Deleted: nothing was deployed.\n"
    assert brickyard("bundle", "summary", "-t", "dev").out.splitlines()[-1].endswith("not deployed")
    assert brickyard("bundle", "summary", "-t", "prod").out.splitlines()[-1].split()[-1].isdigit()


def test_a_plan_tells_what_a_variable_changes(brickyard: Run, folder: Path) -> None:
    """And changes nothing itself: the same plan comes again."""
    assert brickyard("bundle", "deploy", "-t", "prod", cwd=folder).code == 0
    assert brickyard("bundle", "plan", "-t", "prod").out == "= job etl: unchanged (etl of ada)\n"
    for _ in range(2):
        changed = brickyard("bundle", "plan", "-t", "prod", "--var", "who=bob", "--var", "days=8").out
        assert changed.splitlines() == [
            "~ job etl: update (etl of bob)",
            "    name: 'etl of ada' -> 'etl of bob'",
            "    parameters.days.default: '7' -> '8'",
        ]
    steps: Any = brickyard("bundle", "plan", "-t", "prod", "--var", "who=bob", "-o", "json").json
    assert [(step["action"], step["key"], step["differences"]) for step in steps] == [
        ("update", "etl", ["name: 'etl of ada' -> 'etl of bob'"])
    ]


def test_a_bundle_without_jobs_is_said_to_have_none(brickyard: Run, tmp_path: Path) -> None:
    (tmp_path / "databricks.yml").write_text("bundle: {name: empty}\ntargets: {dev: {default: true}}\n")
    told = brickyard("bundle", "validate", cwd=tmp_path)
    assert told.code == 0
    assert told.out.splitlines()[-1] == "The bundle has no jobs. All is well."


def test_a_path_to_upload_outside_of_the_bundle_is_told_before_a_deployment(brickyard: Run, folder: Path) -> None:
    file = folder / "databricks.yml"
    file.write_text(file.read_text() + "sync: {paths: [., ../shared]}\n")
    told = brickyard("bundle", "validate", cwd=folder)
    assert told.code == 2
    assert "sync.paths names '../shared'; only folders inside of the bundle can be named." in told.err
