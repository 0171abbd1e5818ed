"""Engines that belong to no run: those of all-purpose clusters and warehouses, on real Sail processes."""

from __future__ import annotations

import os
import queue
import signal
import threading

import psutil
import pytest

from brickyard.compute.clusters import SailClusters
from brickyard.errors import QuotaExceeded
from brickyard.jobs.tasks import ClusterSpec
from brickyard.ports import ClusterRequest
from brickyard.records import ClusterRecord
from tests.compute.house import PATIENCE, pid_ended
from tests.compute.test_clusters import Site, site

__all__ = ["site"]

_SPEC = ClusterSpec(spark_version="16.4.x-scala2.12", num_workers=1)


def wanted(key: str, spec: ClusterSpec | None = _SPEC, **more: object) -> ClusterRequest:
    fields = {"run_id": 0, "job_id": 0, "attempt_id": 0, "key": key, "spec": spec, "name": "mine", "owner": "ada"}
    return ClusterRequest(**(fields | more))  # type: ignore[arg-type]  # by name


def test_an_engine_stays_until_it_is_ended_and_each_time_is_an_interval_of_its_own(site: Site) -> None:
    first = site.clusters.acquire(wanted("c"))
    assert (first.name, first.owner, first.key, first.run_id) == ("mine", "ada", "c", 0)
    assert site.clusters.acquire(wanted("c")) == first
    site.clusters.end_of_run(1, "The run is over.")
    assert site.clusters.explain(0, "c") == ""
    site.clusters.end(0, "c", "Terminated by ada.", "USER_REQUEST")
    site.clusters.end(0, "c", "Twice is once.", "USER_REQUEST")
    pid_ended(first.pid)
    second = site.clusters.acquire(wanted("c"))
    before, now = site.store.clusters.of_run(0)
    assert (before.state, before.reason, before.reason_code) == ("TERMINATED", "Terminated by ada.", "USER_REQUEST")
    assert before.ended_ms >= before.ready_ms > 0
    assert now == second
    assert second.cluster_id != first.cluster_id


def test_no_more_live_at_once_than_are_allowed_and_those_of_runs_do_not_count(site: Site) -> None:
    site.clusters.acquire(ClusterRequest(run_id=1, job_id=5, attempt_id=1, key="main", spec=_SPEC))
    for key in ("a", "b"):
        site.clusters.acquire(wanted(key))
    with pytest.raises(QuotaExceeded, match=r"2 all-purpose clusters and warehouses run, and at most 2 .*MAX_ENGINES"):
        site.clusters.acquire(wanted("c"))
    assert site.clusters.acquire(wanted("a")).state == "RUNNING"
    site.clusters.end(0, "a", "Enough.", "USER_REQUEST")
    assert site.clusters.acquire(wanted("c")).state == "RUNNING"


def test_one_without_a_size_takes_no_serverless_place(site: Site) -> None:
    for key in ("a", "b"):
        site.clusters.acquire(wanted(key, None))
    assert site.clusters.acquire(site.request(1)).state == "RUNNING"


def test_an_engine_that_dies_is_told_with_its_reason(site: Site) -> None:
    heard: queue.SimpleQueue[ClusterRecord] = queue.SimpleQueue()
    site.clusters.on_loss(heard.put)
    record = site.clusters.acquire(wanted("c"))
    os.kill(record.pid, signal.SIGKILL)
    ended = heard.get(timeout=PATIENCE)
    assert (ended.cluster_id, ended.state) == (record.cluster_id, "ERROR")
    assert "signal 9 (SIGKILL)" in ended.reason
    assert site.clusters.acquire(wanted("c")).cluster_id != record.cluster_id


def test_the_end_of_a_runs_engine_is_no_news_to_them(site: Site) -> None:
    heard: queue.SimpleQueue[ClusterRecord] = queue.SimpleQueue()
    site.clusters.on_loss(heard.put)
    of_run = site.clusters.acquire(site.request(1, "main", _SPEC))
    standing = site.clusters.acquire(wanted("c"))
    for record in (of_run, standing):
        os.kill(record.pid, signal.SIGKILL)
    assert heard.get(timeout=PATIENCE).cluster_id == standing.cluster_id
    assert heard.empty()


def test_one_that_is_ended_while_it_starts_is_gone_when_it_has_started(site: Site) -> None:
    begun, go_on = threading.Event(), threading.Event()
    start = site.clusters._engines.start

    def slow(name: str, spec: ClusterSpec | None) -> object:
        begun.set()
        assert go_on.wait(PATIENCE)
        return start(name, spec)

    site.clusters._engines.start = slow  # type: ignore[method-assign, assignment]  # held up by the test
    found: list[ClusterRecord] = []
    starting = threading.Thread(target=lambda: found.append(site.clusters.acquire(wanted("c"))))
    starting.start()
    assert begun.wait(PATIENCE)
    site.clusters.end(0, "c", "Not any more.", "USER_REQUEST")
    go_on.set()
    starting.join(PATIENCE)
    [record] = site.store.clusters.of_run(0)
    assert (record.state, record.reason, record.reason_code) == ("TERMINATED", "Not any more.", "USER_REQUEST")
    pid_ended(found[0].pid)


def test_the_next_server_takes_an_engine_over(site: Site) -> None:
    record = site.clusters.acquire(wanted("c"))
    site.clusters.stop()
    house = site.house
    site.clusters = SailClusters(house.settings, site.store.clusters, house.clock, house.ids, house.launcher)
    site.clusters.start()
    assert site.clusters.acquire(wanted("c")) == record


def test_a_secret_of_the_settings_is_in_the_engines_environment_and_on_no_record(site: Site) -> None:
    spec = ClusterSpec(spark_version="16.4.x-scala2.12", spark_env_vars={"TOKEN": "a {{secrets/s/k}}"})
    record = site.clusters.acquire(wanted("c", spec, secrets={"{{secrets/s/k}}": "very-secret"}))
    assert psutil.Process(record.pid).environ()["TOKEN"] == "a very-secret"
    assert "very-secret" not in repr(site.store.clusters.get(record.cluster_id))
