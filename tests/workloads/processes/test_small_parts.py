"""Frames, logs and paths by themselves."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.workloads import kernel, logs, places
from brickyard.workloads.frames import BrokenStreamError, Unpacker, pack
from brickyard.workloads.messages import MAX_FRAME, Paths, Stop, decode_command

_PATHS = Paths(workspace="/h/workspace", volumes="/h/volumes", dbfs="/h/dbfs", warehouse="/h/warehouse")


@given(st.lists(st.text(max_size=30), max_size=6), st.integers(1, 40))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(reasons: list[str], size: int) -> None:
    stream = b"".join(pack(Stop(reason=reason)) for reason in reasons)
    unpacker = Unpacker()
    found = [
        decode_command(body)
        for start in range(0, len(stream), size)
        for body in unpacker.feed(stream[start : start + size])
    ]
    assert found == [Stop(reason=reason) for reason in reasons]


def test_a_frame_that_is_announced_too_large_breaks_the_stream() -> None:
    with pytest.raises(BrokenStreamError, match="allowed"):
        list(Unpacker().feed((MAX_FRAME + 1).to_bytes(4, "big")))


def test_a_message_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(ValueError, match="is larger than"):
        pack(Stop(reason="x" * MAX_FRAME))


def test_a_log_within_its_limit_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 100)
    logs.bound(log, 100)
    assert log.read_bytes() == b"x" * 100


def test_a_log_beyond_its_limit_keeps_its_ends(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"a" * 800 + b"b" * 9000 + b"c" * 200)
    logs.bound(log, 1600)
    kept = log.read_bytes()
    assert kept.startswith(b"a" * 800)
    assert kept.endswith(b"c" * 200)
    assert b"9000 bytes of output were left out here" in kept


def test_a_writer_goes_on_behind_the_cut(tmp_path: Path) -> None:
    """As a worker's children do, which hold the file open."""
    log = tmp_path / "log"
    writer = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(writer, b"x" * 5000)
    logs.bound(log, 1000)
    os.write(writer, b"later")
    os.close(writer)
    assert log.read_bytes().endswith(b"later")
    assert log.stat().st_size < 1000


def test_a_log_that_is_not_there_is_within_its_limit(tmp_path: Path) -> None:
    logs.bound(tmp_path / "none", 10)


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/Users/me/a.py", "/h/workspace/Users/me/a.py"),
        ("/Workspace/Users/me/a.py", "/h/workspace/Users/me/a.py"),
        ("/Volumes/main/raw/in/a.py", "/h/volumes/main/raw/in/a.py"),
        ("/dbfs/a.py", "/h/dbfs/a.py"),
        ("dbfs:/x/a.py", "/h/dbfs/x/a.py"),
        ("dbfs:///x/a.py", "/h/dbfs/x/a.py"),
    ],
)
def test_paths_of_jobs_are_files_of_the_home(path: str, file: str) -> None:
    assert places.real(path, _PATHS) == Path(file)


@pytest.mark.parametrize("path", ["a.py", "s3://bucket/a.py", "", "/Users/../../etc/passwd", "dbfs:/../x"])
def test_paths_that_mean_no_file_here_are_refused_by_name(path: str) -> None:
    with pytest.raises(places.BadPathError, match="'" + path.replace(".", r"\.") + "'"):
        places.real(path, _PATHS)


@pytest.mark.parametrize(
    ("file", "root"),
    [
        ("/h/workspace/Users/me/.bundle/shop/dev/files/src/a.py", "/h/workspace/Users/me/.bundle/shop/dev/files"),
        ("/h/workspace/Users/me/etl/a.py", "/h/workspace/Users/me"),
        ("/h/workspace/Shared/etl/a.py", "/h/workspace/Shared/etl"),
        ("/h/workspace/Repos/me/code/lib/a.py", "/h/workspace/Repos/me/code"),
        ("/h/workspace/Repos/me/a.py", "/h/workspace/Repos/me"),
        ("/h/volumes/main/a/b/c.py", "/h/volumes/main/a/b"),
    ],
)
def test_the_root_of_a_project(file: str, root: str) -> None:
    assert places.project_root(Path(file), _PATHS) == Path(root)


def test_the_start_of_a_process_is_what_psutil_says() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            assert kernel.started(child.pid) == pytest.approx(psutil.Process(child.pid).create_time(), abs=0.02)
            assert kernel.child_pids().count(child.pid) == 1
        finally:
            child.kill()
    with pytest.raises(ProcessLookupError):
        kernel.started(child.pid)
