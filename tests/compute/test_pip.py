"""What pip gets to see of the server's environment, and what is told of its output."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.compute.pip import Pip, reason_of
from brickyard.errors import InstallationFailed


def script(folder: Path, body: str) -> Path:
    """Something in the place of a Python with pip, for what only a real failure of pip would show."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def test_pip_gets_its_settings_and_the_way_out_and_no_more(tmp_path: Path) -> None:
    environ = {
        "PATH": "/usr/bin:/bin",
        "PIP_INDEX_URL": "https://index.example",
        "PIP_TARGET": "/elsewhere",
        "PIP_USER": "1",
        "HTTPS_PROXY": "http://proxy",
        "no_proxy": "localhost",
        "BRICKYARD_DATABASE_URL": "secret",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    Pip(environ, timeout_seconds=10).install(script(tmp_path, f"env > {tmp_path}/seen"), [])
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "seen").read_text().splitlines())
    assert (seen["PIP_INDEX_URL"], seen["HTTPS_PROXY"], seen["no_proxy"]) == (
        "https://index.example",
        "http://proxy",
        "localhost",
    )
    assert not {"PIP_TARGET", "PIP_USER", "BRICKYARD_DATABASE_URL", "AWS_SECRET_ACCESS_KEY"} & seen.keys()


def test_an_end_without_a_word_is_told_by_its_code(tmp_path: Path) -> None:
    with pytest.raises(InstallationFailed, match=r"pip ended with exit code 7\."):
        Pip({}, timeout_seconds=10).install(script(tmp_path, "exit 7"), [])


def test_what_pip_started_is_ended_with_it(tmp_path: Path) -> None:
    """A build that hangs must not hold the pipe, and with it the server's thread, for ever."""
    with pytest.raises(InstallationFailed, match="did not end within 0 seconds"):
        Pip({}, timeout_seconds=0.2).install(
            script(tmp_path, f"mkfifo {tmp_path}/never; cat {tmp_path}/never & wait"), []
        )


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (
            "  error: it exited\n  [2 lines of output]\n      ValueError: why\n      [end of output]\nERROR: Not built\n",
            "error: it exited\n[2 lines of output]\nValueError: why\nNot built",
        ),
        ("", ""),
        ("a\nb\nc\nd\ne\nf\n", "b\nc\nd\ne\nf"),
        ("noise\nERROR: one\nmore\nERROR: two\nERROR: one\n", "one\ntwo"),
        ("ERROR: see https://me:secret@index.example/x", "see https://***@index.example/x"),
        ("ERROR: see https://token@index.example/x", "see https://***@index.example/x"),
        (f"ERROR: {'x' * 600}", f"{'x' * 500}…"),
        (
            "WARNING: Retry, connection broken by 'A'\nWARNING: Retry, connection broken by 'B'\nERROR: No such y",
            "The index was not reached: 'B'\nNo such y",
        ),
    ],
    ids=["a build", "silent", "no errors", "errors", "password", "token", "long", "offline"],
)
def test_the_reason_is_what_counts_of_the_output(told: str, reason: str) -> None:
    assert reason_of(told) == reason
