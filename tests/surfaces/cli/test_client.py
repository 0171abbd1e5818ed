"""The client against a server that says what a test wants: every form of error, pages, and a restart."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.live import PlainView, follow
from brickyard.surfaces.client import ApiError, Client, NoServer, from_environment, normal_host
from brickyard.surfaces.login import ClientCredentials

Answer = tuple[int, str]
Script = Callable[[str, dict[str, str]], Answer]


class Fake:
    """A server of a few lines; `script` answers each request by path and query."""

    def __init__(self, script: Script, port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                status, body = script(parts.path, dict(parse_qsl(parts.query)))
                data = body.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def fake() -> Iterator[Callable[[Script], Client]]:
    """Start a server with a script; a client of it."""
    made: list[Any] = []

    def start(script: Script) -> Client:
        server = Fake(script)
        client = Client(server.url, "dapisecret")
        made.extend((client, server))
        return client

    yield start
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("status", "body", "code", "message"),
    [
        (400, '{"error_code": "INVALID_STATE", "message": "no"}', "INVALID_STATE", "no"),
        (404, '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "gone"}', "RESOURCE_DOES_NOT_EXIST", "gone"),
        (404, '{"message": "gone"}', "HTTP_404", "gone"),
        (500, "<html>oops</html>", "HTTP_500", "The server answered 500."),
        (503, "", "HTTP_503", "The server answered 503."),
        (400, "[1]", "HTTP_400", "The server answered 400."),
        (200, "<html>a proxy's page</html>", "BAD_ANSWER", "not JSON"),
    ],
)
def test_every_form_of_error(
    fake: Callable[[Script], Client], status: int, body: str, *, code: str, message: str
) -> None:
    client = fake(lambda _path, _query: (status, body))
    with pytest.raises(ApiError) as caught:
        client.me()
    assert caught.value.code == code
    assert message in caught.value.message
    assert caught.value.is_missing is (status == 404)
    assert "dapisecret" not in repr(caught.value)


def test_pages_are_joined(fake: Callable[[Script], Client]) -> None:
    """Of a list, and of the tasks inside of one job."""

    def script(path: str, query: dict[str, str]) -> Answer:
        page = int(query.get("page_token", "0"))
        more = {"next_page_token": str(page + 1)} if page < 2 else {}
        if path.endswith("/list"):
            return 200, json.dumps({"jobs": [{"job_id": page}], **more})
        return 200, json.dumps({"job_id": 1, "settings": {"name": "x", "tasks": [{"task_key": f"t{page}"}]}, **more})

    client = fake(script)
    assert [job["job_id"] for job in client.list_jobs()] == [0, 1, 2]
    job = client.get_job(1)
    assert [task["task_key"] for task in job["settings"]["tasks"]] == ["t0", "t1", "t2"]
    assert "next_page_token" not in job


def test_a_list_stops_where_it_is_told(fake: Callable[[Script], Client]) -> None:
    asked: list[str] = []

    def script(_path: str, query: dict[str, str]) -> Answer:
        asked.append(query["limit"])
        return 200, json.dumps({"runs": [{"run_id": n} for n in range(24)], "next_page_token": "again"})

    assert len(list(fake(script).list_runs(limit=30))) == 30
    assert asked == ["24", "24"]


def test_an_empty_answer_is_an_empty_object(fake: Callable[[Script], Client]) -> None:
    assert fake(lambda _path, _query: (200, "")).call("GET", "/x") == {}


@pytest.mark.parametrize(
    ("host", "normal"),
    [
        ("example.com", "https://example.com"),
        ("https://example.com/", "https://example.com"),
        (" http://127.0.0.1:8484// ", "http://127.0.0.1:8484"),
    ],
)
def test_hosts_as_people_write_them(host: str, normal: str) -> None:
    assert normal_host(host) == normal


def test_the_environment() -> None:
    assert from_environment({}) is None
    assert from_environment({"DATABRICKS_HOST": "h", "DATABRICKS_TOKEN": "t"}) == ("https://h", "t")
    robot = {"DATABRICKS_HOST": "h", "DATABRICKS_CLIENT_ID": "i", "DATABRICKS_CLIENT_SECRET": "s"}
    assert from_environment(robot) == ("https://h", ClientCredentials("i", "s"))
    assert from_environment({**robot, "DATABRICKS_TOKEN": "t"}) == ("https://h", "t")
    with pytest.raises(InvalidParameterValue, match="DATABRICKS_CLIENT_SECRET"):
        from_environment({**robot, "DATABRICKS_CLIENT_SECRET": ""})
    with pytest.raises(InvalidParameterValue, match="DATABRICKS_TOKEN is not set"):
        from_environment({"DATABRICKS_HOST": "h"})


def state_of_run(life: str) -> str:
    state = {"life_cycle_state": life, **({"result_state": "SUCCESS"} if life == "TERMINATED" else {})}
    return json.dumps({"version": 2, "run": {"run_id": 7, "run_name": "etl", "state": state}})


def test_a_server_that_is_started_anew_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    """The view goes on with the same run once the server answers again."""
    first = Fake(lambda _path, _query: (200, state_of_run("RUNNING")))
    anew: list[Fake] = []
    said: list[str] = []

    def restart(line: str) -> None:
        said.append(line)
        if len(said) == 1:
            first.close()
            threading.Timer(
                0.5, lambda: anew.append(Fake(lambda _path, _query: (200, state_of_run("TERMINATED")), first.port))
            ).start()

    with Client(first.url, "t") as client:
        run = follow(client, 7, PlainView(restart))
    anew[0].close()
    assert run["state"]["life_cycle_state"] == "TERMINATED"
    assert said == ["Run 7 of etl", "etl (run 7): SUCCESS"]
    assert capsys.readouterr().err.count("waiting for it") == 1


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brickyard.surfaces.cli.live.PATIENCE_SECONDS", 0.1)
    with Client("http://127.0.0.1:9", "t") as client, pytest.raises(NoServer, match="No server answers"):
        follow(client, 7, PlainView())
