"""Fixtures: an installation for each test, and nothing of it left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation of a person named Ada; its server is not started yet."""
    made = Installation(tmp_path / "home")
    made.env["LOGNAME"] = "ada"
    yield made
    made.leave_nothing()
