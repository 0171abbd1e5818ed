"""The API against its own description: schemathesis asks what the description allows, and more, of every endpoint.

No answer may be a 500, and none may be one that the description does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from brickyard.engine.commands import StartRequest
from brickyard.storage.store import open_store
from brickyard.surfaces.api.asked_fields import BODY, QUERY, asked
from brickyard.surfaces.api.bodies import Query, Sent
from tests.surfaces.api.house import TOKEN, USER, HandClock, build_house, task

BASE = "http://127.0.0.1"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 5
_OLDER = ("/api/2.0/jobs/", "/api/2.1/jobs/", "/api/2.0/clusters/")
"""The same handlers as of the newest version."""
_WAITING = ("/watch",)
"""These wait for news."""
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("described")
    store = open_store("sqlite://", key_file=folder / "key", clock=HandClock())
    house = build_house(folder, store)
    job_id = house.commands.create_job({"name": "nightly", "tasks": [task("one")]}, user=USER)
    run_id = house.commands.run_now(job_id, StartRequest(), user=USER)
    house.end(run_id, "one", status="failed", error="no ore")
    (house.settings.workspace / "Shared").mkdir(parents=True)
    KNOWN.update(job_id=job_id, object_id=job_id, run_id=run_id, task_run_id=house.attempt_of(run_id, "one"))
    yield house.app(BASE)
    store.close()


KNOWN: dict[str, Any] = {"path": "/Shared", "version": 1, "object_type": "jobs"}
"""What there is: half of the requests name it, and so get further than to say that it is not there."""


@pytest.mark.timeout(400)
def test_no_endpoint_fails_or_answers_what_it_does_not_describe(app: FastAPI) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "127.0.0.1"}
    schema = schemathesis.openapi.from_asgi("/api/brickyard/openapi.json", app, headers=headers)
    asked, found = 0, list[str]()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if operation.path.startswith(_OLDER) or operation.path.endswith(_WAITING):
            continue
        asked += 1
        found += list(dict.fromkeys(findings(operation, headers)))
    assert asked > 100
    assert found == [], "\n\n".join(found)


def findings(operation: Any, headers: dict[str, str]) -> list[str]:
    """What some requests that the description allows bring to light."""
    found: list[str] = []

    @BOUNDED
    @given(operation.as_strategy(), st.booleans())
    def once(case: Any, named: bool) -> None:
        for place in (case.path_parameters, case.query, case.body) if named else ():
            if isinstance(place, dict):
                place.update({name: KNOWN[name] for name in KNOWN.keys() & place.keys()})
        answer = case.call(headers=headers, base_url=BASE)
        try:
            case.validate_response(answer, checks=CHECKS)
        except BaseExceptionGroup as group:
            said = "; ".join(str(each).partition("\n\nSchema:")[0] for each in group.exceptions)
            found.append(f"{operation.label}: {answer.status_code} {said} {answer.text[:200]}")

    once()
    return found


# ------------------------------------------------------------------------------------------ what the description says


def operation(app: FastAPI, method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["paths"][path][method]
    return found


def test_the_query_of_an_endpoint_is_described_as_its_handler_reads_it(app: FastAPI) -> None:
    found = {each["name"]: each for each in operation(app, "get", "/api/2.2/jobs/runs/list")["parameters"]}
    assert list(found) == [
        "job_id", "active_only", "completed_only", "run_type", "start_time_from", "start_time_to", "limit", "offset",
        "page_token", "expand_tasks",
    ]  # fmt: skip
    assert found["active_only"]["schema"] == {"type": "boolean"}
    assert found["run_type"]["schema"]["enum"] == ["JOB_RUN", "SUBMIT_RUN", "WORKFLOW_RUN"]
    assert (found["job_id"]["schema"]["type"], found["job_id"]["required"]) == ("integer", False)
    [first, *_] = operation(app, "get", "/api/2.2/jobs/get")["parameters"]
    assert (first["name"], first["required"]) == ("job_id", True)


def test_the_bodies_of_jobs_are_those_of_the_table_of_fields(app: FastAPI) -> None:
    body = operation(app, "post", "/api/2.2/jobs/create")["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/jobs.job"}
    schemas = app.openapi()["components"]["schemas"]
    assert schemas["jobs.job"]["properties"]["tasks"]["items"] == {"$ref": "#/components/schemas/jobs.task"}
    assert schemas["jobs.task"]["required"] == ["task_key"]
    assert "pipeline_task" not in schemas["jobs.task"]["properties"], "what is refused is not offered"
    body = operation(app, "post", "/api/2.2/jobs/update")["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["new_settings"] == {"$ref": "#/components/schemas/jobs.job"}
    assert body["properties"]["fields_to_remove"]["items"] == {"type": "string"}
    assert body["required"] == ["job_id"]


def test_every_endpoint_says_how_it_fails_and_which_parts_its_path_has(app: FastAPI) -> None:
    for path, operations in app.openapi()["paths"].items():
        for method, found in operations.items():
            assert {"400", "401", "403", "404", "429", "503"} <= found["responses"].keys(), (method, path)
            assert not {"422", "500"} & found["responses"].keys(), (method, path)
            named = {each["name"] for each in found.get("parameters", ()) if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), (method, path)


def test_errors_of_other_protocols_are_described_in_their_forms(app: FastAPI) -> None:
    found = operation(app, "get", "/api/2.0/preview/scim/v2/Users")["responses"]["400"]
    forms = found["content"]["application/json"]["schema"]["anyOf"]
    assert forms[0] == {"$ref": "#/components/schemas/ScimFault"}


# --------------------------------------------------------------------------------------------------- reading handlers

WORDS = ("a", "b")


def reading(query: Query, sent: Sent) -> None:
    query.only("x", *WORDS, "word").whole("x")
    if query.flag("a"):
        query.text("only_then")
    _ = [sent.text("must"), sent.text("may", ""), *sent.texts("many")]
    query.choice("word", WORDS, "a")


def test_fields_are_found_where_a_handler_reads_them() -> None:
    found = asked([reading])
    assert found[QUERY].fields["word"] == {"type": "string", "enum": ["a", "b"]}
    assert found[QUERY].fields["a"] == {"type": "boolean"}
    assert found[QUERY].fields["b"] == {}
    assert found[QUERY].required == {"x"}
    assert "only_then" in found[QUERY].fields
    assert (list(found[BODY].fields), found[BODY].required) == (["must", "may", "many"], {"must"})


def test_what_is_no_function_or_reads_nothing_has_no_fields() -> None:
    for each in (len, test_what_is_no_function_or_reads_nothing_has_no_fields):
        found = asked([each])
        assert (found[QUERY].fields, found[BODY].is_read) == ({}, False)
