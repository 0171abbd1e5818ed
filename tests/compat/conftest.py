"""A whole server on a free port, in this process, and clients of the service that know nothing of us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from databricks.sdk import WorkspaceClient
from fastapi import FastAPI

from brickyard.main import Brickyard, build
from brickyard.settings import read
from tests.surfaces.api.serving import serving

Wait = Callable[..., dict[str, Any]]


class Served:
    """The server's parts and its address."""

    brickyard: Brickyard
    url: str

    def make(self, home: Path) -> Callable[[str], FastAPI]:
        def build_here(url: str) -> FastAPI:
            self.brickyard = build(read({"BRICKYARD_HOME": str(home), "BRICKYARD_IDLE_WORKERS": "1"}), url)
            self.brickyard.start()
            return self.brickyard.app

        return build_here


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served()
    try:
        with serving(served.make(tmp_path_factory.mktemp("home"))) as url:
            served.url = url
            yield served
    finally:
        served.brickyard.stop()


@pytest.fixture(scope="session")
def client(served: Served) -> WorkspaceClient:
    """The service's own SDK, unchanged, told nothing but address and token."""
    return WorkspaceClient(host=served.url, token=served.brickyard.token)


@pytest.fixture(scope="session")
def wait_for(served: Served) -> Iterator[Wait]:
    """Waits until a run is as wanted (by default: over), woken by the server and not by looking again and again."""
    headers = {"Authorization": f"Bearer {served.brickyard.token}"}
    with httpx.Client(base_url=served.url, headers=headers, trust_env=False, timeout=60) as http:

        def wait(
            run_id: int, wanted: Callable[[dict[str, Any]], bool] = lambda run: run["end_time"] > 0
        ) -> dict[str, Any]:
            seen = 0
            for _ in range(100):
                parts = {"seen": seen, "timeout": 30}
                answer = http.get(f"/api/brickyard/runs/{run_id}/watch", params=parts).raise_for_status().json()
                run: dict[str, Any] = answer["run"]
                if wanted(run):
                    return run
                assert not run["end_time"], f"the run ended before: {run['state']}"
                assert answer["version"] > seen, f"nothing happened for 30 s: {run['state']}"
                seen = answer["version"]
            raise AssertionError(f"the run does not come to an end: {run['state']}")

        yield wait


def robot_of(client: WorkspaceClient, name: str) -> tuple[str, str]:
    """A new service principal: its client id and its secret."""
    robot = client.service_principals.create(display_name=name)
    secret = client.service_principal_secrets_proxy.create(robot.id or "")
    return str(robot.application_id), str(secret.secret)
