"""Rights on jobs and runs through the API: at creation, in lists, by `run_as`, and what editing may not give."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import OWNER, ObjectType
from brickyard.records import AclEntry
from tests.surfaces.api.house import USER, House, task

BOB, EVE = "bob@example.com", "eve@example.com"
ROBOT = "7f3c0e6e-0000-4000-8000-000000000001"
Headers = dict[str, str]


@pytest.fixture
def bob(house: House) -> Headers:
    return house.person(BOB, "miners")


@pytest.fixture
def eve(house: House) -> Headers:
    return house.person(EVE)


def create(house: House, headers: Headers | None = None, **more: Any) -> int:
    body = {"name": "nightly", "tasks": [task("one")], **more}
    answer = house.client.post("/api/2.2/jobs/create", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["job_id"])


def refusal(house: House, path: str, headers: Headers, **body: Any) -> tuple[int, str, str]:
    return house.refused("POST", f"/api/2.2/jobs/{path}", json=body, headers=headers)


def entries(house: House, job_id: int) -> dict[str, str]:
    return {each.principal: each.level for each in house.store.acls.entries(ObjectType.JOBS, str(job_id))}


def grant(house: House, job_id: int, name: str, level: str) -> None:
    others = [each for each in house.store.acls.entries(ObjectType.JOBS, str(job_id)) if each.principal != name]
    new = AclEntry(PrincipalKind.USER, name, level)
    house.store.acls.replace(ObjectType.JOBS, str(job_id), [*others, new])


def run_now(house: House, job_id: int, headers: Headers | None = None) -> int:
    answer = house.client.post("/api/2.2/jobs/run-now", json={"job_id": job_id}, headers=headers)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["run_id"])


def listed(house: House, headers: Headers, **query: Any) -> list[int]:
    answer = house.client.get("/api/2.2/jobs/list", params=query, headers=headers).json()
    return [job["job_id"] for job in answer.get("jobs", [])]


def runs(house: House, headers: Headers, **query: Any) -> list[int]:
    answer = house.client.get("/api/2.2/jobs/runs/list", params=query, headers=headers).json()
    return [run["run_id"] for run in answer.get("runs", [])]


# ------------------------------------------------------------------------------------------- lists given at creation


def test_a_job_is_made_with_its_access_list(house: House, bob: Headers, eve: Headers) -> None:
    access = [
        {"user_name": EVE, "permission_level": "CAN_VIEW"},
        {"group_name": "miners", "permission_level": "CAN_MANAGE_RUN"},
    ]
    job_id = create(house, bob, access_control_list=access)
    assert entries(house, job_id) == {BOB: OWNER, EVE: "CAN_VIEW", "miners": "CAN_MANAGE_RUN"}
    assert "access_control_list" not in house.get("/api/2.2/jobs/get", job_id=job_id)["settings"]
    assert listed(house, eve) == [job_id]


def test_a_submitted_run_has_its_access_list(house: House, bob: Headers, eve: Headers) -> None:
    access = [{"user_name": EVE, "permission_level": "CAN_VIEW"}]
    body = {"run_name": "once", "tasks": [task("one")]}
    shared = house.client.post("/api/2.2/jobs/runs/submit", json={**body, "access_control_list": access}, headers=bob)
    mine = house.client.post("/api/2.2/jobs/runs/submit", json=body, headers=bob)
    assert runs(house, eve) == [shared.json()["run_id"]]
    assert set(runs(house, bob)) == {shared.json()["run_id"], mine.json()["run_id"]}


@pytest.mark.parametrize(
    ("entry", "status", "text"),
    [
        ({"user_name": "nobody", "permission_level": "CAN_VIEW"}, 400, "User 'nobody' does not exist."),
        ({"user_name": EVE, "permission_level": "CAN_USE"}, 400, "permission_level is 'CAN_USE'"),
        ({"user_name": EVE, "permission_level": "IS_OWNER"}, 403, "may not have jobs run as eve@example.com"),
        ({"permission_level": "CAN_VIEW"}, 400, "names 0 principals"),
    ],
    ids=["nobody", "no level", "another owner", "no name"],
)
def test_a_job_with_a_wrong_access_list_is_not_made(  # noqa: PLR0917 - fixtures and cases
    house: House, bob: Headers, eve: Headers, entry: dict[str, str], status: int, text: str
) -> None:
    found = refusal(house, "create", bob, name="n", tasks=[task("one")], access_control_list=[entry])
    assert found[0] == status
    assert text in found[2]
    assert listed(house, bob) == []


def test_an_administrator_makes_a_job_for_somebody_else(house: House, bob: Headers) -> None:
    job_id = create(house, access_control_list=[{"user_name": BOB, "permission_level": "IS_OWNER"}])
    assert entries(house, job_id) == {BOB: OWNER}
    assert house.get("/api/2.2/jobs/get", job_id=job_id)["run_as_user_name"] == BOB


@pytest.mark.parametrize("path", ["reset", "update"])
def test_later_the_access_list_is_changed_by_its_own_api_only(house: House, path: str) -> None:
    job_id = create(house)
    new = {"name": "n", "tasks": [task("one")]}
    access = [{"user_name": USER, "permission_level": "CAN_VIEW"}]
    _, code, message = house.refused(
        "POST",
        f"/api/2.2/jobs/{path}",
        json={"job_id": job_id, "new_settings": {**new, "access_control_list": access}},
    )
    assert code == "INVALID_PARAMETER_VALUE"
    assert "/api/2.0/permissions/jobs/" in message


@pytest.mark.parametrize("path", ["reset", "update"])
def test_settings_may_repeat_what_is_granted(house: House, eve: Headers, path: str) -> None:
    """Airflow changes the list by its own API, and sends it with the settings too."""
    access = [{"user_name": EVE, "permission_level": "CAN_VIEW"}]
    job_id = create(house, access_control_list=access)
    new = {"name": "later", "tasks": [task("one")], "access_control_list": access}
    house.post(f"/api/2.2/jobs/{path}", job_id=job_id, new_settings=new)
    settings = house.get("/api/2.2/jobs/get", job_id=job_id)["settings"]
    assert (settings["name"], "access_control_list" in settings) == ("later", False)
    assert entries(house, job_id) == {USER: OWNER, EVE: "CAN_VIEW"}
    more = {**new, "access_control_list": [*access, {"group_name": "users", "permission_level": "CAN_VIEW"}]}
    house.refused("POST", f"/api/2.2/jobs/{path}", json={"job_id": job_id, "new_settings": more})
    assert entries(house, job_id) == {USER: OWNER, EVE: "CAN_VIEW"}


def test_of_a_deleted_job_the_runs_stay_with_the_owner(house: House, bob: Headers, eve: Headers) -> None:
    job_id = create(house, bob)
    grant(house, job_id, EVE, "CAN_MANAGE")
    run_id = run_now(house, job_id, eve)
    assert house.client.post("/api/2.2/jobs/delete", json={"job_id": job_id}, headers=eve).status_code == 200
    assert entries(house, job_id) == {BOB: OWNER}
    assert runs(house, bob) == [run_id]
    assert runs(house, eve) == []


# ---------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("level", "path", "text"),
    [
        ("CAN_VIEW", "run-now", "User bob@example.com does not have Manage Run or Admin or Owner permissions on job"),
        ("CAN_VIEW", "delete", "User bob@example.com does not have Admin or Owner permissions on job"),
        ("CAN_MANAGE_RUN", "delete", "User bob@example.com does not have Admin or Owner permissions on job"),
        ("CAN_MANAGE_RUN", "update", "User bob@example.com does not have Admin or Owner permissions on job"),
    ],
    ids=["view-run", "view-delete", "run-delete", "run-update"],
)
def test_who_may_see_a_job_is_told_what_is_lacking(
    house: House, bob: Headers, level: str, path: str, text: str
) -> None:
    job_id = create(house)
    grant(house, job_id, BOB, level)
    status, code, message = refusal(house, path, bob, job_id=job_id)
    assert (status, code) == (403, "PERMISSION_DENIED")
    assert message.startswith(f"{text} {job_id}")


@pytest.mark.parametrize("path", ["run-now", "delete", "update", "reset", "runs/cancel-all"])
def test_to_all_others_the_job_is_not_there(house: House, bob: Headers, path: str) -> None:
    job_id = create(house)
    foreign = refusal(house, path, bob, job_id=job_id)
    missing = refusal(house, path, bob, job_id=job_id + 5000)
    assert foreign == (400, "INVALID_PARAMETER_VALUE", f"Job {job_id} does not exist.")
    assert missing == (400, "INVALID_PARAMETER_VALUE", f"Job {job_id + 5000} does not exist.")


@pytest.mark.parametrize("path", ["get", "get-output", "export"])
def test_a_foreign_run_and_a_guessed_one_look_alike(house: House, bob: Headers, path: str) -> None:
    run_id = run_now(house, create(house))
    for asked in (run_id, house.attempt_of(run_id, "one")):
        foreign = house.refused("GET", f"/api/2.2/jobs/runs/{path}", params={"run_id": asked}, headers=bob)
        missing = house.refused("GET", f"/api/2.2/jobs/runs/{path}", params={"run_id": 999_999}, headers=bob)
        assert foreign == (400, "INVALID_PARAMETER_VALUE", f"Run {asked} does not exist.")
        assert missing == (400, "INVALID_PARAMETER_VALUE", "Run 999999 does not exist.")


# ------------------------------------------------------------------------------------------------------------- lists


def test_lists_hold_what_the_caller_may_see_and_no_more(house: House, bob: Headers, eve: Headers) -> None:
    mine, shared, foreign = create(house, bob), create(house, eve), create(house, eve)
    grant(house, shared, BOB, "CAN_VIEW")
    started = [run_now(house, job_id) for job_id in (mine, shared, foreign)]
    assert listed(house, bob) == [shared, mine]
    assert listed(house, bob, name="nightly", limit=1) == [shared]
    assert runs(house, bob) == started[1::-1]
    assert runs(house, bob, job_id=foreign) == []
    assert runs(house, bob, active_only="true") == started[1::-1]
    assert (
        house.client.get("/api/brickyard/backfills", params={"job_id": foreign}, headers=bob).json()["backfills"] == []
    )
    status = house.client.get("/api/brickyard/status", headers=bob).json()
    assert (status["active_runs"], status["clusters"]) == (2, 0)


def test_pages_tell_nothing_of_what_is_between(house: House, bob: Headers, eve: Headers) -> None:
    mine = []
    for _ in range(5):
        mine.append(create(house, bob))
        create(house, eve)
    found, token = [], ""
    while True:
        page = house.client.get("/api/2.2/jobs/list", params={"limit": 2, "page_token": token}, headers=bob).json()
        found += [job["job_id"] for job in page["jobs"]]
        if not page["has_more"]:
            break
        token = page["next_page_token"]
    assert found == mine[::-1]


@pytest.mark.parametrize("path", ["/api/2.2/jobs/list", "/api/2.2/jobs/runs/list", "/api/brickyard/backfills"])
def test_a_page_token_of_somebody_else_is_none(house: House, bob: Headers, eve: Headers, path: str) -> None:
    job_id = create(house, bob)
    grant(house, job_id, EVE, "CAN_VIEW")
    grant(house, create(house, bob), EVE, "CAN_VIEW")
    for _ in range(2):
        run_now(house, job_id)
        wanted = {"from": "2026-01-01", "to": "2026-01-02", "every": "1d"}
        house.client.post(f"/api/brickyard/jobs/{job_id}/backfills", json=wanted)
    token = house.client.get(path, params={"limit": 1}, headers=bob).json()["next_page_token"]
    asked = {"limit": 1, "page_token": token}
    assert house.client.get(path, params=asked, headers=bob).status_code == 200
    assert "page_token" in house.refused("GET", path, params=asked, headers=eve)[2]


# ------------------------------------------------------------------------------------------------------------ run_as


def test_a_job_runs_as_its_owner_and_a_run_keeps_that(house: House, bob: Headers) -> None:
    job_id = create(house, bob)
    first = run_now(house, job_id)
    grant(house, job_id, BOB, "CAN_MANAGE")
    grant(house, job_id, USER, OWNER)
    second = run_now(house, job_id, bob)
    shown = [house.get("/api/2.2/jobs/runs/get", run_id=run_id) for run_id in (first, second)]
    assert [(run["creator_user_name"], run["run_as_user_name"]) for run in shown] == [(USER, BOB), (BOB, USER)]


def test_one_may_name_oneself_and_an_administrator_anybody(house: House, bob: Headers) -> None:
    for headers in (bob, None):
        job_id = create(house, headers, run_as={"user_name": BOB})
        shown = house.get("/api/2.2/jobs/get", job_id=job_id)
        assert (shown["run_as_user_name"], shown["settings"]["run_as"]) == (BOB, {"user_name": BOB})
        assert house.get("/api/2.2/jobs/runs/get", run_id=run_now(house, job_id))["run_as_user_name"] == BOB
    entry = house.get("/api/2.2/jobs/list")["jobs"][0]
    assert entry["run_as_user_name"] == BOB


def test_to_name_another_user_is_refused_wherever_settings_are_taken(house: House, bob: Headers, eve: Headers) -> None:
    job_id = create(house, bob)
    settings = {"name": "n", "tasks": [task("one")], "run_as": {"user_name": EVE}}
    for path, body in (
        ("create", settings),
        ("reset", {"job_id": job_id, "new_settings": settings}),
        ("update", {"job_id": job_id, "new_settings": {"run_as": {"user_name": EVE}}}),
        ("runs/submit", {"tasks": [task("one")], "run_as": {"user_name": EVE}}),
    ):
        status, code, message = refusal(house, path, bob, **body)
        assert (status, code) == (403, "PERMISSION_DENIED"), path
        assert message.startswith(f"{BOB} may not have jobs run as {EVE}")
    assert house.get("/api/2.2/jobs/get", job_id=job_id)["run_as_user_name"] == BOB


def test_a_service_principal_may_be_named_by_who_may_use_it(house: House, bob: Headers) -> None:
    house.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
    wanted = {"name": "n", "tasks": [task("one")], "run_as": {"service_principal_name": ROBOT}}
    assert refusal(house, "create", bob, **wanted)[0] == 403
    entry = AclEntry(PrincipalKind.GROUP, "miners", "CAN_USE")
    house.store.acls.replace(ObjectType.SERVICE_PRINCIPALS, ROBOT, [entry])
    job_id = create(house, bob, **wanted)
    assert house.get("/api/2.2/jobs/get", job_id=job_id)["run_as_user_name"] == ROBOT


def test_who_manages_a_job_changes_it_and_not_who_it_runs_as(house: House, bob: Headers) -> None:
    job_id = create(house, run_as={"user_name": USER})
    grant(house, job_id, BOB, "CAN_MANAGE")
    same = {"name": "new", "tasks": [task("two")], "run_as": {"user_name": USER}}
    reset = house.client.post("/api/2.2/jobs/reset", json={"job_id": job_id, "new_settings": same}, headers=bob)
    assert reset.status_code == 200
    taken = house.client.post(
        "/api/2.2/jobs/update", json={"job_id": job_id, "new_settings": {"run_as": {"user_name": BOB}}}, headers=bob
    )
    assert taken.status_code == 200, "himself he may name"
    back = refusal(house, "update", bob, job_id=job_id, fields_to_remove=["run_as"])
    assert back[0] == 403, "without run_as it runs as its owner, who is somebody else"
    older = house.client.post(f"/api/brickyard/jobs/{job_id}/restore", json={"version": 1}, headers=bob)
    assert older.status_code == 403


@pytest.mark.parametrize(
    ("run_as", "text"),
    [
        ({}, "run_as names nobody"),
        ({"user_name": "a", "service_principal_name": "b"}, "run_as names user_name and service_principal_name"),
        ({"group_name": "miners"}, "run_as.group_name is not supported"),
        ({"user_name": "nobody"}, "run_as.user_name is 'nobody'; there is no active user of this name."),
        ({"service_principal_name": BOB}, "there is no active service principal of this name."),
        ({"name": "x"}, "run_as.name is not a known field"),
    ],
    ids=["empty", "two", "group", "nobody", "kind", "field"],
)
def test_run_as_names_one_who_is_there(house: House, bob: Headers, run_as: dict[str, str], text: str) -> None:
    status, _, message = house.refused(
        "POST", "/api/2.2/jobs/create", json={"name": "n", "tasks": [task("one")], "run_as": run_as}
    )
    assert status == 400
    assert text in message


# -------------------------------------------------------------------------------------------- what editing may not do


@pytest.mark.parametrize("path", ["create", "reset", "update", "runs/submit"])
def test_a_job_may_start_only_what_its_author_may_start(house: House, bob: Headers, path: str) -> None:
    foreign, mine = create(house), create(house, bob)
    settings = {"tasks": [{"task_key": "other", "run_job_task": {"job_id": foreign}}]}
    body = {"job_id": mine, "new_settings": settings} if path in {"reset", "update"} else settings
    assert refusal(house, path, bob, **body) == (400, "INVALID_PARAMETER_VALUE", f"Job {foreign} does not exist.")
    grant(house, foreign, BOB, "CAN_VIEW")
    status, code, message = refusal(house, path, bob, **body)
    assert (status, code) == (403, "PERMISSION_DENIED")
    assert "does not have Manage Run or Admin or Owner permissions" in message
    grant(house, foreign, BOB, "CAN_MANAGE_RUN")
    assert house.client.post(f"/api/2.2/jobs/{path}", json=body, headers=bob).status_code == 200


def test_a_nested_task_starts_nothing_else_either(house: House, bob: Headers) -> None:
    foreign = create(house)
    nested = {"task_key": "each", "run_job_task": {"job_id": foreign}}
    loop = {"task_key": "loop", "for_each_task": {"inputs": "[1]", "task": nested}}
    assert refusal(house, "create", bob, name="n", tasks=[loop])[2] == f"Job {foreign} does not exist."


def test_what_a_job_started_before_may_stay_when_another_edits_it(house: House, bob: Headers) -> None:
    foreign = create(house)
    tasks = [{"task_key": "other", "run_job_task": {"job_id": foreign}}]
    job_id = create(house, tasks=tasks)
    grant(house, job_id, BOB, "CAN_MANAGE")
    body = {"job_id": job_id, "new_settings": {"name": "new name"}}
    assert house.client.post("/api/2.2/jobs/update", json=body, headers=bob).status_code == 200


def test_a_job_uses_no_cluster_that_its_author_may_not_use(house: House, bob: Headers) -> None:
    spec = {"spark_version": "15.4.x-scala2.12", "num_workers": 0}
    cluster_id = house.post("/api/2.1/clusters/create", **spec)["cluster_id"]
    wanted = {"name": "n", "tasks": [task("one", existing_cluster_id=cluster_id)]}
    assert refusal(house, "create", bob, **wanted)[2].startswith(f"Cluster {cluster_id} does not exist")
    entry = AclEntry(PrincipalKind.USER, BOB, "CAN_ATTACH_TO")
    house.store.acls.replace(ObjectType.CLUSTERS, cluster_id, [entry])
    create(house, bob, **wanted)


@pytest.mark.parametrize(
    "field",
    [
        "creator_user_name",
        "run_as_user_name",
        "created_time",
        "job_id",
        "state",
        "run_id",
        "owner",
        "creator",
        "version",
    ],
)
@pytest.mark.parametrize("path", ["create", "reset", "update", "runs/submit"])
def test_what_is_not_the_clients_to_say_is_refused(house: House, path: str, field: str) -> None:
    job_id = create(house)
    settings = {"tasks": [task("one")], field: 1}
    body = {"job_id": job_id, "new_settings": settings} if path in {"reset", "update"} else settings
    status, code, message = house.refused("POST", f"/api/2.2/jobs/{path}", json=body)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert field in message
    assert house.get("/api/2.2/jobs/get", job_id=job_id)["creator_user_name"] == USER


@pytest.mark.parametrize("field", ["creator_user_name", "run_as", "state", "trigger", "parent_run_id", "user"])
def test_run_now_takes_no_identity(house: House, field: str) -> None:
    status, _, message = house.refused("POST", "/api/2.2/jobs/run-now", json={"job_id": create(house), field: USER})
    assert status == 400
    assert field in message


def test_children_of_jobs_that_the_caller_may_not_see_are_left_out(house: House, bob: Headers) -> None:
    secret = create(house, name="secret plans")
    outer = create(house, tasks=[{"task_key": "other", "run_job_task": {"job_id": secret}}])
    grant(house, outer, BOB, "CAN_VIEW")
    run_id = run_now(house, outer)
    house.commands.recorded = {"parent_attempt_id": house.attempt_of(run_id, "other")}
    run_now(house, secret)
    path = f"/api/brickyard/runs/{run_id}"
    assert len(house.get(f"{path}/children")["children"]) == 1
    assert len(house.get(f"{path}/watch")["children"]) == 1
    assert house.client.get(f"{path}/children", headers=bob).json()["children"] == []
    watched = house.client.get(f"{path}/watch", headers=bob)
    assert watched.json()["children"] == []
    assert "secret plans" not in watched.text
