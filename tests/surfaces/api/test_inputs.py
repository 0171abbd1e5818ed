"""What clients send is understood in its many forms, and what is not known is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import BrickyardError, InvalidParameterValue
from brickyard.surfaces.api.bodies import MAX_BODY
from brickyard.surfaces.api.inputs import Fields, as_whole, without_nulls
from brickyard.surfaces.api.pages import Page, cut_arrays, offset_of, token
from tests.surfaces.api.house import House, task

CREATE = "/api/2.2/jobs/create"


@pytest.mark.parametrize(
    ("value", "meant"),
    [(5, 5), ("5", 5), ("-5", -5), (5.0, 5), (2**62, 2**62), (True, None), ("5.5", None), ("", None), ("\u0665", None),
     (5.5, None), (2**63, None), ([], None), ("9" * 30, None), (1e300, None), ("--5", None)],
)  # fmt: skip
def test_a_whole_number_is_one_in_any_form(value: Any, meant: int | None) -> None:
    assert as_whole(value) == meant


def test_fields_give_what_is_there_and_name_what_is_missing() -> None:
    fields = Fields({"n": "7", "word": "x", "yes": "True", "no": False, "list": ["a", 1, True], "null": None})
    assert (fields.whole("n"), fields.text("word"), fields.flag("yes"), fields.flag("no")) == (7, "x", True, False)
    assert fields.texts("list") == ["a", "1", "true"]
    assert (fields.maybe_whole("absent"), fields.flag("null", default=True), "null" in fields) == (None, True, False)
    assert fields.mapping("absent") == {}


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda fields: fields.whole("absent"), "absent is missing"),
        (lambda fields: fields.whole("word"), "word is 'x'; it must be a whole number"),
        (lambda fields: fields.whole("n", low=8), "n is 7; it must be from 8"),
        (lambda fields: fields.text("absent"), "absent is missing"),
        (lambda fields: fields.text("n"), "n is 7; it must be a text"),
        (lambda fields: fields.flag("word"), "word is 'x'; it must be true or false"),
        (lambda fields: fields.mapping("word"), "word is 'x'; it must be an object"),
        (lambda fields: fields.texts("word"), "word is 'x'; it must be a list"),
        (lambda fields: fields.choice("word", ["y", "z"]), "word is 'x'; it must be one of y, z"),
        (lambda fields: fields.only("n", "words"), "Unknown field 'word'. Did you mean 'words'?"),
        (lambda fields: fields.only("n", "qqq"), "Unknown field 'word'. Known are: n, qqq."),
        (lambda fields: fields.texts("deep"), r"deep\[0\] is \{\}; it must be a text"),
    ],
)
def test_every_refusal_names_the_field_what_was_given_and_what_is_allowed(read: Any, said: str) -> None:
    with pytest.raises(InvalidParameterValue, match=said):
        read(Fields({"n": 7, "word": "x", "deep": [{}]} if "deep" in said else {"n": 7, "word": "x"}))


def test_nulls_vanish_at_every_depth_but_not_from_lists() -> None:
    assert without_nulls({"a": None, "b": {"c": None, "d": 0}, "e": [None, {"f": None}]}) == {
        "b": {"d": 0},
        "e": [None, {}],
    }


def test_a_page_token_leads_back_to_its_place_and_belongs_to_one_question() -> None:
    assert offset_of(token(40, "jobs"), "jobs") == 40
    assert offset_of("", "jobs") == 0
    for wrong in (token(40, "runs"), "nonsense", "%%%", "ü", token(40, "jobs")[:-2]):
        with pytest.raises(InvalidParameterValue, match="page_token"):
            offset_of(wrong, "jobs")


def test_the_links_of_a_page_lead_on_and_back() -> None:
    links = Page(30, 20, "q").links(more=True)
    assert (offset_of(links["next_page_token"], "q"), offset_of(links["prev_page_token"], "q")) == (50, 10)
    assert Page(0, 20, "q").links(more=False) == {"has_more": False}


def test_arrays_are_cut_to_one_page_and_the_rest_is_announced() -> None:
    body: dict[str, Any] = {"tasks": list(range(230)), "few": [1], "text": "x"}
    assert cut_arrays(body, ("tasks", "few", "absent"), 200, "q") is False
    assert (body["tasks"], body["few"], body["text"]) == (list(range(200, 230)), [], "x")
    body = {"tasks": list(range(101))}
    assert cut_arrays(body, ("tasks",), 0, "q") is True
    assert offset_of(body["next_page_token"], "q") == 100


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not JSON"),
        (b"[1]", "must be a JSON object"),
        (b'"x"', "must be a JSON object"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_malformed_json_is_refused_and_never_a_traceback(house: House, body: bytes, said: str) -> None:
    headers = {"Content-Type": "application/json"}
    status, code, message = house.refused("POST", CREATE, content=body, headers=headers)
    assert (status, code) == (400, "MALFORMED_REQUEST")
    assert said in message


def test_a_body_over_the_limit_is_refused_whether_announced_or_streamed(house: House) -> None:
    headers = {"Content-Type": "application/json"}
    large = b'{"name": "' + b"x" * MAX_BODY + b'"}'
    assert house.refused("POST", CREATE, content=large, headers=headers)[:2] == (413, "REQUEST_TOO_LARGE")
    parts = (large[start : start + 65536] for start in range(0, len(large), 65536))
    status, code, message = house.refused("POST", CREATE, content=parts, headers=headers)
    assert (status, code) == (413, "REQUEST_TOO_LARGE")
    assert "10,485,760" in message


def test_clients_of_all_ages_are_understood(house: House) -> None:
    """Text/json, numbers as strings, nulls, and False with a capital, as the legacy CLI, Airflow and Prefect send them."""
    body = b'{"name": "old", "timeout_seconds": "3600", "tags": null, "tasks": [{"task_key": "a", "dbt_task": null, '
    body += b'"depends_on": null, "notebook_task": {"notebook_path": "/a"}}]}'
    made = house.client.post(CREATE, content=body, headers={"Content-Type": "text/json; charset=utf-8"}).json()
    listed = house.get(
        "/api/2.2/jobs/list", limit=25, expand_tasks="False", include_user_names="False", page_token="", name=""
    )
    assert [job["job_id"] for job in listed["jobs"]] == [made["job_id"]]
    assert listed["jobs"][0]["settings"]["timeout_seconds"] == 3600
    assert house.get("/api/2.2/jobs/get", job_id=str(made["job_id"]))["settings"]["tasks"][0]["task_key"] == "a"
    assert house.client.post("/api/2.2/jobs/delete", json={"job_id": str(made["job_id"])}).json() == {}


@pytest.mark.parametrize(
    ("path", "body", "near"),
    [
        (CREATE, {"name": "x", "taks": []}, "tasks"),
        ("/api/2.2/jobs/run-now", {"job_id": 1, "job_paramaters": {}}, "job_parameters"),
        ("/api/2.2/jobs/runs/cancel", {"runid": 1}, "run_id"),
        ("/api/2.0/secrets/put", {"scop": "x"}, "scope"),
        ("/api/2.0/token/create", {"coment": "x"}, "comment"),
        ("/api/2.0/workspace/mkdirs", {"paht": "/x"}, "path"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_name(
    house: House, path: str, body: dict[str, Any], near: str
) -> None:
    status, code, message = house.refused("POST", path, json=body)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert near in message


def test_an_unknown_name_in_a_query_is_refused_too(house: House) -> None:
    assert "Did you mean 'job_id'?" in house.refused("GET", "/api/2.2/jobs/runs/list?jobid=1")[2]
    assert house.refused("GET", "/api/2.2/jobs/get?job_id=1&job_id=2")[1] == "MALFORMED_REQUEST"
    assert house.refused("GET", "/api/2.2/jobs/get?job_id=abc")[2] == "job_id is 'abc'; it must be a whole number."


def test_an_unknown_endpoint_is_named_in_the_error_form(house: House) -> None:
    for method, path in (
        ("GET", "/api/2.0/bricks"),
        ("PUT", "/api/2.2/jobs/list"),
        ("DELETE", "/api/2.0/sql/statements"),
    ):
        status, code, message = house.refused(method, path)
        assert (status, code) == (404, "ENDPOINT_NOT_FOUND")
        assert f"'{method} {path}'" in message


def test_mass_assignment_reaches_nothing(house: House) -> None:
    for field in ("job_id", "creator_user_name", "created_time", "version"):
        answer = house.client.post(CREATE, json={"name": "x", "tasks": [task("a")], field: 1})
        assert answer.status_code == 400, field
    assert "jobs" not in house.get("/api/2.2/jobs/list")


def test_no_error_holds_a_word_on_which_clients_retry() -> None:
    """The SDK retries for minutes where it finds one of these texts, whatever the status."""
    words = (
        "Unexpected error",
        "RPC token bucket",
        "ClusterNotReadyException",
        "Unknown worker environment",
        "try again later",
    )
    texts = [kind().message for kind in BrickyardError.__subclasses__()]
    assert not [text for text in texts for word in words if word.lower() in text.lower()]
