"""The permissions API: shapes, rules of owners, who may see and change lists, and every kind of object."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import LEVELS, ObjectType
from brickyard.records import AclEntry, Document
from brickyard.surfaces.api.permissions.kinds import DESCRIPTIONS, NAMED
from tests.surfaces.api.house import USER, House, task

JOBS = "/api/2.0/permissions/jobs"
ROBOT = "7f3c0e6e-0000-4000-8000-000000000001"
ADMINS = {
    "group_name": "admins",
    "all_permissions": [{"permission_level": "CAN_MANAGE", "inherited": True, "inherited_from_object": ["/jobs/"]}],
}
Headers = dict[str, str]


@pytest.fixture
def job(house: House) -> int:
    """A job of the administrator."""
    return int(house.post("/api/2.2/jobs/create", name="nightly", tasks=[task("one")])["job_id"])


@pytest.fixture
def bob(house: House) -> Headers:
    return house.person("bob@example.com", "miners")


def user(name: str, level: str) -> dict[str, str]:
    return {"user_name": name, "permission_level": level}


def group(name: str, level: str) -> dict[str, str]:
    return {"group_name": name, "permission_level": level}


def put(house: House, path: str, *entries: dict[str, str], headers: Headers | None = None) -> Any:
    answer = house.client.put(path, json={"access_control_list": list(entries)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def patch(house: House, path: str, *entries: dict[str, str], headers: Headers | None = None) -> Any:
    answer = house.client.patch(path, json={"access_control_list": list(entries)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def levels(body: Any) -> dict[str, str]:
    """Who has which level directly."""
    names = ("user_name", "group_name", "service_principal_name")
    return {
        next(entry[name] for name in names if name in entry): each["permission_level"]
        for entry in body["access_control_list"]
        for each in entry["all_permissions"]
        if not each["inherited"]
    }


def direct(house: House, path: str) -> dict[str, str]:
    return levels(house.get(path))


def test_the_list_of_a_new_job_has_its_maker_as_owner_and_the_administrators(house: House, job: int) -> None:
    assert house.get(f"{JOBS}/{job}") == {
        "object_id": f"/jobs/{job}",
        "object_type": "job",
        "access_control_list": [
            {
                "user_name": USER,
                "display_name": "ada",
                "all_permissions": [{"permission_level": "IS_OWNER", "inherited": False}],
            },
            ADMINS,
        ],
    }


def test_put_replaces_what_was_granted_and_patch_leaves_the_others(house: House, job: int, bob: Headers) -> None:
    path = f"{JOBS}/{job}"
    first = put(house, path, user(USER, "IS_OWNER"), group("miners", "CAN_VIEW"))
    assert levels(first) == {USER: "IS_OWNER", "miners": "CAN_VIEW"}
    second = patch(house, path, user("bob@example.com", "CAN_MANAGE_RUN"))
    assert levels(second) == {USER: "IS_OWNER", "miners": "CAN_VIEW", "bob@example.com": "CAN_MANAGE_RUN"}
    third = put(house, path, user(USER, "IS_OWNER"))
    assert levels(third) == {USER: "IS_OWNER"}
    assert direct(house, path) == levels(third)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_of_somebody_who_is_named_twice_the_highest_level_is_kept(
    house: House, job: int, bob: Headers, method: str
) -> None:
    entries = [user("bob@example.com", level) for level in ("CAN_VIEW", "CAN_MANAGE", "CAN_MANAGE_RUN")]
    body = {"access_control_list": [*entries, user(USER, "IS_OWNER")]}
    assert house.client.request(method, f"{JOBS}/{job}", json=body).status_code == 200
    assert direct(house, f"{JOBS}/{job}")["bob@example.com"] == "CAN_MANAGE"


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ([], "The job must have exactly one owner."),
        ([user("bob@example.com", "CAN_MANAGE")], "The job must have exactly one owner."),
        ([user("bob@example.com", "IS_OWNER"), user(USER, "IS_OWNER")], "The job must have exactly one owner."),
        ([group("miners", "IS_OWNER")], "a group cannot own anything"),
        ([group("admins", "CAN_VIEW"), user(USER, "IS_OWNER")], "the group admins cannot be changed"),
        ([user(USER, "CAN_USE")], "of jobs it must be one of CAN_VIEW, CAN_MANAGE_RUN, CAN_MANAGE, IS_OWNER"),
        ([{"user_name": USER}], "access_control_list[0].permission_level is missing"),
        ([{"permission_level": "CAN_VIEW"}], "access_control_list[0] names 0 principals"),
        ([{"user_name": "a", "group_name": "b", "permission_level": "CAN_VIEW"}], "names 2 principals"),
        ([{"user": "a", "permission_level": "CAN_VIEW"}], "access_control_list[0].user is not a known field"),
        ([{"user_name": 7, "permission_level": "CAN_VIEW"}], "access_control_list[0].user_name"),
        ([{"user_name": "a\0", "permission_level": "CAN_VIEW"}], "NUL"),
        (["bob"], "access_control_list[0] must be an object"),
        ("bob", "access_control_list must be a list"),
        ([user("bob@example.com", "CAN_VIEW")] * 1001, "at most 1000"),
    ],
    ids=range(15),
)
def test_what_is_no_list_is_refused_and_nothing_changes(
    house: House, job: int, bob: Headers, entries: Any, text: str
) -> None:
    status, code, message = house.refused("PUT", f"{JOBS}/{job}", json={"access_control_list": entries})
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert text in message
    assert direct(house, f"{JOBS}/{job}") == {USER: "IS_OWNER"}


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (user("nobody@example.com", "CAN_VIEW"), "User 'nobody@example.com' does not exist."),
        (group("nobodies", "CAN_VIEW"), "Group 'nobodies' does not exist."),
        ({"service_principal_name": "x", "permission_level": "CAN_VIEW"}, "Service principal 'x' does not exist."),
        (group("bob@example.com", "CAN_VIEW"), "Group 'bob@example.com' does not exist."),
    ],
    ids=["user", "group", "service principal", "a user as a group"],
)
def test_somebody_who_is_not_there_is_named(
    house: House, job: int, bob: Headers, entry: dict[str, str], text: str
) -> None:
    sent = {"access_control_list": [entry, user(USER, "IS_OWNER")]}
    assert house.refused("PUT", f"{JOBS}/{job}", json=sent) == (404, "RESOURCE_DOES_NOT_EXIST", text)


def test_administrators_may_be_named_as_what_they_are(house: House, job: int) -> None:
    """Tools send back what they have read."""
    assert levels(put(house, f"{JOBS}/{job}", user(USER, "IS_OWNER"), group("admins", "CAN_MANAGE"))) == {
        USER: "IS_OWNER"
    }


def test_an_unknown_field_of_the_body_is_refused(house: House, job: int) -> None:
    assert house.refused("PATCH", f"{JOBS}/{job}", json={"acl": []})[0] == 400


# ------------------------------------------------------------------------------------------------------- who may do it


def shared(house: House, job: int, level: str) -> None:
    patch(house, f"{JOBS}/{job}", user("bob@example.com", level))


@pytest.mark.parametrize(
    ("level", "seen", "wanted"),
    [("", 400, 400), ("CAN_VIEW", 200, 403), ("CAN_MANAGE_RUN", 200, 403), ("CAN_MANAGE", 200, 200)],
    ids=["nothing", "view", "run", "manage"],
)
def test_seeing_needs_the_lowest_level_and_changing_the_one_to_manage(  # noqa: PLR0917 - fixtures and cases
    house: House, job: int, bob: Headers, level: str, seen: int, wanted: int
) -> None:
    if level:
        shared(house, job, level)
    path = f"{JOBS}/{job}"
    for each in (path, f"{path}/permissionLevels"):
        assert house.client.get(each, headers=bob).status_code == seen
    changed = house.client.patch(path, json={"access_control_list": [group("miners", "CAN_VIEW")]}, headers=bob)
    assert changed.status_code == wanted
    assert ("miners" in direct(house, path)) == (wanted == 200)
    if seen != 200:
        assert changed.json()["message"] == f"Job {job} does not exist."


def test_a_job_that_is_not_there_and_one_that_is_not_to_be_seen_look_the_same(
    house: House, job: int, bob: Headers
) -> None:
    for method, path in (("GET", ""), ("PUT", ""), ("PATCH", ""), ("GET", "/permissionLevels")):
        foreign = house.refused(method, f"{JOBS}/{job}{path}", json={}, headers=bob)
        missing = house.refused(method, f"{JOBS}/{job + 5000}{path}", json={}, headers=bob)
        assert (foreign[0], foreign[1], foreign[2].replace(str(job), str(job + 5000))) == missing


def test_who_manages_a_job_cannot_change_its_owner(house: House, job: int, bob: Headers) -> None:
    """Its runs would have the rights of the new owner."""
    shared(house, job, "CAN_MANAGE")
    path = f"{JOBS}/{job}"
    for entries in (
        [user("bob@example.com", "IS_OWNER")],
        [user("bob@example.com", "IS_OWNER"), user(USER, "CAN_VIEW")],
    ):
        for method in ("PUT", "PATCH"):
            status, code, _ = house.refused(method, path, json={"access_control_list": entries}, headers=bob)
            assert (status, code) == (403, "PERMISSION_DENIED")
    assert direct(house, path)[USER] == "IS_OWNER"
    kept = [user(USER, "IS_OWNER"), user("bob@example.com", "CAN_MANAGE"), group("miners", "CAN_VIEW")]
    put(house, path, *kept, headers=bob)


def test_an_administrator_gives_a_job_to_somebody_else(house: House, job: int, bob: Headers) -> None:
    path = f"{JOBS}/{job}"
    assert levels(patch(house, path, user("bob@example.com", "IS_OWNER"))) == {
        "bob@example.com": "IS_OWNER",
        USER: "CAN_MANAGE",
    }
    assert house.get("/api/2.2/jobs/get", job_id=job)["run_as_user_name"] == "bob@example.com"
    assert house.client.get(path, headers=bob).status_code == 200


def test_an_owner_hands_over_to_nobody_whose_rights_he_has_not(house: House, bob: Headers) -> None:
    mine = house.client.post("/api/2.2/jobs/create", json={"name": "his", "tasks": [task("one")]}, headers=bob).json()
    path = f"{JOBS}/{mine['job_id']}"
    status, _, message = house.refused(
        "PATCH", path, json={"access_control_list": [user(USER, "IS_OWNER")]}, headers=bob
    )
    assert status == 403
    assert "may not have jobs run as ada@example.com" in message


def test_an_owner_hands_over_to_a_service_principal_that_he_may_use(house: House, bob: Headers) -> None:
    house.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
    mine = house.client.post("/api/2.2/jobs/create", json={"name": "his", "tasks": [task("one")]}, headers=bob).json()
    path, robot = f"{JOBS}/{mine['job_id']}", {"service_principal_name": ROBOT, "permission_level": "IS_OWNER"}
    assert house.refused("PATCH", path, json={"access_control_list": [robot]}, headers=bob)[0] == 403
    patch(house, f"/api/2.0/permissions/service-principals/{ROBOT}", user("bob@example.com", "CAN_USE"))
    assert levels(patch(house, path, robot, headers=bob)) == {ROBOT: "IS_OWNER", "bob@example.com": "CAN_MANAGE"}


def test_the_owner_may_not_lower_himself_so_that_nobody_owns_the_job(house: House, job: int) -> None:
    sent = {"access_control_list": [user(USER, "CAN_MANAGE")]}
    assert house.refused("PATCH", f"{JOBS}/{job}", json=sent)[2] == "The job must have exactly one owner."


# -------------------------------------------------------------------------------------------------------- other kinds


def kept(house: House, kind: ObjectType) -> str:
    document = Document(
        kind=kind, document_id="d1", name="d", owner=USER, created_ms=1, updated_ms=1, body={}, sealed=None
    )
    house.store.documents.save(document)
    return "d1"


def made(house: House, first: str) -> str:
    """The id of a new object of this kind."""
    kind = NAMED[first].kind
    if first == "jobs":
        return str(house.post("/api/2.2/jobs/create", name="n", tasks=[task("one")])["job_id"])
    if kind is ObjectType.FILES:
        content = {"notebooks": {"format": "SOURCE", "language": "PYTHON"}, "files": {"format": "AUTO"}}.get(first)
        path = f"/Users/{USER}/thing"
        house.post("/api/2.0/workspace/mkdirs", path=path if content is None else f"/Users/{USER}")
        if content is not None:
            house.post("/api/2.0/workspace/import", path=path, content="MQ==", **content)
        return str(house.get("/api/2.0/workspace/get-status", path=path)["object_id"])
    if first == "queries":
        return str(house.post("/api/2.0/sql/queries", query={"query_text": "SELECT 1"})["id"])
    if first == "service-principals":
        house.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
        return ROBOT
    if first == "authorization":
        return "tokens"
    if first == "clusters":
        return str(
            house.post("/api/2.1/clusters/create", spark_version="15.4.x-scala2.12", num_workers=0)["cluster_id"]
        )
    return kept(house, kind)


@pytest.mark.parametrize("first", NAMED)
def test_every_kind_is_shown_changed_and_keeps_what_was_granted(house: House, bob: Headers, first: str) -> None:
    what, object_id = NAMED[first], made(house, first)
    path = f"/api/2.0/permissions/{first}/{object_id}"
    shown = house.get(path)
    assert (shown["object_id"], shown["object_type"]) == (f"/{what.path}/{object_id}", what.noun)
    offered = house.get(f"{path}/permissionLevels")["permission_levels"]
    assert [each["permission_level"] for each in offered] == list(LEVELS[what.kind])
    assert all(each["description"] for each in offered)
    lowest = LEVELS[what.kind][0]
    assert levels(patch(house, path, user("bob@example.com", lowest)))["bob@example.com"] == lowest
    assert direct(house, path)["bob@example.com"] == lowest
    assert house.client.get(path, headers=bob).status_code == 200
    assert house.client.put(path, json={"access_control_list": []}, headers=bob).status_code == 403


@pytest.mark.parametrize("first", NAMED)
def test_of_every_kind_what_is_not_there_and_what_is_foreign_look_alike(house: House, bob: Headers, first: str) -> None:
    missing = {"authorization": "passwords"}.get(first, "99999999")
    assert house.client.get(f"/api/2.0/permissions/{first}/{missing}").status_code in {400, 404}
    if first == "authorization":
        return  # everybody may know who may have tokens
    object_id = made(house, first)
    foreign = house.client.get(f"/api/2.0/permissions/{first}/{object_id}", headers=bob)
    gone = house.client.get(f"/api/2.0/permissions/{first}/{missing}", headers=bob)
    assert foreign.status_code == gone.status_code
    assert foreign.json()["message"].replace(object_id, missing) == gone.json()["message"]


def test_every_level_of_every_kind_is_described() -> None:
    for what in NAMED.values():
        assert tuple(DESCRIPTIONS[what.kind]) == LEVELS[what.kind]


def test_a_warehouse_is_found_by_both_its_names(house: House) -> None:
    kept(house, ObjectType.WAREHOUSES)
    assert house.get("/api/2.0/permissions/sql/warehouses/d1") == house.get("/api/2.0/permissions/warehouses/d1")
    assert house.get("/api/2.0/permissions/sql/warehouses/d1/permissionLevels")["permission_levels"]


def test_the_owner_of_a_warehouse_is_who_made_it_and_stays_where_none_is_named(house: House, bob: Headers) -> None:
    kept(house, ObjectType.WAREHOUSES)
    path = "/api/2.0/permissions/sql/warehouses/d1"
    assert direct(house, path) == {USER: "IS_OWNER"}
    assert levels(put(house, path, user("bob@example.com", "CAN_USE"))) == {
        USER: "IS_OWNER",
        "bob@example.com": "CAN_USE",
    }


def test_who_may_have_tokens_is_everybody_until_a_list_says_otherwise(house: House, bob: Headers) -> None:
    path = "/api/2.0/permissions/authorization/tokens"
    assert direct(house, path) == {"users": "CAN_USE"}
    put(house, path, group("miners", "CAN_USE"))
    assert direct(house, path) == {"miners": "CAN_USE"}


def test_who_may_have_no_tokens_makes_none_and_ends_those_that_he_has(house: House, bob: Headers) -> None:
    eve = house.person("eve@example.com")
    put(house, "/api/2.0/permissions/authorization/tokens", group("miners", "CAN_USE"))
    wanted: dict[str, Any] = {"json": {"comment": "x"}}
    assert house.client.post("/api/2.0/token/create", headers=bob, **wanted).status_code == 200
    status, _, message = house.refused("POST", "/api/2.0/token/create", headers=eve, **wanted)
    assert (status, message) == (403, "You may not have personal access tokens; administrators say who may.")
    assert house.client.get("/api/2.0/token/list", headers=eve).status_code == 200


def test_a_service_principal_is_found_by_both_its_ids(house: House) -> None:
    house.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
    record = house.store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, ROBOT)
    assert record is not None
    path = "/api/2.0/permissions/service-principals"
    patch(house, f"{path}/{record.principal_id}", user(USER, "CAN_USE"))
    assert direct(house, f"{path}/{ROBOT}") == {USER: "CAN_USE"}


def test_what_a_folder_gives_is_shown_as_inherited(house: House, bob: Headers) -> None:
    folder = made(house, "directories")
    patch(house, f"/api/2.0/permissions/directories/{folder}", group("miners", "CAN_RUN"))
    house.post("/api/2.0/workspace/import", path=f"/Users/{USER}/thing/a.txt", format="AUTO", content="aGVsbG8=")
    item = house.get("/api/2.0/workspace/get-status", path=f"/Users/{USER}/thing/a.txt")["object_id"]
    shown = house.get(f"/api/2.0/permissions/files/{item}")["access_control_list"]
    miners = next(each for each in shown if each.get("group_name") == "miners")
    assert miners["all_permissions"] == [
        {"permission_level": "CAN_RUN", "inherited": True, "inherited_from_object": [f"/directories/{folder}"]}
    ]
    owner = next(each for each in shown if each.get("user_name") == USER)
    assert owner["all_permissions"][0]["inherited"]


def test_an_id_of_another_kind_of_item_is_none(house: House) -> None:
    folder = made(house, "directories")
    assert house.refused("GET", f"/api/2.0/permissions/notebooks/{folder}")[0] == 404


@pytest.mark.parametrize(("first", "status"), [("pipelines", 400), ("nonsense", 400)], ids=["known", "unknown"])
def test_kinds_that_there_are_not_are_refused_by_name(house: House, first: str, status: int) -> None:
    found = house.refused("GET", f"/api/2.0/permissions/{first}/1")
    assert found[0] == status
    assert first in found[2]


def test_the_cluster_of_a_run_has_no_list_of_its_own(house: House) -> None:
    run_id = house.start_run(task("one"))
    cluster = house.cluster(run_id, "one")
    status, _, message = house.refused("GET", f"/api/2.0/permissions/clusters/{cluster.cluster_id}")
    assert status == 400
    assert "does not exist" in message


def test_a_right_that_was_taken_away_is_gone_at_once(house: House, job: int, bob: Headers) -> None:
    shared(house, job, "CAN_VIEW")
    assert house.client.get("/api/2.2/jobs/get", params={"job_id": job}, headers=bob).status_code == 200
    put(house, f"{JOBS}/{job}", user(USER, "IS_OWNER"))
    assert house.client.get("/api/2.2/jobs/get", params={"job_id": job}, headers=bob).status_code == 400


def test_a_list_speaks_of_a_user_and_of_a_group_apart(house: House, job: int) -> None:
    """Nobody gets in by giving himself the name of a group."""
    patch(house, f"{JOBS}/{job}", group("users", "CAN_VIEW"))
    house.store.acls.replace(
        ObjectType.JOBS,
        str(job),
        [AclEntry(PrincipalKind.GROUP, "eve", "CAN_MANAGE"), AclEntry(PrincipalKind.USER, USER, "IS_OWNER")],
    )
    eve = house.person("eve")
    assert house.client.get("/api/2.2/jobs/get", params={"job_id": job}, headers=eve).status_code == 400
