"""Requirement lines: workspace paths become paths of this machine, everything else stays."""

from __future__ import annotations

import pytest

from brickyard.engine.requirement_paths import real_lines
from brickyard.errors import InvalidParameterValue
from brickyard.workloads.messages import Paths

PATHS = Paths(workspace="/home/w", volumes="/home/v", dbfs="/home/d", warehouse="/home/h")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tabulate==0.9.0", "tabulate==0.9.0"),
        ("requests[socks] >= 2 ; python_version > '3'", "requests[socks] >= 2 ; python_version > '3'"),
        ("lib @ https://host.test/lib-1.0-py3-none-any.whl", "lib @ https://host.test/lib-1.0-py3-none-any.whl"),
        ("/Workspace/lib-1.0-py3-none-any.whl", "/home/w/lib-1.0-py3-none-any.whl"),
        ("/Users/ada/lib.whl", "/home/w/Users/ada/lib.whl"),
        ("dbfs:/lib.whl", "/home/d/lib.whl"),
        ("-r /Volumes/main/a/requirements.txt", "-r /home/v/main/a/requirements.txt"),
        ("--requirement=/Workspace/r.txt", "-r /home/w/r.txt"),
    ],
    ids=["pinned", "marker", "url", "wheel", "user", "dbfs", "file", "long option"],
)
def test_paths_are_found(line: str, expected: str) -> None:
    assert real_lines([line], PATHS) == [expected]


@pytest.mark.parametrize(
    "line", ["dist/lib.whl", "./lib", "-r requirements.txt", "/Workspace/../etc/lib.whl"], ids=lambda line: line
)
def test_paths_that_mean_no_file_are_refused_by_name(line: str) -> None:
    with pytest.raises(InvalidParameterValue) as refused:
        real_lines([line], PATHS)
    assert repr(line) in refused.value.message
