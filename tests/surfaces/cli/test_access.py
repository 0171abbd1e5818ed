"""Tokens and secrets from the command line."""

from __future__ import annotations

import io
from typing import Any

import pytest

from brickyard.surfaces.client import ApiError, Client
from brickyard.surfaces.local import LocalServer
from tests.surfaces.cli.conftest import Run


def test_a_token_lets_in_until_it_is_deleted(brickyard: Run, server: LocalServer) -> None:
    made: Any = brickyard("auth", "token", "create", "--comment", "for a test", "--days", "1", "--json").json
    with Client(server.url, made["token_value"]) as client:
        assert client.me()["userName"]
        token_id = made["token_info"]["token_id"]
        listed = brickyard("auth", "token", "list")
        assert token_id in listed.out
        assert "for a test" in listed.out
        assert made["token_value"] not in listed.out
        assert brickyard("auth", "token", "delete", token_id).code == 0
        with pytest.raises(ApiError):
            client.me()


def test_a_secret_is_kept_and_never_shown(brickyard: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an option or from standard input; its scope is made on the way."""
    assert brickyard("secrets", "put", "vault", "a", "--value", "geheim1").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("geheim2\n"))
    assert brickyard("secrets", "put", "vault", "b").code == 0
    shown = brickyard("secrets", "list", "vault")
    assert "geheim" not in shown.out
    listed: Any = brickyard("secrets", "list", "--json").json
    assert [item["key"] for item in listed["vault"]] == ["a", "b"]
    assert brickyard("secrets", "delete", "vault", "a").code == 0
    left: Any = brickyard("secrets", "list", "vault", "--json").json
    assert len(left["vault"]) == 1


def test_an_empty_secret_is_refused(brickyard: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    done = brickyard("secrets", "put", "vault", "empty")
    assert done.code == 2
    assert "empty" in done.err


def test_env_speaks_for_the_server_of_the_home_only(
    brickyard: Run, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines for a shell; without a server a sentence, and code 3."""
    done = brickyard("env")
    assert done.code == 3
    assert "brickyard server" in done.err
    home = server_home(server)
    monkeypatch.setenv("BRICKYARD_HOME", home)
    lines = brickyard("env").out.splitlines()
    assert lines == [f"export DATABRICKS_HOST={server.url}", f"export DATABRICKS_TOKEN={server.token}"]
    assert brickyard("env", "--json").json == {"DATABRICKS_HOST": server.url, "DATABRICKS_TOKEN": server.token}


def server_home(server: LocalServer) -> str:
    """The home of the server, as it says itself."""
    with Client(server.url, server.token) as client:
        return str(client.call("GET", "/api/brickyard/status")["home"])
