"""A new application for each test on one real server: what is tested is what clients meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from brickyard.storage.store import open_store
from tests.surfaces.api.house import TOKEN, HandClock, House, build_house
from tests.surfaces.api.serving import Stage, serving


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    stage = Stage()
    with serving(lambda _: stage) as url:
        stage.url = url
        yield stage


@pytest.fixture
def house(stage: Stage, tmp_path: Path) -> Iterator[House]:
    store = open_store("sqlite://", key_file=tmp_path / "key", clock=HandClock())
    house = build_house(tmp_path, store)
    stage.app = house.app(stage.url)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    # There is no TLS here; without `verify` the client would load all certificates of the machine for each test.
    with httpx.Client(base_url=stage.url, headers=headers, trust_env=False, timeout=20, verify=False) as client:  # noqa: S501
        house.client = client
        yield house
    house.sql.stop()
    store.close()
