"""Recording while tests run:  BRICKYARD_RECORD=1 python -m pytest tests/compat/test_….py -n0."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.compat.recording.proxy import Recorder
from tests.surfaces.api.serving import serving

RECORDINGS = Path(__file__).parent.parent / "recordings"
WANTED = "BRICKYARD_RECORD"


def wanted() -> bool:
    """Shall what the clients of the tests say be recorded?"""
    return bool(os.environ.get(WANTED))


@contextmanager
def recorded(url: str, name: str, client: str) -> Iterator[str]:
    """The address that a client is to be told: the server's own, or that of a recorder before it."""
    if not wanted():
        yield url
        return
    made: list[Recorder] = []

    def make(own: str) -> Recorder:
        made.append(Recorder(url, own, client))
        return made[0]

    with serving(make) as own:
        yield own
    made[0].recording.write(RECORDINGS / f"{name}.json")
