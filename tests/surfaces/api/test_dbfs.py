"""DBFS on the wire: paths with and without `dbfs:`, three ways to write, and the codes that its clients know."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.api.files import handles
from brickyard.surfaces.api.files.dbfs_routes import MAX_BLOCK
from brickyard.surfaces.api.files.handles import IDLE_SECONDS
from tests.surfaces.api.house import House

DBFS = "/api/2.0/dbfs"


def disk(house: House, name: str = "") -> Path:
    return house.settings.dbfs / name


def names(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def put(house: House, path: str, data: bytes = b"0123456789", **more: Any) -> None:
    assert house.post(f"{DBFS}/put", path=path, contents=text_of(data), **more) == {}


def create(house: House, path: str, **more: Any) -> int:
    return int(house.post(f"{DBFS}/create", path=path, **more)["handle"])


def refused(house: House, what: str, **body: Any) -> tuple[int, str]:
    return house.refused("POST", f"{DBFS}/{what}", json=body)[:2]


@pytest.mark.parametrize("prefix", ["", "dbfs:", "dbfs://"])
def test_paths_are_taken_with_and_without_dbfs_and_answered_without(house: House, prefix: str) -> None:
    put(house, f"{prefix}/tmp/a.txt")
    os.utime(disk(house, "tmp/a.txt"), (1_577_836_800.5, 1_577_836_800.5))
    file = {"path": "/tmp/a.txt", "is_dir": False, "file_size": 10, "modification_time": 1_577_836_800_500}
    assert house.get(f"{DBFS}/get-status", path=f"{prefix}/tmp/a.txt") == file
    assert house.get(f"{DBFS}/list", path=f"{prefix}/tmp/") == {"files": [file]}
    assert house.get(f"{DBFS}/list", path=f"{prefix}/tmp/a.txt") == {"files": [file]}
    [folder] = house.get(f"{DBFS}/list", path=f"{prefix}/")["files"]
    assert (folder["path"], folder["is_dir"], folder["file_size"]) == ("/tmp", True, 0)


def test_dbfs_is_there_before_anything_is_in_it(house: House) -> None:
    assert house.get(f"{DBFS}/list", path="dbfs:/") == {"files": []}
    assert house.get(f"{DBFS}/get-status", path="/")["is_dir"]
    assert refused(house, "delete", path="/", recursive=True) == (400, "INVALID_PARAMETER_VALUE")


def test_put_makes_folders_and_replaces_only_if_asked(house: House) -> None:
    put(house, "/new/folder/a", b"old")
    assert refused(house, "put", path="/new/folder/a", contents="") == (400, "RESOURCE_ALREADY_EXISTS")
    put(house, "/new/folder/a", b"", overwrite=True)
    assert disk(house, "new/folder/a").read_bytes() == b""
    assert disk(house, "new/folder/a").stat().st_mode & 0o777 == 0o600
    assert refused(house, "put", path="/new/folder", contents="", overwrite=True) == (400, "RESOURCE_ALREADY_EXISTS")
    assert refused(house, "put", path="/new/folder/a/b", contents="") == (400, "RESOURCE_ALREADY_EXISTS")
    assert refused(house, "put", path="/", contents="") == (400, "INVALID_PARAMETER_VALUE")
    assert refused(house, "put", path="/b") == (400, "MALFORMED_REQUEST")
    assert refused(house, "put", path="/b", contents="%%%") == (400, "INVALID_PARAMETER_VALUE")
    assert names(disk(house)) == ["new"]


def test_one_request_of_json_carries_a_mebibyte(house: House) -> None:
    put(house, "/a", b"x" * MAX_BLOCK)
    large = text_of(b"x" * (MAX_BLOCK + 1))
    assert refused(house, "put", path="/b", contents=large) == (400, "MAX_BLOCK_SIZE_EXCEEDED")
    handle = create(house, "/b")
    assert refused(house, "add-block", handle=handle, data=large) == (400, "MAX_BLOCK_SIZE_EXCEEDED")


@pytest.mark.parametrize("field", ["file", "contents"])
def test_a_form_carries_a_file_of_any_size_as_the_legacy_command_line_sends_it(house: House, field: str) -> None:
    data = bytes(range(256)) * 10_000
    parts: dict[str, Any] = {"data": {"path": "dbfs:/form.bin", "overwrite": "True"}, "files": {field: ("f.bin", data)}}
    for _ in range(2):
        answer = house.client.post(f"{DBFS}/put", **parts)
        assert (answer.status_code, answer.json()) == (200, {})
    assert disk(house, "form.bin").read_bytes() == data
    parts["data"]["overwrite"] = "False"
    assert house.refused("POST", f"{DBFS}/put", **parts)[:2] == (400, "RESOURCE_ALREADY_EXISTS")


def test_a_form_may_have_its_content_as_text_and_nothing_that_is_not_known(house: House) -> None:
    fields = {"path": (None, "/a"), "contents": (None, text_of(b"text"))}
    assert house.client.post(f"{DBFS}/put", files=fields).json() == {}
    assert disk(house, "a").read_bytes() == b"text"
    odd = {"path": (None, "/b"), "mode": (None, "x"), "file": ("f", b"x")}
    assert house.refused("POST", f"{DBFS}/put", files=odd)[1] == "INVALID_PARAMETER_VALUE"
    two = [("a", ("a", b"1")), ("b", ("b", b"2"))]
    assert house.refused("POST", f"{DBFS}/put", files=two)[1] == "MALFORMED_REQUEST"
    broken = {"content": b"no form", "headers": {"Content-Type": "multipart/form-data"}}
    assert house.refused("POST", f"{DBFS}/put", **broken)[1] == "MALFORMED_REQUEST"


def test_a_file_is_written_in_blocks_and_is_there_when_it_is_closed(house: House) -> None:
    handle = create(house, "dbfs:/blocks/a")
    for block in (b"one ", b"", b"two"):
        assert house.post(f"{DBFS}/add-block", handle=str(handle), data=text_of(block)) == {}
    assert house.get(f"{DBFS}/list", path="/blocks") == {"files": []}
    assert house.post(f"{DBFS}/close", handle=handle) == {}
    assert disk(house, "blocks/a").read_bytes() == b"one two"
    assert names(disk(house, "blocks")) == ["a"]
    assert refused(house, "close", handle=handle) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert refused(house, "add-block", handle=handle, data="") == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_handle_respects_what_is_there_when_it_opens_and_when_it_closes(house: House) -> None:
    put(house, "/a", b"old")
    assert refused(house, "create", path="/a") == (400, "RESOURCE_ALREADY_EXISTS")
    first, second = create(house, "/b"), create(house, "/b")
    house.post(f"{DBFS}/close", handle=first)
    assert refused(house, "close", handle=second) == (400, "RESOURCE_ALREADY_EXISTS")
    house.post(f"{DBFS}/close", handle=create(house, "/a", overwrite=True))
    assert disk(house, "a").read_bytes() == b""
    assert names(disk(house)) == ["a", "b"]


def test_a_folder_that_is_deleted_meanwhile_ends_the_handle(house: House) -> None:
    handle = create(house, "/gone/a")
    house.post(f"{DBFS}/delete", path="/gone", recursive=True)
    for _ in range(2):
        assert refused(house, "add-block", handle=handle, data="") == (404, "RESOURCE_DOES_NOT_EXIST")
    assert not disk(house, "gone").exists()


def test_handles_are_forgotten_when_nobody_uses_them(house: House) -> None:
    used, idle = create(house, "/used"), create(house, "/idle")
    house.clock.ms += IDLE_SECONDS * 600
    house.post(f"{DBFS}/add-block", handle=used, data="")
    house.clock.ms += IDLE_SECONDS * 600
    assert refused(house, "close", handle=idle) == (404, "RESOURCE_DOES_NOT_EXIST")
    house.post(f"{DBFS}/close", handle=used)
    assert names(disk(house)) == ["used"]


def test_handles_are_bounded_in_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handles, "MAX_HANDLES", 2)
    one, _ = create(house, "/1"), create(house, "/2")
    assert refused(house, "create", path="/3") == (429, "RESOURCE_EXHAUSTED")
    house.post(f"{DBFS}/close", handle=one)
    create(house, "/3")
    house.clock.ms += IDLE_SECONDS * 1000 + 1
    create(house, "/4")


def test_a_handle_is_unknown_to_other_users(house: House) -> None:
    handle = create(house, "/a")
    headers = house.person("bob@example.com")
    body = {"handle": handle, "data": ""}
    assert house.refused("POST", f"{DBFS}/add-block", json=body, headers=headers)[0] == 404
    assert house.refused("POST", f"{DBFS}/close", json={"handle": handle}, headers=headers)[0] == 404
    assert house.post(f"{DBFS}/close", handle=handle) == {}


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({}, b"0123456789"),
        ({"offset": 0, "length": 4}, b"0123"),
        ({"offset": "8", "length": "100"}, b"89"),
        ({"offset": 10}, b""),
        ({"offset": 1000, "length": MAX_BLOCK}, b""),
        ({"offset": 2**63 - 1}, b""),
        ({"length": 0}, b""),
    ],
    ids=["all", "begin", "end", "at the end", "after the end", "farthest", "nothing"],
)
def test_a_part_of_a_file_is_read(house: House, query: dict[str, Any], part: bytes) -> None:
    put(house, "/a")
    assert house.get(f"{DBFS}/read", path="/a", **query) == {"bytes_read": len(part), "data": text_of(part)}


def test_what_cannot_be_read_says_why(house: House) -> None:
    put(house, "/folder/a")

    def read(path: str, **query: Any) -> tuple[int, str]:
        return house.refused("GET", f"{DBFS}/read", params={"path": path, **query})[:2]

    assert read("/nope") == (404, "RESOURCE_DOES_NOT_EXIST")
    assert read("/folder") == (400, "INVALID_PARAMETER_VALUE")
    assert read("/folder/a", offset=-1) == (400, "INVALID_PARAMETER_VALUE")
    assert read("/folder/a", length=-1) == (400, "INVALID_PARAMETER_VALUE")
    assert read("/folder/a", length=MAX_BLOCK + 1) == (400, "MAX_READ_SIZE_EXCEEDED")


def test_folders_are_made_moved_and_deleted(house: House) -> None:
    for _ in range(2):
        assert house.post(f"{DBFS}/mkdirs", path="dbfs:/a/b") == {}
    put(house, "/a/b/file")
    assert refused(house, "mkdirs", path="/a/b/file") == (400, "RESOURCE_ALREADY_EXISTS")
    assert house.post(f"{DBFS}/move", source_path="dbfs:/a/b", destination_path="/new/c") == {}
    assert disk(house, "new/c/file").read_bytes() == b"0123456789"
    assert house.post(f"{DBFS}/move", source_path="/new/c/file", destination_path="/a/file") == {}
    assert refused(house, "delete", path="/a") == (400, "IO_ERROR")
    assert house.post(f"{DBFS}/delete", path="/new/c") == {}
    assert house.post(f"{DBFS}/delete", path="dbfs:/a", recursive="true") == {}
    assert names(disk(house)) == ["new"]


def test_a_move_destroys_nothing(house: House) -> None:
    put(house, "/a", b"a")
    put(house, "/b", b"b")
    house.post(f"{DBFS}/mkdirs", path="/folder")
    for target in ("/b", "/folder", "/b/c"):
        assert refused(house, "move", source_path="/a", destination_path=target) == (400, "RESOURCE_ALREADY_EXISTS")
    assert refused(house, "move", source_path="/folder", destination_path="/folder/in")[0] == 400
    assert refused(house, "move", source_path="/", destination_path="/x")[0] == 400
    assert refused(house, "move", source_path="/nope", destination_path="/x") == (404, "RESOURCE_DOES_NOT_EXIST")
    assert (disk(house, "a").read_bytes(), disk(house, "b").read_bytes()) == (b"a", b"b")


def test_what_is_missing_is_404(house: House) -> None:
    for what in ("get-status", "list", "read"):
        status, code, message = house.refused("GET", f"{DBFS}/{what}?path=dbfs:/nope")
        assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert message == "No file or directory exists on path /nope."
    assert refused(house, "delete", path="/nope") == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("path", ["/Volumes/a/b/c/d", "dbfs:/Workspace/a", "dbfs:/Volumes"])
def test_what_jobs_find_elsewhere_is_not_written_into_dbfs(house: House, path: str) -> None:
    """A job that reads `dbfs:/Volumes/…` gets the volume's file; one of that name in DBFS could never be read."""
    status, code, message = house.refused("POST", f"{DBFS}/put", json={"path": path, "contents": ""})
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert "/api/2.0/" in message


@pytest.mark.parametrize(
    "path",
    ["relative", "dbfs:relative", "", "s3://bucket/x", "/a/../../x", "dbfs:/../x", "/a/./x", "/a\\..\\x", "/a\0x", "/a\nx",
     "/" + "x" * 201, "/x" * 101, "/" + "/".join(["x" * 190] * 20)],
    ids=["relative", "relative with dbfs", "empty", "other scheme", "up", "up at once", "dot", "backslash", "nul", "newline",
         "long name", "many names", "long path"],
)  # fmt: skip
def test_no_path_leads_out(house: House, path: str) -> None:
    bad = (400, "INVALID_PARAMETER_VALUE")
    for what in ("put", "create", "mkdirs", "delete"):
        more = {"contents": ""} if what == "put" else {}
        assert refused(house, what, path=path, **more) == bad
    put(house, "/ok")
    assert refused(house, "move", source_path="/ok", destination_path=path) == bad
    assert refused(house, "move", source_path=path, destination_path="/new") == bad
    assert house.refused("GET", f"{DBFS}/read", params={"path": path})[:2] == bad


def test_no_link_leads_out(house: House, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("s")
    put(house, "/ok")
    disk(house, "folder").symlink_to(outside)
    disk(house, "file").symlink_to(outside / "secret.txt")
    assert [entry["path"] for entry in house.get(f"{DBFS}/list", path="/")["files"]] == ["/ok"]
    for path in ("/folder/secret.txt", "/file", "/folder/new"):
        assert house.refused("GET", f"{DBFS}/read?path={path}")[0] == 400
        assert refused(house, "put", path=path, contents="", overwrite=True)[0] == 400
        assert refused(house, "delete", path=path, recursive=True)[0] == 400
        assert refused(house, "move", source_path="/ok", destination_path=path)[0] == 400
    assert [(place.name, place.read_text()) for place in outside.iterdir()] == [("secret.txt", "s")]


@pytest.mark.parametrize("what", ["mkdirs", "delete", "put", "create", "add-block", "close", "move"])
def test_an_unknown_field_is_refused(house: House, what: str) -> None:
    assert "Unknown field 'mode'" in house.refused("POST", f"{DBFS}/{what}", json={"mode": "x"})[2]


@pytest.mark.parametrize("what", ["get-status", "list", "read"])
def test_an_unknown_name_in_the_query_is_refused(house: House, what: str) -> None:
    assert "Unknown field 'mode'" in house.refused("GET", f"{DBFS}/{what}?path=/&mode=x")[2]
