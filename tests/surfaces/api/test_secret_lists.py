"""Secret scopes and who may use them."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.engine.access.gate import Gate
from brickyard.engine.secret_asks import SecretAsks
from brickyard.errors import BrickyardError
from brickyard.workloads.messages import GetSecret, ListSecrets
from tests.surfaces.api.house import USER, House

SECRETS = "/api/2.0/secrets"
Headers = dict[str, str]


def ask(house: House, who: Headers, method: str, path: str, **fields: Any) -> tuple[int, Any]:
    parts: dict[str, Any] = {"params": fields} if method == "GET" else {"json": fields}
    answer = house.client.request(method, f"{SECRETS}/{path}", headers=who, **parts)
    return answer.status_code, answer.json()


def listed(house: House, who: Headers, scope: str = "mine") -> dict[str, str]:
    status, body = ask(house, who, "GET", "acls/list", scope=scope)
    assert status == 200, body
    return {item["principal"]: item["permission"] for item in body["items"]}


def scopes(house: House, who: Headers) -> list[str]:
    return [scope["name"] for scope in ask(house, who, "GET", "scopes/list")[1]["scopes"]]


def give(house: House, who: Headers, principal: str, permission: str, scope: str = "mine") -> tuple[int, Any]:
    return ask(house, who, "POST", "acls/put", scope=scope, principal=principal, permission=permission)


@pytest.fixture
def ada(house: House) -> Headers:
    headers = house.person("ada")
    assert ask(house, headers, "POST", "scopes/create", scope="mine") == (200, {})
    assert ask(house, headers, "POST", "put", scope="mine", key="k", string_value="gold") == (200, {})
    return headers


@pytest.fixture
def bob(house: House) -> Headers:
    house.person("carl", "others")
    return house.person("bob", "miners")


ATTEMPTS = [
    ("GET", "get", {"key": "k"}, "READ"),
    ("GET", "list", {}, "READ"),
    ("POST", "put", {"key": "new", "string_value": "v"}, "WRITE"),
    ("POST", "delete", {"key": "new"}, "WRITE"),
    ("GET", "acls/list", {}, "MANAGE"),
    ("GET", "acls/get", {"principal": "ada"}, "MANAGE"),
    ("POST", "acls/put", {"principal": "others", "permission": "READ"}, "MANAGE"),
    ("POST", "acls/delete", {"principal": "others"}, "MANAGE"),
    ("POST", "scopes/delete", {}, "MANAGE"),
]


def test_the_maker_manages_a_scope_and_nobody_else_knows_of_it(house: House, ada: Headers, bob: Headers) -> None:
    assert listed(house, ada) == {"ada": "MANAGE"}
    assert (scopes(house, ada), scopes(house, bob), scopes(house, {})) == (["mine"], [], ["mine"])
    for method, path, fields, _ in ATTEMPTS:
        status, body = ask(house, bob, method, path, scope="mine", **fields)
        none = ask(house, bob, method, path, scope="none", **fields)
        assert (status, body["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST"), path
        assert body["message"].replace("mine", "none") == none[1]["message"], "whether it is there is not told"


@pytest.mark.parametrize("level", ["READ", "WRITE", "MANAGE"])
@pytest.mark.parametrize("through", ["bob", "miners", "users"])
def test_each_level_allows_what_it_says_and_no_more(
    house: House, ada: Headers, bob: Headers, level: str, through: str
) -> None:
    assert give(house, ada, through, level) == (200, {})
    assert scopes(house, bob) == ["mine"]
    order = ["READ", "WRITE", "MANAGE"]
    for method, path, fields, needed in ATTEMPTS:
        status, body = ask(house, bob, method, path, scope="mine", **fields)
        if order.index(level) >= order.index(needed):
            assert status == 200, (path, body)
        else:
            assert (status, body["error_code"], needed in body["message"]) == (403, "PERMISSION_DENIED", True), path


def test_a_permission_is_put_in_place_of_the_one_before_and_taken_away(
    house: House, ada: Headers, bob: Headers
) -> None:
    for level in ("MANAGE", "READ", "WRITE"):
        give(house, ada, "miners", level)
        assert ask(house, ada, "GET", "acls/get", scope="mine", principal="miners") == (
            200,
            {"principal": "miners", "permission": level},
        )
    assert ask(house, ada, "POST", "acls/delete", scope="mine", principal="miners") == (200, {})
    assert scopes(house, bob) == []
    for method, path in (("GET", "acls/get"), ("POST", "acls/delete")):
        status, body = ask(house, ada, method, path, scope="mine", principal="miners")
        assert (status, body["error_code"], "miners" in body["message"]) == (404, "RESOURCE_DOES_NOT_EXIST", True)


def test_everybody_manages_a_scope_that_was_made_so(house: House, bob: Headers) -> None:
    assert ask(house, bob, "POST", "scopes/create", scope="all", initial_manage_principal="users") == (200, {})
    assert listed(house, bob, "all") == {"users": "MANAGE", "bob": "MANAGE"}
    assert scopes(house, house.person("dora")) == ["all"]
    status, body = ask(house, bob, "POST", "scopes/create", scope="odd", initial_manage_principal="miners")
    assert (status, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "initial_manage_principal" in body["message"]


def test_the_last_who_manages_a_scope_does_not_leave_it_to_nobody(house: House, ada: Headers, bob: Headers) -> None:
    for attempt in (
        give(house, ada, "ada", "WRITE"),
        ask(house, ada, "POST", "acls/delete", scope="mine", principal="ada"),
    ):
        assert (attempt[0], attempt[1]["error_code"]) == (400, "INVALID_STATE")
    assert listed(house, ada) == {"ada": "MANAGE"}
    give(house, ada, "bob", "MANAGE")
    assert ask(house, ada, "POST", "acls/delete", scope="mine", principal="ada") == (200, {})
    assert scopes(house, ada) == []
    assert ask(house, {}, "POST", "acls/delete", scope="mine", principal="bob") == (200, {}), "an administrator may"
    assert listed(house, {}) == {}


@pytest.mark.parametrize(
    ("entry", "status", "said"),
    [
        (("nobody", "READ"), 404, "nobody"),
        (("bob", "read"), 400, "READ, WRITE, MANAGE"),
        (("bob", "CAN_MANAGE"), 400, "CAN_MANAGE"),
        (("", "READ"), 400, "principal"),
        (("bob", ""), 400, "permission"),
        (("both", "READ"), 400, "several kinds"),
    ],
    ids=["nobody", "lower case", "of another kind", "no principal", "no permission", "two kinds"],
)
@pytest.mark.usefixtures("bob")
def test_a_wrong_entry_is_refused_and_changes_nothing(
    house: House, ada: Headers, entry: tuple[str, str], status: int, said: str
) -> None:
    house.person("both", "both")
    got, body = give(house, ada, *entry)
    assert (got, said in body["message"]) == (status, True), body
    assert listed(house, ada) == {"ada": "MANAGE"}


def test_a_scope_that_is_made_again_has_none_of_the_old_permissions(house: House, ada: Headers, bob: Headers) -> None:
    give(house, ada, "bob", "MANAGE")
    assert ask(house, ada, "POST", "scopes/delete", scope="mine") == (200, {})
    assert ask(house, ada, "POST", "scopes/create", scope="mine") == (200, {})
    assert listed(house, ada) == {"ada": "MANAGE"}
    assert scopes(house, bob) == []


def test_a_scope_of_another_is_not_taken_over_by_making_it(house: House, ada: Headers, bob: Headers) -> None:
    status, body = ask(house, bob, "POST", "scopes/create", scope="mine", initial_manage_principal="users")
    assert (status, body["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")
    assert listed(house, ada) == {"ada": "MANAGE"}


def test_a_service_principal_is_named_by_its_application_id(house: House, ada: Headers) -> None:
    robot = house.person("2b5c", kind=PrincipalKind.SERVICE_PRINCIPAL)
    give(house, ada, "2b5c", "READ")
    assert ask(house, robot, "GET", "get", scope="mine", key="k")[0] == 200


@pytest.mark.parametrize(("name", "sees"), [("ada", True), ("bob", False), (USER, True)])
def test_a_run_reads_what_the_one_may_read_as_whom_it_runs(
    house: House, ada: Headers, bob: Headers, name: str, sees: bool
) -> None:
    """`dbutils.secrets` in a task."""
    asks, who = SecretAsks(house.store.secrets, Gate(house.store)), house.store.principals.identity(name)
    assert who is not None
    assert asks.answer(who, ListSecrets(scope=None)) == (["mine"] if sees else [])
    for question in (GetSecret(scope="mine", key="k"), ListSecrets(scope="mine")):
        if sees:
            assert asks.answer(who, question)
        else:
            with pytest.raises(BrickyardError, match="Scope mine does not exist"):
                asks.answer(who, question)
