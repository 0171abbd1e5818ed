"""`brickyard server` with https: the command, clients of this machine, the service's SDK, and a task."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from databricks.sdk import WorkspaceClient

from brickyard.serve import serve
from brickyard.surfaces.cli.app import main
from brickyard.surfaces.client import Client, NoServer
from brickyard.surfaces.local import LocalServer, find_server, stop

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("https") / "home"


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[LocalServer]:
    """A server on all addresses, with the certificate that `brickyard auth tls` makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRICKYARD_HOME", str(home))
        assert main(["auth", "tls", "brick.example"]) == 0
        files = ["--tls-cert", str(home / "tls" / "cert.pem"), "--tls-key", str(home / "tls" / "key.pem")]
        command = [sys.executable, "-P", "-m", "brickyard", "server", "--host", "0.0.0.0", "--port", "0", *files]  # noqa: S104 - with TLS
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            try:
                assert child.stdout is not None
                assert b"listens on https://127.0.0.1:" in child.stdout.readline()
                found = find_server(home)
                assert found is not None
                yield found
            finally:
                stop(child)


@pytest.fixture(autouse=True)
def environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BRICKYARD_HOME", str(home))


def test_the_local_commands_trust_their_server(server: LocalServer, capsys: pytest.CaptureFixture[str]) -> None:
    """By the file that `server.json` names."""
    assert server.url.startswith("https://127.0.0.1:")
    assert main(["jobs", "list"]) == 0
    capsys.readouterr()
    assert main(["env", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == {
        "DATABRICKS_HOST": server.url,
        "DATABRICKS_TOKEN": server.token,
        "SSL_CERT_FILE": server.trust,
        "REQUESTS_CA_BUNDLE": server.trust,
    }


def test_a_client_that_was_told_by_env_gets_in_and_another_is_told_what_is_missing(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client(server.url, server.token) as client, pytest.raises(NoServer, match="Set SSL_CERT_FILE"):
        client.me()
    monkeypatch.setenv("SSL_CERT_FILE", server.trust)
    with Client(server.url, server.token) as client:
        assert client.me()["userName"]


def test_the_sdk_gets_in(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unchanged, with what `brickyard env` sets."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.trust)
    workspace = WorkspaceClient(host=server.url, token=server.token)
    assert workspace.current_user.me().user_name
    assert list(workspace.jobs.list()) == []


@pytest.mark.parametrize(
    ("host", "status"),
    [("brick.example", 200), ("brick.example:443", 200), ("localhost", 200), ("evil.example", 421), ("0.0.0.0", 421)],  # noqa: S104
)
def test_names_of_the_certificate_are_welcome_and_others_are_not(server: LocalServer, host: str, status: int) -> None:
    """A page that was rebound to this address brings its own name."""
    with Client(server.url, server.token, trust=server.trust) as client:
        answer = client._http.get("/health", headers={"Host": host})
    assert answer.status_code == status


def test_a_task_calls_back_over_https(server: LocalServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """User code finds the authorities in its environment."""
    lines = (
        "import os, urllib.request",
        "assert os.environ['REQUESTS_CA_BUNDLE'] == os.environ['SSL_CERT_FILE']",
        f"print(urllib.request.urlopen('{server.url}/health', timeout=10).read().decode())",
    )
    (tmp_path / "call.py").write_text("\n".join(lines))
    code = main(["run", str(tmp_path / "call.py")])
    shown = capsys.readouterr()
    assert code == 0, shown
    assert '{"status":"ok"}' in shown.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--host", "0.0.0.0"), "not loopback"),  # noqa: S104 - refused
        (("--host", "brick.example"), "must be an address"),
        (("--tls-cert", "cert.pem"), "belong together"),
        (("--tls-cert", "cert.pem", "--tls-key", "key.pem"), "--tls-cert cert.pem cannot be read"),
        (("--behind-proxy", "proxy"), "--behind-proxy is 'proxy'"),
    ],
    ids=["open", "name", "half", "missing", "proxy"],
)
def test_what_would_not_be_safe_is_refused_at_the_start(
    words: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """With one sentence and code 2; nothing listens."""
    monkeypatch.setenv("BRICKYARD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert serve([*words, "--port", "0"]) == 2
    assert sentence in capfd.readouterr().err
    assert not (tmp_path / "home" / "server.json").exists()


def test_a_server_behind_a_proxy_answers_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over http, and under the name that was allowed."""
    monkeypatch.setenv("BRICKYARD_HOME", str(tmp_path / "home"))
    options = ["--host", "0.0.0.0", "--port", "0", "--behind-proxy", "192.0.2.1", "--allow-host", "brick.example"]  # noqa: S104
    command = [sys.executable, "-P", "-m", "brickyard", "server", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert b"listens on http://127.0.0.1:" in child.stdout.readline()
            found = find_server(tmp_path / "home")
            assert found is not None
            answer = httpx.get(f"{found.url}/health", headers={"Host": "brick.example"}, trust_env=False)
            assert (answer.status_code, found.trust) == (200, "")
        finally:
            stop(child)
