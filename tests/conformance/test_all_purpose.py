"""What is kept of all-purpose clusters, in every database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from brickyard.errors import NotFound
from brickyard.records import AllPurposeRecord, ClusterRecord, LibraryRecord
from brickyard.storage.store import SqlStore

TINY = {"pypi": {"package": "tiny"}}
RECORD = AllPurposeRecord(
    cluster_id="1122-c",
    owner="ada@example.org",
    settings={"cluster_name": "ü", "num_workers": 1, "spark_conf": {"a": "b"}},
    created_ms=5,
    state="TERMINATED",
    state_message="Terminated.",
    reason={"code": "USER_REQUEST", "type": "SUCCESS", "parameters": {"username": "ada@example.org"}},
    started_ms=6,
    ended_ms=8,
    used_ms=7,
    pinned=True,
    starts=3,
)


def test_a_cluster_is_kept_whole_and_changed(store: SqlStore) -> None:
    clusters = store.all_purpose
    assert clusters.get("1122-c") is None
    clusters.save(RECORD)
    assert clusters.get("1122-c") == RECORD
    assert RECORD.name == "ü"
    changed = replace(RECORD, state="RUNNING", pinned=False, reason={}, ended_ms=0, settings={})
    clusters.save(changed)
    assert clusters.get("1122-c") == changed
    assert changed.name == ""


def test_all_are_listed_oldest_first(store: SqlStore) -> None:
    for name, created in (("b", 2), ("a", 2), ("c", 1)):
        store.all_purpose.save(replace(RECORD, cluster_id=name, created_ms=created))
    assert [each.cluster_id for each in store.all_purpose.all()] == ["c", "a", "b"]


def test_events_come_in_their_order(store: SqlStore) -> None:
    store.all_purpose.save(RECORD)
    for at_ms, kind in ((9, "CREATING"), (9, "RUNNING"), (8, "EDITED")):
        store.all_purpose.event("1122-c", at_ms, kind, {"user": "ü"})
    assert [each[:2] for each in store.all_purpose.events("1122-c")] == [(9, "CREATING"), (9, "RUNNING"), (8, "EDITED")]
    assert store.all_purpose.events("1122-c")[0][2] == {"user": "ü"}


def test_libraries_stay_in_the_order_in_which_they_came(store: SqlStore) -> None:
    store.all_purpose.save(RECORD)
    first = LibraryRecord(cluster_id="1122-c", library=TINY, status="PENDING")
    second = LibraryRecord(cluster_id="1122-c", library={"whl": "/a.whl"}, status="PENDING")
    for each in (first, second):
        store.all_purpose.save_library(each)
    failed = replace(first, status="FAILED", messages=("no such thing",))
    store.all_purpose.save_library(failed)
    assert list(store.all_purpose.libraries("1122-c")) == [failed, second]
    store.all_purpose.delete_library(failed)
    assert list(store.all_purpose.libraries("1122-c")) == [second]


def test_with_a_cluster_go_its_events_and_libraries_and_not_what_it_cost(store: SqlStore) -> None:
    store.all_purpose.save(RECORD)
    store.all_purpose.event("1122-c", 1, "CREATING", {})
    store.all_purpose.save_library(LibraryRecord(cluster_id="1122-c", library=TINY, status="PENDING"))
    interval = ClusterRecord(
        cluster_id="1122-interval", name="mine", state="TERMINATED", run_id=0, job_id=0, key="1122-c", spec=None,
        created_ms=1, ended_ms=2, owner="ada@example.org",
    )  # fmt: skip
    store.clusters.save(interval)
    assert store.all_purpose.delete("1122-c")
    assert not store.all_purpose.delete("1122-c")
    assert list(store.all_purpose.events("1122-c")) == []
    assert list(store.all_purpose.libraries("1122-c")) == []
    assert list(store.clusters.of_run(0)) == [interval]


def test_of_a_cluster_that_is_not_there_nothing_is_kept(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="nobody"):
        store.all_purpose.event("nobody", 1, "CREATING", {})
    with pytest.raises(NotFound, match="nobody"):
        store.all_purpose.save_library(LibraryRecord(cluster_id="nobody", library=TINY, status="PENDING"))
