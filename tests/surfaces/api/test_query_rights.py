"""Who may see, change and give away a saved query."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import OWNER, ObjectType
from brickyard.records import AclEntry
from tests.surfaces.api.house import USER, House

QUERIES = "/api/2.0/sql/queries"
Headers = dict[str, str]


def ask(house: House, who: Headers, method: str, path: str = "", **body: Any) -> tuple[int, Any]:
    parts: dict[str, Any] = {"json": body} if body else {}
    answer = house.client.request(method, f"{QUERIES}{path}", headers=who, **parts)
    return answer.status_code, answer.json()


def create(house: House, who: Headers, **fields: Any) -> str:
    status, body = ask(house, who, "POST", query={"query_text": "SELECT 1", **fields}, auto_resolve_display_name=True)
    assert status == 200, body
    return str(body["id"])


def seen(house: House, who: Headers) -> list[str]:
    return [each["id"] for each in ask(house, who, "GET")[1]["results"]]


def allow(house: House, query_id: str, name: str, level: str, kind: PrincipalKind = PrincipalKind.USER) -> None:
    house.store.acls.replace(ObjectType.QUERIES, query_id, [AclEntry(kind, name, level)])


@pytest.fixture
def ada(house: House) -> Headers:
    return house.person("ada")


@pytest.fixture
def bob(house: House) -> Headers:
    return house.person("bob", "miners")


def test_a_query_is_its_makers_and_shown_to_nobody_else(house: House, ada: Headers, bob: Headers) -> None:
    query_id = create(house, ada)
    assert (seen(house, ada), seen(house, bob), seen(house, {})) == ([query_id], [], [query_id])
    for method, body in (("GET", {}), ("PATCH", {"query": {"description": "x"}, "update_mask": "*"}), ("DELETE", {})):
        got = ask(house, bob, method, f"/{query_id}", **body)
        none = ask(house, bob, method, "/never", **body)
        assert got[0] == none[0] == 404
        assert got[1]["message"].replace(query_id, "never") == none[1]["message"]
        assert ask(house, {}, method, "/never", **body)[1]["message"] == none[1]["message"], "the same for everybody"


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        ("CAN_VIEW", (False, False)),
        ("CAN_RUN", (False, False)),
        ("CAN_EDIT", (True, False)),
        ("CAN_MANAGE", (True, True)),
    ],
    ids=["view", "run", "edit", "manage"],
)
@pytest.mark.parametrize("through", ["bob", "miners"])
def test_each_level_allows_what_it_says(
    house: House, ada: Headers, through: str, level: str, allowed: tuple[bool, bool]
) -> None:
    bob = house.person("bob", "miners")
    query_id = create(house, ada)
    allow(house, query_id, through, level, PrincipalKind.GROUP if through == "miners" else PrincipalKind.USER)
    assert seen(house, bob) == [query_id]
    assert ask(house, bob, "GET", f"/{query_id}")[0] == 200
    for field, may in zip(("description", "owner_user_name"), allowed, strict=True):
        status, body = ask(house, bob, "PATCH", f"/{query_id}", query={field: "bob"}, update_mask=field)
        assert (status, body.get("error_code")) == ((200, None) if may else (403, "PERMISSION_DENIED")), field
    assert ask(house, {}, "GET", f"/{query_id}")[1]["owner_user_name"] == ("bob" if allowed[1] else "ada")


def test_whoever_is_given_a_query_owns_it_whatever_its_list_said(house: House, ada: Headers, bob: Headers) -> None:
    query_id = create(house, ada)
    allow(house, query_id, "ada", OWNER)
    give = {"query": {"owner_user_name": "bob"}, "update_mask": "owner_user_name"}
    assert ask(house, ada, "PATCH", f"/{query_id}", **give)[1]["owner_user_name"] == "bob"
    assert (seen(house, bob), seen(house, ada)) == ([query_id], [])
    status, body = ask(
        house, bob, "PATCH", f"/{query_id}", query={"owner_user_name": "x"}, update_mask="owner_user_name"
    )
    assert (status, "no active user" in body["message"]) == (400, True)


def test_a_query_is_kept_only_where_its_maker_may_keep_something(house: House, ada: Headers) -> None:
    create(house, ada, parent_path="/Workspace/Shared")
    for folder in (f"/Workspace/Users/{USER}", "/", "/Users/bob"):
        status, body = ask(house, ada, "POST", query={"query_text": "SELECT 1", "parent_path": folder})
        assert (status, body["error_code"]) == (403, "PERMISSION_DENIED"), folder
    assert ask(house, ada, "POST", query={"query_text": "1", "parent_path": "relative"})[0] == 400
    assert len(seen(house, {})) == 1


def test_pages_hold_what_is_seen_and_nothing_tells_of_the_rest(house: House, ada: Headers, bob: Headers) -> None:
    mine = [create(house, ada) for _ in range(3)]
    for _ in range(3):
        create(house, bob)
        house.clock.ms += 1
    body = ask(house, ada, "GET", "?page_size=2")[1]
    rest = ask(house, ada, "GET", f"?page_size=2&page_token={body['next_page_token']}")[1]
    assert {each["id"] for each in [*body["results"], *rest["results"]]} == set(mine)
    assert "next_page_token" not in rest


def test_the_list_of_a_deleted_query_goes_with_it(house: House, ada: Headers) -> None:
    query_id = create(house, ada)
    allow(house, query_id, "bob", "CAN_VIEW")
    assert ask(house, ada, "DELETE", f"/{query_id}") == (200, {})
    assert list(house.store.acls.entries(ObjectType.QUERIES, query_id)) == []
