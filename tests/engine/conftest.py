"""A house on a database in memory, started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.engine.house import House


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the log from the terminal: crashes are part of these tests."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.start()
    yield made
    made.stop()
    made.engine.stop()  # twice is once
