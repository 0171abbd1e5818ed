"""Loops in repairs: with the inputs of before only what did not succeed is repeated."""

from __future__ import annotations

from typing import Any

from brickyard.runs import endings, loops
from brickyard.runs.model import Attempt
from tests.unit.runs.playing import Player, assert_consistent, loop, task


def failed(total: int = 4, bad: tuple[int, ...] = (1, 3), **rules: Any) -> Player:
    """A run of one loop in which the iterations `bad` failed."""
    player = Player(loop("each", width=9, **rules)).create()
    player.begin_loop("each", total)
    while active(player):
        finish(player, bad)
    assert player.result == "INTERNAL_ERROR/FAILED"
    return player


def finish(player: Player, bad: tuple[int, ...] = ()) -> None:
    """Let all iterations that are active end."""
    for attempt in [each for each in player.run.attempts if each.iteration >= 0 and not each.is_terminal]:
        player.work(attempt.slot, endings.failed() if attempt.iteration in bad else None)


def active(player: Player) -> list[int]:
    return [each.iteration for each in player.run.attempts if each.iteration >= 0 and not each.is_terminal]


def counts(player: Player, attempt: Attempt) -> tuple[int, int, int, int, int]:
    known = loops.stats(player.run, attempt)
    return known.total, known.scheduled, known.active, known.succeeded, known.failed


def test_with_the_same_inputs_only_failed_iterations_run_again() -> None:
    player = failed()
    first = player.last("each")
    player.repair("each")
    assert player.started()[-1] == "each"
    player.begin_loop("each", 4, same=True)
    again = player.last("each")
    assert (again.number, again.repair, again.continues) == (1, 1, first.attempt_id)
    assert active(player) == [1, 3]
    assert counts(player, again) == (4, 4, 2, 2, 0)
    finish(player)
    assert player.result == "TERMINATED/SUCCESS"
    assert counts(player, again) == (4, 4, 0, 4, 0)
    assert counts(player, first) == (4, 4, 0, 2, 2), "what has ended keeps its counts"
    assert_consistent(player.run)


def test_with_other_inputs_all_iterations_run_again() -> None:
    player = failed()
    player.repair("each")
    player.begin_loop("each", 2)
    assert player.last("each").continues == 0
    assert active(player) == [0, 1]
    assert [(each.slot, each.number, each.repair) for each in player.run.attempts[-2:]] == [
        ("each_one[0]", 1, 1),
        ("each_one[1]", 1, 1),
    ]


def test_iterations_that_never_began_run_in_the_repair() -> None:
    player = Player(loop("each")).create()
    player.begin_loop("each", 3)
    player.work("each_one[0]")
    player.cancel("each")
    player.end("each_one[1]", endings.failed())
    player.repair("each")
    player.begin_loop("each", 3, same=True)
    assert active(player) == [1]
    finish(player)
    assert active(player) == [2]


def test_a_loop_in_which_everything_is_kept_succeeds_at_once() -> None:
    player = Player(loop("each"), task("next", "each")).create()
    player.begin_loop("each", 1)
    player.work("each_one[0]")
    player.fail("next")
    player.repair("each", "next")
    player.begin_loop("each", 1, same=True)
    assert player.states() == {"each": "SUCCESS", "next": "PENDING"}


def test_a_second_repair_keeps_what_both_before_it_have_done() -> None:
    player = failed(4, bad=(1, 2, 3))
    for bad, expected in (((2, 3), [1, 2, 3]), ((3,), [2, 3]), ((), [3])):
        player.repair("each")
        player.begin_loop("each", 4, same=True)
        assert active(player) == expected
        finish(player, bad)
    assert player.result == "TERMINATED/SUCCESS"


def test_what_succeeded_with_other_inputs_is_not_kept() -> None:
    player = failed(4, bad=(3,))
    player.repair("each")
    player.begin_loop("each", 4)  # other inputs
    player.cancel("each")
    for index in range(4):
        player.end(f"each_one[{index}]", endings.succeeded() if index == 2 else endings.failed())
    player.repair("each")
    player.begin_loop("each", 4, same=True)
    assert active(player) == [0, 1, 3], "iteration 0 succeeded with the inputs of the original run only"


def test_the_inputs_of_before_are_those_of_the_newest_attempt_that_had_begun() -> None:
    player = Player(task("a"), loop("each", "a")).create()
    player.work("a")
    player.begin_loop("each", 2)
    player.work("each_one[0]")
    player.fail("each_one[1]")
    begun = player.last("each")
    player.repair("a", "each")
    player.fail("a")  # the loop is skipped in this repair
    player.repair("a", "each")
    player.work("a")
    assert loops.before(player.run, player.last("each")) == begun
    player.begin_loop("each", 2, same=True)
    assert active(player) == [1]


def test_a_first_attempt_has_nothing_to_keep() -> None:
    player = Player(loop("each")).create()
    assert loops.before(player.run, player.last("each")) is None
    player.begin_loop("each", 2, same=True)
    assert (active(player), player.last("each").continues) == ([0], 0)


def test_retries_of_iterations_are_counted_anew_in_a_repair() -> None:
    player = failed(1, bad=(0,), nested=task("one", max_retries=0))
    rules = {"each": loop("each", nested=task("one", max_retries=1))}
    player.repair("each", plan=rules)
    player.begin_loop("each", 1, same=True)
    player.fail("one[0]")
    player.fail("one[0]")
    assert player.result == "INTERNAL_ERROR/FAILED"
    assert [(each.number, each.repair) for each in player.attempts("one")] == [(0, 0), (1, 1), (2, 1)]


def test_kept_iterations_are_shown_with_the_attempts_of_the_loop_that_ran_them() -> None:
    player = failed(3, bad=(1,), nested=task("one", max_retries=1))
    player.repair("each")
    player.begin_loop("each", 3, same=True)
    shown = loops.iterations(player.run, player.last("each"))
    assert [(each.iteration, each.number, each.repair) for each in shown] == [(0, 0, 0), (1, 2, 1), (2, 0, 0)]


def test_the_attempts_of_a_repair_are_those_of_its_tasks() -> None:
    player = failed(3, bad=(1,))
    player.repair("each")
    player.begin_loop("each", 3)
    assert player.run.repairs[0].attempt_ids == (player.last("each").attempt_id,)
