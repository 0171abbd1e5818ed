"""A cluster of the house's user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.surfaces.api.house import House

PATIENCE = 20.0
LEAST = {"cluster_name": "mine", "spark_version": "16.4.x-scala2.12", "node_type_id": "m5.large", "num_workers": 1}
Make = Callable[..., str]


def until(house: House, cluster_id: str, state: str) -> dict[str, Any]:
    """The cluster, once it is in this state."""
    assert house.all_purpose.book.until(cluster_id, state, seconds=PATIENCE).state == state
    shown: dict[str, Any] = house.get("/api/2.1/clusters/get", cluster_id=cluster_id)
    return shown


@pytest.fixture
def make(house: House) -> Make:
    """Makes a cluster over the API, and waits until it runs."""

    def made(**settings: Any) -> str:
        cluster_id = str(house.post("/api/2.1/clusters/create", **{**LEAST, **settings})["cluster_id"])
        until(house, cluster_id, "RUNNING")
        return cluster_id

    return made


@pytest.fixture
def end(house: House) -> Callable[[str], None]:
    """Terminates a cluster over the API, and waits until it has ended."""

    def ended(cluster_id: str) -> None:
        house.post("/api/2.1/clusters/delete", cluster_id=cluster_id)
        until(house, cluster_id, "TERMINATED")

    return ended
