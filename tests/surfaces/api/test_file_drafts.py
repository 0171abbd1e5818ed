"""Files by themselves: written whole or not at all, whatever happens to the disk, to the folder and to others' files."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from brickyard.errors import AlreadyExists, BrickyardError, InvalidParameterValue, NotFound, Unavailable
from brickyard.surfaces.api.faults import RequestTooLarge
from brickyard.surfaces.api.files import drafts
from brickyard.surfaces.api.files.drafts import UNFINISHED, Draft
from brickyard.surfaces.api.files.handles import IDLE_SECONDS, MAX_HANDLES, Handles
from brickyard.surfaces.api.files.places import dbfs_parts, in_volume, volume_parts
from brickyard.surfaces.api.files.refusals import TooManyHandles
from brickyard.surfaces.api.files.shelf import Shelf
from tests.surfaces.api.house import CountingIds, HandClock


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "root", "/Volumes")


def draft_of(folder: Path, name: str = "a") -> Draft:
    return Draft(folder / name, f"/{name}")


def names(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())


def test_a_draft_is_hidden_private_and_then_the_file(tmp_path: Path) -> None:
    draft = draft_of(tmp_path)
    draft.append(b"one ")
    [hidden] = tmp_path.iterdir()
    assert hidden.name.startswith(UNFINISHED)
    assert hidden.stat().st_mode & 0o777 == 0o600
    draft.append(b"two")
    draft.publish(overwrite=False)
    draft.discard()
    assert [(place.name, place.read_bytes()) for place in tmp_path.iterdir()] == [("a", b"one two")]


@pytest.mark.parametrize("overwrite", [True, False], ids=["over", "beside"])
def test_of_two_drafts_for_one_place_the_first_stays_unless_the_second_may_replace_it(
    tmp_path: Path, *, overwrite: bool
) -> None:
    first, second = draft_of(tmp_path), draft_of(tmp_path)
    first.append(b"1")
    second.append(b"2")
    first.publish(overwrite=False)
    if overwrite:
        second.publish(overwrite=True)
    else:
        with pytest.raises(AlreadyExists, match="/a"):
            second.publish(overwrite=False)
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == (b"2" if overwrite else b"1")


@pytest.mark.parametrize("overwrite", [True, False], ids=["over", "beside"])
def test_a_folder_is_never_replaced(tmp_path: Path, *, overwrite: bool) -> None:
    draft = draft_of(tmp_path)
    (tmp_path / "a").mkdir()
    with pytest.raises(AlreadyExists):
        draft.publish(overwrite=overwrite)
    assert names(tmp_path) == ["a"]


def test_a_draft_that_somebody_deleted_is_not_begun_again_in_the_middle(tmp_path: Path) -> None:
    draft = draft_of(tmp_path)
    draft.append(b"one")
    for place in tmp_path.iterdir():
        place.unlink()
    with pytest.raises(NotFound):
        draft.append(b"two")
    with pytest.raises(NotFound):
        draft.publish(overwrite=True)
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT], ids=["full", "quota"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    draft = draft_of(tmp_path)
    draft.append(b"one")

    def full(handle: int, mode: str) -> BinaryIO:
        os.close(handle)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(Unavailable, match=f"/a cannot be written: {os.strerror(number)}"):
        draft.append(b"two")
    assert names(tmp_path) == []


def test_another_failure_of_the_disk_is_a_defect_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of(tmp_path)

    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", broken)
        with pytest.raises(OSError, match="Input/output"):
            draft.append(b"x")
    assert names(tmp_path) == []


def test_a_draft_has_the_limit_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MAX_FILE", 5)
    draft = draft_of(tmp_path)
    draft.append(b"12345")
    with pytest.raises(RequestTooLarge, match="/a gets larger than the limit of 5 bytes"):
        draft.append(b"6")
    assert names(tmp_path) == []


def test_blocks_of_many_threads_are_all_there(tmp_path: Path) -> None:
    handles = Handles(HandClock(), CountingIds())
    handle = handles.add(draft_of(tmp_path), "ada", overwrite=False)
    blocks = [bytes([letter]) * 10_000 for letter in b"abcdefgh"]
    threads = [threading.Thread(target=handles.append, args=(handle, "ada", block)) for block in blocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    handles.close(handle, "ada")
    data = (tmp_path / "a").read_bytes()
    assert sorted(data[start : start + 10_000] for start in range(0, 80_000, 10_000)) == blocks


def test_a_handle_lives_as_long_as_it_is_used(tmp_path: Path) -> None:
    clock = HandClock()
    handles = Handles(clock, CountingIds())
    handle = handles.add(draft_of(tmp_path), "ada", overwrite=False)
    for _ in range(3):
        clock.ms += IDLE_SECONDS * 1000
        handles.append(handle, "ada", b"x")
    clock.ms += IDLE_SECONDS * 1000 + 1
    with pytest.raises(NotFound, match=str(handle)):
        handles.append(handle, "ada", b"x")
    assert names(tmp_path) == []


def test_there_is_room_for_so_many_handles_and_again_when_one_is_closed(tmp_path: Path) -> None:
    handles = Handles(HandClock(), CountingIds())
    opened = []
    for number in range(MAX_HANDLES):
        handles.check_room()
        opened.append(handles.add(draft_of(tmp_path, str(number)), "ada", overwrite=False))
    with pytest.raises(TooManyHandles, match=str(MAX_HANDLES)):
        handles.check_room()
    handles.close(opened[0], "ada")
    handles.check_room()


def test_a_handle_whose_block_failed_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came before the error is no file that anybody could want."""
    monkeypatch.setattr(drafts, "MAX_FILE", 5)
    handles = Handles(HandClock(), CountingIds())
    handle = handles.add(draft_of(tmp_path), "ada", overwrite=False)
    with pytest.raises(RequestTooLarge):
        handles.append(handle, "ada", b"123456")
    with pytest.raises(NotFound):
        handles.close(handle, "ada")
    assert names(tmp_path) == []


def test_an_empty_shelf_has_a_root_and_nothing_in_it(shelf: Shelf, tmp_path: Path) -> None:
    root = shelf.get(())
    assert (root.path, root.is_dir, shelf.names(root)) == ("/Volumes", True, [])
    assert shelf.find(("a",)) is None
    assert not (tmp_path / "root").exists(), "looking changes nothing"


def test_what_is_gone_between_listing_and_looking_is_left_out(shelf: Shelf, tmp_path: Path) -> None:
    shelf.make_folder(("a",))
    shelf.make_folder(("b",))
    found = shelf.names(shelf.get(()))
    (tmp_path / "root" / "a").rmdir()
    assert [entry.name for entry in shelf.entries((), found)] == ["b"]


def test_what_is_no_plain_file_does_not_exist(shelf: Shelf, tmp_path: Path) -> None:
    """To open a pipe would wait for ever."""
    shelf.make_folder(())
    os.mkfifo(tmp_path / "root" / "pipe")
    (tmp_path / "root" / "broken").symlink_to(tmp_path / "root" / "nothing")
    for name in ("pipe", "broken"):
        assert shelf.find((name,)) is None
    assert shelf.names(shelf.get(())) == []


@pytest.mark.parametrize("path", ["/a/b", "dbfs:/a/b", "dbfs://a//b/", "//a/b"])
def test_a_path_of_dbfs_is_taken_apart(path: str) -> None:
    assert dbfs_parts(path) == ("a", "b")


@pytest.mark.parametrize("path", ["a", "dbfs:a", "dbfs:dbfs:/a", "DBFS:/a", "file:/a", "/Volumes/a", "dbfs:/Workspace"])
def test_a_path_that_is_not_of_dbfs_is_refused_by_the_name_of_its_field(path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="source_path is"):
        dbfs_parts(path, "source_path")


def test_paths_of_volumes_begin_with_volumes_and_files_are_below_a_volume() -> None:
    assert volume_parts("/Volumes") == ()
    assert volume_parts("//Volumes/a/b/") == ("a", "b")
    assert in_volume("/Volumes/a/b/c/d") == ("a", "b", "c", "d")
    for path in ("/Volumes", "/Volumes/a/b/c", "/Volumes/a/b/c/"):
        with pytest.raises(InvalidParameterValue, match="<volume>"):
            in_volume(path)
    with pytest.raises(BrickyardError, match="must begin with /Volumes"):
        volume_parts("/volumes/a")
