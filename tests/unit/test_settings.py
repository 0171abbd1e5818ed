"""What the environment says to a server."""

from __future__ import annotations

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.settings import read

HOME = {"BRICKYARD_HOME": "/h"}


@pytest.mark.parametrize(("text", "wanted"), [("", True), ("on", True), ("off", False)], ids=["unset", "on", "off"])
def test_real_paths_are_on_unless_switched_off(text: str, wanted: bool) -> None:
    assert read(HOME | {"BRICKYARD_REAL_PATHS": text}).real_paths is wanted


@pytest.mark.parametrize("text", ["0", "true", "OFF", "no"])
def test_a_switch_is_on_or_off(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match=f"BRICKYARD_REAL_PATHS is '{text}'; it must be on or off"):
        read(HOME | {"BRICKYARD_REAL_PATHS": text})


def test_tasks_see_folders_of_the_home() -> None:
    assert read(HOME).places == {"/Workspace": "/h/workspace", "/Volumes": "/h/volumes", "/dbfs": "/h/dbfs"}


def test_what_is_hidden_from_tasks() -> None:
    keys = {"/h/token", "/h/secret.key", "/h/launcher.key", "/h/git-credentials", "/h/tls"}
    assert set(read(HOME).hidden) == keys | {f"/h/brickyard.db{end}" for end in ("", "-wal", "-shm")}


@pytest.mark.parametrize(
    ("url", "file"),
    [("sqlite:////data/b.db", "/data/b.db"), ("sqlite://", ""), ("postgresql+psycopg://u:p@h/n", "")],
    ids=["file", "memory", "postgres"],
)
def test_the_database_is_hidden_where_it_is_a_file(url: str, file: str) -> None:
    hidden = read(HOME | {"BRICKYARD_DATABASE_URL": url}).hidden
    assert (file in hidden) == bool(file)
    assert len(hidden) == 5 + 3 * bool(file)
