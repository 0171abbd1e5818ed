"""Development, production, and presets of one's own."""

from __future__ import annotations

import pytest

from brickyard.surfaces.bundles.marks import BundleError, to_plain
from brickyard.surfaces.bundles.modes import short_name
from tests.unit.bundles.conftest import Resolve

JOB = """
resources:
  jobs:
    etl:
      name: etl
      tags: {team: ours}
      schedule: {quartz_cron_expression: 0 0 6 * * ?, timezone_id: UTC}
      tasks: [{task_key: a, notebook_task: {notebook_path: nb.py}}]
"""
PLAIN_JOB = JOB.replace("      schedule: {quartz_cron_expression: 0 0 6 * * ?, timezone_id: UTC}\n", "")
HEAD = "bundle: {name: b}\n"


@pytest.mark.parametrize(
    ("user", "short"),
    [
        ("mina.moon@example.com", "mina_moon"),
        ("root@localhost", "root"),
        ("Some One+x@example.com", "some_one_x"),
        ("0b1c-22", "0b1c_22"),
    ],
)
def test_short_names(user: str, short: str) -> None:
    assert short_name(user) == short


def test_development_marks_what_it_makes(resolved: Resolve) -> None:
    """Prefix, tag, four runs at once, editable."""
    job = to_plain(resolved(HEAD + "targets: {dev: {mode: development}}\n" + PLAIN_JOB).jobs["etl"])
    assert job["name"] == "[dev mina_moon] etl"
    assert job["tags"] == {"dev": "mina_moon", "team": "ours"}
    assert job["max_concurrent_runs"] == 4
    assert job["edit_mode"] == "EDITABLE"


def test_without_a_mode_nothing_is_marked(resolved: Resolve) -> None:
    """The defaults that bundles send with every job."""
    bundle = resolved(HEAD + PLAIN_JOB)
    job = to_plain(bundle.jobs["etl"])
    assert (job["name"], job["tags"], job["max_concurrent_runs"]) == ("etl", {"team": "ours"}, 1)
    assert job["queue"] == {"enabled": True}
    assert job["edit_mode"] == "UI_LOCKED"
    assert job["format"] == "MULTI_TASK"
    root = "/Workspace/Users/mina.moon@example.com/.bundle/b/default"
    assert job["deployment"] == {"kind": "BUNDLE", "metadata_file_path": f"{root}/state/metadata.json"}
    assert {name: bundle.path(name) for name in ("root_path", "file_path", "artifact_path", "resource_path")} == {
        "root_path": root,
        "file_path": f"{root}/files",
        "artifact_path": f"{root}/artifacts",
        "resource_path": f"{root}/resources",
    }


def test_what_a_job_says_itself_stays(resolved: Resolve) -> None:
    text = (
        HEAD
        + "targets: {dev: {mode: development}}\n"
        + PLAIN_JOB.replace("tags: {team: ours}", "tags: {dev: mine}\n      max_concurrent_runs: 2")
    )
    job = to_plain(resolved(text).jobs["etl"])
    assert job["tags"] == {"dev": "mine"}
    assert job["max_concurrent_runs"] == 2


def test_presets_without_a_mode(resolved: Resolve) -> None:
    text = "presets: {name_prefix: 'x_', tags: {a: b}, jobs_max_concurrent_runs: 7}\n"
    job = to_plain(resolved(HEAD + text + PLAIN_JOB).jobs["etl"])
    assert (job["name"], job["tags"], job["max_concurrent_runs"]) == ("x_etl", {"a": "b", "team": "ours"}, 7)


def test_a_preset_beats_the_mode(resolved: Resolve) -> None:
    text = "targets: {dev: {mode: development, presets: {name_prefix: '${bundle.target}: '}}}\n"
    assert resolved(HEAD + text + PLAIN_JOB).jobs["etl"]["name"] == "dev: etl"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("targets: {d: {mode: developement}}", "mode is 'developement'; it must be development or production."),
        ("presets: {trigger_pause_status: OFF}", "presets.trigger_pause_status is 'OFF'"),
        ("presets: {jobs_max_concurrent_runs: many}", "presets.jobs_max_concurrent_runs is 'many'"),
        ("presets: {jobs_max_concurrent_runs: 0}", "a whole number above 0"),
        ("presets: {name_prefix: [a]}", "name_prefix is a list"),
        ("presets: {tags: {a: 5}}", "presets.tags.a is 5; it must be text"),
        (
            "targets: {d: {mode: development, presets: {trigger_pause_status: UNPAUSED}}}",
            "schedules and triggers stay paused",
        ),
        (
            "targets: {d: {mode: development, workspace: {root_path: /Workspace/Shared/b}}}",
            "workspace.root_path is '/Workspace/Shared/b'; in development mode it must hold your user name",
        ),
        ("targets: {p: {mode: production}}", "In production mode workspace.root_path must be set"),
    ],
)
def test_a_mode_insists(resolved: Resolve, text: str, words: str) -> None:
    with pytest.raises(BundleError) as caught:
        resolved(f"{HEAD}{text}\n{PLAIN_JOB}")
    assert words in caught.value.message
    assert "databricks.yml:2:" in caught.value.message


def test_production_with_a_root_of_its_own(resolved: Resolve) -> None:
    text = "targets: {p: {mode: production, workspace: {root_path: /Workspace/Shared/b}}}\n"
    bundle = resolved(HEAD + text + PLAIN_JOB)
    assert bundle.jobs["etl"]["name"] == "etl"
    assert bundle.path("file_path") == "/Workspace/Shared/b/files"
    assert bundle.locks


def test_a_root_in_the_users_home(resolved: Resolve) -> None:
    bundle = resolved(HEAD + "workspace: {root_path: '~/here/${bundle.target}'}\n" + PLAIN_JOB)
    assert bundle.path("root_path") == "/Workspace/Users/mina.moon@example.com/here/default"


@pytest.mark.parametrize(
    ("text", "locks"),
    [
        ("targets: {d: {mode: development}}", False),
        ("targets: {d: {mode: development, bundle: {deployment: {lock: {enabled: true}}}}}", True),
        ("targets: {d: {}}", True),
        ("targets: {d: {bundle: {deployment: {lock: {enabled: false}}}}}", False),
    ],
)
def test_who_locks(resolved: Resolve, text: str, *, locks: bool) -> None:
    assert resolved(f"{HEAD}{text}\n{PLAIN_JOB}").locks is locks


def test_a_target_for_one_branch(resolved: Resolve) -> None:
    """Checked against the branch that is checked out; without a repository there is nothing to check."""
    text = HEAD + "targets: {p: {git: {branch: main}}}\n" + PLAIN_JOB
    resolved(text)
    resolved(text, files={".git/HEAD": "ref: refs/heads/main\n"})
    with pytest.raises(BundleError, match="for the branch 'main', and the branch here is 'work'"):
        resolved(text, files={".git/HEAD": "ref: refs/heads/work\n"})
