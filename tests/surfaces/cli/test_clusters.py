"""`brickyard clusters …` against a real server with real engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run


@pytest.fixture
def mine(brickyard: Run, client: Client) -> Iterator[str]:
    """The id of a running cluster that is called `mine`."""
    made: Any = brickyard("clusters", "create", "mine", "--autotermination", "10", "--json").json
    yield made["cluster_id"]
    for each in client.list_clusters():
        client.call("POST", "/api/2.1/clusters/permanent-delete", json={"cluster_id": each["cluster_id"]})


def test_a_cluster_from_its_creation_to_its_end(brickyard: Run, mine: str) -> None:
    shown = brickyard("clusters", "get", "mine")
    assert (shown.code, shown.out) == (0, f"{mine}  mine  RUNNING\n")
    assert brickyard("clusters", "restart", mine).out == f"{mine}  mine  RUNNING\n"
    stopped = brickyard("clusters", "stop", "mine")
    assert stopped.code == 0
    assert stopped.out.startswith(f"{mine}  mine  TERMINATED\nTerminated by ")
    assert brickyard("clusters", "start", "mine", "--no-wait").code == 0
    assert brickyard("clusters", "start", "mine").out == f"{mine}  mine  RUNNING\n"
    kinds: Any = brickyard("clusters", "events", "mine", "--json").json
    assert [each["type"] for each in kinds if each["type"] != "RUNNING"] == [
        "STARTING", "TERMINATING", "RESTARTING", "CREATING",
    ]  # fmt: skip
    table = brickyard("clusters", "events", "mine", "--limit", "3").out
    assert table.split("\n")[0].split() == ["time", "event", "why"]
    assert "USER_REQUEST" not in table.split("\n")[1]
    deleted = brickyard("clusters", "delete", "mine")
    assert (deleted.code, deleted.err) == (0, f"Deleted cluster {mine}.\n")


def test_clusters_are_listed(brickyard: Run, mine: str) -> None:
    listed = brickyard("clusters", "list").out.splitlines()
    assert listed[0].split() == ["cluster", "name", "state", "workers", "creator"]
    assert listed[1].split()[:4] == [mine, "mine", "RUNNING", "0"]
    found: Any = brickyard("clusters", "list", "--json").json
    assert [each["cluster_id"] for each in found] == [mine]
    assert found[0]["autotermination_minutes"] == 10


def test_without_any_it_is_said(brickyard: Run) -> None:
    assert brickyard("clusters", "list").out == "There are no clusters.\n"


def test_settings_come_from_options_and_from_a_file(brickyard: Run, mine: str, tmp_path: Path) -> None:
    file = tmp_path / "cluster.json"
    scale = {"min_workers": 1, "max_workers": 2}
    file.write_text(json.dumps({"custom_tags": {"team": "ore"}, "autoscale": scale}))
    refused = brickyard("clusters", "create", "other", "--workers", "2", "--settings", str(file))
    assert refused.code == 2
    assert "both num_workers and autoscale" in refused.err
    scaled: Any = brickyard("clusters", "create", "scaled", "--settings", str(file), "--no-wait", "--json").json
    assert scaled["autoscale"] == scale
    assert "1-2" in brickyard("clusters", "list").out
    file.write_text(json.dumps({"custom_tags": {"team": "ore"}, "spark_conf": {"a": "b"}}))
    words = ("--workers", "2", "--node-type", "m5.xlarge", "--settings", str(file), "--no-wait", "--json")
    made: Any = brickyard("clusters", "create", "other", *words).json
    assert (made["num_workers"], made["node_type_id"], made["custom_tags"]) == (2, "m5.xlarge", {"team": "ore"})
    assert made["autotermination_minutes"] == 60


@pytest.mark.parametrize("content", [None, "no json", "[]"], ids=["missing", "no JSON", "no object"])
def test_a_file_of_settings_that_is_none(brickyard: Run, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "cluster.json"
    if content is not None:
        file.write_text(content)
    done = brickyard("clusters", "create", "other", "--settings", str(file))
    assert done.code == 2
    assert "cluster.json" in done.err


def test_a_name_that_two_clusters_have_is_not_guessed(brickyard: Run, mine: str) -> None:
    other: Any = brickyard("clusters", "create", "mine", "--no-wait", "--json").json
    done = brickyard("clusters", "stop", "mine")
    assert done.code == 2
    assert "2 clusters are called 'mine'" in done.err
    assert other["cluster_id"] in done.err
    assert mine in done.err


@pytest.mark.parametrize("verb", ["get", "start", "restart", "stop", "delete", "events"])
def test_a_cluster_that_is_not_there(brickyard: Run, verb: str) -> None:
    done = brickyard("clusters", verb, "nowhere")
    assert (done.code, done.err) == (2, "Error: Cluster nowhere does not exist\n")


@pytest.mark.parametrize("words", [("create", "x"), ("start", "x"), ("stop", "x")], ids=lambda words: words[0])
def test_what_outlives_the_command_needs_a_server(
    brickyard: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name)
    done = brickyard("clusters", *words)
    assert done.code == 3
    assert "Start one: brickyard server" in done.err


def test_versions(brickyard: Run) -> None:
    assert brickyard("clusters", "spark-versions").out.splitlines()[1].startswith("16.4.x-scala2.12  16.4 LTS")
    found: Any = brickyard("clusters", "spark-versions", "--json").json
    assert set(found[0]) == {"key", "name"}
