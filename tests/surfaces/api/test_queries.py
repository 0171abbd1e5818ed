"""Saved queries on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.surfaces.api.house import START_MS, USER, House

QUERIES = "/api/2.0/sql/queries"
FOLDER = f"/Workspace/Users/{USER}"


def create(house: House, auto: bool | None = None, **fields: Any) -> dict[str, Any]:
    more = {} if auto is None else {"auto_resolve_display_name": auto}
    made: dict[str, Any] = house.post(QUERIES, query={"query_text": "SELECT 1", **fields}, **more)
    return made


def patch(house: House, query_id: str, mask: str, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = house._ok(
        house.client.patch(f"{QUERIES}/{query_id}", json={"update_mask": mask, "query": fields})
    )
    return found


def refused(house: House, **fields: Any) -> tuple[int, str, str]:
    """What a create with these fields is refused with."""
    return house.refused("POST", QUERIES, json={"query": {"query_text": "SELECT 1", **fields}})


def test_a_query_is_answered_as_it_was_sent(house: House) -> None:
    sent = {
        "display_name": "Sales of a day",
        "query_text": "SELECT * FROM sales WHERE day = :day",
        "warehouse_id": "w1",
        "catalog": "main",
        "schema": "shop",
        "description": "für alle",
        "tags": ["daily", "sales"],
        "parameters": [{"name": "day", "title": "Day", "text_value": {"value": "2024-01-01"}}],
        "run_as_mode": "OWNER",
        "apply_auto_limit": True,
        "parent_path": "/Workspace/Shared",
    }
    made = house.post(QUERIES, query=sent)
    assert made == {
        **sent,
        "id": made["id"],
        "owner_user_name": USER,
        "last_modifier_user_name": USER,
        "lifecycle_state": "ACTIVE",
        "create_time": "2027-01-15T08:00:00.000Z",
        "update_time": "2027-01-15T08:00:00.000Z",
    }
    assert house.get(f"{QUERIES}/{made['id']}") == made
    assert house.get(QUERIES) == {"results": [made]}


def test_ids_look_like_those_of_the_service(house: House) -> None:
    parts = create(house)["id"].split("-")
    assert [len(part) for part in parts] == [8, 4, 4, 4, 12]


def test_only_the_text_is_needed(house: House) -> None:
    assert (create(house)["display_name"], create(house)["display_name"]) == ("New query", "New query (1)")
    assert house.refused("POST", QUERIES, json={"query": {"display_name": "a"}}) == (
        400,
        "INVALID_PARAMETER_VALUE",
        "query.query_text is missing; it must be a text.",
    )
    assert house.refused("POST", QUERIES, json={})[0] == 400


def test_a_name_that_is_taken_is_refused_or_numbered(house: House) -> None:
    for name in ("a", "a (1)"):
        create(house, display_name=name)
    status, code, text = refused(house, display_name="a")
    assert (status, code) == (400, "RESOURCE_ALREADY_EXISTS")
    assert f"There is a query 'a' in {FOLDER} already" in text
    assert create(house, auto=True, display_name="a")["display_name"] == "a (2)"
    assert create(house, display_name="a", parent_path="/Workspace/Shared")["display_name"] == "a", "another folder"
    assert len(house.get(QUERIES)["results"]) == 4


def test_the_list_is_newest_first_and_has_pages(house: House) -> None:
    for number in range(5):
        house.clock.ms += 1
        create(house, display_name=str(number))
    names, token, pages = [], "", 0
    while pages == 0 or token:
        page = house.get(QUERIES, page_size=2, page_token=token)
        names += [each["display_name"] for each in page["results"]]
        token, pages = page.get("next_page_token", ""), pages + 1
    assert (names, pages) == (["4", "3", "2", "1", "0"], 3)
    assert house.refused("GET", f"{QUERIES}?page_token=x")[1] == "INVALID_PARAMETER_VALUE"
    assert house.refused("GET", f"{QUERIES}?page_size=0")[0] == 400
    assert house.refused("GET", f"{QUERIES}?page_size=101")[0] == 400


def test_an_update_changes_what_its_mask_names(house: House) -> None:
    made = create(house, display_name="a", description="old", tags=["x"])
    house.clock.ms += 1000
    changed = patch(house, made["id"], "query_text,tags", query_text="SELECT 2", tags=["y"], description="not named")
    assert changed == {**made, "query_text": "SELECT 2", "tags": ["y"], "update_time": "2027-01-15T08:00:01.000Z"}
    assert house.get(f"{QUERIES}/{made['id']}") == changed
    assert "description" not in patch(house, made["id"], "description")
    house.person("bob")
    assert patch(house, made["id"], "owner_user_name", owner_user_name="bob")["owner_user_name"] == "bob"


def test_a_mask_of_everything_replaces(house: House) -> None:
    made = create(house, display_name="a", description="old", schema="s")
    changed = patch(house, made["id"], "*", query_text="SELECT 2", schema="t")
    assert (changed["display_name"], changed["query_text"], changed["schema"]) == ("a", "SELECT 2", "t")
    assert "description" not in changed
    assert changed["parent_path"] == FOLDER


def test_a_new_name_must_be_free(house: House) -> None:
    create(house, display_name="a")
    second = create(house, display_name="b")
    body = {"update_mask": "display_name", "query": {"display_name": "a"}}
    assert house.refused("PATCH", f"{QUERIES}/{second['id']}", json=body)[1] == "RESOURCE_ALREADY_EXISTS"
    body["auto_resolve_display_name"] = True  # type: ignore[assignment]
    assert house._ok(house.client.patch(f"{QUERIES}/{second['id']}", json=body))["display_name"] == "a (1)"
    assert patch(house, second["id"], "display_name", display_name="a (1)")["display_name"] == "a (1)", "its own"


@pytest.mark.parametrize(
    ("mask", "fields", "told"),
    [
        ("query_txt", {}, "update_mask: Unknown field 'query_txt'. Did you mean 'query_text'?"),
        ("id", {}, "update_mask: Unknown field 'id'."),
        ("parent_path", {}, "update_mask: Unknown field 'parent_path'."),
        ("query_text", {}, "update_mask names query_text, so query.query_text must be given."),
        ("", {}, "update_mask is missing"),
        ("tags", {"tag": []}, "Unknown field 'tag'. Did you mean 'tags'?"),
    ],
)
def test_an_update_that_is_refused_changes_nothing(house: House, mask: str, fields: dict[str, Any], told: str) -> None:
    made = create(house)
    status, code, text = house.refused("PATCH", f"{QUERIES}/{made['id']}", json={"update_mask": mask, "query": fields})
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert text.startswith(told)
    assert house.get(f"{QUERIES}/{made['id']}") == made


def test_a_query_that_is_not_there(house: House) -> None:
    made = create(house)
    assert house._ok(house.client.delete(f"{QUERIES}/{made['id']}")) == {}
    gone = (404, "RESOURCE_DOES_NOT_EXIST", f"The query '{made['id']}' does not exist.")
    for method in ("GET", "DELETE"):
        assert house.refused(method, f"{QUERIES}/{made['id']}") == gone
    body = {"update_mask": "query_text", "query": {"query_text": "x"}}
    assert house.refused("PATCH", f"{QUERIES}/{made['id']}", json=body) == gone
    assert house.get(QUERIES) == {"results": []}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"queri_text": "x"}, "Unknown field 'queri_text'. Did you mean 'query_text'?"),
        ({"owner_user_name": "x"}, "Unknown field 'owner_user_name'."),
        ({"query_text": ""}, "query_text is missing"),
        ({"query_text": 7}, "query_text is 7; it must be a text."),
        ({"display_name": "x" * 4097}, "query.display_name has 4,097 characters; the limit is 4,096."),
        ({"run_as_mode": "ROOT"}, "run_as_mode is 'ROOT'; it must be one of OWNER, VIEWER."),
        ({"tags": "x"}, "tags is 'x'; it must be a list."),
        ({"parameters": {"day": 1}}, "query.parameters is \"{'day': 1}\"; it must be a list of objects."),
        ({"parameters": [{"text_value": {}}]}, "name is missing"),
        ({"parameters": [{"name": "a"}, {"name": "a"}]}, "query.parameters[1].name: there are two parameters 'a'."),
        ({"parameters": [{"name": "a", "number": 1}]}, "Unknown field 'number'."),
        (
            {"parameters": [{"name": "a", "text_value": {"value": "x"}, "numeric_value": {"value": 1}}]},
            "query.parameters[0] has text_value and numeric_value; it must have one value.",
        ),
        (
            {"parameters": [{"name": "a", "numeric_value": {"value": "x"}}]},
            "query.parameters[0].numeric_value.value is 'x'; it must be a number.",
        ),
    ],
)
def test_what_is_wrong_is_named(house: House, fields: dict[str, Any], told: str) -> None:
    status, code, text = refused(house, **fields)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert text.startswith(told)
    assert house.get(QUERIES) == {"results": []}


@pytest.mark.parametrize(
    "value",
    [
        {"query_backed_value": {"query_id": "x", "values": ["1"]}},
        {"date_range_value": {"dynamic_date_range_value": "TODAY"}},
        {"date_value": {"dynamic_date_value": "NOW"}},
    ],
    ids=lambda value: next(iter(value)),
)
def test_parameters_that_people_choose_are_refused(house: House, value: dict[str, Any]) -> None:
    status, code, text = refused(house, parameters=[{"name": "a", **value}])
    assert (status, code) == (400, "FEATURE_DISABLED")
    assert text.startswith("query.parameters[0].")


def test_nulls_of_clients_that_send_every_field(house: House) -> None:
    made = create(house, display_name="a", description=None, tags=None, parameters=[{"name": "n", "title": None}])
    assert "description" not in made
    assert made["parameters"] == [{"name": "n"}]
    assert made["create_time"].startswith(str(1970 + START_MS // 31_556_952_000))
