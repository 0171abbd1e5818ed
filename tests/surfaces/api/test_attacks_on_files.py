"""Names that mean harm, links that appear at the wrong moment, uploads that are more than they seem, filters as code.

Each kind is tried on every route of the workspace, of Git folders and of secrets that takes it.
"""

from __future__ import annotations

import base64
import io
import json
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from brickyard.errors import BrickyardError, NotFound
from brickyard.surfaces.api import git_folders, workspace_handles
from brickyard.surfaces.api.workspace_tree import Tree
from tests.surfaces.api.house import USER, House

WORKSPACE, FILES, SECRETS = "/api/2.0/workspace", "/api/2.0/workspace-files", "/api/2.0/secrets"
NOTEBOOK = b"# Databricks notebook source\nprint(1)\n"
GOOD = {200, 400, 403, 404, 409}

# ------------------------------------------------------------------------------------------------ names and ids

NAMES = {
    "up": "../../etc/passwd",
    "up in the middle": "/Shared/../../../etc/passwd",
    "encoded": "/%2e%2e/%2e%2e/etc/passwd",
    "encoded twice": "/%252e%252e%252f%252e%252e%252fetc",
    "backslash": "/..\\..\\etc\\passwd",
    "nul": "/a\0b",
    "new line": "/a\nb",
    "absolute": "//etc/passwd",
    "long": "/" + "a" * 4096,
    "deep": "/a" * 500,
    "look-alike slash": "/\u2215etc\u2215passwd",
    "look-alike dots": "/\u2024\u2024/etc",
    "right to left": "/a\u202eyp.exe",
    "git": "/Repos/.internal/x",
}
PLACES: dict[str, Callable[[House, str], Any]] = {
    "get-status": lambda house, name: house.client.get(f"{WORKSPACE}/get-status", params={"path": name}),
    "list": lambda house, name: house.client.get(f"{WORKSPACE}/list", params={"path": name}),
    "export": lambda house, name: house.client.get(f"{WORKSPACE}/export", params={"path": name}),
    "mkdirs": lambda house, name: house.client.post(f"{WORKSPACE}/mkdirs", json={"path": name}),
    "delete": lambda house, name: house.client.post(f"{WORKSPACE}/delete", json={"path": name, "recursive": True}),
    "import": lambda house, name: house.client.post(
        f"{WORKSPACE}/import", json={"path": name, "content": "eA==", "format": "RAW", "overwrite": True}
    ),
    "form": lambda house, name: house.client.post(
        f"{WORKSPACE}/import", data={"path": name, "format": "RAW"}, files={"content": ("../../x", b"x")}
    ),
    "repo": lambda house, name: house.client.post(
        "/api/2.0/repos", json={"url": "http://127.0.0.1:1/x", "provider": "gitHub", "path": name}
    ),
    "prefix": lambda house, name: house.client.get("/api/2.0/repos", params={"path_prefix": name}),
    "scope": lambda house, name: house.client.post(f"{SECRETS}/scopes/create", json={"scope": name}),
    "key": lambda house, name: house.client.post(
        f"{SECRETS}/put", json={"scope": "kept", "key": name, "string_value": "v"}
    ),
    "principal": lambda house, name: house.client.post(
        f"{SECRETS}/acls/put", json={"scope": "kept", "principal": name, "permission": "READ"}
    ),
    "query": lambda house, name: house.client.post(
        "/api/2.0/sql/queries", json={"query": {"query_text": "1", "parent_path": name}}
    ),
}


@pytest.fixture
def kept(house: House) -> House:
    house.post(f"{SECRETS}/scopes/create", scope="kept")
    house.post(f"{WORKSPACE}/mkdirs", path="/Shared")
    return house


def outside(house: House) -> set[str]:
    """What there is beside the workspace."""
    home = house.settings.home
    found = {
        str(each.relative_to(home)) for each in home.rglob("*") if not each.is_relative_to(house.settings.workspace)
    }
    return {each for each in found if not each.startswith(("git", "checkouts", "key"))}


@pytest.mark.parametrize("name", NAMES.values(), ids=list(NAMES))
def test_no_name_leads_out_or_is_a_failure(kept: House, name: str) -> None:
    before = outside(kept)
    for place, ask in PLACES.items():
        answer = ask(kept, name)
        assert answer.status_code in GOOD, (place, answer.text)
        assert "root:" not in answer.text, place
    assert outside(kept) == before
    for each in kept.settings.workspace.rglob("*"):
        assert each.resolve().is_relative_to(kept.settings.workspace.resolve())


IDS = ["..", "%2e%2e", "1%00", "-1", "1e3", "9" * 30, "1;--", "repos", "'", "%252f", "a" * 4000]


@pytest.mark.parametrize("hostile", IDS, ids=[each[:12] for each in IDS])
def test_no_id_is_more_than_an_id(house: House, hostile: str) -> None:
    for path in ("repos", "git-credentials", "sql/queries"):
        for method, body in (("GET", None), ("PATCH", {"branch": "main"}), ("DELETE", None)):
            answer = house.client.request(method, f"/api/2.0/{path}/{hostile}", json=body)
            assert answer.status_code in GOOD, (path, method, answer.text)
            assert answer.status_code != 200 or hostile in {"..", "%2e%2e"}, (path, method)
            assert len(answer.text) < 4000


# ------------------------------------------------------------------------------------------- links at the wrong moment


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "workspace" / "mine").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_text("secret")
    (tmp_path / "workspace" / "mine" / "file").write_text("mine")
    return tmp_path / "workspace"


def swapping(folder: Path, elsewhere: Path) -> Callable[[], None]:
    """A folder that is one moment itself and the next a link to another."""
    aside = folder.with_name("aside")

    def swap() -> None:
        folder.rename(aside)
        folder.symlink_to(elsewhere)
        folder.unlink()
        aside.rename(folder)

    return swap


@pytest.mark.parametrize("act", ["read", "write", "remove"])
def test_a_folder_that_turns_into_a_link_is_not_followed(root: Path, act: str) -> None:
    """For as many moments as there are in a hundred tries: what is outside is neither read nor changed."""
    swap, over = swapping(root / "mine", root.parent / "secret"), threading.Event()

    def swapper() -> None:
        while not over.is_set():
            swap()

    thread = threading.Thread(target=swapper)
    thread.start()
    try:
        for _ in range(100):
            try:
                if act == "read":
                    assert workspace_handles.read(root, ("mine", "file")) == b"mine"
                elif act == "write":
                    workspace_handles.write(root, ("mine", "new"), b"x")
                else:
                    workspace_handles.remove(root, ("mine", "new"))
            except (NotFound, FileNotFoundError):
                continue
    finally:
        over.set()
        thread.join()
    assert [each.name for each in (root.parent / "secret").iterdir()] == ["file"]
    assert (root.parent / "secret" / "file").read_text() == "secret"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "socket", "nothing"])
def test_only_plain_files_are_read(root: Path, kind: str) -> None:
    """A pipe would keep the server waiting for ever."""
    place = root / "mine" / "odd"
    match kind:
        case "link":
            place.symlink_to(root.parent / "secret" / "file")
        case "pipe":
            os.mkfifo(place)
        case "folder":
            place.mkdir()
        case "socket":
            os.mknod(place, 0o140600)
    with pytest.raises((NotFound, IsADirectoryError)):
        workspace_handles.read(root, ("mine", "odd"))
    assert [item.path for item in Tree(root).children(("mine",))] in (["/mine/file"], ["/mine/file", "/mine/odd"])


def test_a_hard_link_is_replaced_and_what_it_was_is_not_changed(root: Path) -> None:
    os.link(root.parent / "secret" / "file", root / "mine" / "hard")
    Tree(root).write(("mine", "hard"), "", b"new", overwrite=True)
    assert (root.parent / "secret" / "file").read_text() == "secret"


def test_a_git_folder_is_not_written_through_a_link(root: Path) -> None:
    (root / "mine" / "lib").symlink_to(root.parent / "secret")
    with pytest.raises(BrickyardError, match="would be lost"):
        git_folders.change(root, ("mine",), {}, {"lib/file": b"x"})
    assert (root.parent / "secret" / "file").read_text() == "secret"


# ----------------------------------------------------------------------------------------------------------- uploads


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("../../escaped.txt", "x")
        packed.writestr("/absolute.txt", "x")
    return out.getvalue()


HOSTILE_NOTEBOOKS = {
    "deep": b'{"nbformat": 4, "metadata": {}, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep metadata": b'{"nbformat": 4, "cells": [], "metadata": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    "cells are numbers": b'{"nbformat": 4, "metadata": {}, "cells": [1, 2]}',
    "source is a number": b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": 5}]}',
    "metadata is a list": b'{"nbformat": 4, "metadata": [], "cells": []}',
    "as deep as can be read": b'{"nbformat": 4, "cells": [], "metadata": ' + b'{"a":' * 400 + b"1" + b"}" * 400 + b"}",
    "metadata is a full list": b'{"nbformat": 4, "metadata": [1], "cells": []}',
    "metadata of a cell": b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": [1]}]}',
    "lines are numbers": b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": [1]}]}',
    "language is a list": b'{"nbformat": 4, "metadata": {"language_info": {"name": ["python"]}}, "cells": []}',
    "no JSON": b"\xff\xfe\x00",
    "half a character": b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type":"code","source":"\\ud800"}]}',
    "huge number": b'{"nbformat": 1e400, "cells": []}',
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE_NOTEBOOKS)
def test_a_notebook_that_is_none_is_refused_and_never_a_failure(house: House, name: str) -> None:
    """By import, and by upload; and what gets in can be shown and exported, or is refused in a sentence."""
    content = HOSTILE_NOTEBOOKS[name]
    body = {"path": "/Shared/a", "content": base64.b64encode(content).decode(), "format": "JUPYTER", "overwrite": True}
    for answer in (
        house.client.post(f"{WORKSPACE}/import", json=body),
        house.client.post(f"{FILES}/import-file/Shared/a.ipynb", content=content, params={"overwrite": "true"}),
    ):
        assert answer.status_code in {200, 400}, answer.text[:300]
    house.post(f"{WORKSPACE}/import", **{**body, "path": "/Shared/b.ipynb", "format": "RAW"})
    for path in ("/Shared/a", "/Shared/b"):
        for form in ("SOURCE", "JUPYTER", "AUTO"):
            answer = house.client.get(f"{WORKSPACE}/export", params={"path": path, "format": form})
            assert answer.status_code in {200, 400, 404}, (path, form, answer.text[:300])
    assert house.client.get(f"{WORKSPACE}/list", params={"path": "/Shared"}).status_code == 200


def test_an_archive_is_a_file_and_is_not_opened(house: House) -> None:
    content = base64.b64encode(archive()).decode()
    house.post(f"{WORKSPACE}/import", path="/Shared/a.zip", content=content, format="AUTO")
    house.post(f"{WORKSPACE}/import", path="/Shared/a.whl", content=content, format="AUTO")
    found = house.get(f"{WORKSPACE}/list", path="/Shared")["objects"]
    assert [(each["path"], each["object_type"]) for each in found] == [
        ("/Shared/a.whl", "FILE"),
        ("/Shared/a.zip", "FILE"),
    ]
    assert not list(house.settings.home.rglob("escaped.txt"))


@pytest.mark.parametrize("mode", [0o4777, 0o777], ids=["setuid", "executable"])
def test_what_is_uploaded_is_never_a_program(house: House, mode: int) -> None:
    place = house.settings.workspace / "Shared"
    house.post(f"{WORKSPACE}/mkdirs", path="/Shared")
    (place / "tool").write_bytes(b"old")
    (place / "tool").chmod(mode)
    body = {"path": "/Shared/tool", "content": "eA==", "format": "RAW", "overwrite": True}
    house.post(f"{WORKSPACE}/import", **body)
    assert (place / "tool").stat().st_mode & 0o7777 == 0o600


# ------------------------------------------------------------------------------------------------- filters as code

FILTERS = [
    "' OR '1'='1",
    "x'; DROP TABLE acl_entries; --",
    "%",
    "_",
    "\\",
    "$.a[*]",
    "/Users/%",
    "a' UNION SELECT 1 --",
]


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_is_only_compared(house: House, text: str) -> None:
    """With something there that a pattern would find and a statement would lose."""
    ada = house.person("ada")
    house.client.post(f"{SECRETS}/scopes/create", json={"scope": "hers"}, headers=ada)
    house.client.post(f"{WORKSPACE}/mkdirs", json={"path": "/Users/ada/x"}, headers=ada)
    bob = house.person("bob", text)
    asked = {
        f"{SECRETS}/list": {"scope": text},
        f"{SECRETS}/get": {"scope": text, "key": text},
        f"{SECRETS}/acls/list": {"scope": text},
        f"{SECRETS}/acls/get": {"scope": "hers", "principal": text},
        "/api/2.0/repos": {"path_prefix": f"/{text.lstrip('/')}"},
        f"{WORKSPACE}/list": {"path": f"/{text.lstrip('/')}"},
        "/api/2.0/sql/queries": {"page_token": text},
    }
    for path, query in asked.items():
        answer = house.client.get(path, params=query, headers=bob)
        assert answer.status_code in GOOD, (path, answer.text)
        assert "hers" not in json.dumps(answer.json().get("scopes", [])), path
    assert house.client.get(f"{SECRETS}/scopes/list", headers=bob).json() == {"scopes": []}
    assert house.client.get(f"{WORKSPACE}/list", params={"path": "/Users"}, headers=bob).json() == {}
    assert house.client.get(f"{SECRETS}/scopes/list", headers=ada).json()["scopes"][0]["name"] == "hers"
    assert house.client.get(f"{WORKSPACE}/get-status?path=/Users/{USER}").status_code == 200


@pytest.mark.parametrize("name", ["100%", "a_b", "it's", "semi;colon", '"quoted"', "[x]"])
def test_names_with_signs_of_patterns_are_names(house: House, name: str) -> None:
    """What is deleted takes its own access lists with it, and nobody else's."""
    ada, bob = house.person("ada"), house.person("bob")
    for folder in (name, "aXb", "100", "100x"):
        house.client.post(f"{WORKSPACE}/mkdirs", json={"path": f"/Users/ada/{folder}/in"}, headers=ada)
    body = {"access_control_list": [{"user_name": "bob", "permission_level": "CAN_READ"}]}
    for folder in (name, "aXb", "100", "100x"):
        status = house.client.get(
            f"{WORKSPACE}/get-status", params={"path": f"/Users/ada/{folder}"}, headers=ada
        ).json()
        answer = house.client.put(f"/api/2.0/permissions/directories/{status['object_id']}", json=body, headers=ada)
        assert answer.status_code == 200, answer.text
    gone = {"path": f"/Users/ada/{name}", "recursive": True}
    assert house.client.post(f"{WORKSPACE}/delete", json=gone, headers=ada).status_code == 200
    seen = house.client.get(f"{WORKSPACE}/list", params={"path": "/Users/ada"}, headers=bob).json()["objects"]
    assert {each["path"].rpartition("/")[2] for each in seen} == {"aXb", "100", "100x"}
