"""The Files API: content as the body, answers without one, and no path or link that leads out of the volumes."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.types import Message

from brickyard.surfaces.api.files import drafts, fs_routes
from brickyard.surfaces.api.files.drafts import UNFINISHED
from tests.surfaces.api.house import TOKEN, House

FILES = "/api/2.0/fs/files"
FOLDERS = "/api/2.0/fs/directories"
VOLUME = "/Volumes/main/default/v"
OTHERS = "Wed, 01 Jan 2020 00:00:00 GMT"


def disk(house: House, name: str = "") -> Path:
    return house.settings.volumes / "main/default/v" / name


def names(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())


def upload(house: House, name: str, data: bytes = b"0123456789") -> str:
    """The address of a new file."""
    address = f"{FILES}{VOLUME}/{name}"
    answer = house.client.put(address, content=data)
    assert (answer.status_code, answer.content) == (204, b"")
    return address


def test_an_upload_is_the_file_byte_by_byte_and_private(house: House) -> None:
    data = bytes(range(256)) * 20_000
    address = upload(house, "new/folder/a.bin", data)
    assert disk(house, "new/folder/a.bin").read_bytes() == data
    assert disk(house, "new/folder/a.bin").stat().st_mode & 0o777 == 0o600
    assert disk(house, "new/folder").stat().st_mode & 0o777 == 0o700
    assert names(disk(house, "new/folder")) == ["a.bin"]
    assert house.client.get(address).content == data


def test_a_body_of_unknown_length_is_taken_too(house: House) -> None:
    def parts() -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    assert house.client.put(f"{FILES}{VOLUME}/a", content=parts()).status_code == 204
    assert disk(house, "a").read_bytes() == b"one two"


def test_what_is_known_of_a_file_stands_in_headers(house: House) -> None:
    address = upload(house, "page.html", b"<script>")
    os.utime(disk(house, "page.html"), (1_577_836_800.9, 1_577_836_800.9))
    for answer in (house.client.head(address), house.client.get(address)):
        assert answer.status_code == 200
        assert answer.headers["Content-Length"] == "8"
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Last-Modified"] == OTHERS
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_upload_replaces_by_default_and_leaves_what_is_there_if_told_so(house: House) -> None:
    address = upload(house, "a", b"old")
    upload(house, "a", b"new")
    taken = (409, "ALREADY_EXISTS", f"A file or directory already exists at the path {VOLUME}/a")
    assert house.refused("PUT", f"{address}?overwrite=false", content=b"x") == taken
    assert house.refused("PUT", f"{address}?overwrite=False", content=b"x") == taken
    assert house.refused("PUT", f"{FILES}{VOLUME}/a/below", content=b"x")[:2] == (409, "ALREADY_EXISTS")
    assert disk(house, "a").read_bytes() == b"new"
    assert house.client.put(f"{address}?overwrite=true", content=b"newer").status_code == 204
    disk(house, "folder").mkdir()
    assert house.refused("PUT", f"{FILES}{VOLUME}/folder", content=b"x")[:2] == (409, "ALREADY_EXISTS")


def test_a_file_above_the_limit_is_refused_and_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MAX_FILE", 1000)
    status, code, message = house.refused("PUT", f"{FILES}{VOLUME}/a", content=b"x" * 1001)
    assert (status, code) == (413, "REQUEST_TOO_LARGE")
    assert "1,000 bytes" in message
    assert names(disk(house)) == []
    upload(house, "a", b"x" * 1000)


def test_a_length_above_the_limit_is_refused_before_anything_is_sent(house: House) -> None:
    url = house.client.base_url
    connection = http.client.HTTPConnection(url.host, url.port, timeout=20)
    with closing(connection):
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Length": str(drafts.MAX_FILE + 1)}
        connection.request("PUT", f"{FILES}{VOLUME}/a", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, json.load(answer)["error_code"]) == (413, "REQUEST_TOO_LARGE")
    assert names(disk(house)) == []


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=9-9", b"9", "bytes 9-9/10"),
    ],
)
def test_a_range_is_answered_alone(house: House, asked: str, part: bytes, told: str) -> None:
    answer = house.client.get(upload(house, "a"), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, part)
    assert answer.headers["Content-Range"] == told
    assert answer.headers["Content-Length"] == str(len(part))


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=-", "bytes=5-4", "lines=1-2", "bytes=a-b", "bytes=0-", "x" * 999]
)
def test_a_range_that_means_nothing_single_is_answered_with_the_whole_file(house: House, asked: str) -> None:
    answer = house.client.get(upload(house, "a"), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, b"0123456789")
    assert "Content-Range" not in answer.headers


def test_a_range_after_the_end_is_refused(house: House) -> None:
    refused = house.refused("GET", upload(house, "a"), headers={"Range": "bytes=10-"})
    assert refused == (416, "INVALID_RANGE", "Range is 'bytes=10-'; the file has 10 bytes.")


def test_a_download_that_goes_on_stops_where_the_file_has_changed(house: House) -> None:
    address = upload(house, "a")
    told = house.client.head(address).headers["Last-Modified"]
    headers = {"Range": "bytes=5-", "If-Unmodified-Since": told}
    assert house.client.get(address, headers=headers).content == b"56789"
    refused = house.refused("GET", address, headers={"If-Unmodified-Since": OTHERS})
    assert refused[:2] == (412, "PRECONDITION_FAILED")
    assert house.refused("GET", address, headers={"If-Unmodified-Since": "yesterday"})[:2] == (400, "MALFORMED_REQUEST")


def test_an_empty_file_is_a_file(house: House) -> None:
    address = upload(house, "empty", b"")
    answer = house.client.get(address)
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "0")


def test_what_is_missing_is_404_in_every_way_to_ask(house: House) -> None:
    upload(house, "folder/a")
    for address in (f"{FILES}{VOLUME}/nope", f"{FILES}{VOLUME}/folder", f"{FILES}{VOLUME}/folder/a/b"):
        assert house.client.head(address).status_code == 404
        assert house.refused("GET", address)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
        assert house.refused("DELETE", address)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    for address in (f"{FOLDERS}{VOLUME}/nope", f"{FOLDERS}{VOLUME}/folder/a"):
        assert house.client.head(address).status_code == 404
        assert house.refused("GET", address)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
        assert house.refused("DELETE", address)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_folder_is_made_with_its_parents_and_deleted_only_when_empty(house: House) -> None:
    for _ in range(2):
        assert house.client.put(f"{FOLDERS}{VOLUME}/deep/er").status_code == 204
    assert house.client.head(f"{FOLDERS}{VOLUME}/deep/er/").status_code == 200
    refused = house.refused("DELETE", f"{FOLDERS}{VOLUME}/deep")
    assert refused == (400, "DIRECTORY_NOT_EMPTY", f"The directory {VOLUME}/deep is not empty.")
    assert house.client.delete(f"{FOLDERS}{VOLUME}/deep/er").status_code == 204
    assert house.client.delete(f"{FOLDERS}{VOLUME}/deep").status_code == 204
    assert not disk(house, "deep").exists()
    address = upload(house, "a")
    assert house.refused("PUT", f"{FOLDERS}{VOLUME}/a/b")[:2] == (409, "ALREADY_EXISTS")
    assert house.client.delete(address).status_code == 204
    assert not disk(house, "a").exists()


def test_a_folder_is_listed_by_name_in_pages(house: House) -> None:
    for name in ("b", "a", "c/d"):
        upload(house, name)
    (disk(house) / f"{UNFINISHED}x").write_bytes(b"half")
    os.mkfifo(disk(house, "pipe"))
    first = house.get(f"{FOLDERS}{VOLUME}", page_size=2)
    assert [entry["name"] for entry in first["contents"]] == ["a", "b"]
    assert set(first["contents"][0]) == {"path", "name", "is_directory", "file_size", "last_modified"}
    second = house.get(f"{FOLDERS}{VOLUME}", page_size="2", page_token=first["next_page_token"])
    [entry] = second["contents"]
    assert (entry["path"], entry["is_directory"], "file_size" in entry) == (f"{VOLUME}/c", True, False)
    assert "next_page_token" not in second
    assert len(house.get(f"{FOLDERS}{VOLUME}", page_size=5000, page_token="")["contents"]) == 3
    other = {"page_token": first["next_page_token"]}
    assert house.refused("GET", f"{FOLDERS}{VOLUME}/c", params=other)[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_no_page_is_longer_than_the_limit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fs_routes, "MAX_PAGE", 1)
    for name in "ab":
        upload(house, name)
    assert len(house.get(f"{FOLDERS}{VOLUME}", page_size=99)["contents"]) == 1
    assert len(house.get(f"{FOLDERS}{VOLUME}")["contents"]) == 1


def test_catalogs_schemas_and_volumes_are_folders_that_can_be_listed(house: House) -> None:
    assert house.get(f"{FOLDERS}/Volumes") == {"contents": []}
    assert house.client.put(f"{FOLDERS}{VOLUME}").status_code == 204
    assert [entry["path"] for entry in house.get(f"{FOLDERS}/Volumes/main")["contents"]] == ["/Volumes/main/default"]
    for path in ("/Volumes", "/Volumes/main", VOLUME):
        for method, address in (("PUT", FILES), ("DELETE", FILES), ("DELETE", FOLDERS)):
            status, code, message = house.refused(method, f"{address}{path}")
            assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
            assert "<volume>" in message


@pytest.mark.parametrize("path", ["/Workspace/a", "/a", "/", "/dbfs/a", "/volumes/a/b/c/d", "/Volumesque/a/b/c"])
def test_only_volumes_are_here(house: House, path: str) -> None:
    for method, address in (("PUT", FILES), ("GET", FILES), ("DELETE", FOLDERS), ("GET", FOLDERS)):
        status, code, message = house.refused(method, f"{address}{path}")
        assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
        assert "/Volumes" in message


@pytest.mark.parametrize(
    "name", ["%2e%2e/%2e%2e/x", "..%2f..%2f..%2f..%2fx", "a/%2e/x", "%00", "a%5c..%5cx", "%e2%80%ae", "x" * 201, "y/" * 1400],
    ids=["dots", "slashes", "dot", "nul", "backslash", "turned", "long name", "long path"],
)  # fmt: skip
def test_no_spelling_of_a_path_leads_out(house: House, name: str) -> None:
    for method, address in (("PUT", FILES), ("GET", FILES), ("DELETE", FILES), ("PUT", FOLDERS), ("DELETE", FOLDERS)):
        assert house.refused(method, f"{address}{VOLUME}/{name}")[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert not list(house.settings.home.rglob("x"))


def test_no_link_leads_out(house: House, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("s")
    upload(house, "inside")
    disk(house, "folder").symlink_to(outside)
    disk(house, "file").symlink_to(outside / "secret.txt")
    disk(house, "loop").symlink_to(disk(house, "loop"))
    disk(house, "good").symlink_to(disk(house, "inside"))
    assert [entry["name"] for entry in house.get(f"{FOLDERS}{VOLUME}")["contents"]] == ["good", "inside"]
    for name in ("folder/secret.txt", "file", "folder", "folder/new"):
        for method, address in (("PUT", FILES), ("GET", FILES), ("DELETE", FILES), ("PUT", FOLDERS), ("GET", FOLDERS)):
            assert house.refused(method, f"{address}{VOLUME}/{name}")[0] == 400
    assert house.client.head(f"{FILES}{VOLUME}/loop").status_code in {400, 404}
    assert house.client.get(f"{FILES}{VOLUME}/good").content == b"0123456789"
    assert house.client.delete(f"{FILES}{VOLUME}/good").status_code == 204
    assert disk(house, "inside").exists(), "of a link the link alone is deleted"
    assert [place.name for place in outside.iterdir()] == ["secret.txt"]


@pytest.mark.parametrize(
    "endpoint",
    ["create-download-url", "create-upload-part-urls", "create-resumable-upload-url", "create-abort-upload-url"],
)
def test_signed_addresses_are_refused_with_the_reason_that_clients_look_for(house: House, endpoint: str) -> None:
    answer = house.client.post(f"/api/2.0/fs/{endpoint}", params={"path": f"{VOLUME}/a", "expire_time": "x"})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")
    assert answer.json()["details"][0]["reason"] == "FILES_API_API_IS_NOT_ENABLED"


def test_an_upload_in_parts_is_begun_only_where_the_file_may_come(house: House) -> None:
    address = upload(house, "a")
    begun = house.client.post(f"{address}?action=initiate-upload").json()
    assert begun["multipart_upload"]["session_token"]
    refused = house.refused("POST", f"{address}?action=initiate-upload&overwrite=false")
    assert refused[:2] == (409, "ALREADY_EXISTS")
    assert house.refused("POST", f"{address}?action=complete-upload")[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert house.refused("POST", address)[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_what_is_not_known_is_refused(house: House) -> None:
    address = upload(house, "a")
    for method in ("GET", "PUT", "DELETE"):
        assert "Unknown field 'part'" in house.refused(method, f"{address}?part=1")[2]
    for method in ("GET", "PUT", "DELETE"):
        assert "Unknown field 'recursive'" in house.refused(method, f"{FOLDERS}{VOLUME}?recursive=true")[2]
    assert house.client.head(f"{address}?part=1").status_code == 400


def test_a_client_that_goes_away_leaves_nothing(house: House) -> None:
    """Told to the application as a server tells it: with sockets nobody could say when it has noticed."""
    path = f"{FILES}{VOLUME}/a"
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {TOKEN}".encode())]
    scope = {"type": "http", "method": "PUT", "path": path, "query_string": b"", "headers": headers}
    part = {"type": "http.request", "body": b"x" * 2_000_000, "more_body": True}
    told: Iterator[Message] = iter([part, part, {"type": "http.disconnect"}])
    answers: list[Message] = []

    async def receive() -> Message:
        return next(told)

    async def send(message: Message) -> None:
        answers.append(message)

    asyncio.run(house.app("http://127.0.0.1")(scope, receive, send))
    assert answers[0]["status"] == 400
    assert names(disk(house)) == []
