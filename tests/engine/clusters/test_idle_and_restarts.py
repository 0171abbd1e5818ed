"""Clusters that end by themselves, and what becomes of clusters when the server is killed or stopped."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from brickyard.engine.clusters import reasons
from brickyard.errors import Unavailable
from brickyard.ports import ClusterRequest
from brickyard.records import ClusterRecord
from tests.engine.clusters.conftest import LEAST, PATIENCE, Clusters
from tests.engine.house import USER


def test_a_cluster_that_nobody_uses_ends_after_its_minutes(clusters: Clusters) -> None:
    cluster_id = clusters.create(autotermination_minutes=30)
    clusters.advance(29.9)
    assert clusters.commands.get(cluster_id).state == "RUNNING"
    clusters.advance(0.1)
    record = clusters.until(cluster_id, "TERMINATED")
    assert record.reason == reasons.idle(30)
    assert record.state_message == "Inactive cluster terminated (inactive for 30 minutes)."
    [interval] = clusters.intervals(cluster_id)
    assert interval.reason_code == "INACTIVITY"


@pytest.mark.parametrize("settings", [{}, {"autotermination_minutes": 0}], ids=["unset", "zero"])
def test_one_without_minutes_never_ends_by_itself(clusters: Clusters, settings: dict[str, int]) -> None:
    cluster_id = clusters.create(**settings)
    clusters.advance(100_000)
    assert clusters.commands.get(cluster_id).state == "RUNNING"


def test_a_task_on_it_keeps_it_alive_and_its_end_begins_the_time_anew(clusters: Clusters) -> None:
    cluster_id = clusters.create(autotermination_minutes=10)
    clusters.uses.now.add(cluster_id)
    clusters.advance(60)
    assert clusters.commands.get(cluster_id).used_ms == clusters.clock.ms
    clusters.uses.now.clear()
    clusters.advance(9)
    assert clusters.commands.get(cluster_id).state == "RUNNING"
    clusters.advance(1)
    clusters.until(cluster_id, "TERMINATED")


def test_a_command_keeps_it_alive(clusters: Clusters) -> None:
    cluster_id = clusters.create(autotermination_minutes=10)
    clusters.last_commands[cluster_id] = clusters.clock.ms + 8 * 60_000
    clusters.advance(12)
    assert clusters.commands.get(cluster_id).state == "RUNNING"
    clusters.advance(6)
    clusters.until(cluster_id, "TERMINATED")


def test_a_use_that_came_at_the_last_moment_counts(clusters: Clusters) -> None:
    cluster_id = clusters.create(autotermination_minutes=10)
    seen = clusters.commands.get(cluster_id).used_ms
    clusters.part.book.change(cluster_id, used_ms=seen + 1)
    assert not clusters.part._lifecycle.terminate(cluster_id, reasons.idle(10), {}, idle_since=seen)
    assert clusters.commands.get(cluster_id).state == "RUNNING"


def test_the_time_without_use_goes_on_when_the_server_is_killed(clusters: Clusters) -> None:
    cluster_id = clusters.create(autotermination_minutes=30)
    clusters.advance(20)
    clusters.restart()
    assert clusters.commands.get(cluster_id).state == "RUNNING"
    clusters.advance(10)
    clusters.until(cluster_id, "TERMINATED")


# ---------------------------------------------------------------------------------------------------------- restarts


def test_a_cluster_whose_engine_lives_is_taken_over(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.restart()
    assert clusters.commands.existing.acquire(cluster_id).cluster_id == cluster_id
    assert len(clusters.engines.requests) == 1


def test_a_cluster_whose_engine_has_ended_meanwhile_has_ended(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.engines.end(0, cluster_id, "gone", "DRIVER_UNREACHABLE")
    clusters.restart()
    record = clusters.commands.get(cluster_id)
    assert (record.state, record.state_message) == ("TERMINATED", "The engine ended while no server was there.")


@pytest.mark.parametrize("state", ["PENDING", "RESTARTING", "RESIZING"])
def test_a_start_that_was_cut_off_is_taken_up(clusters: Clusters, state: str) -> None:
    cluster_id = clusters.create()
    clusters.engines.end(0, cluster_id, "gone", "USER_REQUEST")
    clusters.part.book.change(cluster_id, state=state)
    clusters.restart()
    clusters.until(cluster_id, "RUNNING")
    assert [each.state for each in clusters.intervals(cluster_id)] == ["TERMINATED", "RUNNING"]


def test_an_end_that_was_cut_off_is_taken_up(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.part.book.change(cluster_id, state="TERMINATING", reason=reasons.by_user(USER), state_message="Why not.")
    clusters.restart()
    assert clusters.until(cluster_id, "TERMINATED").reason["code"] == "USER_REQUEST"
    assert [each.state for each in clusters.intervals(cluster_id)] == ["TERMINATED"]


def test_engines_of_others_are_left_alone_at_the_start(clusters: Clusters) -> None:
    other = ClusterRequest(run_id=0, job_id=0, attempt_id=0, key="a-warehouse", spec=None)
    clusters.engines.acquire(other)
    clusters.restart()
    assert clusters.engines.explain(0, "a-warehouse") == ""


@pytest.mark.parametrize("keep", [True, False], ids=["tasks go on", "nothing runs"])
def test_a_server_that_stops_ends_its_clusters_unless_tasks_need_them(clusters: Clusters, keep: bool) -> None:
    cluster_id = clusters.create()
    clusters.part.stop(keep_engines=keep)
    record, [interval] = clusters.commands.get(cluster_id), clusters.intervals(cluster_id)
    if keep:
        assert (record.state, interval.state) == ("RUNNING", "RUNNING")
    else:
        assert (record.state, record.state_message) == ("TERMINATED", "The server was stopped.")
        assert interval.reason == "The server was stopped."


# ------------------------------------------------------------------------------------------------ races


class SlowEngines:
    """Engines that start when the test says so."""

    def __init__(self, clusters: Clusters) -> None:
        self._real = clusters.engines.acquire
        self.begun, self.go_on = threading.Event(), threading.Event()
        clusters.engines.acquire = self.acquire  # type: ignore[method-assign]  # played by the test

    def acquire(self, request: ClusterRequest) -> ClusterRecord:
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        return self._real(request)


def test_a_cluster_that_is_ended_while_it_starts_leaves_no_engine(clusters: Clusters) -> None:
    slow = SlowEngines(clusters)
    cluster_id = clusters.commands.create(LEAST, user=USER)
    assert slow.begun.wait(PATIENCE)
    clusters.commands.terminate(cluster_id, user=USER)
    slow.go_on.set()
    clusters.until(cluster_id, "TERMINATED")
    assert [each.state for each in clusters.intervals(cluster_id)] == ["TERMINATED"]


def test_a_task_that_needs_it_waits_for_the_start(clusters: Clusters) -> None:
    slow = SlowEngines(clusters)
    cluster_id = clusters.commands.create(LEAST, user=USER)
    assert slow.begun.wait(PATIENCE)
    found: list[str] = []
    waiting = threading.Thread(target=lambda: found.append(clusters.commands.existing.acquire(cluster_id).url))
    waiting.start()
    slow.go_on.set()
    waiting.join(PATIENCE)
    assert found == ["sc://127.0.0.1:1"]


def test_whoever_waits_when_the_server_stops_waits_no_longer(clusters: Clusters) -> None:
    slow = SlowEngines(clusters)
    cluster_id = clusters.commands.create(LEAST, user=USER)
    assert slow.begun.wait(PATIENCE)
    found: list[str] = []

    def wait() -> None:
        with pytest.raises(Unavailable, match="The server is stopping"):
            clusters.commands.existing.acquire(cluster_id)
        found.append("told")

    waiting = threading.Thread(target=wait)
    waiting.start()
    clusters.part.book.close()
    waiting.join(PATIENCE)
    slow.go_on.set()
    assert found == ["told"]


def test_of_a_cluster_that_does_not_run_there_is_no_engine(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.commands.terminate(cluster_id, user=USER)
    clusters.until(cluster_id, "TERMINATED")
    with pytest.raises(Unavailable, match=f"Cluster {cluster_id} is TERMINATED: Terminated by {USER}"):
        clusters.commands.existing.acquire(cluster_id)


def test_a_change_of_somebody_else_is_not_undone(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    record = clusters.commands.get(cluster_id)
    assert clusters.part.book.change(cluster_id, expect=lambda known: known.starts == 7, state="ERROR") is None
    assert clusters.part.book.change("nobody", state="ERROR") is None
    assert clusters.commands.get(cluster_id) == replace(record)
