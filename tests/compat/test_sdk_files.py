"""The service's SDK for Python moves files of volumes and of DBFS here as it does there."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import AlreadyExists, BadRequest, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service.jobs import NotebookTask, SubmitTask
from databricks.sdk.service.workspace import ImportFormat, Language

from tests.compat.conftest import Served, Wait

MIB = 1024 * 1024
LARGE = bytes(range(256)) * (20 * MIB // 256)
VOLUME = "/Volumes/main/default/sdk"


@pytest.fixture
def in_parts(served: Served) -> WorkspaceClient:
    """A client that treats files of a few bytes as it else treats those above 50 MiB."""
    config = Config(host=served.url, token=served.brickyard.token)
    config.files_ext_multipart_upload_min_stream_size = 10
    config.files_ext_parallel_download_min_file_size = 10
    config.files_ext_parallel_download_default_part_size = 7
    return WorkspaceClient(config=config)


def test_a_file_of_20_mb_goes_into_a_volume_and_comes_back(
    client: WorkspaceClient, served: Served, tmp_path: Path
) -> None:
    path = f"{VOLUME}/large/a b%.bin"
    client.files.upload(path, io.BytesIO(LARGE))
    assert (served.brickyard.settings.volumes / "main/default/sdk/large/a b%.bin").read_bytes() == LARGE
    found = client.files.get_metadata(path)
    assert (found.content_length, found.content_type) == (len(LARGE), "application/octet-stream")
    assert found.last_modified
    downloaded = client.files.download(path)
    assert downloaded.contents is not None
    assert downloaded.contents.read() == LARGE
    client.files.download_to(path, str(tmp_path / "copy.bin"))
    assert (tmp_path / "copy.bin").read_bytes() == LARGE
    client.files.delete(path)
    with pytest.raises(NotFound):
        client.files.get_metadata(path)
    with pytest.raises(NotFound):
        client.files.download(path)


def test_an_upload_replaces_a_file_unless_told_not_to(client: WorkspaceClient) -> None:
    path = f"{VOLUME}/replaced.txt"
    client.files.upload(path, io.BytesIO(b"one"))
    client.files.upload(path, io.BytesIO(b"two"))
    with pytest.raises(AlreadyExists):
        client.files.upload(path, io.BytesIO(b"three"), overwrite=False)
    contents = client.files.download(path).contents
    assert contents is not None
    assert contents.read() == b"two"


@pytest.mark.parametrize("parallel", [False, True], ids=["one by one", "parallel"])
def test_files_that_clients_cut_into_parts_arrive_whole(
    in_parts: WorkspaceClient, tmp_path: Path, *, parallel: bool
) -> None:
    """The SDK asks for signed addresses, is told that there are none, and sends or fetches the content itself."""
    content = b"more than ten bytes, in several parts"
    path = f"{VOLUME}/parts.bin"
    (tmp_path / "in.bin").write_bytes(content)
    in_parts.files.upload_from(path, str(tmp_path / "in.bin"), use_parallel=parallel)
    in_parts.files.download_to(path, str(tmp_path / "out.bin"), use_parallel=parallel)
    assert (tmp_path / "out.bin").read_bytes() == content
    with pytest.raises(AlreadyExists):
        in_parts.files.upload_from(path, str(tmp_path / "in.bin"), use_parallel=parallel, overwrite=False)


def test_there_are_no_signed_addresses_and_the_reason_is_the_one_that_clients_know(client: WorkspaceClient) -> None:
    with pytest.raises(PermissionDenied) as refused:
        client.api_client.do("POST", "/api/2.0/fs/create-download-url", query={"path": f"{VOLUME}/x"})
    assert [info.reason for info in refused.value.get_error_info()] == ["FILES_API_API_IS_NOT_ENABLED"]


def test_folders_of_a_volume_are_made_listed_and_deleted(client: WorkspaceClient) -> None:
    folder = f"{VOLUME}/folder"
    client.files.create_directory(f"{folder}/deep")
    client.files.create_directory(f"{folder}/deep")
    client.files.get_directory_metadata(f"{folder}/deep")
    for name in "cab":
        client.files.upload(f"{folder}/{name}.txt", io.BytesIO(name.encode()))
    listed = list(client.files.list_directory_contents(folder, page_size=3))
    assert [entry.name for entry in listed] == ["a.txt", "b.txt", "c.txt", "deep"]
    assert [entry.is_directory for entry in listed] == [False, False, False, True]
    assert listed[0].path == f"{folder}/a.txt"
    assert listed[0].file_size == 1
    with pytest.raises(BadRequest, match="not empty"):
        client.files.delete_directory(folder)
    client.files.delete_directory(f"{folder}/deep")
    with pytest.raises(NotFound):
        client.files.get_directory_metadata(f"{folder}/deep")
    with pytest.raises(NotFound):
        list(client.files.list_directory_contents(f"{folder}/a.txt"))


def test_a_file_of_20_mb_goes_through_dbfs(client: WorkspaceClient, served: Served) -> None:
    client.dbfs.upload("dbfs:/sdk/large.bin", io.BytesIO(LARGE))
    assert (served.brickyard.settings.dbfs / "sdk/large.bin").read_bytes() == LARGE
    with client.dbfs.download("/sdk/large.bin") as file:
        assert file.read() == LARGE
    with pytest.raises(ResourceAlreadyExists):
        client.dbfs.upload("/sdk/large.bin", io.BytesIO(b""))
    client.dbfs.upload("/sdk/large.bin", io.BytesIO(b"small"), overwrite=True)
    assert client.dbfs.get_status("/sdk/large.bin").file_size == 5


def test_open_writes_in_blocks_and_reads_from_any_place(client: WorkspaceClient) -> None:
    with client.dbfs.open("/sdk/opened.txt", write=True) as file:
        file.write(b"one ")
        file.write(b"two")
        assert not client.dbfs.exists("/sdk/opened.txt")
    with client.dbfs.open("dbfs:/sdk/opened.txt", read=True) as file:
        assert (file.read(4), file.read(100), file.read(1)) == (b"one ", b"two", b"")


def test_files_of_dbfs_are_listed_copied_moved_and_deleted(client: WorkspaceClient, tmp_path: Path) -> None:
    (tmp_path / "local.txt").write_bytes(b"local")
    client.dbfs.mkdirs("dbfs:/sdk/tree/deep")
    client.dbfs.put("/sdk/tree/put.txt", contents="cHV0", overwrite=True)
    client.dbfs.copy(f"file:{tmp_path}/local.txt", "dbfs:/sdk/tree/deep/local.txt")
    found = {entry.path: entry.file_size for entry in client.dbfs.list("dbfs:/sdk/tree", recursive=True)}
    assert found == {"/sdk/tree/put.txt": 3, "/sdk/tree/deep/local.txt": 5}
    client.dbfs.move_("dbfs:/sdk/tree/deep", "dbfs:/sdk/tree/moved")
    assert client.dbfs.exists("/sdk/tree/moved/local.txt")
    assert not client.dbfs.exists("/sdk/tree/deep")
    client.dbfs.delete("dbfs:/sdk/tree", recursive=True)
    with pytest.raises(NotFound):
        client.dbfs.get_status("/sdk/tree")


def test_the_files_of_volumes_that_dbfs_of_the_sdk_is_asked_for_are_the_same(client: WorkspaceClient) -> None:
    client.dbfs.mkdirs(f"dbfs:{VOLUME}/both")
    with client.dbfs.open(f"{VOLUME}/both/a.txt", write=True) as file:
        file.write(b"a")
    assert [entry.path for entry in client.dbfs.list(f"{VOLUME}/both")] == [f"{VOLUME}/both/a.txt"]
    client.dbfs.delete(f"{VOLUME}/both", recursive=True)
    assert not client.dbfs.exists(f"{VOLUME}/both")


NOTEBOOK = f"""
sent = dbutils.fs.head("dbfs:/sdk/job/in.txt") + dbutils.fs.head("/dbfs/sdk/job/in.txt")
dbutils.fs.put("{VOLUME}/job/out.txt", sent + dbutils.fs.head("{VOLUME}/job/in.txt"))
dbutils.fs.put("dbfs:/sdk/job/out.txt", "from the job")
"""


def test_jobs_and_clients_see_the_same_files(client: WorkspaceClient, wait_for: Wait) -> None:
    client.dbfs.put("dbfs:/sdk/job/in.txt", contents="aW4g")
    client.files.upload(f"{VOLUME}/job/in.txt", io.BytesIO(b"volume"))
    client.workspace.upload(
        "/files", io.BytesIO(NOTEBOOK.encode()), format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True
    )
    task = SubmitTask(task_key="files", notebook_task=NotebookTask(notebook_path="/files"))
    run = wait_for(client.jobs.submit(run_name="files", tasks=[task]).run_id)
    assert run["state"]["result_state"] == "SUCCESS", client.jobs.get_run_output(run["tasks"][0]["run_id"]).error
    contents = client.files.download(f"{VOLUME}/job/out.txt").contents
    assert contents is not None
    assert contents.read() == b"in in volume"
    assert client.dbfs.download("/sdk/job/out.txt").read() == b"from the job"
