"""A run that was loaded is decided on like the one that was decided before: nothing lives outside of its attempts."""

from __future__ import annotations

from dataclasses import fields, replace

from brickyard.jobs.tasks import Dependency
from brickyard.runs import endings, standing
from brickyard.runs.model import Attempt, Round, Run, TaskPlan
from brickyard.runs.states import LifeCycle
from tests.unit.runs.playing import Player, loop, task


def loaded(run: Run) -> Run:
    """The run as a store gives it back: the fields that count, as plain tuples, without any index."""
    values = {each.name: getattr(run, each.name) for each in fields(run) if each.compare}
    return Run(**{**values, "attempts": tuple(run.attempts)})


def in_the_middle() -> Player:
    """A loop that has one iteration over, one kept from before a repair, one that waits, and a task behind."""
    nested = task("one", max_retries=1, min_retry_interval_ms=500)
    player = Player(loop("each", nested=nested, width=2), task("next", "each", "other"), task("other")).create()
    player.begin_loop("each", 5)
    player.work("other")
    player.work("one[0]")
    player.cancel("each")
    player.end("one[1]", endings.failed())
    player.end("one[2]", endings.failed())
    player.repair("each", "next")
    player.begin_loop("each", 5, same=True)
    player.work("one[1]")
    player.fail("one[2]")
    return player


def test_a_loaded_run_equals_the_run_that_was_stored() -> None:
    player = in_the_middle()
    again = loaded(player.run)
    assert again == player.run
    assert (again.latest, again.dependents) == (player.run.latest, player.run.dependents)
    assert again.standing is None
    assert standing.of(again) == player.run.standing


def test_what_a_run_stands_at_is_counted_from_its_attempts() -> None:
    player = in_the_middle()
    known = standing.derive(loaded(player.run))
    each = player.last("each")
    assert known.unfinished == 4
    assert known.waiting == {"next": 1}
    assert known.earlier == {"each": 0, "one[0]": 0, "one[1]": 0, "one[2]": 0, "next": 0, "other": 0}
    assert known.rounds == {each.attempt_id: Round(kept=frozenset({0}), next=4, active=2, good=2)}


def test_a_loaded_run_goes_on_like_the_one_that_was_never_stored() -> None:
    one, other = in_the_middle(), in_the_middle()
    for step in ("one[3]", "one[2]", "one[4]", "next"):
        other.run = loaded(other.run)
        for player in (one, other):
            player.now_ms += 1_000
            if player.last(step).life_cycle == "WAITING_FOR_RETRY":
                player.retry_due(step)
            player.work(step)
        assert one.run == other.run
    assert one.result == "TERMINATED/SUCCESS"


def test_a_run_that_was_changed_by_hand_is_counted_anew() -> None:
    player = Player(task("a"), task("b", "a")).create()
    ended = replace(player.last("a"), life_cycle=LifeCycle.TERMINATED, ending=endings.succeeded())
    changed = replace(player.run, attempts=(ended, player.last("b")), latest={})
    assert standing.of(changed).unfinished == 1
    assert standing.of(player.run) is player.run.standing


def test_a_task_waits_for_each_other_task_once() -> None:
    both = TaskPlan(key="b", depends_on=(Dependency("a", "true"), Dependency("a", "false")))
    player = Player(task("a"), both).create()
    assert standing.of(player.run).waiting == {"b": 1}


def test_an_attempt_is_found_by_its_id() -> None:
    player = in_the_middle()
    for attempt in player.run.attempts:
        assert player.run.attempt(attempt.attempt_id) is attempt
    assert player.run.attempt(1) is None


def test_the_rules_of_an_attempt_are_those_of_its_task_or_of_the_nested_task() -> None:
    player = in_the_middle()
    plan = player.run.plan
    assert player.run.rules(player.last("each")) is plan["each"]
    assert player.run.rules(player.last("one[3]")) is plan["each"].nested
    assert Attempt(attempt_id=1, task_key="a", number=0).slot == "a"
