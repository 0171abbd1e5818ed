"""The order of tasks between which some were not selected: they wait for each other as in a run of all."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from brickyard.runs import standing
from brickyard.runs.model import TaskPlan
from tests.unit.runs.playing import Player, task

CHAIN = (task("a"), task("b", "a"), task("c", "b"), task("d", "c"))


def part(*selection: str, tasks: Iterable[TaskPlan] = CHAIN) -> Player:
    return Player(*tasks, selection=selection).create()


def assert_counted(player: Player) -> None:
    """What a run carries is what it would be, loaded anew."""
    assert standing.of(player.run) == standing.derive(player.run)


def test_a_task_waits_for_the_selected_one_before_it_through_those_between() -> None:
    player = part("a", "d")
    assert player.states() == {"a": "PENDING", "b": "DISABLED", "c": "DISABLED", "d": "BLOCKED"}
    assert standing.of(player.run).waiting == {"b": 1, "c": 1, "d": 1}
    player.work("a")
    assert player.states()["d"] == "PENDING"
    assert standing.of(player.run).waiting == {}
    player.work("d")
    assert player.result == "TERMINATED/SUCCESS"


def test_the_order_does_not_hang_on_the_order_in_which_tasks_are_declared() -> None:
    player = part("a", "d", tasks=reversed(CHAIN))
    assert player.started() == ["a"]
    player.work("a")
    assert player.started() == ["a", "d"]


def test_it_waits_for_every_way_that_leads_to_it() -> None:
    ways = (task("a"), task("b"), task("left", "a"), task("right", "a", "b"), task("last", "left", "right"))
    player = part("a", "b", "last", tasks=ways)
    player.work("a")
    assert player.states()["last"] == "BLOCKED"
    assert_counted(player)
    player.work("b")
    assert player.states()["last"] == "PENDING"
    assert_counted(player)


def test_it_waits_for_the_last_attempt() -> None:
    player = part("a", "c", tasks=(task("a", max_retries=1), task("b", "a"), task("c", "b")))
    player.fail("a")
    assert player.states()["c"] == "BLOCKED"
    player.work("a")
    assert player.states()["c"] == "PENDING"


def test_a_failure_further_up_is_no_reason_not_to_run() -> None:
    player = part("a", "c")
    player.fail("a")
    assert player.states()["c"] == "PENDING"
    player.work("c")
    assert player.states() == {"a": "FAILED", "b": "DISABLED", "c": "SUCCESS", "d": "DISABLED"}


def test_a_task_behind_nothing_that_was_selected_starts_at_once() -> None:
    player = part("b", "d")
    assert player.states() == {"a": "DISABLED", "b": "PENDING", "c": "DISABLED", "d": "BLOCKED"}


@pytest.mark.parametrize(
    ("what", "expected"),
    [(None, "UPSTREAM_CANCELED"), ("a", "BLOCKED"), ("b", "PENDING")],
    ids=["run", "further-up", "the-one-before"],
)
def test_a_cancel_ends_the_wait_for_what_it_ends(what: str | None, expected: str) -> None:
    player = part("a", "b", "d")
    player.begin("a")
    player.cancel(what)
    assert_counted(player)
    player.end("a")
    assert_counted(player)
    assert player.states()["d"] == expected


def test_a_repair_keeps_the_order_too() -> None:
    player = part("a", "c")
    player.fail("a")
    player.fail("c")
    player.repair("a", "c")
    assert player.states() == {"a": "PENDING", "b": "DISABLED", "c": "BLOCKED", "d": "DISABLED"}
    assert_counted(player)
    player.work("a")
    assert player.states()["c"] == "PENDING"


def test_a_repair_that_names_what_was_not_selected_orders_by_it() -> None:
    player = part("a", "c")
    player.work("a")
    player.fail("c")
    player.repair("b", "c")
    assert player.states()["c"] == "BLOCKED"
    player.work("b")
    assert player.states()["c"] == "PENDING"
