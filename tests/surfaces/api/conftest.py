"""One server for each test: the real application and a real socket, so what is tested is what clients meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from brickyard.storage.store import open_store
from tests.surfaces.api.house import TOKEN, HandClock, House, build_house
from tests.surfaces.api.serving import serving


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = open_store("sqlite://", key_file=tmp_path / "key", clock=HandClock())
    house = build_house(tmp_path, store)
    with serving(house.app) as url:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as client:
            house.client = client
            yield house
    store.close()
