from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workloads.runtime.house import Engine, House, make


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all tests that do not kill it."""
    server = Engine(tmp_path_factory.mktemp("engine"))
    yield server
    server.kill()


@pytest.fixture
def house(tmp_path: Path, engine: Engine) -> Iterator[House]:
    """A home with an empty metastore."""
    home = make(tmp_path / "home", engine)
    yield home
    for session in home.sessions:
        session.close()
    home.store.close()


@pytest.fixture
def spark(house: House) -> Any:
    """The session of a task."""
    return house.session()
