"""Folders, files and notebooks of the workspace: on disk with extension, in the API as clients of the service know them."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.api.workspace_imports import MAX_IMPORT
from brickyard.surfaces.api.workspace_paths import inside, parts_of, stable_id
from tests.surfaces.api.house import House

WORKSPACE = "/api/2.0/workspace"
NOTEBOOK = b"# Databricks notebook source\nprint(1)\n\n# COMMAND ----------\n\n# MAGIC %sql\n# MAGIC SELECT 1\n"


def upload(house: House, path: str, data: bytes, **more: Any) -> Any:
    content = base64.b64encode(data).decode()
    return house.post(f"{WORKSPACE}/import", path=path, content=content, **{"format": "AUTO", **more})


def listed(house: House, path: str) -> dict[str, str]:
    found = house.get(f"{WORKSPACE}/list", path=path).get("objects", [])
    return {each["path"]: each["object_type"] for each in found}


def disk(house: House, name: str) -> Path:
    return house.settings.workspace / name


def test_a_notebook_has_its_extension_on_disk_and_none_in_the_api(house: House) -> None:
    upload(house, "/load.py", NOTEBOOK)
    upload(house, "/tool.py", b"print(1)\n")
    upload(
        house, "/notes.ipynb", json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    )
    assert listed(house, "/") == {"/load": "NOTEBOOK", "/tool.py": "FILE", "/notes": "NOTEBOOK"}
    assert disk(house, "load.py").read_bytes() == NOTEBOOK
    status = house.get(f"{WORKSPACE}/get-status", path="/Workspace/load")
    assert (status["object_type"], status["language"], status["path"]) == ("NOTEBOOK", "PYTHON", "/load")
    assert status["object_id"] == stable_id("/load") == int(status["resource_id"])
    assert house.get(f"{WORKSPACE}/get-status", path="//load.py/")["path"] == "/load"
    assert disk(house, "load.py").stat().st_mode & 0o777 == 0o600


def test_a_source_import_becomes_a_notebook_even_without_its_header(house: House) -> None:
    upload(house, "/query", b"SELECT 1", format="SOURCE", language="SQL")
    assert disk(house, "query.sql").read_bytes() == b"-- Databricks notebook source\nSELECT 1"
    upload(house, "/named.py", b"print(1)", format="SOURCE", language="PYTHON")
    exported = house.get(f"{WORKSPACE}/export", path="/named.py")
    assert base64.b64decode(exported["content"]) == b"# Databricks notebook source\nprint(1)"
    assert exported["file_type"] == "py"
    _, code, message = house.refused("POST", f"{WORKSPACE}/import", json={"path": "/x", "content": ""})
    assert (code, "language is missing" in message) == ("INVALID_PARAMETER_VALUE", True)


def test_a_notebook_is_exported_as_source_and_as_jupyter_whichever_it_was(house: House) -> None:
    upload(house, "/load.py", NOTEBOOK)
    data = house.client.get(
        f"{WORKSPACE}/export", params={"path": "/load", "format": "JUPYTER", "direct_download": "true"}
    )
    document = json.loads(data.content)
    assert document["cells"][0]["source"] in ("print(1)", ["print(1)"])
    upload(house, "/copy", data.content, format="JUPYTER")
    assert disk(house, "copy.ipynb").is_file()
    back = house.get(f"{WORKSPACE}/export", path="/copy", format="SOURCE")
    assert base64.b64decode(back["content"]).startswith(b"# Databricks notebook source\nprint(1)")
    assert house.client.get("/api/2.0/workspace-files/load").content == NOTEBOOK


def test_what_is_downloaded_is_never_shown_as_a_page_of_ours(house: House) -> None:
    upload(house, "/evil.html", b"<script>1</script>")
    answer = house.client.get(f"{WORKSPACE}/export", params={"path": "/evil.html", "direct_download": "true"})
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "attachment"


@pytest.mark.parametrize(
    ("form", "code"), [("DBC", "FEATURE_DISABLED"), ("HTML", "FEATURE_DISABLED"), ("ZIP", "INVALID_PARAMETER_VALUE")]
)
def test_formats_that_are_not_there_are_refused_by_name(house: House, form: str, code: str) -> None:
    body = {"path": "/x", "content": "", "format": form}
    assert house.refused("POST", f"{WORKSPACE}/import", json=body)[1] == code
    upload(house, "/load.py", NOTEBOOK)
    assert house.refused("GET", f"{WORKSPACE}/export?path=/load&format={form}")[1] == code


def test_an_import_by_form_is_as_one_by_json(house: House) -> None:
    data = {"path": "/form.py", "format": "AUTO", "overwrite": "true"}
    answer = house.client.post(f"{WORKSPACE}/import", data=data, files={"content": ("content", NOTEBOOK)})
    assert (answer.status_code, answer.json()) == (200, {})
    assert disk(house, "form.py").read_bytes() == NOTEBOOK
    headers = {"Content-Type": "multipart/form-data"}
    assert house.refused("POST", f"{WORKSPACE}/import", content=b"x", headers=headers)[1] == "MALFORMED_REQUEST"
    assert house.refused("POST", f"{WORKSPACE}/import", json={"path": "/x", "content": "%"})[1] == "MALFORMED_REQUEST"


def test_an_import_over_the_limit_is_refused_in_both_forms(house: House) -> None:
    large = b"x" * (MAX_IMPORT + 1)
    body = {"path": "/x", "format": "RAW", "content": base64.b64encode(large).decode()}
    assert house.refused("POST", f"{WORKSPACE}/import", json=body)[1] == "MAX_NOTEBOOK_SIZE_EXCEEDED"
    parts = {"data": {"path": "/x", "format": "RAW"}, "files": {"content": ("content", large)}}
    assert house.refused("POST", f"{WORKSPACE}/import", **parts)[1] == "MAX_NOTEBOOK_SIZE_EXCEEDED"
    assert listed(house, "/") == {}


def test_nothing_is_overwritten_unless_asked(house: House) -> None:
    upload(house, "/load.py", NOTEBOOK)
    body = {"path": "/load", "content": "", "format": "SOURCE", "language": "PYTHON"}
    assert house.refused("POST", f"{WORKSPACE}/import", json=body)[1] == "RESOURCE_ALREADY_EXISTS"
    upload(house, "/load", b"SELECT 2", format="SOURCE", language="SQL", overwrite=True)
    assert listed(house, "/") == {"/load": "NOTEBOOK"}, "one name is one notebook, whatever its language was"
    assert house.get(f"{WORKSPACE}/get-status", path="/load")["language"] == "SQL"


def test_folders_are_made_with_their_parents_and_deleted_with_their_content_only_if_asked(house: House) -> None:
    house.post(f"{WORKSPACE}/mkdirs", path="/Users/ada/deep")
    house.post(f"{WORKSPACE}/mkdirs", path="/Users/ada/deep")
    assert listed(house, "/Users") == {"/Users/ada": "DIRECTORY"}
    assert disk(house, "Users/ada").stat().st_mode & 0o777 == 0o700
    upload(house, "/Users/ada/deep/load.py", NOTEBOOK)
    assert house.get(f"{WORKSPACE}/list", path="/Users/ada/deep/load")["objects"][0]["path"] == "/Users/ada/deep/load"
    assert (
        house.refused("POST", f"{WORKSPACE}/mkdirs", json={"path": "/Users/ada/deep/load"})[1]
        == "RESOURCE_ALREADY_EXISTS"
    )
    status, code, message = house.refused("POST", f"{WORKSPACE}/delete", json={"path": "/Users/ada"})
    assert (status, code, "/Users/ada" in message) == (400, "DIRECTORY_NOT_EMPTY", True)
    house.post(f"{WORKSPACE}/delete", path="/Users/ada", recursive=True)
    assert "objects" not in house.get(f"{WORKSPACE}/list", path="/Users")
    for always in ("/", "/Users", "/Repos", "/Shared"):
        body = {"path": always, "recursive": True}
        assert house.refused("POST", f"{WORKSPACE}/delete", json=body)[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_what_is_missing_is_said_in_the_words_clients_look_for(house: House) -> None:
    expected = (404, "RESOURCE_DOES_NOT_EXIST", "Path (/nope) doesn't exist.")
    assert house.refused("GET", f"{WORKSPACE}/get-status?path=/nope") == expected
    assert house.refused("GET", f"{WORKSPACE}/list?path=/nope") == expected
    assert house.refused("GET", f"{WORKSPACE}/export?path=/nope") == expected
    assert house.refused("POST", f"{WORKSPACE}/delete", json={"path": "/nope"}) == expected
    body = {"path": "/nope/x.py", "content": "", "format": "AUTO"}
    assert house.refused("POST", f"{WORKSPACE}/import", json=body)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_raw_uploads_tell_missing_parents_from_names_that_are_taken(house: House) -> None:
    """Bundles rely on these two statuses."""
    path = "/api/2.0/workspace-files/import-file/Shared/app/load.py"
    assert house.refused("POST", path, content=NOTEBOOK)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    house.post(f"{WORKSPACE}/mkdirs", path="/Shared/app")
    assert house.client.post(path, content=NOTEBOOK).json() == {}
    assert house.refused("POST", path, content=b"x")[:2] == (409, "RESOURCE_ALREADY_EXISTS")
    assert house.refused("POST", f"{path}?overwrite=false", content=b"x")[0] == 409
    assert house.client.post(path, content=b"print(2)", params={"overwrite": "true"}).status_code == 200
    assert listed(house, "/Shared/app") == {"/Shared/app/load.py": "FILE"}
    assert disk(house, "Shared/app/load.py").stat().st_mode & 0o777 == 0o600


def test_names_with_all_kinds_of_letters_survive(house: House) -> None:
    for name in ("Größe & Maß.csv", "50%.txt", "a+b=c?.txt", "#1.txt", "日本.txt"):
        upload(house, f"/{name}", b"x")
        assert house.get(f"{WORKSPACE}/get-status", path=f"/{name}")["path"] == f"/{name}"


@pytest.mark.parametrize(
    "path",
    ["relative", "", "/a/../../etc/passwd", "/..", "/a/./b", "/a\\..\\b", "/a\0b", "/a\nb", "/" + "x" * 4096, "/x" * 101,
     "/Workspace/../x", "/a/\u202e"],
)  # fmt: skip
def test_no_path_leads_out_of_the_workspace(house: House, path: str) -> None:
    body = {"path": path, "content": base64.b64encode(b"x").decode(), "format": "RAW", "overwrite": True}
    assert house.refused("POST", f"{WORKSPACE}/import", json=body)[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert house.refused("POST", f"{WORKSPACE}/delete", json={"path": path, "recursive": True})[0] == 400
    with pytest.raises(InvalidParameterValue):
        parts_of(path)


@pytest.mark.parametrize("path", ["%2e%2e/%2e%2e/x", "a/%252e%252e/x", "..%2fx", "%00", "a%5c..%5cx"])
def test_no_spelling_in_an_address_leads_out_either(house: House, path: str) -> None:
    answer = house.client.post(f"/api/2.0/workspace-files/import-file/{path}", content=b"x")
    assert answer.status_code in {400, 404}
    assert house.client.get(f"/api/2.0/workspace-files/{path}").status_code in {400, 404}
    outside = [place.name for place in house.settings.home.iterdir()]
    assert "x" not in outside


def test_a_link_that_leads_out_is_not_followed(house: House, tmp_path: Path) -> None:
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "secret.txt").write_text("s")
    house.post(f"{WORKSPACE}/mkdirs", path="/dir")
    disk(house, "dir/out").symlink_to(secret)
    disk(house, "dir/file.txt").symlink_to(secret / "secret.txt")
    assert listed(house, "/dir") == {}
    for path in ("/dir/out/secret.txt", "/dir/file.txt", "/dir/out"):
        assert house.refused("GET", f"{WORKSPACE}/export?path={path}")[:2] == (400, "INVALID_PARAMETER_VALUE")
        assert house.refused("POST", f"{WORKSPACE}/delete", json={"path": path, "recursive": True})[0] == 400
    body = {"path": "/dir/out/new.txt", "content": "", "format": "RAW"}
    assert house.refused("POST", f"{WORKSPACE}/import", json=body)[0] == 400
    assert [place.name for place in secret.iterdir()] == ["secret.txt"]
    house.post(f"{WORKSPACE}/delete", path="/dir", recursive=True)
    assert (secret / "secret.txt").read_text() == "s"
    with pytest.raises(InvalidParameterValue, match="leads out"):
        inside(house.settings.workspace, ("..",))


def test_names_that_only_code_can_give_are_not_shown_and_do_no_harm(house: House) -> None:
    upload(house, "/dir.txt", b"x")
    for name in (b"\xff", b"a\nb", b"a\\b", "\u202etxt".encode()):
        (house.settings.workspace / os.fsdecode(name)).write_bytes(b"x")
    assert listed(house, "/") == {"/dir.txt": "FILE"}


def test_ids_are_the_same_for_the_same_path_and_fit_into_a_double() -> None:
    assert stable_id("/a") == stable_id("/a") != stable_id("/b")
    assert 0 < stable_id("/a") < 2**53


def test_only_notebooks_changed_since_a_time_are_listed_where_asked(house: House) -> None:
    upload(house, "/load.py", NOTEBOOK)
    changed = house.get(f"{WORKSPACE}/get-status", path="/load")["modified_at"]
    assert "objects" in house.get(f"{WORKSPACE}/list", path="/", notebooks_modified_after=changed)
    assert "objects" not in house.get(f"{WORKSPACE}/list", path="/", notebooks_modified_after=changed + 1)
