"""Task values, tokens, clusters and facts of the installation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from brickyard.errors import AlreadyExists, NotFound
from brickyard.jobs.tasks import Autoscale, ClusterSpec
from brickyard.records import TokenInfo
from brickyard.storage.store import SqlStore
from tests.conformance.conftest import Open
from tests.conformance.samples import create, new_cluster


def test_the_last_task_value_counts(store: SqlStore) -> None:
    run_id = create(store).run.run_id
    store.task_values.set(run_id, "bronze", "day", '"2026-01-01"')
    store.task_values.set(run_id, "bronze", "day", '{"a":[1,"ü"]}')
    store.task_values.set(run_id, "silver", "day", "null")
    assert store.task_values.get(run_id, "bronze", "day") == '{"a":[1,"ü"]}'
    assert dict(store.task_values.all(run_id)) == {("bronze", "day"): '{"a":[1,"ü"]}', ("silver", "day"): "null"}


def test_a_task_value_that_nobody_set(store: SqlStore) -> None:
    run_id, other = create(store).run.run_id, create(store).run.run_id
    store.task_values.set(run_id, "bronze", "day", "1")
    assert store.task_values.get(run_id, "bronze", "Day") is None
    assert store.task_values.get(run_id, "Bronze", "day") is None
    assert store.task_values.get(other, "bronze", "day") is None
    assert dict(store.task_values.all(other)) == {}


def test_a_task_value_of_no_run(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="5"):
        store.task_values.set(5, "t", "k", "1")


def test_a_large_task_value(store: SqlStore) -> None:
    run_id = create(store).run.run_id
    value = '"' + "é" * 24_000 + '"'
    store.task_values.set(run_id, "t", "k", value)
    assert store.task_values.get(run_id, "t", "k") == value


def token(token_id: str = "t1", **fields: object) -> TokenInfo:
    chosen = {"token_id": token_id, "user_name": "me", "comment": "laptop", "created_ms": 1, "expires_ms": 0}
    return TokenInfo(**(chosen | fields))  # type: ignore[arg-type]


def test_tokens_are_found_by_digest(store: SqlStore) -> None:
    store.tokens.add(token(), "aa")
    store.tokens.add(token("t2", expires_ms=9), "bb")
    assert store.tokens.find("aa") == token()
    assert store.tokens.find("bb") == token("t2", expires_ms=9)
    assert store.tokens.find("a") is None
    assert store.tokens.find("AA") is None


def test_tokens_of_a_user_oldest_first(store: SqlStore) -> None:
    for name, created in (("b", 2), ("c", 1), ("a", 2)):
        store.tokens.add(token(name, created_ms=created), name)
    store.tokens.add(token("d", user_name="you"), "d")
    assert [info.token_id for info in store.tokens.all("me")] == ["c", "a", "b"]
    assert list(store.tokens.all("nobody")) == []


def test_a_deleted_token_is_gone(store: SqlStore) -> None:
    store.tokens.add(token(), "aa")
    assert store.tokens.delete("t1") is True
    assert store.tokens.delete("t1") is False
    assert store.tokens.find("aa") is None


@pytest.mark.parametrize(("token_id", "digest"), [("t1", "bb"), ("t2", "aa")])
def test_ids_and_digests_of_tokens_are_unique(store: SqlStore, token_id: str, digest: str) -> None:
    store.tokens.add(token(), "aa")
    with pytest.raises(AlreadyExists):
        store.tokens.add(token(token_id), digest)


def test_the_runs_whose_tasks_have_tokens(store: SqlStore) -> None:
    for number, run_id in enumerate((7, 8, 7)):
        store.tokens.add(token(f"r{number}", kind="RUN", run_id=run_id), f"r{number}")
    store.tokens.add(token(), "aa")
    assert sorted(store.tokens.runs()) == [7, 8]
    store.tokens.delete_of_run(7)
    assert list(store.tokens.runs()) == [8]


SPEC = ClusterSpec(
    spark_version="16.4.x-scala2.12",
    autoscale=Autoscale(min_workers=1, max_workers=4),
    node_type_id="i3.xlarge",
    spark_conf={"a": "b"},
    custom_tags={"team": "ä"},
)


def test_a_cluster_is_saved_and_saved_again(store: SqlStore) -> None:
    first = new_cluster(spec=SPEC, tags={"team": "x"})
    store.clusters.save(first)
    assert store.clusters.get("c-1") == first
    running = replace(first, state="RUNNING", ready_ms=5, pid=7, pid_started=1764000000.123456, endpoint="sc://x:1")
    store.clusters.save(running)
    assert store.clusters.get("c-1") == running
    assert store.clusters.get("c-2") is None


def test_alive_clusters_and_those_of_a_run(store: SqlStore) -> None:
    one = new_cluster("b", created_ms=2)
    two = new_cluster("a", created_ms=2, state="RUNNING")
    ended = new_cluster("c", created_ms=1, state="TERMINATED", ended_ms=9, reason="x", reason_code="JOB_FINISHED")
    other = new_cluster("d", run_id=9, state="ERROR", ended_ms=4)
    for cluster in (one, two, ended, other):
        store.clusters.save(cluster)
    assert list(store.clusters.of_run(2)) == [ended, two, one]
    assert list(store.clusters.alive()) == [two, one]
    assert list(store.clusters.of_run(3)) == []


@pytest.mark.parametrize("fields", [{"state": "TERMINATED"}, {"ended_ms": 5}, {"state": "BORED"}])
def test_the_database_itself_refuses_a_cluster_that_cannot_be(store: SqlStore, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        store.clusters.save(new_cluster(**fields))


def test_events_of_a_cluster_in_order(store: SqlStore) -> None:
    store.clusters.save(new_cluster())
    store.clusters.event("c-1", 5, "CREATING", {})
    store.clusters.event("c-1", 5, "RUNNING", {"workers": 2})
    store.clusters.save(new_cluster(state="RUNNING"))
    assert list(store.clusters.events("c-1")) == [(5, "CREATING", {}), (5, "RUNNING", {"workers": 2})]
    assert list(store.clusters.events("c-2")) == []


def test_an_event_of_no_cluster(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="c-9"):
        store.clusters.event("c-9", 5, "CREATING", {})


def test_a_fact_is_made_once(store: SqlStore) -> None:
    assert store.meta("workspace_id", lambda: "12") == "12"
    assert store.meta("workspace_id", lambda: "13") == "12"


def test_facts_outlive_the_store(lasting: str, opening: Open) -> None:
    first = opening(lasting)
    assert first.meta("a", lambda: "1") == "1"
    first.close()
    assert opening(lasting).meta("a", lambda: "2") == "1"


def test_a_store_checks_itself_and_closes_twice(store: SqlStore) -> None:
    store.check()
    store.close()
    store.close()


def test_reading_cannot_write(lasting: str, opening: Open) -> None:
    store = opening(lasting)
    with pytest.raises(Exception, match=r"readonly|read-only"), store._db.read() as connection:
        connection.execute(text("DELETE FROM meta"))
