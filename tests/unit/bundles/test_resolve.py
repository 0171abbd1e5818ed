"""A whole bundle: settings checked as the server will check them, with the place in the file."""

from __future__ import annotations

import pytest

from brickyard.surfaces.bundles import summary
from brickyard.surfaces.bundles.check import references, with_ids
from brickyard.surfaces.bundles.deploy import deployment_order
from brickyard.surfaces.bundles.marks import BundleError, to_plain
from tests.unit.bundles.conftest import HOST, JOB, Resolve

HEAD = "bundle: {name: b}\n"
TASK = "notebook_task: {notebook_path: nb.py}"


def tasks(*lines: str) -> str:
    return HEAD + "resources:\n  jobs:\n    etl:\n      tasks:\n" + "".join(f"        - {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (tasks(f"{{task_key: a, {TASK}, max_retrys: 2}}"), "yml:6:", ["max_retrys", "'max_retries'"]),
        (tasks(f"{{task_key: a, {TASK}, max_retries: many}}"), "yml:6:", ["max_retries is 'many'"]),
        (tasks(f"{{task_key: a, {TASK}}}", f"{{task_key: a, {TASK}}}"), "yml:7:", ["task_key", "'a'"]),
        (
            tasks(f"{{task_key: a, {TASK}, depends_on: [{{task_key: gost}}]}}", f"{{task_key: ghost, {TASK}}}"),
            "yml:6:",
            ["'gost'", "'ghost'"],
        ),
        (
            tasks(*(f"{{task_key: {a}, {TASK}, depends_on: [{{task_key: {b}}}]}}" for a, b in ("ab", "bc", "ca"))),
            "yml:6:",
            ["cycle", "a -> b -> c -> a"],
        ),
        (tasks("{task_key: a}"), "yml:6:", ["tasks[0]"]),
        (tasks(f"{{task_key: a, {TASK}, job_cluster_key: k}}"), "yml:6:", ["job_cluster_key"]),
        (
            tasks(
                f"{{task_key: a, {TASK}}}",
                "{task_key: b, notebook_task: {notebook_path: nb.py, base_parameters: {p: '{{job.parameters.nope}}'}}}",
            ),
            "yml:7:84",
            ["job.parameters.nope"],
        ),
        (
            tasks(
                "{task_key: b, notebook_task: {notebook_path: nb.py, base_parameters: {p: '{{tasks.ghost.values.v}}'}}}"
            ),
            "yml:6:84",
            ["tasks.ghost", "ghost"],
        ),
        (tasks("5"), "yml:6:", ["a task is 5; it must be a mapping"]),
        (
            HEAD + "resources: {jobs: {etl: {nmae: x, tasks: [{task_key: a, notebook_task: {notebook_path: nb.py}}]}}}",
            "yml:2:",
            ["nmae", "'name'"],
        ),
    ],
)
def test_wrong_settings_are_explained_at_their_place(
    resolved: Resolve, text: str, place: str, words: list[str]
) -> None:
    with pytest.raises(BundleError) as caught:
        resolved(text)
    assert f"databricks.{place}" in caught.value.message
    assert "resources.jobs.etl" in caught.value.message or "a task is" in caught.value.message
    for word in words:
        assert word in caught.value.message


def test_the_files_are_checked_before_the_user_is_known(resolved: Resolve) -> None:
    """References to the user and to paths of the workspace are filled in with the server's answer."""
    text = HEAD + JOB.replace("name: etl", "name: '${workspace.current_user.userName} ${workspace.file_path}'")
    name = resolved(text, user="root@localhost").jobs["etl"]["name"]
    assert name == "root@localhost /Workspace/Users/root@localhost/.bundle/b/default/files"


def test_a_job_may_name_another(resolved: Resolve) -> None:
    """The name at once, with its prefix; the id when it is known."""
    text = """
bundle: {name: b}
targets: {dev: {mode: development}}
resources:
  jobs:
    second:
      name: second
      parameters: [{name: other, default: "${resources.jobs.first.id}"}, {name: label, default: "${resources.jobs.first.name}"}]
      tasks: [{task_key: a, notebook_task: {notebook_path: nb.py}}]
    first:
      name: first
      tasks: [{task_key: a, notebook_task: {notebook_path: nb.py}}]
"""
    bundle = resolved(text)
    parameters = to_plain(bundle.jobs["second"])["parameters"]
    assert parameters[1]["default"] == "[dev mina_moon] first"
    assert references(bundle.jobs["second"]) == {"first"}
    assert deployment_order(bundle) == ["first", "second"]
    assert with_ids(bundle.jobs["second"], {"first": 77})["parameters"][0]["default"] == 77
    shown = summary.as_json(bundle)["resources"]["jobs"]["second"]["parameters"][0]["default"]
    assert shown == "${resources.jobs.first.id}"


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("${resources.jobs.second.id}", "${resources.jobs.first.id}", "in a circle: first -> second -> first"),
        ("${resources.jobs.third.id}", "x", "resources.jobs.first names job 'third'"),
    ],
)
def test_ids_that_cannot_be_had(resolved: Resolve, first: str, second: str, words: str) -> None:
    parts = [
        f'    {key}: {{parameters: [{{name: p, default: "{value}"}}], tasks: [{{task_key: a, {TASK}}}]}}\n'
        for key, value in (("first", first), ("second", second))
    ]
    bundle = resolved(HEAD + "resources:\n  jobs:\n" + "".join(parts))
    with pytest.raises(BundleError, match=words):
        deployment_order(bundle)


def test_run_as_reaches_the_jobs(resolved: Resolve) -> None:
    """Of the bundle to every job that names nobody itself; who may run is checked with the settings."""
    text = HEAD + "run_as: {user_name: mina.moon@example.com}\n" + JOB
    assert to_plain(resolved(text).jobs["etl"])["run_as"] == {"user_name": "mina.moon@example.com"}


def test_the_summary_has_the_usual_shape(resolved: Resolve) -> None:
    """What tools around bundles parse."""
    found = summary.as_json(resolved(HEAD + "variables: {v: {default: 1}}\n" + JOB), {"etl": 42})
    assert found["bundle"]["name"] == "b"
    assert found["bundle"]["target"] == "default"
    workspace = found["workspace"]
    assert workspace["host"] == HOST
    assert workspace["file_path"].endswith("/.bundle/b/default/files")
    assert workspace["current_user"]["userName"] == "mina.moon@example.com"
    job = found["resources"]["jobs"]["etl"]
    assert (job["id"], job["url"], job["name"]) == ("42", f"{HOST}/jobs/42", "etl")
    assert job["tasks"][0]["notebook_task"]["notebook_path"].endswith("/files/nb")


def test_the_summary_says_what_the_next_deployment_makes_and_takes_away(resolved: Resolve) -> None:
    bundle = resolved(HEAD + JOB)
    jobs = summary.as_json(bundle, {"gone": 7})["resources"]["jobs"]
    assert jobs["gone"] == {"id": "7", "url": f"{HOST}/jobs/7", "modified_status": "deleted"}
    assert jobs["etl"]["modified_status"] == "created"
    assert "modified_status" not in summary.as_json(bundle, {"etl": 1})["resources"]["jobs"]["etl"]
    assert "modified_status" not in summary.as_json(bundle)["resources"]["jobs"]["etl"]


def test_all_that_is_wrong_is_told_at_once(resolved: Resolve) -> None:
    text = """
bundle: {name: b}
resources:
  jobs:
    first:
      max_concurrent_runs: many
      timeout_second: 5
      tasks:
        - {task_key: a, notebook_task: {notebok_path: nb.py}}
        - {task_key: b, notebook_task: {notebook_path: nb.py}, max_retries: -5}
    second:
      tasks: [{task_key: a, notebook_task: {notebook_path: nb.py}, depends_on: [{task_key: c}]}]
    well:
      tasks: [{task_key: a, notebook_task: {notebook_path: nb.py}}]
"""
    with pytest.raises(BundleError) as caught:
        resolved(text)
    lines = caught.value.message.splitlines()
    wanted = [
        "max_concurrent_runs is 'many'",
        "timeout_second is not",
        "notebok_path is not",
        "max_retries is -5",
        "'c'",
    ]
    assert len(lines) == len(wanted)
    for line, words in zip(lines, wanted, strict=True):
        assert line.startswith("databricks.yml:")
        assert words in line
    assert "well" not in caught.value.message


def test_facts_of_git_can_be_named(resolved: Resolve) -> None:
    """And a password in the address of the repository goes nowhere."""
    text = HEAD + JOB.replace("name: etl", "name: '${bundle.git.branch} ${bundle.git.commit} ${bundle.git.origin_url}'")
    files = {
        ".git/HEAD": "ref: refs/heads/work/x\n",
        ".git/packed-refs": "# pack-refs\nabc123 refs/heads/work/x\n",
        ".git/config": '[remote "origin"]\n\turl = https://me:geheim@example.com/r.git\n',
    }
    assert resolved(text, files=files).jobs["etl"]["name"] == "work/x abc123 https://example.com/r.git"
