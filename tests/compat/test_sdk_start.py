"""The first thing that the service's own SDK does: it asks the host who it is."""

from __future__ import annotations

import logging

import pytest
from databricks.sdk import WorkspaceClient

from tests.compat.conftest import Served


def test_the_sdk_starts_without_a_warning(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """And it still signs in by the token, to the workspace that the host named."""
    with caplog.at_level(logging.WARNING, "databricks.sdk"):
        client = WorkspaceClient(host=served.url, token=served.brickyard.token)
        assert client.current_user.me().user_name
    assert [record.message for record in caplog.records] == []
    assert client.config.auth_type == "pat"
    assert client.config.discovery_url == f"{served.url}/oidc/.well-known/oauth-authorization-server"
    assert client.get_workspace_id() == int(client.config.workspace_id)
    assert list(client.jobs.list(limit=1)) is not None
