"""Every stored recording is played to a fresh server: what clients once were answered, they are answered today."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.compat.conftest import Served
from tests.compat.recording.exchange import read
from tests.compat.recording.replay import Player
from tests.compat.recording.session import RECORDINGS
from tests.surfaces.api.serving import serving


@pytest.mark.parametrize("name", sorted(file.stem for file in RECORDINGS.glob("*.json")))
def test_a_client_is_answered_as_it_was_when_it_was_recorded(name: str, tmp_path: Path) -> None:
    served = Served()
    try:
        with serving(served.make(tmp_path / "home")) as url:
            headers = {"Authorization": f"Bearer {served.brickyard.token}"}
            with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as http:
                Player(http).play(read(RECORDINGS / f"{name}.json"))
    finally:
        served.brickyard.stop()
