"""A compute house for each module, and one that a test may wreck."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compute.house import House, living


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server's compute that the tests of a module share."""
    with living(House(tmp_path_factory.mktemp("house"), interrupt_seconds=0.5, term_seconds=0.5)) as opened:
        yield opened


@pytest.fixture
def own_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server's compute for one test alone."""
    with living(House(tmp_path_factory.mktemp("own"), interrupt_seconds=0.5, term_seconds=0.5)) as opened:
        yield opened
