"""The service's SDK for Python keeps files, secrets and tokens here as it does there."""

from __future__ import annotations

import base64
import io

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, ResourceAlreadyExists, Unauthenticated
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType

from tests.compat.conftest import Served

HEADER = b"# Databricks notebook source\n"


def test_the_sdk_learns_who_and_where_it_is(client: WorkspaceClient, served: Served) -> None:
    assert client.current_user.me().active
    assert client.get_workspace_id() == int(served.brickyard.store.meta("workspace_id", lambda: "0"))


def test_a_wrong_token_is_unauthenticated(served: Served) -> None:
    with pytest.raises(Unauthenticated):
        WorkspaceClient(host=served.url, token="wrong").current_user.me()


def test_notebooks_and_files_go_up_and_come_down(client: WorkspaceClient) -> None:
    client.workspace.mkdirs("/Shared/up")
    client.workspace.upload("/Shared/up/note.py", io.BytesIO(b"print(1)"))
    client.workspace.upload("/Shared/up/tool.py", io.BytesIO(b"print(2)"), format=ImportFormat.AUTO)
    client.workspace.upload("/Shared/up/data.csv", io.BytesIO(b"a,b\n"), format=ImportFormat.AUTO)
    assert client.workspace.download("/Shared/up/note.py").read() == HEADER + b"print(1)"
    assert client.workspace.download("/Shared/up/tool.py").read() == b"print(2)"
    assert client.workspace.download("/Shared/up/data.csv", format=ExportFormat.AUTO).read() == b"a,b\n"
    kinds = {entry.path: entry.object_type for entry in client.workspace.list("/Shared/up")}
    assert kinds == {
        "/Shared/up/note": ObjectType.NOTEBOOK,
        "/Shared/up/tool.py": ObjectType.FILE,
        "/Shared/up/data.csv": ObjectType.FILE,
    }
    with pytest.raises(ResourceAlreadyExists):
        client.workspace.upload("/Shared/up/data.csv", io.BytesIO(b""), format=ImportFormat.AUTO)
    client.workspace.upload("/Shared/up/data.csv", io.BytesIO(b"c\n"), format=ImportFormat.AUTO, overwrite=True)
    assert client.workspace.download("/Shared/up/data.csv").read() == b"c\n"
    assert client.workspace.get_status("/Shared/up/note").language is Language.PYTHON
    with pytest.raises(BadRequest, match="not empty"):
        client.workspace.delete("/Shared/up")
    client.workspace.delete("/Shared/up", recursive=True)
    with pytest.raises(NotFound, match="doesn't exist"):
        client.workspace.get_status("/Shared/up")


def test_import_and_export_speak_base64(client: WorkspaceClient) -> None:
    content = base64.b64encode(b"SELECT 1").decode()
    client.workspace.import_("/query", content=content, format=ImportFormat.SOURCE, language=Language.SQL)
    exported = client.workspace.export("/query", format=ExportFormat.JUPYTER)
    assert b"SELECT 1" in base64.b64decode(exported.content or "")
    assert exported.file_type == "ipynb"
    paths = {entry.path for entry in client.workspace.list("/", recursive=True)}
    assert "/query" in paths
    client.workspace.delete("/query")


def test_secrets_are_kept(client: WorkspaceClient) -> None:
    client.secrets.create_scope("sdk")
    client.secrets.put_secret("sdk", "password", string_value="geheim")
    assert base64.b64decode(client.secrets.get_secret("sdk", "password").value or "") == b"geheim"
    assert [entry.key for entry in client.secrets.list_secrets("sdk")] == ["password"]
    assert "sdk" in [scope.name for scope in client.secrets.list_scopes()]
    with pytest.raises(ResourceAlreadyExists):
        client.secrets.create_scope("sdk")
    client.secrets.delete_secret("sdk", "password")
    with pytest.raises(NotFound):
        client.secrets.get_secret("sdk", "password")
    client.secrets.delete_scope("sdk")


def test_a_token_of_the_sdk_opens_the_door_until_it_is_deleted(client: WorkspaceClient, served: Served) -> None:
    made = client.tokens.create(comment="sdk", lifetime_seconds=600)
    assert made.token_value
    assert made.token_info
    other = WorkspaceClient(host=served.url, token=made.token_value)
    assert other.current_user.me().user_name == client.current_user.me().user_name
    assert made.token_info.token_id in [info.token_id for info in client.tokens.list()]
    client.tokens.delete(made.token_info.token_id or "")
    with pytest.raises(Unauthenticated):
        other.current_user.me()


def test_clusters_can_be_listed(client: WorkspaceClient) -> None:
    assert [cluster.state for cluster in client.clusters.list() if cluster.state is None] == []
