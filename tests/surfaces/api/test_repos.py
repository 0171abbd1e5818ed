"""Git folders: made from a real Git server, brought to other commits, and what was changed by hand is not lost."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.records import AclEntry, Document
from brickyard.surfaces.api.workspace_paths import stable_id
from tests.compute.git_server import GitServer, Repository, git_server
from tests.surfaces.api.house import USER, House

REPOS, WORKSPACE = "/api/2.0/repos", "/api/2.0/workspace"
NOTEBOOK = "# Databricks notebook source\nprint(1)\n"
MINE = f"/Repos/{USER}/code"
Headers = dict[str, str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def origin(server: GitServer, request: pytest.FixtureRequest) -> Repository:
    name = str(abs(hash(request.node.nodeid)))
    made = server.repository(f"{name}/code", load_py=NOTEBOOK, lib__tool_py="x = 1\n", README_md="hello\n")
    made.git("tag", "v1")
    return made


def ask(house: House, who: Headers, method: str, path: str = "", /, **body: Any) -> tuple[int, Any]:
    parts: dict[str, Any] = {"json": body} if body else {}
    answer = house.client.request(method, f"{REPOS}{path}", headers=who, **parts)
    return answer.status_code, answer.json()


def create(house: House, origin: Repository, who: Headers | None = None, **fields: Any) -> dict[str, Any]:
    status, body = ask(house, who or {}, "POST", url=origin.url, provider="gitHubEnterprise", **fields)
    assert status == 200, body
    found: dict[str, Any] = body
    return found


def update(house: House, repo: dict[str, Any], **reference: str) -> tuple[int, Any]:
    return ask(house, {}, "PATCH", f"/{repo['id']}", **reference)


def files(house: House, path: str = MINE) -> dict[str, str]:
    place = house.settings.workspace / path.lstrip("/")
    return {str(each.relative_to(place)): each.read_text() for each in sorted(place.rglob("*")) if each.is_file()}


def test_a_git_folder_has_the_files_of_the_first_branch_and_is_shown_as_one(house: House, origin: Repository) -> None:
    repo = create(house, origin)
    head = origin.git("rev-parse", "main")
    assert repo == {
        "id": stable_id(MINE),
        "path": MINE,
        "url": origin.url,
        "provider": "gitHubEnterprise",
        "branch": "main",
        "head_commit_id": head,
    }
    assert files(house) == {"load.py": NOTEBOOK, "lib/tool.py": "x = 1\n", "README.md": "hello\n"}
    assert ask(house, {}, "GET", f"/{repo['id']}") == (200, repo)
    status = house.get(f"{WORKSPACE}/get-status", path=MINE, return_git_info="true")
    assert (status["object_type"], status["object_id"]) == ("REPO", repo["id"])
    assert status["git_info"]["head_commit_id"] == head
    objects = house.get(f"{WORKSPACE}/list", path=f"/Repos/{USER}")["objects"]
    assert [(each["path"], each["object_type"]) for each in objects] == [(MINE, "REPO")]
    found = house.get(f"{WORKSPACE}/list", path=MINE)["objects"]
    assert {each["path"].rpartition("/")[2]: each["object_type"] for each in found} == {
        "README.md": "FILE", "lib": "DIRECTORY", "load": "NOTEBOOK",
    }  # fmt: skip
    assert (house.settings.workspace / MINE.lstrip("/") / "load.py").stat().st_mode & 0o777 == 0o600


def test_a_pull_brings_the_newest_commit_and_a_tag_the_one_it_names(house: House, origin: Repository) -> None:
    repo = create(house, origin)
    origin.git("rm", "-q", "-r", "lib")
    head = origin.commit({"load.py": NOTEBOOK + "print(2)\n", "new/deep/a.sql": "SELECT 1"})
    assert files(house)["load.py"] == NOTEBOOK, "nothing happens by itself"
    assert update(house, repo, branch="main") == (200, {})
    assert files(house) == {"load.py": NOTEBOOK + "print(2)\n", "new/deep/a.sql": "SELECT 1", "README.md": "hello\n"}
    assert not (house.settings.workspace / MINE.lstrip("/") / "lib").exists()
    assert ask(house, {}, "GET", f"/{repo['id']}")[1] == {**repo, "head_commit_id": head}
    assert update(house, repo, tag="v1") == (200, {})
    assert files(house)["lib/tool.py"] == "x = 1\n"
    shown = ask(house, {}, "GET", f"/{repo['id']}")[1]
    assert (shown["tag"], "branch" in shown) == ("v1", False)


def test_what_was_changed_by_hand_stays_or_everything_stays(house: House, origin: Repository) -> None:
    repo = create(house, origin)
    place = house.settings.workspace / MINE.lstrip("/")
    (place / "README.md").write_text("mine")
    (place / "notes.txt").write_text("mine")
    (place / "lib/tool.py").unlink()
    origin.commit({"load.py": NOTEBOOK + "print(2)\n"})
    assert update(house, repo, branch="main") == (200, {})
    kept = {"README.md": "mine", "notes.txt": "mine", "load.py": NOTEBOOK + "print(2)\n"}
    assert files(house) == kept
    before = ask(house, {}, "GET", f"/{repo['id']}")
    for name, text in (("README.md", "theirs"), ("notes.txt", "theirs"), ("lib/tool.py", "x = 2"), ("notes.txt/x", "")):
        if name == "notes.txt/x":
            origin.git("rm", "-q", "--cached", "notes.txt")
            (origin.folder / "notes.txt").unlink()
        origin.commit({name: text, "load.py": NOTEBOOK + f"# {name}\n"})
        status, body = update(house, repo, branch="main")
        assert (status, body["error_code"], "would be lost" in body["message"]) == (400, "INVALID_STATE", True)
        assert files(house) == kept, "all of it stays as it is"
    assert ask(house, {}, "GET", f"/{repo['id']}") == before
    (place / "README.md").write_text("theirs")
    for name in ("notes.txt",):
        (place / name).unlink()
    (place / "lib/tool.py").write_text("x = 2")
    assert update(house, repo, branch="main") == (200, {}), "what is there already is no change"


def test_a_folder_in_the_place_of_a_file_is_not_deleted(house: House, origin: Repository) -> None:
    repo = create(house, origin)
    place = house.settings.workspace / MINE.lstrip("/")
    (place / "README.md").unlink()
    (place / "README.md").mkdir()
    (place / "README.md" / "mine.txt").write_text("mine")
    origin.commit({"README.md": "new"})
    assert update(house, repo, branch="main")[0] == 400
    assert (place / "README.md" / "mine.txt").read_text() == "mine"


def test_links_of_the_repository_stay_within_it(house: House, origin: Repository) -> None:
    origin.commit_entry("120000", "lib/tool.py", "link.py")
    repo = create(house, origin)
    assert files(house)["link.py"] == "x = 1\n"
    origin.commit_entry("120000", "../../ada/secret.py", "out.py")
    status, body = update(house, repo, branch="main")
    assert (status, body["error_code"]) == (400, "REPOSITORY_CHECKOUT_FAILED")
    assert "leads out of it" in body["message"]
    assert "out.py" not in files(house)


def test_a_git_folder_is_deleted_with_its_files_and_its_rights(house: House, origin: Repository) -> None:
    repo = create(house, origin)
    house.store.acls.replace(ObjectType.FILES, MINE, [AclEntry(PrincipalKind.USER, "bob", "CAN_MANAGE")])
    assert ask(house, {}, "DELETE", f"/{repo['id']}") == (200, {})
    assert ask(house, {}, "GET", f"/{repo['id']}")[0] == 404
    assert not (house.settings.workspace / MINE.lstrip("/")).exists()
    again = create(house, origin)
    assert again["id"] == repo["id"]
    assert list(house.store.acls.entries(ObjectType.FILES, MINE)) == []
    house.post(f"{WORKSPACE}/delete", path=f"/Repos/{USER}/code", recursive=True)
    assert ask(house, {}, "GET") == (200, {}), "also as a folder"


def test_the_rights_on_a_file_that_a_commit_has_no_more_go_with_it(house: House, origin: Repository) -> None:
    repo = create(house, origin)
    for path in ("load", "README.md", "lib/tool.py"):
        house.store.acls.replace(ObjectType.FILES, f"{MINE}/{path}", [AclEntry(PrincipalKind.USER, "bob", "CAN_EDIT")])
    origin.git("rm", "-q", "load.py", "lib/tool.py")
    origin.commit({})
    assert update(house, repo, branch="main")[0] == 200
    left = house.store.acls.entries_of(
        ObjectType.FILES, [f"{MINE}/{path}" for path in ("load", "README.md", "lib/tool.py")]
    )
    assert list(left) == [f"{MINE}/README.md"]


# ------------------------------------------------------------------------------------------------------- rights


def test_git_folders_are_their_owners_and_listed_to_those_who_may_read_them(house: House, origin: Repository) -> None:
    ada, bob = house.person("ada"), house.person("bob")
    repo = create(house, origin, ada)
    assert repo["path"] == "/Repos/ada/code"
    for method, body in (("GET", {}), ("PATCH", {"branch": "main"}), ("DELETE", {})):
        status, answer = ask(house, bob, method, f"/{repo['id']}", **body)
        none = ask(house, bob, method, "/5", **body)[1]
        assert (status, answer["message"]) == (404, none["message"].replace("Repo 5", f"Repo {repo['id']}"))
    status, body = ask(house, bob, "POST", url=origin.url, provider="gitHub", path="/Repos/ada/mine")
    assert (status, body["error_code"]) == (403, "PERMISSION_DENIED")
    assert ask(house, bob, "GET") == (200, {})
    house.store.acls.replace(ObjectType.FILES, "/Repos/ada/code", [AclEntry(PrincipalKind.USER, "bob", "CAN_READ")])
    assert ask(house, bob, "GET") == (200, {"repos": [repo]})
    assert ask(house, bob, "GET", f"/{repo['id']}") == (200, repo)
    assert ask(house, bob, "PATCH", f"/{repo['id']}", branch="main")[0] == 403
    assert ask(house, ada, "PATCH", f"/{repo['id']}", branch="main")[0] == 200


def test_lists_come_in_pages_and_below_a_prefix(house: House) -> None:
    for path in (*(f"/Repos/{USER}/r{number:02}" for number in range(22)), "/Shared/r"):
        kept: dict[str, Any] = {
            "kind": "repos",
            "document_id": str(stable_id(path)),
            "name": path,
            "owner": USER,
            "body": {},
        }
        house.store.documents.save(Document(**kept, created_ms=1, updated_ms=1))
    first = ask(house, {}, "GET", f"?path_prefix=/Repos/{USER}/r")[1]
    rest = ask(house, {}, "GET", f"?path_prefix=/Repos/{USER}/r&next_page_token={first['next_page_token']}")[1]
    assert [each["path"][-2:] for each in (*first["repos"], *rest["repos"])] == [f"{number:02}" for number in range(22)]
    assert "next_page_token" not in rest
    assert [each["path"] for each in ask(house, {}, "GET", "?path_prefix=/Shared")[1]["repos"]] == ["/Shared/r"]
    assert ask(house, {}, "GET", "?next_page_token=x")[0] == 400
    assert ask(house, {}, "GET", f"?path_prefix=/Shared&next_page_token={first['next_page_token']}")[0] == 400


# -------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"url": "file:///etc", "provider": "gitHub"}, "INVALID_PARAMETER_VALUE", "url is"),
        ({"url": "ext::sh -c id", "provider": "gitHub"}, "INVALID_PARAMETER_VALUE", "url is"),
        ({"url": "--upload-pack=x", "provider": "gitHub"}, "INVALID_PARAMETER_VALUE", "url is"),
        ({"url": "https://me:secret@h/x", "provider": "gitHub"}, "FEATURE_DISABLED", "git-credentials"),
        ({"url": "https://h/x"}, "INVALID_PARAMETER_VALUE", "provider is missing"),
        ({"url": "https://h/x", "provider": "sourceforge"}, "INVALID_PARAMETER_VALUE", "sourceforge"),
        ({"provider": "gitHub"}, "INVALID_PARAMETER_VALUE", "url is missing"),
        ({"url": "https://h/x", "provider": "gitHub", "path": "/top"}, "INVALID_PARAMETER_VALUE", "path is"),
        ({"url": "https://h/x", "provider": "gitHub", "path": "rel"}, "INVALID_PARAMETER_VALUE", "path is"),
        ({"url": "https://h/x", "provider": "gitHub", "path": "/Repos/me/../../x"}, "INVALID_PARAMETER_VALUE", "path"),
        ({"url": "https://h/x", "provider": "gitHub", "sparse_checkout": {}}, "FEATURE_DISABLED", "sparse_checkout"),
        ({"url": "https://h/x", "provider": "gitHub", "branch": "main"}, "INVALID_PARAMETER_VALUE", "branch"),
        ({"url": "http://127.0.0.1:1/x", "provider": "gitHub"}, "REPOSITORY_CHECKOUT_FAILED", "Git"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_cloned_is_refused_and_leaves_nothing(
    house: House, fields: dict[str, Any], code: str, said: str
) -> None:
    status, body = ask(house, {}, "POST", **fields)
    assert (status, body["error_code"]) == (400, code), body
    assert said in body["message"]
    assert "secret" not in body["message"]
    assert ask(house, {}, "GET") == (200, {})
    assert files(house, "/") == {}


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ({}, "exactly one"),
        ({"branch": "main", "tag": "v1"}, "exactly one"),
        ({"branch": "no"}, "no branch"),
        ({"tag": "no"}, "no tag"),
        ({"branch": "--upload-pack=x"}, "no branch can have this name"),
        ({"branch": "main", "sparse_checkout": {"patterns": ["a"]}}, "sparse_checkout"),
        ({"commit": "a"}, "commit"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_reference_that_cannot_be_had_changes_nothing(
    house: House, origin: Repository, reference: dict[str, Any], said: str
) -> None:
    repo = create(house, origin)
    status, body = ask(house, {}, "PATCH", f"/{repo['id']}", **(reference or {"branch": None}))
    assert (status, said in body["message"]) == (400, True), body
    assert ask(house, {}, "GET", f"/{repo['id']}") == (200, repo)


def test_a_place_that_is_taken_or_within_a_git_folder_is_refused(house: House, origin: Repository) -> None:
    create(house, origin)
    for path in (MINE, f"{MINE}/inner"):
        status, body = ask(house, {}, "POST", url=origin.url, provider="gitHub", path=path)
        assert (status, MINE in body["message"]) == (400, True)
    content = base64.b64encode(b"x").decode()
    house.post(f"{WORKSPACE}/import", path=f"/Repos/{USER}/file", content=content, format="RAW")
    status, body = ask(house, {}, "POST", url=origin.url, provider="gitHub", path=f"/Repos/{USER}/file")
    assert (status, body["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")
