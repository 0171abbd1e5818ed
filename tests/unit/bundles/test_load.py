"""Finding a bundle, its files, its target and its fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.surfaces.bundles import load, resolve
from brickyard.surfaces.bundles.marks import BundleError, to_plain
from tests.unit.bundles.conftest import HOST, JOB, NOTEBOOK, Resolve, Write

HEAD = "bundle: {name: b}\n"


def test_the_root_is_found_from_a_folder_below(write: Write) -> None:
    root = write({"databricks.yml": HEAD, "src/deep/x.py": ""})
    assert load.find_root(root / "src" / "deep") == root


def test_no_bundle_anywhere_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no databricks\.yml in"):
        load.find_root(tmp_path)


def test_two_main_files_are_refused(write: Write) -> None:
    root = write({"databricks.yml": HEAD, "bundle.yml": HEAD})
    with pytest.raises(BundleError, match=r"exactly one of .* databricks\.yml, bundle\.yml"):
        load.load(root)


def test_included_files_are_laid_together(write: Write) -> None:
    """Globs, in the order of the list; the same file counts once."""
    root = write(
        {
            "databricks.yml": HEAD + "include: ['resources/*.yml', 'resources/a.yml', 'more/**/*.yml']\n",
            "resources/a.yml": "resources: {jobs: {a: {name: A}}}",
            "resources/b.yml": "resources: {jobs: {b: {name: B}}}\nvariables: {v: {default: 1}}",
            "more/x/y/c.yml": "resources: {jobs: {c: {name: C}}}",
            "more/note.txt": "not yaml: [",
        }
    )
    config = to_plain(load.load(root))
    assert list(config["resources"]["jobs"]) == ["a", "b", "c"]
    assert config["variables"] == {"v": {"default": 1}}


@pytest.mark.parametrize(
    ("include", "words"),
    [
        ("['../other.yml']", "leaves the bundle"),
        ("['/etc/*.yml']", "leaves the bundle"),
        ("['a/../../x.yml']", "leaves the bundle"),
        ("['missing.yml']", "there is no such file"),
        ("[5]", "must be a path"),
        ("one.yml", "include is 'one.yml'; it must be a list"),
        ("['nested.yml']", "only allowed in the main file"),
        ("['twice.yml']", "resources.jobs.a is defined twice (first at databricks.yml:3:"),
        ("['link.yml']", "a link that leaves the bundle"),
    ],
)
def test_a_wrong_include_is_refused(write: Write, tmp_path: Path, include: str, words: str) -> None:
    root = write(
        {
            "databricks.yml": f"{HEAD}include: {include}\nresources: {{jobs: {{a: {{name: A}}}}}}\n",
            "nested.yml": "include: [x.yml]",
            "twice.yml": "resources: {jobs: {a: {name: B}}}",
        }
    )
    (tmp_path / "outside.yml").write_text("resources: {}")
    (root / "link.yml").symlink_to(tmp_path / "outside.yml")
    with pytest.raises(BundleError) as caught:
        load.load(root)
    assert words in caught.value.message
    assert (
        "databricks.yml:" in caught.value.message
        or "nested.yml:" in caught.value.message
        or "twice.yml:" in (caught.value.message)
    )


@pytest.mark.parametrize(
    ("targets", "wanted", "chosen"),
    [
        ("", None, "default"),
        ("", "default", "default"),
        ("targets: {only: {}}", None, "only"),
        ("targets: {a: {}, b: {default: true}}", None, "b"),
        ("targets: {a: {}, b: {default: true}}", "a", "a"),
        ("targets: {a: , b: {default: true}}", "a", "a"),
    ],
)
def test_the_target_is_chosen(write: Write, targets: str, wanted: str | None, chosen: str) -> None:
    root = write({"databricks.yml": HEAD + targets})
    assert load.choose_target(load.load(root), wanted) == chosen


@pytest.mark.parametrize(
    ("targets", "wanted", "words"),
    [
        ("targets: {dev: {}, prod: {}}", "pord", "no target 'pord'. Did you mean 'prod'? Known targets: dev, prod"),
        ("targets: {dev: {}, prod: {}}", None, "Choose a target with -t: dev, prod"),
        ("targets: {a: {default: true}, b: {default: true}}", None, "Several targets are the default: a, b"),
        ("", "prod", "no target 'prod'. Known targets: default"),
    ],
)
def test_a_target_that_cannot_be_chosen(write: Write, targets: str, wanted: str | None, words: str) -> None:
    root = write({"databricks.yml": HEAD + targets})
    with pytest.raises(BundleError) as caught:
        load.choose_target(load.load(root), wanted)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("resuorces: {}", ["databricks.yml:2:", "resuorces is not a known field.", "Did you mean 'resources'?"]),
        ("targets: {dev: {mdoe: development}}", ["targets.dev.mdoe", "Did you mean 'mode'?"]),
        ("targets: {dev: {workspace: {rootpath: x}}}", ["targets.dev.workspace.rootpath", "'root_path'"]),
        ("workspace: {fle_path: x}", ["workspace.fle_path", "'file_path'"]),
        ("resources: {job: {}}", ["resources.job is not a known field", "'jobs'"]),
        ("sync: {exlude: []}", ["sync.exlude", "'exclude'"]),
        ("presets: {tag: {}}", ["presets.tag", "'tags'"]),
        ("run_as: {user: me}", ["run_as.user", "'user_name'"]),
        ("resources: {jobs: {a: 5}}", ["resources.jobs.a is 5; it must be a mapping"]),
        ("resources: {pipelines: {p: {}}}", ["resources.pipelines is refused: only jobs can be deployed"]),
        ("resources: {volumes: {v: {}}}", ["resources.volumes is refused"]),
        ("scripts: {x: {content: ls}}", ["scripts is refused"]),
        ("python: {resources: ['x:y']}", ["python is refused"]),
        ("experimental: {python: {}}", ["experimental is refused"]),
        ("permissions: [{level: CAN_SEE, user_name: a}]", ["permissions.level is 'CAN_SEE'", "CAN_VIEW, CAN_RUN"]),
        ("permissions: [{level: CAN_VIEW}]", ["names 0 principals"]),
        ("permissions: [{level: CAN_VIEW, user_name: a, group_name: b}]", ["names 2 principals"]),
        ("permissions: [{level: CAN_VIEW, user: a}]", ["permissions.user is not a known field", "'user_name'"]),
        ("permissions: [a]", ["each entry must be a mapping"]),
        ("resources: {jobs: {a: {permissions: [{level: CAN_RUN, user_name: a}]}}}", ["CAN_MANAGE_RUN"]),
        ("targets: {default: {cluster_id: '1'}}", ["cluster_id is refused"]),
        ("presets: {source_linked_deployment: true}", ["presets.source_linked_deployment is refused"]),
        ("targets: [a]", ["targets is a list; it must be a mapping"]),
    ],
)
def test_fields_are_known_or_refused_with_their_place(resolved: Resolve, text: str, words: list[str]) -> None:
    with pytest.raises(BundleError) as caught:
        resolved(HEAD + text)
    for word in words:
        assert word in caught.value.message


def test_a_field_without_meaning_is_named(resolved: Resolve) -> None:
    """A bundle that was written for the cloud runs here, and the person is told what had no effect."""
    bundle = resolved(HEAD + "workspace: {host: https://adb-1.azuredatabricks.net, profile: X}\n" + JOB)
    assert bundle.host == HOST
    assert bundle.config["workspace"]["host"] == HOST
    assert [notice.split(" has")[0] for notice in bundle.notices] == ["workspace.host", "workspace.profile"]


@pytest.mark.parametrize("name", ["", "bundle: {}\n", "bundle: {name: a/b}\n", "bundle: {name: ..}\n"])
def test_a_bundle_needs_a_name(write: Write, name: str) -> None:
    root = write({"databricks.yml": name + JOB, "nb.py": NOTEBOOK})
    with pytest.raises(BundleError, match=r"bundle\.name"):
        resolve.draft(root, None, {}, {})
