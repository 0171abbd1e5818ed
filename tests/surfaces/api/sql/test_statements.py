"""The statement execution API, with workers that the test plays."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.engine.statements import results
from brickyard.engine.statements.service import KEPT_MS
from tests.hand_sessions import error, table
from tests.surfaces.api.house import House

PATH = "/api/2.0/sql/statements"
ROWS: list[list[str | None]] = [["1", "a"], ["2", None]]


@pytest.fixture
def warehouse(house: House) -> str:
    found: str = house.post("/api/2.0/sql/warehouses", name="small")["id"]
    return found


def run(house: House, warehouse: str, rows: list[Any] | None = None, **more: Any) -> Any:
    house.sessions.answers.append(table(ROWS if rows is None else rows, number="bigint", word="string"))
    return house.post(PATH, statement="select 1", warehouse_id=warehouse, **more)


def test_a_statement_is_answered_with_its_schema_and_rows(house: House, warehouse: str) -> None:
    body = run(house, warehouse)
    assert body["status"] == {"state": "SUCCEEDED"}
    assert body["manifest"]["schema"] == {
        "column_count": 2,
        "columns": [
            {"name": "number", "position": 0, "type_text": "BIGINT", "type_name": "LONG"},
            {"name": "word", "position": 1, "type_text": "STRING", "type_name": "STRING"},
        ],
    }
    assert (body["manifest"]["total_row_count"], body["manifest"]["total_chunk_count"]) == (2, 1)
    assert body["result"]["data_array"] == ROWS
    assert house.get(f"{PATH}/{body['statement_id']}") == body


def test_a_statement_without_a_result_has_no_rows(house: House, warehouse: str) -> None:
    body = run(house, warehouse, rows=[])
    assert body["manifest"]["total_chunk_count"] == 0
    assert body["result"]["data_array"] == []


def test_parameters_catalog_and_schema_reach_the_statement(house: House, warehouse: str) -> None:
    parameters = [{"name": "n", "value": "1", "type": "long"}, {"name": "m"}, {"name": "d", "type": "DECIMAL(5,2)"}]
    run(house, warehouse, parameters=parameters, catalog="main", schema="gold", row_limit="7")
    command = next(iter(house.sessions.commands.values()))
    assert [(each.name, each.value, each.type) for each in command.parameters] == [
        ("n", "1", "BIGINT"),
        ("m", None, "STRING"),
        ("d", None, "DECIMAL(5,2)"),
    ]
    assert (command.catalog, command.schema, command.row_limit) == ("main", "gold", 7)


def test_large_results_come_in_chunks_that_name_the_next(
    house: House, warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "CHUNK_BYTES", 12)
    body = run(house, warehouse)
    assert body["manifest"]["total_chunk_count"] == 2
    part = body["result"]
    assert part["next_chunk_index"] == 1
    last = house.get(part["next_chunk_internal_link"])
    assert (last["row_offset"], last["data_array"], "next_chunk_index" in last) == (1, [ROWS[1]], False)
    assert house.refused("GET", f"{PATH}/{body['statement_id']}/result/chunks/2")[0] == 404


@pytest.mark.parametrize(
    ("form", "text"), [("JSON_ARRAY", '[["1","a"],["2",null]]'), ("CSV", "number,word\r\n1,a\r\n2,\r\n")]
)
def test_links_open_a_part_without_a_token_for_a_while(house: House, warehouse: str, form: str, text: str) -> None:
    body = run(house, warehouse, disposition="EXTERNAL_LINKS", format=form)
    link = body["result"]["external_links"][0]["external_link"]
    answer = house.client.get(link, headers={"Authorization": ""})
    assert answer.text == text
    assert answer.headers["content-disposition"] == "attachment"
    assert house.client.get(link.replace("chunks/0", "chunks/1")).status_code == 403
    house.clock.ms += 31 * 60_000
    assert house.client.get(link).status_code == 403


def test_a_failed_statement_is_an_answer_and_no_failed_request(house: House, warehouse: str) -> None:
    house.sessions.answers.append(error("AnalysisException: [PARSE] No. SQLSTATE: 42601"))
    body = house.post(PATH, statement="selec", warehouse_id=warehouse)
    assert body["status"] == {
        "state": "FAILED",
        "error": {"error_code": "BAD_REQUEST", "message": "[PARSE] No. SQLSTATE: 42601"},
        "sql_state": "42601",
    }
    assert "manifest" not in body
    status, code, message = house.refused("GET", f"{PATH}/{body['statement_id']}/result/chunks/0")
    assert (status, code) == (400, "INVALID_STATE")
    assert "is FAILED" in message


def test_a_statement_that_takes_longer_is_waited_for_and_can_be_cancelled(house: House, warehouse: str) -> None:
    body = house.post(PATH, statement="select 1", warehouse_id=warehouse, wait_timeout="0s")
    assert body["status"]["state"] in {"PENDING", "RUNNING"}
    house.sessions.await_command()
    assert house.post(f"{PATH}/{body['statement_id']}/cancel") == {}
    house.sql.statements.wait(body["statement_id"], 10)
    assert house.get(f"{PATH}/{body['statement_id']}")["status"] == {"state": "CANCELED"}


def test_a_result_that_is_not_kept_any_more_is_closed(house: House, warehouse: str) -> None:
    old = run(house, warehouse)["statement_id"]
    house.clock.ms += KEPT_MS + 1
    run(house, warehouse)
    assert house.get(f"{PATH}/{old}") == {"statement_id": old, "status": {"state": "CLOSED"}}


def test_tags_are_kept_with_the_statement(house: House, warehouse: str) -> None:
    """Airflow tells by them which of its tasks it was."""
    tags = [{"key": "dag_id", "value": "nightly"}, {"key": "mine", "value": ""}]
    made = house.post(PATH, statement="select 1", warehouse_id=warehouse, query_tags=tags)
    kept = house.store.statements.get(made["statement_id"])
    assert kept
    assert kept.body["query_tags"] == tags


BAD: dict[str, tuple[dict[str, Any], int, str]] = {
    "no statement": ({"statement": ""}, 400, "statement is missing"),
    "no warehouse": ({"warehouse_id": None}, 400, "warehouse_id is missing"),
    "unknown warehouse": ({"warehouse_id": "none"}, 404, "The warehouse none does not exist"),
    "unknown field": ({"colour": 1}, 400, "Unknown field 'colour'"),
    "arrow": ({"format": "ARROW_STREAM", "disposition": "EXTERNAL_LINKS"}, 400, "ARROW_STREAM is not supported"),
    "inline csv": ({"format": "CSV"}, 400, "with disposition INLINE it must be JSON_ARRAY"),
    "short wait": ({"wait_timeout": "3s"}, 400, "wait_timeout is '3s'; it must be 0s, or 5s to 50s"),
    "odd wait": ({"wait_timeout": "1m"}, 400, "wait_timeout is '1m'"),
    "no wait and cancel": ({"wait_timeout": "0s", "on_wait_timeout": "CANCEL"}, 400, "on_wait_timeout is CANCEL"),
    "no limit": ({"row_limit": 0}, 400, "row_limit is 0"),
    "parameters": ({"parameters": {"a": 1}}, 400, "parameters must be a list"),
    "nameless": ({"parameters": [{"value": "1"}]}, 400, "name is missing"),
    "ordinal": ({"parameters": [{"ordinal": 1, "value": "1"}]}, 400, "parameters[0].ordinal is not supported"),
    "type": ({"parameters": [{"name": "a", "type": "ARRAY<INT>"}]}, 400, "parameters[0].type is 'ARRAY<INT>'"),
    "twice": ({"parameters": [{"name": "a"}, {"name": "a"}]}, 400, "parameters has 'a' twice"),
    "tags": ({"query_tags": {"a": "b"}}, 400, "query_tags must be a list"),
    "many tags": ({"query_tags": [{"key": str(n)} for n in range(21)]}, 400, "query_tags must be a list of at most 20"),
    "no tag": ({"query_tags": ["a"]}, 400, "query_tags[0] must be an object"),
    "a tag without a key": ({"query_tags": [{"value": "a"}]}, 400, "key is missing"),
    "odd tag": ({"query_tags": [{"key": "a", "colour": "b"}]}, 400, "Unknown field 'colour'"),
    "long tag": ({"query_tags": [{"key": "a", "value": "b" * 129}]}, 400, "query_tags[0] is longer than the 128"),
    "tag twice": ({"query_tags": [{"key": "a"}, {"key": "a", "value": "b"}]}, 400, "query_tags has a key twice"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_and_nothing_runs(house: House, warehouse: str, case: str) -> None:
    more, status, said = BAD[case]
    found = house.refused("POST", PATH, json={"statement": "select 1", "warehouse_id": warehouse, **more})
    assert found[0] == status
    assert said in found[2]
    assert not house.sessions.requests


def test_a_statement_is_there_for_who_sent_it_and_for_administrators(house: House, warehouse: str) -> None:
    mine = run(house, warehouse)["statement_id"]
    headers = house.person("bob@example.com")
    for method, path in (("GET", ""), ("GET", "/result/chunks/0"), ("POST", "/cancel")):
        status, _, message = house.refused(method, f"{PATH}/{mine}{path}", headers=headers)
        assert status == 404
        assert mine in message
    body = {"statement": "select 1", "warehouse_id": warehouse}
    assert house.refused("POST", PATH, json=body, headers=headers)[0] == 404
    admin = house.person("eve@example.com", "admins")
    assert house.client.get(f"{PATH}/{mine}", headers=admin).status_code == 200
