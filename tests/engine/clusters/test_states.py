"""The states of all-purpose clusters, from creation to deletion, and the intervals for which somebody pays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from brickyard.errors import BrickyardError, InvalidParameterValue, InvalidState, QuotaExceeded
from tests.engine.clusters.conftest import LEAST, Clusters
from tests.engine.house import USER


def test_a_new_cluster_is_pending_at_once_and_runs_soon(clusters: Clusters) -> None:
    cluster_id = clusters.commands.create({**LEAST, "num_workers": 2, "custom_tags": {"team": "ore"}}, user=USER)
    record = clusters.until(cluster_id, "RUNNING")
    assert (record.name, record.owner, record.starts, record.started_ms) == ("mine", USER, 1, clusters.clock.ms)
    [request] = clusters.engines.requests
    assert (request.run_id, request.key, request.owner, request.name) == (0, cluster_id, USER, "mine")
    assert request.spec is not None
    assert request.spec.num_workers == 2
    assert request.tags == {
        "Vendor": "Brickyard", "Creator": USER, "ClusterName": "mine", "ClusterId": cluster_id, "team": "ore",
    }  # fmt: skip
    assert clusters.kinds(cluster_id) == ["CREATING", "RUNNING"]


def test_an_id_has_the_form_of_the_services(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    day, time, rest = cluster_id.split("-")
    assert (len(day), len(time), len(rest)) == (4, 6, 8)


def test_a_cluster_whose_engine_does_not_start_ends_with_the_reason_and_can_be_started_again(
    clusters: Clusters,
) -> None:
    clusters.engines.broken = "The disk is full."
    cluster_id = clusters.commands.create(LEAST, user=USER)
    record = clusters.until(cluster_id, "TERMINATED")
    assert record.state_message == "The disk is full."
    assert (record.reason["code"], record.reason["type"]) == ("SPARK_STARTUP_FAILURE", "CLIENT_ERROR")
    clusters.engines.broken = ""
    clusters.commands.start(cluster_id, user=USER)
    record = clusters.until(cluster_id, "RUNNING")
    assert (record.reason, record.state_message, record.ended_ms) == ({}, "", 0)


def test_a_start_that_fails_as_nobody_has_thought_of_leaves_nobody_waiting(
    clusters: Clusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(clusters.engines, "acquire", full)
    cluster_id = clusters.commands.create(LEAST, user=USER)
    record = clusters.until(cluster_id, "TERMINATED")
    assert record.reason["code"] == "INTERNAL_ERROR"
    assert "No space left on device" in record.state_message
    monkeypatch.undo()
    clusters.commands.start(cluster_id, user=USER)
    clusters.until(cluster_id, "RUNNING")


def test_terminated_and_started_again_it_keeps_its_id_and_has_two_intervals(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.clock.ms += 1000
    clusters.commands.terminate(cluster_id, user=USER)
    ended = clusters.until(cluster_id, "TERMINATED")
    assert ended.reason == {"code": "USER_REQUEST", "type": "SUCCESS", "parameters": {"username": USER}}
    assert ended.ended_ms == clusters.clock.ms
    clusters.clock.ms += 1000
    clusters.commands.start(cluster_id, user=USER)
    clusters.until(cluster_id, "RUNNING")
    first, second = clusters.intervals(cluster_id)
    assert (first.state, first.reason_code, first.owner) == ("TERMINATED", "USER_REQUEST", USER)
    assert first.ended_ms > first.ready_ms >= first.created_ms
    assert (second.state, second.ended_ms) == ("RUNNING", 0)
    assert first.cluster_id != second.cluster_id
    assert clusters.kinds(cluster_id) == ["CREATING", "RUNNING", "TERMINATING", "STARTING", "RUNNING"]


def test_restart_gives_a_running_cluster_a_new_engine_and_ends_its_sessions(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    session = clusters.sessions.open(clusters.commands.existing.session(cluster_id, USER))
    clusters.commands.restart(cluster_id, user=USER)
    clusters.until_true(lambda: clusters.kinds(cluster_id)[-2:] == ["RESTARTING", "RUNNING"])
    assert clusters.sessions.closed == [session]
    assert [each.state for each in clusters.intervals(cluster_id)] == ["TERMINATED", "RUNNING"]


@pytest.mark.parametrize("verb", ["start", "restart", "terminate"])
def test_what_is_so_already_stays_as_it_is(clusters: Clusters, verb: str) -> None:
    cluster_id = clusters.create()
    if verb != "start":
        clusters.commands.terminate(cluster_id, user=USER)
        clusters.until(cluster_id, "TERMINATED")
    before = clusters.kinds(cluster_id)
    getattr(clusters.commands, verb)(cluster_id, user=USER)
    assert clusters.kinds(cluster_id) == before


def test_a_deleted_cluster_is_gone_and_what_it_cost_stays(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    forgotten: list[str] = []
    clusters.commands.delete(cluster_id, user=USER, then=lambda: forgotten.append(cluster_id))
    clusters.until_true(lambda: clusters.store.all_purpose.get(cluster_id) is None)
    with pytest.raises(InvalidParameterValue, match=f"Cluster {cluster_id} does not exist"):
        clusters.commands.get(cluster_id)
    [interval] = clusters.intervals(cluster_id)
    assert interval.state == "TERMINATED"
    clusters.part.stop(keep_engines=True)
    assert forgotten == [cluster_id]


def test_one_that_has_ended_is_deleted_at_once(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.commands.terminate(cluster_id, user=USER)
    clusters.until(cluster_id, "TERMINATED")
    clusters.commands.delete(cluster_id, user=USER, then=lambda: None)
    assert list(clusters.commands.all()) == []


def test_no_more_clusters_run_at_once_than_are_allowed(tmp_path: Path) -> None:
    clusters = Clusters(tmp_path, max_engines=1)
    first = clusters.create()
    with pytest.raises(QuotaExceeded, match="1 all-purpose clusters run, and at most 1 may at once"):
        clusters.commands.create(LEAST, user=USER)
    assert [record.cluster_id for record in clusters.commands.all()] == [first]
    clusters.commands.terminate(first, user=USER)
    clusters.until(first, "TERMINATED")
    clusters.create()
    with pytest.raises(QuotaExceeded):
        clusters.commands.start(first, user=USER)
    assert clusters.commands.get(first).state == "TERMINATED"
    clusters.part.stop(keep_engines=True)
    clusters.store.close()


def test_an_engine_that_ends_by_itself_ends_the_cluster_with_its_words(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.engines.end(0, cluster_id, "It was killed by signal 9.", "SPARK_ERROR")
    [interval] = clusters.intervals(cluster_id)
    clusters.engines.lost(interval)
    record = clusters.commands.get(cluster_id)
    assert (record.state, record.state_message) == ("TERMINATED", "It was killed by signal 9.")
    assert record.reason["code"] == "DRIVER_UNREACHABLE"
    assert clusters.commands.existing.explain(cluster_id) == "It was killed by signal 9."
    clusters.commands.start(cluster_id, user=USER)
    clusters.until(cluster_id, "RUNNING")


def test_news_of_an_earlier_engine_is_no_news(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    [first] = clusters.intervals(cluster_id)
    clusters.commands.restart(cluster_id, user=USER)
    clusters.until_true(lambda: clusters.kinds(cluster_id)[-2:] == ["RESTARTING", "RUNNING"])
    clusters.engines.lost(first)
    assert clusters.commands.get(cluster_id).state == "RUNNING"


# --------------------------------------------------------------------------------------------------------- settings


def test_edit_of_a_running_cluster_restarts_it_with_the_new_settings(clusters: Clusters) -> None:
    cluster_id = clusters.create(num_workers=1)
    clusters.commands.edit(cluster_id, {**LEAST, "num_workers": 3}, user=USER)
    clusters.until_true(lambda: clusters.kinds(cluster_id)[-3:] == ["EDITED", "RESTARTING", "RUNNING"])
    assert [each.spec.num_workers for each in clusters.intervals(cluster_id) if each.spec] == [1, 3]
    assert clusters.commands.get(cluster_id).settings["num_workers"] == 3


def test_edit_of_one_that_has_ended_counts_from_its_next_start(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    clusters.commands.terminate(cluster_id, user=USER)
    clusters.until(cluster_id, "TERMINATED")
    clusters.commands.edit(cluster_id, {**LEAST, "cluster_name": "yours"}, user=USER)
    assert (clusters.commands.get(cluster_id).name, clusters.commands.get(cluster_id).state) == ("yours", "TERMINATED")


def test_update_changes_what_the_mask_names_alone(clusters: Clusters) -> None:
    cluster_id = clusters.create(num_workers=1, custom_tags={"team": "ore"})
    clusters.commands.update(cluster_id, {"num_workers": 2}, "num_workers", user=USER)
    settings = clusters.commands.get(cluster_id).settings
    assert (settings["num_workers"], settings["custom_tags"], settings["cluster_name"]) == (2, {"team": "ore"}, "mine")
    clusters.until_true(lambda: clusters.kinds(cluster_id)[-1] == "RUNNING")


def test_an_update_that_changes_nothing_restarts_nothing(clusters: Clusters) -> None:
    cluster_id = clusters.create(num_workers=1)
    clusters.commands.update(cluster_id, {"num_workers": 1}, "num_workers", user=USER)
    assert clusters.kinds(cluster_id) == ["CREATING", "RUNNING"]


def test_resize_gives_an_unused_cluster_an_engine_of_the_new_size(clusters: Clusters) -> None:
    cluster_id = clusters.create(num_workers=1)
    clusters.commands.resize(cluster_id, {"autoscale": {"min_workers": 1, "max_workers": 4}}, user=USER)
    clusters.until_true(lambda: clusters.kinds(cluster_id)[-2:] == ["RESIZING", "RUNNING"])
    assert "num_workers" not in clusters.commands.get(cluster_id).settings
    assert len(clusters.intervals(cluster_id)) == 2


@pytest.mark.parametrize("by", ["a task", "a context"])
def test_resize_is_refused_while_something_would_be_lost(clusters: Clusters, by: str) -> None:
    cluster_id = clusters.create(num_workers=1)
    if by == "a task":
        clusters.uses.now.add(cluster_id)
    else:
        clusters.sessions.open(clusters.commands.existing.session(cluster_id, USER))
    with pytest.raises(InvalidState, match=f"Something runs on cluster {cluster_id}"):
        clusters.commands.resize(cluster_id, {"num_workers": 2}, user=USER)
    assert clusters.commands.get(cluster_id).settings["num_workers"] == 1


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda commands, it: commands.resize(it, {"num_workers": 2}, user=USER), "it must be RUNNING"),
        (lambda commands, it: commands.existing.session(it, USER), "it must be RUNNING"),
    ],
    ids=["resize", "context"],
)
def test_what_needs_a_running_cluster_is_refused_where_it_has_ended(
    clusters: Clusters, ask: Callable[[object, str], object], words: str
) -> None:
    cluster_id = clusters.create()
    clusters.commands.terminate(cluster_id, user=USER)
    clusters.until(cluster_id, "TERMINATED")
    with pytest.raises(InvalidState, match=words):
        ask(clusters.commands, cluster_id)


def test_only_a_cluster_that_has_ended_gets_another_owner(clusters: Clusters) -> None:
    cluster_id, ben = clusters.create(), clusters.person("ben@example.org")
    with pytest.raises(InvalidState, match="unexpected state RUNNING"):
        clusters.commands.change_owner(cluster_id, ben, user=USER)
    clusters.commands.terminate(cluster_id, user=USER)
    clusters.until(cluster_id, "TERMINATED")
    clusters.commands.change_owner(cluster_id, ben, user=USER)
    assert clusters.commands.get(cluster_id).owner == ben


def test_pinned_and_unpinned(clusters: Clusters) -> None:
    cluster_id = clusters.create()
    for pinned in (True, True, False):
        clusters.commands.pin(cluster_id, pinned=pinned, user=USER)
        assert clusters.commands.get(cluster_id).pinned is pinned
    assert clusters.kinds(cluster_id)[-2:] == ["PINNED", "UNPINNED"]


def test_of_a_cluster_that_is_not_there_everything_is_refused(clusters: Clusters) -> None:
    commands = clusters.commands
    asked: list[Callable[[], object]] = [
        lambda: commands.get("x"),
        lambda: commands.events("x"),
        lambda: commands.edit("x", LEAST, user=USER),
        lambda: commands.update("x", {}, "num_workers", user=USER),
        lambda: commands.resize("x", {"num_workers": 1}, user=USER),
        lambda: commands.start("x", user=USER),
        lambda: commands.restart("x", user=USER),
        lambda: commands.terminate("x", user=USER),
        lambda: commands.delete("x", user=USER, then=lambda: None),
        lambda: commands.pin("x", pinned=True, user=USER),
        lambda: commands.change_owner("x", USER, user=USER),
        lambda: commands.create({**LEAST, "clone_from": {"source_cluster_id": "x"}}, user=USER),
    ]
    for ask in asked:
        with pytest.raises(BrickyardError, match="Cluster x does not exist"):
            ask()


# ---------------------------------------------------------------------------------------------------------- secrets


def test_secrets_of_settings_reach_the_engine_and_nothing_that_is_stored(clusters: Clusters) -> None:
    clusters.store.secrets.create_scope("s")
    clusters.store.secrets.put("s", "k", b"very-secret", 1)
    cluster_id = clusters.create(spark_env_vars={"TOKEN": "a {{ secrets/s/k }}"}, spark_conf={"x": "{{secrets/s/k}}"})
    [request] = clusters.engines.requests
    assert request.secrets == {"{{ secrets/s/k }}": "very-secret", "{{secrets/s/k}}": "very-secret"}
    assert request.spec is not None
    assert request.spec.spark_env_vars == {"TOKEN": "a {{ secrets/s/k }}"}
    assert "very-secret" not in repr(clusters.commands.get(cluster_id))
    assert "very-secret" not in repr(clusters.commands.events(cluster_id))
    assert dict(clusters.commands.existing.session(cluster_id, USER).secrets) == dict(request.secrets)


@pytest.mark.parametrize("who", [USER, "ben@example.org"], ids=["missing", "of somebody else"])
def test_a_secret_that_cannot_be_read_is_refused_when_the_cluster_is_created(clusters: Clusters, who: str) -> None:
    clusters.store.secrets.create_scope("s")
    if who != USER:
        clusters.person(who)
        clusters.store.secrets.put("s", "k", b"x", 1)
    with pytest.raises(InvalidParameterValue, match=r"The cluster's settings refer to \{\{secrets/s/k\}\}: "):
        clusters.commands.create({**LEAST, "spark_env_vars": {"A": "{{secrets/s/k}}"}}, user=who)
    assert list(clusters.commands.all()) == []


def test_a_secret_that_is_no_text_cannot_be_a_setting(clusters: Clusters) -> None:
    clusters.store.secrets.create_scope("s")
    clusters.store.secrets.put("s", "k", b"\xff\xfe", 1)
    with pytest.raises(InvalidParameterValue, match="the secret is no text"):
        clusters.commands.create({**LEAST, "spark_env_vars": {"A": "{{secrets/s/k}}"}}, user=USER)
