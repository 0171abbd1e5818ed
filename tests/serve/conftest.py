"""Certificates of an authority of the tests, and servers that use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from brickyard.clock import SystemClock
from brickyard.surfaces.certificate_maker import make

NAMES = ("localhost", "127.0.0.1", "brick.example")


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, in files."""

    folder: Path

    @property
    def cert(self) -> Path:
        return self.folder / "cert.pem"

    @property
    def key(self) -> Path:
        return self.folder / "key.pem"

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def write(self, names: Sequence[str] = NAMES, *, days: int = 30, now_ms: int | None = None) -> Pair:
        """Make them anew."""
        made = make(names, days=days, now_ms=SystemClock().now_ms() if now_ms is None else now_ms)
        self.cert.write_bytes(made.chain)
        self.key.write_bytes(made.key)
        self.ca.write_bytes(made.authority)
        return self


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A server that starts says where this process logs to; what a test has captured is closed after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """A good pair."""
    return Pair(tmp_path).write()
