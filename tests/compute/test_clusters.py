"""Clusters on real Sail processes: started when needed, shared, accounted for, and ended whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard.compute.clusters import SailClusters
from brickyard.errors import Unavailable
from brickyard.jobs.tasks import ClusterSpec
from brickyard.ports import ClusterRequest, Store
from brickyard.storage.store import open_store
from tests.compute.house import PATIENCE, House, pid_ended

_SPEC = ClusterSpec(spark_version="15.4.x-scala2.12", num_workers=1)


class Site:
    """Clusters with their store and launcher."""

    def __init__(self, house: House, **options: float) -> None:
        self.house = house
        self.store: Store = open_store("sqlite:///:memory:", key_file=house.settings.home / "key", clock=house.clock)
        self.clusters = SailClusters(
            house.settings, self.store.clusters, house.clock, house.ids, house.launcher, **options
        )

    def request(
        self, run_id: int, key: str = "serverless", spec: ClusterSpec | None = None, attempt_id: int = 1
    ) -> ClusterRequest:
        return ClusterRequest(run_id=run_id, job_id=5, attempt_id=attempt_id, key=key, spec=spec)


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    house = House(tmp_path_factory.mktemp("site"), max_engines=2)
    house.launcher.start()
    site = Site(house)
    site.clusters.start()
    yield site
    site.clusters.stop()
    house.close()
    site.store.close()


def _answers(endpoint: str) -> bool:
    port = int(endpoint.rpartition(":")[2])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_cluster_answers_when_it_is_given_and_is_on_record(site: Site) -> None:
    record = site.clusters.acquire(site.request(1, "main", _SPEC))
    assert _answers(record.endpoint)
    assert record == site.store.clusters.get(record.cluster_id)
    assert (record.state, record.run_id, record.name) == ("RUNNING", 1, "job-5-run-1-main")
    assert 0 < record.created_ms <= record.ready_ms
    assert [kind for _, kind, _ in site.store.clusters.events(record.cluster_id)] == ["CREATING", "RUNNING"]


def test_the_same_run_and_key_is_the_same_cluster_also_at_once(site: Site) -> None:
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(site.clusters.acquire(site.request(1, "main", _SPEC))))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len({record.cluster_id for record in found}) == 1
    assert len(found) == 5


def test_other_runs_and_other_keys_have_their_own(site: Site) -> None:
    requests = [site.request(1, "a", _SPEC), site.request(1, "b", _SPEC), site.request(2, "a", _SPEC)]
    assert len({site.clusters.acquire(request).endpoint for request in requests}) == 3


def test_the_end_of_the_run_ends_its_clusters_with_the_reason(site: Site) -> None:
    mine, other = site.clusters.acquire(site.request(1)), site.clusters.acquire(site.request(2))
    site.clusters.end_of_run(1, "The run is over.")
    ended = site.store.clusters.get(mine.cluster_id)
    assert ended is not None
    assert (ended.state, ended.reason, ended.reason_code) == ("TERMINATED", "The run is over.", "JOB_FINISHED")
    assert ended.ended_ms >= ended.ready_ms
    assert pid_ended(mine.pid)
    assert _answers(other.endpoint)
    site.clusters.end_of_run(1, "Again.")
    assert site.store.clusters.get(mine.cluster_id) == ended


def test_a_tasks_own_cluster_ends_with_its_attempt(site: Site) -> None:
    own = site.clusters.acquire(site.request(1, "task:77", _SPEC, attempt_id=77))
    shared = site.clusters.acquire(site.request(1, "main", _SPEC, attempt_id=77))
    site.clusters.end_of_attempt(77)
    assert pid_ended(own.pid)
    assert _answers(shared.endpoint)


def test_the_death_of_an_engine_is_told_and_the_next_request_gets_another(site: Site) -> None:
    first = site.clusters.acquire(site.request(1, "main", _SPEC))
    assert site.clusters.explain(1, "main") == ""
    os.kill(first.pid, signal.SIGKILL)
    assert pid_ended(first.pid)
    assert (
        site.clusters.explain(1, "main") == "The Spark engine was killed by signal 9 (SIGKILL), likely out of memory."
    )
    second = site.clusters.acquire(site.request(1, "main", _SPEC))
    assert second.cluster_id != first.cluster_id
    assert _answers(second.endpoint)
    died = site.store.clusters.get(first.cluster_id)
    assert died is not None
    assert (died.state, died.reason_code) == ("ERROR", "SPARK_ERROR")


def test_no_more_serverless_engines_than_are_allowed(site: Site) -> None:
    """The third waits until one of the two is free."""
    site.clusters.acquire(site.request(1))
    site.clusters.acquire(site.request(2))
    got = threading.Event()

    def third() -> None:
        site.clusters.acquire(site.request(3))
        got.set()

    waiting = threading.Thread(target=third)
    waiting.start()
    assert not got.wait(0.3)
    site.clusters.end_of_run(1, "over")
    assert got.wait(PATIENCE)
    waiting.join(PATIENCE)


def test_a_run_that_ends_while_it_waits_for_an_engine_is_told(site: Site) -> None:
    site.clusters.acquire(site.request(1))
    site.clusters.acquire(site.request(2))
    errors: list[Unavailable] = []
    begun = threading.Event()

    def third() -> None:
        begun.set()
        with pytest.raises(Unavailable) as caught:
            site.clusters.acquire(site.request(3))
        errors.append(caught.value)

    waiting = threading.Thread(target=third)
    waiting.start()
    assert begun.wait(PATIENCE)
    while waiting.is_alive():
        site.clusters.end_of_run(3, "cancelled")
        waiting.join(0.05)
    assert len(errors) == 1


def test_a_repaired_run_gets_a_cluster_again(site: Site) -> None:
    first = site.clusters.acquire(site.request(1))
    site.clusters.end_of_run(1, "over")
    second = site.clusters.acquire(site.request(1))
    assert second.cluster_id != first.cluster_id
    assert _answers(second.endpoint)


def test_an_engine_that_cannot_start_is_an_error_with_its_log(site: Site) -> None:
    broken = ClusterSpec(spark_version="15.4.x-scala2.12", spark_env_vars={"SAIL_MODE": "nonsense"})
    with pytest.raises(Unavailable, match=r"(?s)The Spark engine exited with code.*The end of its log"):
        site.clusters.acquire(site.request(1, "main", broken))
    (record,) = site.store.clusters.of_run(1)
    assert record.state == "ERROR"
    assert site.store.clusters.alive() == []


def test_an_engine_sees_the_clusters_variables_and_no_secrets(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRICKYARD_DATABASE_URL", "postgresql://secret")
    spec = ClusterSpec(spark_version="15.4.x-scala2.12", spark_env_vars={"MODE": "fast"})
    record = site.clusters.acquire(site.request(1, "main", spec))
    seen = Path(f"/proc/{record.pid}/environ").read_text()
    assert "MODE=fast" in seen
    assert "secret" not in seen


def test_clusters_outlive_their_server(site: Site) -> None:
    kept = site.clusters.acquire(site.request(1, "main", _SPEC))
    dying = site.clusters.acquire(site.request(2))
    site.clusters.stop()
    os.kill(dying.pid, signal.SIGKILL)
    assert pid_ended(dying.pid)
    site.house.launcher.stop(leave_running=True)
    house = House(site.house.settings.home)
    house.launcher.start()
    second = SailClusters(house.settings, site.store.clusters, house.clock, house.ids, house.launcher)
    second.start()
    try:
        assert second.acquire(site.request(1, "main", _SPEC)).endpoint == kept.endpoint
        assert second.explain(2, "serverless") != ""
        second.end_of_run(1, "over")
        assert pid_ended(kept.pid)
    finally:
        second.stop()
        house.close()
    assert site.store.clusters.alive() == []


def test_a_spare_engine_of_a_killed_server_is_ended(site: Site) -> None:
    site.clusters._spare._fill()
    spare = site.clusters._spare._engine
    assert spare is not None
    site.house.launcher.stop(leave_running=True)
    house = House(site.house.settings.home)
    house.launcher.start()
    second = SailClusters(house.settings, site.store.clusters, house.clock, house.ids, house.launcher)
    second.start()
    try:
        assert pid_ended(spare.process.pid)
    finally:
        second.stop()
        house.close()
