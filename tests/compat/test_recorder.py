"""The recorder and the replayer: what is kept, what is taken out, what counts as the same answer."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.compat.conftest import Served, Wait
from tests.compat.recording.compare import Names, differences, is_over
from tests.compat.recording.exchange import Exchange, Recording, decoded, encoded, read
from tests.compat.recording.proxy import Recorder
from tests.compat.recording.replay import Player
from tests.compat.recording.scrub import ME, Scrubber, shortened
from tests.surfaces.api.serving import serving

HEADER = "# Databricks notebook source\n"
RUN = 900000000000001


def speak(url: str, token: str, wait_for: Wait) -> int:
    """What a small client says: it makes a job, runs it, asks until it is over, and reads what it returned."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as http:
        path = "/Shared/recorder"
        content = base64.b64encode(f"{HEADER}dbutils.notebook.exit('kept')\n".encode()).decode()
        http.post("/api/2.0/workspace/mkdirs", json={"path": "/Shared"})
        parts = {"path": path, "content": content, "format": "SOURCE", "language": "PYTHON", "overwrite": True}
        http.post("/api/2.0/workspace/import", json=parts).raise_for_status()
        task = {"task_key": "one", "notebook_task": {"notebook_path": path}}
        run_id = http.post("/api/2.2/jobs/runs/submit", json={"run_name": "x", "tasks": [task]}).json()["run_id"]
        for _ in range(2):
            http.get(f"/api/2.2/jobs/runs/get?run_id={run_id}")
            wait_for(run_id)
        run = http.get(f"/api/2.2/jobs/runs/get?run_id={run_id}").json()
        http.get(f"/api/2.2/jobs/runs/get-output?run_id={run['tasks'][0]['run_id']}").raise_for_status()
        http.post("/api/2.0/token/create", json={"comment": "recorder"}).raise_for_status()
        http.get("/api/2.2/jobs/get?job_id=5")
        return int(run_id)


@pytest.fixture(scope="module")
def kept(served: Served, wait_for: Wait, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A recording on disk, and the id of the run in it."""
    made: list[Recorder] = []

    def make(own: str) -> Recorder:
        made.append(Recorder(served.url, own, "a client 1.0"))
        return made[0]

    with serving(make) as url:
        run_id = speak(url, served.brickyard.token, wait_for)
    path = tmp_path_factory.mktemp("recording") / "client.json"
    made[0].recording.write(path)
    return path, run_id


def test_a_recording_holds_neither_token_nor_name_nor_id(served: Served, kept: tuple[Path, int]) -> None:
    text = kept[0].read_text()
    me = served.brickyard.token
    for secret in (me, str(kept[1]), served.url, "Authorization", "Bearer"):
        assert secret not in text
    made = next(each for each in read(kept[0]).exchanges if each.path.endswith("token/create"))
    assert made.answer["token_value"] == "removed"


def test_questions_asked_again_and_again_are_kept_once(kept: tuple[Path, int]) -> None:
    said = [(each.method, each.path.rpartition("/")[2], each.polled) for each in read(kept[0]).exchanges]
    assert said == [
        ("POST", "mkdirs", False),
        ("POST", "import", False),
        ("POST", "submit", False),
        ("GET", "get", True),
        ("GET", "get-output", False),
        ("POST", "create", False),
        ("GET", "get", False),
    ]


def test_a_recording_is_played_to_a_server(served: Served, kept: tuple[Path, int]) -> None:
    headers = {"Authorization": f"Bearer {served.brickyard.token}"}
    with httpx.Client(base_url=served.url, headers=headers, trust_env=False, timeout=60) as http:
        Player(http).play(read(kept[0]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": "/api/2.2/jobs/runs/get-output", "status": 404}, "status: recorded 404, answered 200"),
        ({"path": "/api/2.2/jobs/runs/get-output", "answer": {"nobody": 1}}, "answer.nobody is missing"),
        (
            {"path": "/api/2.2/jobs/runs/get-output", "answer": {"notebook_output": {"result": "lost"}}},
            "answer.notebook_output.result: recorded 'lost', answered 'kept'",
        ),
    ],
    ids=["status", "field", "value"],
)
def test_what_is_answered_otherwise_is_told_with_its_place(
    served: Served, kept: tuple[Path, int], change: dict[str, Any], words: str
) -> None:
    recording = read(kept[0])
    exchange = next(each for each in recording.exchanges if each.path == change["path"])
    exchange.status = change.get("status", exchange.status)
    exchange.answer = change.get("answer", exchange.answer)
    headers = {"Authorization": f"Bearer {served.brickyard.token}"}
    with (
        httpx.Client(base_url=served.url, headers=headers, trust_env=False, timeout=60) as http,
        pytest.raises(AssertionError) as caught,
    ):
        Player(http).play(recording)
    assert words in str(caught.value)
    assert "exchange 5: GET /api/2.2/jobs/runs/get-output" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "scrubbed"),
    [
        ({"job_id": 891145750876246}, {"job_id": RUN}),
        ({"job_id": "891145750876246", "a": 891145750876246}, {"job_id": f"{RUN}", "a": RUN}),
        ({"message": "Job 891145750876246 does not exist."}, {"message": f"Job {RUN} does not exist."}),
        ({"cluster_id": "1123-023412-abcd1234"}, {"cluster_id": "id-000001"}),
        ({"run_name": "0cc175b9c0f1b6a831c399e269772661"}, {"run_name": "id-000001"}),
        ({"next_page_token": "CAEQ"}, {"next_page_token": "id-000001"}),
        ({"next_page_token": ""}, {"next_page_token": ""}),
        ({"start_time": 1795402085883, "run_duration": 17}, {"start_time": 10**12, "run_duration": 0}),
        ({"url": "http://127.0.0.1:5/x", "user": "ada@host"}, {"url": "http://server/x", "user": ME}),
        ({"displayName": "ada"}, {"displayName": "removed"}),
        ({"string_value": "sesame", "size": 12, "flag": True}, {"string_value": "removed", "size": 12, "flag": True}),
    ],
    ids=["number", "text", "in a text", "cluster", "hex", "page", "no page", "times", "address", "name", "secret"],
)
def test_what_changes_every_time_is_taken_out_and_keeps_its_type(body: Any, scrubbed: Any) -> None:
    assert Scrubber(["http://127.0.0.1:5"], "ada@host").value(body) == scrubbed


@pytest.mark.parametrize(
    ("recorded", "actual", "same"),
    [
        ({"a": 1}, {"a": 1, "new": 2}, True),
        ({"a": 1}, {}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": True}, {"a": 1}, False),
        ([RUN, RUN], [5, 5], True),
        ([RUN, RUN], [5, 6], False),
        ([RUN, f"{RUN}"], [5, "5"], True),
        ([f"run {RUN} of id-000002", RUN], ["run 5 of abc", 5], True),
        ([f"run {RUN} of id-000002", RUN], ["run 5 of abc", 6], False),
        ({"start_time": 10**12}, {"start_time": 1795402085883}, True),
        ({"start_time": 10**12}, {"start_time": 0}, False),
        ({"run_duration": 0}, {"run_duration": 12}, True),
        ([1, 2], [1], False),
        ("removed", "whatever", True),
        ("<html>…", "<html> and more", True),
        (None, None, True),
        (0.5, 0.25, False),
        ({"versions": [{"key": "a"}]}, {"versions": [{"key": "a"}, {"key": "b"}]}, True),
        ({"events": [1]}, {"events": []}, True),
        ({"events": [1], "total_count": 1}, {"events": [], "total_count": 0}, True),
        ({"cluster_id": "id-000003", "state": "PENDING"}, {"cluster_id": "a", "state": "RUNNING"}, True),
        ({"cluster_id": "id-000003", "state": "RUNNING"}, {"cluster_id": "a", "state": "PENDING"}, False),
        ({"run_id": RUN, "state": {"life_cycle_state": "RUNNING"}}, {"run_id": 5, "state": {}}, True),
    ],
)
def test_answers_are_compared_by_what_they_mean(recorded: Any, actual: Any, same: bool) -> None:
    assert (differences(recorded, actual, Names({})) == []) is same


def test_what_no_answer_told_is_sent_as_the_client_made_it_up() -> None:
    names = Names({})
    assert names.today({"run_name": "id-000007", "job_id": RUN}) == {"run_name": "id-000007", "job_id": RUN}
    assert differences({"job_id": RUN}, {"job_id": 12}, names) == []
    assert names.today({"job_id": RUN, "text": f"{RUN}"}) == {"job_id": 12, "text": "12"}


@pytest.mark.parametrize(
    ("content", "kind", "body"),
    [
        (b"", "application/json", None),
        (b'{"a": 1}', "text/json", {"a": 1}),
        (b"a,b", "text/plain", "a,b"),
        (b"\xff\x00", "application/octet-stream", {"base64": "/wA="}),
    ],
    ids=["nothing", "json", "text", "bytes"],
)
def test_bodies_are_kept_so_that_people_can_read_them(content: bytes, kind: str, body: Any) -> None:
    assert decoded(content, kind) == body
    assert encoded(body, kind) == content


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    exchanges = [
        Exchange("POST", "/api/a%20b", {}, "text/json", {"ä": [1]}, 200, {}),
        Exchange("GET", "/api/c", {"page_token": [""]}, "", None, 404, "lost", polled=True),
    ]
    recording = Recording("some client", exchanges)
    recording.write(tmp_path / "some.json")
    assert read(tmp_path / "some.json") == recording


def test_long_answers_are_cut_and_ends_of_runs_are_seen() -> None:
    assert shortened({"views": [{"content": "x" * 3000, "type": "NOTEBOOK"}]}) == {
        "views": [{"content": "x" * 60 + "…", "type": "NOTEBOOK"}]
    }
    assert shortened({"versions": [{"key": "a"}, {"key": "b"}], "events": [1]}) == {
        "versions": [{"key": "a"}],
        "events": [],
    }
    assert shortened("QUJD" * 60) == "QUJD" * 15 + "…"
    assert is_over({"metadata": {"state": {"life_cycle_state": "INTERNAL_ERROR"}}})
    assert not is_over({"runs": [{"state": {"life_cycle_state": "PENDING"}}]})
