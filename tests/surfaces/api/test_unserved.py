"""What this server has not: refused in the service's form, by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import NotFound
from databricks.sdk.errors import NotImplemented as NotHere

from brickyard.surfaces.api.unserved import UNSERVED, unserved
from tests.surfaces.api.house import TOKEN, House
from tests.surfaces.api.walking import endpoints


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_endpoint_that_only_the_service_has_is_named_with_the_reason(house: House, method: str) -> None:
    assert house.refused(method, "/api/2.0/pipelines/7/updates?secret=1") == (
        501,
        "NOT_IMPLEMENTED",
        (
            f"No API found for '{method} /api/2.0/pipelines/7/updates'. This server does not have pipelines: declarative"
            " pipelines are not run yet."
        ),
    )


@pytest.mark.parametrize("path", ["2.0/nonsense", "2.0/pipelinesx", "2.2/jobs/dance", "9.9/", "brickyard/pipelines"])
def test_an_endpoint_that_nobody_has_is_not_found(house: House, path: str) -> None:
    status, code, message = house.refused("GET", f"/api/{path}")
    assert (status, code, message) == (404, "ENDPOINT_NOT_FOUND", f"No API found for 'GET /api/{path}'.")


def test_all_of_them_are_refused_and_none_of_them_is_served(house: House) -> None:
    served = [each.template for each in endpoints(house.app("http://127.0.0.1"))]
    for each in UNSERVED:
        assert house.refused("GET", f"/api/2.1/{each.prefix}/x")[:2] == (501, "NOT_IMPLEMENTED"), each
        below = [path for path in served if f"{path}/".partition(f"/{each.prefix}/")[1]]
        assert not [path for path in below if not each.but or f"/{each.but}/" not in path], each
        assert bool(below) is bool(each.but), each
    assert [each.prefix for each in UNSERVED] == sorted({each.prefix for each in UNSERVED})


def test_the_longest_prefix_gives_the_reason() -> None:
    found = unserved("/api/2.1/unity-catalog/shares")
    assert found is not None
    assert found.prefix == "unity-catalog/shares"
    assert unserved("/api/2.1/unity-catalog/shares-of-mine") is None
    assert unserved("/apps") is None
    assert unserved("/api/2.0/accounts/servicePrincipals/1/nonsense") is None


def test_clients_raise_what_they_have_for_it(house: House, tmp_path: Path) -> None:
    config = Config(host=str(house.client.base_url), token=TOKEN, config_file=str(tmp_path / "none"))
    client = WorkspaceClient(config=config)
    with pytest.raises(NotHere, match="serving-endpoints: no models"):
        list(client.serving_endpoints.list())
    with pytest.raises(NotHere, match="mlflow"):
        list(client.experiments.list_experiments())
    with pytest.raises(NotFound, match="No API found"):
        client.api_client.do("GET", "/api/2.0/nonsense")


def test_telemetry_is_taken_and_thrown_away(house: House) -> None:
    assert house.post("/telemetry-ext", uploadTime=1, items=[], protoLogs=["{}"]) == {}
    assert house.client.post("/telemetry-ext", content=b"\xff\x00 no json").json() == {}
    assert house.client.post("/telemetry-ext", content=b"x" * (10 * 2**20 + 1)).status_code == 413
