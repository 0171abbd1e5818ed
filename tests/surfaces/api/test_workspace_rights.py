"""Who may see, read and change what in the workspace; the same for folders, notebooks and files."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.records import AclEntry
from tests.surfaces.api.house import USER, House

WORKSPACE = "/api/2.0/workspace"
FILES = "/api/2.0/workspace-files"
SOURCE = b"# Databricks notebook source\nprint(1)\n"
NOWHERE = "/Users/ada@example.com/nowhere"
Headers = dict[str, str]


def ask(house: House, headers: Headers, method: str, path: str, **parts: Any) -> httpx.Response:
    return house.client.request(method, path, headers=headers, **parts)


def put(house: House, headers: Headers, path: str, data: bytes = SOURCE, **more: Any) -> httpx.Response:
    body = {"path": path, "content": base64.b64encode(data).decode(), "format": "AUTO", **more}
    return ask(house, headers, "POST", f"{WORKSPACE}/import", json=body)


def names(house: House, headers: Headers, path: str) -> list[str]:
    answer = ask(house, headers, "GET", f"{WORKSPACE}/list", params={"path": path})
    assert answer.status_code == 200, answer.text
    return [each["path"] for each in answer.json().get("objects", [])]


def status(house: House, headers: Headers, path: str) -> int:
    return ask(house, headers, "GET", f"{WORKSPACE}/get-status", params={"path": path}).status_code


def allow(house: House, path: str, name: str, level: str, kind: PrincipalKind = PrincipalKind.USER) -> None:
    acls = house.store.acls
    entries = [*acls.entries(ObjectType.FILES, path), AclEntry(kind, name, level)]
    acls.replace(ObjectType.FILES, path, entries)


@pytest.fixture
def ada(house: House) -> Headers:
    headers = house.person("ada")
    for path in ("/Users/ada/load.py", "/Users/ada/plan.txt"):
        assert put(house, headers, path).status_code == 200, "a home is there when it is first used"
    return headers


@pytest.fixture
def bob(house: House, ada: Headers) -> Headers:
    return house.person("bob", "miners")


ATTEMPTS = [
    ("GET", f"{WORKSPACE}/get-status?path={{}}", {}),
    ("GET", f"{WORKSPACE}/list?path={{}}", {}),
    ("GET", f"{WORKSPACE}/export?path={{}}", {}),
    ("GET", f"{WORKSPACE}/export?path={{}}&direct_download=true", {}),
    ("GET", f"{FILES}{{}}", {}),
    ("POST", f"{WORKSPACE}/delete", {"path": "{}", "recursive": True}),
    ("POST", f"{WORKSPACE}/mkdirs", {"path": "{}"}),
    ("POST", f"{WORKSPACE}/import", {"path": "{}", "content": "", "format": "AUTO", "overwrite": True}),
    ("POST", f"{FILES}/import-file{{}}?overwrite=true", {}),
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=[f"{method} {route}" for method, route, _ in ATTEMPTS])
@pytest.mark.parametrize(
    "path", ["/Users/ada/load", "/Users/ada/load.py", "/Workspace/Users/ada/plan.txt", "/Users/ada"]
)
def test_nobody_touches_or_learns_of_what_is_another_members(
    house: House, bob: Headers, attempt: tuple[str, str, dict[str, Any]], path: str
) -> None:
    """What is there and what is not is answered alike, but for the name that was sent."""
    method, route, body = attempt

    def asked(text: str) -> tuple[int, str]:
        filled = {key: text if value == "{}" else value for key, value in body.items()}
        answer = ask(house, bob, method, route.format(text), **({"json": filled} if filled else {}))
        return answer.status_code, answer.text.replace(text.removeprefix("/Workspace"), "PATH")

    found, none = asked(path), asked("/Users/carl/never")
    assert found == none
    assert found[0] in {403, 404}
    assert (house.settings.workspace / "Users/ada/load.py").read_bytes() == SOURCE
    assert (house.settings.workspace / "Users/ada/plan.txt").is_file()


def test_each_sees_the_way_to_what_is_theirs_and_no_more(house: House, ada: Headers, bob: Headers) -> None:
    put(house, bob, "/Users/bob/a.txt")
    house.post(f"{WORKSPACE}/mkdirs", path="/secret plans")
    for path in ("/", "/Users", "/Repos", "/Shared", "/Workspace/Users"):
        assert status(house, ada, path) == status(house, bob, path) == 200
    assert names(house, ada, "/Users") == ["/Users/ada"]
    assert names(house, bob, "/Users") == ["/Users/bob"]
    assert names(house, bob, "/") == ["/Repos", "/Shared", "/Users"]
    assert "/secret plans" in names(house, {}, "/")
    assert (status(house, bob, "/secret plans"), status(house, {}, "/secret plans")) == (404, 200)


def test_what_is_given_for_a_folder_holds_for_all_in_it_and_shows_the_way(
    house: House, ada: Headers, bob: Headers
) -> None:
    for path in ("/Users/ada/a", "/Users/ada/share/deep"):
        ask(house, ada, "POST", f"{WORKSPACE}/mkdirs", json={"path": path})
    put(house, ada, "/Users/ada/share/deep/nb.py")
    allow(house, "/Users/ada/share", "miners", "CAN_RUN", PrincipalKind.GROUP)
    assert names(house, bob, "/Users") == ["/Users/ada"]
    assert names(house, bob, "/Users/ada") == ["/Users/ada/share"], "nothing else of hers"
    assert names(house, bob, "/Users/ada/share/deep") == ["/Users/ada/share/deep/nb"]
    assert ask(house, bob, "GET", f"{FILES}/Users/ada/share/deep/nb").content == SOURCE
    answer = put(house, bob, "/Users/ada/share/deep/nb.py", b"x", overwrite=True)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")
    assert "CAN_EDIT" in answer.json()["message"]
    allow(house, "/Users/ada/share/deep", "bob", "CAN_EDIT")
    assert put(house, bob, "/Users/ada/share/deep/nb.py", b"x", overwrite=True).status_code == 200
    assert put(house, bob, "/Users/ada/share/nb.py", b"x").status_code == 403


def test_rights_on_one_notebook_are_rights_on_that_alone(house: House, ada: Headers, bob: Headers) -> None:
    """Under both of its names; not on another of its folder, and not on a new one."""
    put(house, ada, "/Users/ada/other.py")
    allow(house, "/Users/ada/load", "bob", "CAN_EDIT")
    for name in ("load", "load.py"):
        assert status(house, bob, f"/Users/ada/{name}") == 200
        assert ask(house, bob, "GET", f"{WORKSPACE}/export?path=/Users/ada/{name}").status_code == 200
    assert names(house, bob, "/Users/ada") == ["/Users/ada/load"]
    assert put(house, bob, "/Users/ada/load.py", SOURCE + b"2", overwrite=True).status_code == 200
    assert put(house, bob, "/Users/ada/new.py").status_code == 403
    assert status(house, bob, "/Users/ada/other") == 404
    assert status(house, ada, "/Users/ada/load") == 200


def test_rights_on_a_file_do_not_reach_the_notebook_whose_place_it_could_take(
    house: House, ada: Headers, bob: Headers
) -> None:
    """A file `x.py` becomes the notebook `x` by its first line, and would replace the one that is there."""
    put(house, ada, "/Users/ada/x.ipynb", b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    put(house, ada, "/Users/ada/x.py", b"plain")
    allow(house, "/Users/ada/x.py", "bob", "CAN_EDIT")
    assert put(house, bob, "/Users/ada/x.py", b"plain 2", overwrite=True).status_code == 200
    assert put(house, bob, "/Users/ada/x.py", SOURCE, overwrite=True).status_code == 403
    assert (house.settings.workspace / "Users/ada/x.ipynb").is_file()
    assert (house.settings.workspace / "Users/ada/x.py").read_bytes() == b"plain 2"


def test_shared_is_everybodys_and_the_rest_the_administrators(house: House, ada: Headers, bob: Headers) -> None:
    assert put(house, ada, "/Shared/nb.py").status_code == 200
    assert put(house, bob, "/Shared/nb.py", SOURCE + b"2", overwrite=True).status_code == 200
    for path in ("/top.py", "/Users/carl/x.py", "/Repos/carl/x.py", "/Users/x.py"):
        assert put(house, bob, path).status_code == 403, path
        assert put(house, {}, path).status_code in {200, 404}, path
    for path in ("/Shared", "/Users", "/Repos", "/"):
        answer = ask(house, bob, "POST", f"{WORKSPACE}/delete", json={"path": path, "recursive": True})
        assert answer.status_code in {400, 404}, path


def test_a_home_is_deleted_by_administrators_only(house: House, ada: Headers) -> None:
    body = {"path": "/Users/ada", "recursive": True}
    answer = ask(house, ada, "POST", f"{WORKSPACE}/delete", json=body)
    assert (answer.status_code, "home of ada" in answer.json()["message"]) == (403, True)
    assert ask(house, {}, "POST", f"{WORKSPACE}/delete", json=body).status_code == 200
    assert status(house, {}, "/Users/ada") == 404
    assert names(house, ada, "/Users/ada") == [], "and is there again when it is used again"


@pytest.mark.parametrize("again", ["notebook", "file", "folder"])
def test_what_is_made_again_has_none_of_the_rights_of_what_was_deleted(
    house: House, ada: Headers, bob: Headers, again: str
) -> None:
    path = {"notebook": "/Users/ada/nb.py", "file": "/Users/ada/f.txt", "folder": "/Users/ada/d"}[again]

    def make() -> None:
        made = put(house, ada, path) if again != "folder" else ask(
            house, ada, "POST", f"{WORKSPACE}/mkdirs", json={"path": path}
        )  # fmt: skip
        assert made.status_code == 200

    make()
    shown = path.removesuffix(".py")
    allow(house, shown, "bob", "CAN_MANAGE")
    allow(house, f"{shown}/below", "bob", "CAN_MANAGE")
    assert status(house, bob, shown) == 200
    assert ask(house, ada, "POST", f"{WORKSPACE}/delete", json={"path": shown}).status_code == 200
    make()
    assert status(house, bob, shown) == 404
    assert status(house, bob, f"{shown}/below") == 404


def test_what_was_deleted_on_the_disk_leaves_no_rights_to_what_is_made_in_its_place(
    house: House, ada: Headers, bob: Headers
) -> None:
    allow(house, "/Users/ada/load", "bob", "CAN_MANAGE")
    (house.settings.workspace / "Users/ada/load.py").unlink()
    put(house, ada, "/Users/ada/load.py")
    assert status(house, bob, "/Users/ada/load") == 404


def test_what_is_overwritten_keeps_its_rights_also_where_its_kind_changes(
    house: House, ada: Headers, bob: Headers
) -> None:
    allow(house, "/Users/ada/load", "bob", "CAN_READ")
    put(house, ada, "/Users/ada/load", b"SELECT 1", format="SOURCE", language="SQL", overwrite=True)
    assert status(house, bob, "/Users/ada/load") == 200
    put(house, ada, "/Users/ada/t.py", b"plain")
    allow(house, "/Users/ada/t.py", "bob", "CAN_READ")
    put(house, ada, "/Users/ada/t.py", SOURCE, overwrite=True)
    assert status(house, bob, "/Users/ada/t") == 200
    assert house.store.acls.entries(ObjectType.FILES, "/Users/ada/t.py") == ()


def test_a_link_gives_no_rights_on_what_it_leads_to(house: House, ada: Headers, bob: Headers) -> None:
    put(house, bob, "/Users/bob/own.txt")
    home = house.settings.workspace / "Users/bob"
    (home / "nb").symlink_to("../ada/plan.txt")
    (home / "nb2.py").symlink_to("../ada/load.py")
    (home / "hers").symlink_to("../ada")
    (home / "mine").symlink_to("own.txt")
    (home / "round").symlink_to("round")
    assert names(house, bob, "/Users/bob") == ["/Users/bob/mine", "/Users/bob/own.txt"]
    for path in ("nb", "nb2", "nb2.py", "hers", "hers/plan.txt", "hers/load"):
        assert status(house, bob, f"/Users/bob/{path}") == 404, path
        assert ask(house, bob, "GET", f"{WORKSPACE}/export?path=/Users/bob/{path}").status_code == 404, path
        assert ask(house, bob, "GET", f"{FILES}/Users/bob/{path}").status_code == 404, path
    for path in ("hers/plan.txt", "hers/new.txt"):
        assert put(house, bob, f"/Users/bob/{path}", overwrite=True).status_code == 403, path
        body = {"path": f"/Users/bob/{path}", "recursive": True}
        assert ask(house, bob, "POST", f"{WORKSPACE}/delete", json=body).status_code == 404, path
    assert ask(house, bob, "GET", f"{FILES}/Users/bob/mine").content == SOURCE
    assert put(house, bob, "/Users/bob/nb", b"own", overwrite=True).status_code == 200, "the link is replaced"
    assert ask(house, bob, "POST", f"{WORKSPACE}/delete", json={"path": "/Users/bob/hers"}).status_code == 200
    assert ask(house, ada, "GET", f"{FILES}/Users/ada/plan.txt").content == SOURCE


def test_a_service_principal_has_a_home_and_is_not_the_user_of_its_name(house: House) -> None:
    robot = house.person("2b5c", kind=PrincipalKind.SERVICE_PRINCIPAL)
    assert put(house, robot, "/Users/2b5c/nb.py").status_code == 200
    allow(house, "/Users/2b5c", "ada", "CAN_READ", PrincipalKind.SERVICE_PRINCIPAL)
    assert status(house, house.person("ada"), "/Users/2b5c/nb") == 404


def test_the_files_of_a_bundle_are_its_deployers(house: House, ada: Headers, bob: Headers) -> None:
    root = "/Workspace/Users/ada/.bundle/app/dev"
    ask(house, ada, "POST", f"{WORKSPACE}/mkdirs", json={"path": f"{root}/files/src"})
    ask(house, ada, "POST", f"{WORKSPACE}/mkdirs", json={"path": f"{root}/state"})
    for name in ("files/src/nb.py", "files/q.sql", "files/dist/a.whl", "state/deploy.lock"):
        upload = f"{FILES}/import-file{root}/{name}"
        made = ask(house, ada, "POST", upload, content=SOURCE).status_code
        assert made == (404 if "dist" in name else 200)
        assert ask(house, bob, "POST", upload, content=b"evil", params={"overwrite": "true"}).status_code == 403
        assert ask(house, bob, "GET", f"{FILES}{root}/{name}").status_code == 404
    assert names(house, bob, "/Users") == []


def test_the_installations_own_user_is_an_administrator_and_sees_all(house: House, ada: Headers, bob: Headers) -> None:
    put(house, bob, "/Users/bob/a.txt")
    assert names(house, {}, "/Users") == ["/Users/ada", "/Users/bob"]
    assert status(house, {}, f"/Users/{USER}") == 200
    assert house.client.get(f"{FILES}/Users/ada/plan.txt").content == SOURCE
