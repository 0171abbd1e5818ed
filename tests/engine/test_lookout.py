"""A thread that looks now and then."""

from __future__ import annotations

import threading

import pytest

from brickyard.engine.lookout import Lookout
from brickyard.errors import Unavailable

WAIT = 10.0


def test_it_looks_again_and_again_also_after_a_refusal() -> None:
    seen = threading.Semaphore(0)
    looks: list[int] = []

    def look() -> None:
        looks.append(len(looks))
        seen.release()
        if len(looks) == 1:
            raise Unavailable("The database is away.")

    lookout = Lookout("things", look, seconds=0.001)
    lookout.start()
    for _ in range(3):
        assert seen.acquire(timeout=WAIT)
    lookout.check()
    lookout.stop()
    lookout.stop()


def test_a_fault_ends_it_and_is_told_to_who_asks() -> None:
    done = threading.Event()

    def look() -> None:
        done.set()
        raise ZeroDivisionError("no ore")

    lookout = Lookout("things", look, seconds=0.001)
    lookout.start()
    assert done.wait(WAIT)
    lookout.stop()
    with pytest.raises(Unavailable, match=r"The watch over things ended: ZeroDivisionError\('no ore'\)"):
        lookout.check()


def test_one_that_was_never_started_can_be_stopped() -> None:
    lookout = Lookout("things", lambda: None)
    lookout.stop()
    lookout.check()
