"""The tables of states: what is in them goes, everything else is one error."""

from __future__ import annotations

import itertools

import pytest

from brickyard.runs import transitions as moves
from brickyard.runs.states import TERMINAL, LifeCycle
from brickyard.runs.transitions import ATTEMPT_MOVES, RUN_MOVES, IllegalMove, Move

ATTEMPT_EDGES = {
    "BLOCKED": "PENDING SKIPPED TERMINATED",
    "WAITING_FOR_RETRY": "PENDING TERMINATED",
    "PENDING": "RUNNING TERMINATING TERMINATED INTERNAL_ERROR",
    "RUNNING": "TERMINATING TERMINATED INTERNAL_ERROR",
    "TERMINATING": "TERMINATED INTERNAL_ERROR",
}
RUN_EDGES = {
    "PENDING": "QUEUED RUNNING SKIPPED TERMINATED",
    "QUEUED": "RUNNING SKIPPED TERMINATED",
    "RUNNING": "TERMINATING TERMINATED INTERNAL_ERROR",
    "TERMINATING": "TERMINATED INTERNAL_ERROR",
    "TERMINATED": "RUNNING",
    "INTERNAL_ERROR": "RUNNING",
}


@pytest.mark.parametrize(("table", "edges"), [(ATTEMPT_MOVES, ATTEMPT_EDGES), (RUN_MOVES, RUN_EDGES)])
def test_every_pair_of_states_is_legal_or_not_as_drawn(table: tuple[Move, ...], edges: dict[str, str]) -> None:
    for before, after in itertools.product(LifeCycle, LifeCycle):
        legal = any(before in move.sources and after is move.destination for move in table)
        assert legal == (after.value in edges.get(before.value, "").split()), (before, after)


def test_nothing_leaves_a_terminal_state_of_an_attempt() -> None:
    assert not any(TERMINAL & move.sources for move in ATTEMPT_MOVES)


def test_an_attempt_is_born_in_four_states() -> None:
    born = {move.destination for move in ATTEMPT_MOVES if None in move.sources}
    assert born == {LifeCycle.BLOCKED, LifeCycle.PENDING, LifeCycle.WAITING_FOR_RETRY, LifeCycle.SKIPPED}


def test_an_illegal_move_names_the_subject_the_states_and_the_move() -> None:
    with pytest.raises(IllegalMove, match=r"^bronze cannot begin \(RUNNING\) from BLOCKED\.$"):
        moves.ATTEMPT_BEGIN.check("bronze", LifeCycle.BLOCKED)
    with pytest.raises(IllegalMove, match="from nothing"):
        moves.ATTEMPT_BEGIN.check("bronze", None)


def test_each_terminal_state_has_one_move_to_it() -> None:
    assert set(moves.ATTEMPT_ENDS) == set(moves.RUN_ENDS) == set(TERMINAL)
