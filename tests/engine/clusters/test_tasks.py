"""Tasks on all-purpose clusters: `existing_cluster_id`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.engine.clusters.existing import ClustersInUse
from brickyard.errors import InvalidParameterValue
from brickyard.records import AclEntry, PrincipalRecord
from brickyard.workloads.messages import ExplainCompute, GetClusterSecrets, GetCompute, PrepareEnvironment
from tests.engine.house import PATIENCE, SUCCESS, USER, House, notebook, result

LEAST = {"spark_version": "16.4.x-scala2.12", "cluster_name": "mine"}


def cluster(house: House, **settings: Any) -> str:
    """An all-purpose cluster that runs."""
    made = house.engine.all_purpose.create({**LEAST, **settings}, user=USER)
    until(house, made, "RUNNING")
    return made


def until(house: House, cluster_id: str, state: str) -> None:
    book = house.engine.all_purpose._book
    assert book.until(cluster_id, state, seconds=PATIENCE).state == state


def end(house: House, cluster_id: str) -> None:
    house.engine.all_purpose.terminate(cluster_id, user=USER)
    until(house, cluster_id, "TERMINATED")


def test_a_task_runs_on_the_cluster_with_its_settings_and_leaves_it_running(house: House) -> None:
    it = cluster(house, spark_env_vars={"A": "1"}, spark_conf={"spark.x": "2"})
    run_id = house.run(notebook("load", existing_cluster_id=it))
    assignment = house.workers.wait_for("load")
    assert (assignment.environment["A"], assignment.spark_conf) == ("1", {"spark.x": "2"})
    answer = house.ask("load", GetCompute())
    assert (answer["cluster_id"], answer["url"]) == (it, "sc://127.0.0.1:50051")
    house.workers.finish(assignment.attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"
    assert house.engine.all_purpose.get(it).state == "RUNNING"
    assert it not in [key for key, _, _ in house.clusters.ended]


def test_a_cluster_that_has_ended_is_started_for_the_task(house: House) -> None:
    it = cluster(house)
    end(house, it)
    house.run(notebook("load", existing_cluster_id=it))
    house.workers.wait_for("load")
    until(house, it, "RUNNING")
    assert house.ask("load", GetCompute())["cluster_id"] == it
    [*_, (_, _, details), _] = house.engine.all_purpose.events(it)
    assert details == {"cause": "A task of a job needs it."}


def test_several_runs_share_it(house: House) -> None:
    it = cluster(house)
    for key in ("one", "two"):
        house.run(notebook(key, existing_cluster_id=it))
        assert house.ask(key, GetCompute())["cluster_id"] == it
    assert len([request for request in house.clusters.requests if request.key == it]) == 1


def test_a_cluster_that_is_not_there_fails_the_task_and_says_so(house: House) -> None:
    run = house.ended(house.run(notebook("load", existing_cluster_id="1123-000000-nowhere0")))
    attempt = run.latest["load"]
    assert attempt.ending is not None
    assert attempt.ending.message == "Cluster 1123-000000-nowhere0 does not exist"
    assert house.workers.started == []


def test_a_cluster_that_cannot_be_started_any_more_fails_the_task(house: House) -> None:
    first = cluster(house)
    end(house, first)
    cluster(house)  # one is all that may run
    run = house.ended(house.run(notebook("load", existing_cluster_id=first)))
    attempt = run.latest["load"]
    assert attempt.ending is not None
    assert attempt.ending.message.startswith("1 all-purpose clusters run, and at most 1 may at once")


def test_packages_of_the_cluster_come_to_those_of_the_task(house: House) -> None:
    it = cluster(house)
    house.engine.all_purpose.libraries.add(it, [{"pypi": {"package": "tiny"}}, {"pypi": {"package": "both"}}])
    libraries = [{"pypi": {"package": "own"}}, {"pypi": {"package": "both"}}]
    house.run(notebook("load", existing_cluster_id=it, libraries=libraries))
    assert house.workers.wait_for("load").requirements == ["own", "both", "tiny"]
    house.ask("load", PrepareEnvironment())
    assert house.environments.asked[-1] == ["own", "both", "tiny"]


def test_secrets_of_the_cluster_are_told_to_the_worker_and_stand_in_no_file(house: House) -> None:
    house.store.secrets.create_scope("s")
    house.store.secrets.put("s", "k", b"very-secret", 1)
    it = cluster(house, spark_env_vars={"TOKEN": "{{secrets/s/k}}"})
    house.run(notebook("load", existing_cluster_id=it))
    assignment = house.workers.wait_for("load")
    assert house.ask("load", GetClusterSecrets()) == {"{{secrets/s/k}}": "very-secret"}
    assert "very-secret" not in Path(assignment.folder, "assignment.json").read_text()


def test_secrets_of_a_jobs_own_cluster_as_well(house: House) -> None:
    house.store.secrets.create_scope("s")
    house.store.secrets.put("s", "k", b"very-secret", 1)
    new_cluster = {"spark_version": "16.4.x-scala2.12", "spark_conf": {"x": "a{{secrets/s/k}}b"}}
    house.run(notebook("load", new_cluster=new_cluster))
    assert house.ask("load", GetClusterSecrets()) == {"{{secrets/s/k}}": "very-secret"}
    assert house.ask("load", GetCompute(), ask_id=2)["url"]
    [request] = house.clusters.requests
    assert request.secrets == {"{{secrets/s/k}}": "very-secret"}


def test_why_the_engine_is_gone_is_told_in_the_words_of_the_clusters_end(house: House) -> None:
    it = cluster(house)
    house.run(notebook("load", existing_cluster_id=it))
    house.workers.wait_for("load")
    end(house, it)
    assert house.ask("load", ExplainCompute()) == f"Terminated by {USER}."


def test_a_cluster_is_in_use_while_a_task_of_it_is_not_over(house: House) -> None:
    it = cluster(house)
    in_use = ClustersInUse(house.engine._active, house.engine._details)
    assert in_use.ids() == set()
    run_id = house.run(notebook("load", existing_cluster_id=it))
    attempt_id = house.workers.wait_for("load").attempt_id
    assert in_use.ids() == {it}
    house.workers.finish(attempt_id, SUCCESS)
    house.ended(run_id)
    house.settle()
    assert in_use.ids() == set()


@pytest.mark.parametrize(
    ("level", "ended", "words"),
    [
        ("CAN_ATTACH_TO", False, ""),
        ("CAN_ATTACH_TO", True, "CAN_RESTART"),
        ("CAN_RESTART", True, ""),
    ],
    ids=["may attach", "may not start", "may start"],
)
def test_the_rights_are_those_of_whoever_the_run_is_for(house: House, level: str, ended: bool, words: str) -> None:
    zoe = "zoe@example.info"
    person = PrincipalRecord(principal_id=999_001, kind=PrincipalKind.USER, name=zoe)
    house.store.principals.add(person)
    it = cluster(house)
    if ended:
        end(house, it)
    house.store.acls.replace(ObjectType.CLUSTERS, it, [AclEntry(PrincipalKind.USER, zoe, level)])
    body = {"run_name": "his", "tasks": [notebook("load", existing_cluster_id=it, path="/Shared/load")]}
    run_id = house.engine.commands.submit(body, user=zoe)
    if not words:
        assert house.workers.wait_for("load").environment == {}
        return
    attempt = house.ended(run_id).latest["load"]
    assert attempt.ending is not None
    assert words in attempt.ending.message


def test_a_right_that_was_taken_away_after_the_start_of_the_run_counts_no_more(house: House) -> None:
    zoe = "zoe@example.info"
    house.store.principals.add(PrincipalRecord(principal_id=999_001, kind=PrincipalKind.USER, name=zoe))
    it = cluster(house)
    house.store.acls.replace(ObjectType.CLUSTERS, it, [AclEntry(PrincipalKind.USER, zoe, "CAN_ATTACH_TO")])
    tasks = [
        notebook("first", existing_cluster_id=it, path="/Shared/a"),
        notebook("then", "first", existing_cluster_id=it, path="/Shared/b"),
    ]
    run_id = house.engine.commands.submit({"run_name": "hers", "tasks": tasks}, user=zoe)
    first = house.workers.wait_for("first")
    house.store.acls.replace(ObjectType.CLUSTERS, it, [])
    house.workers.finish(first.attempt_id)
    attempt = house.ended(run_id).latest["then"]
    assert attempt.ending is not None
    assert attempt.ending.message == f"Cluster {it} does not exist"


def test_two_kinds_of_compute_on_one_task_are_refused(house: House) -> None:
    with pytest.raises(InvalidParameterValue, match="existing_cluster_id"):
        house.job(notebook("load", existing_cluster_id="x", new_cluster={"spark_version": "1"}))
