"""The code of scripts, as their workers list it."""

from __future__ import annotations

import pytest

from brickyard.workloads import code
from tests.compute.house import House

_SOURCE = "# -*- coding: latin-1 -*-\nx = '\xe9'\n"


@pytest.mark.parametrize("prefix", ["", "/Workspace"])
def test_a_script_is_listed_by_its_path_in_the_workspace(house: House, prefix: str) -> None:
    """With its bytes as they are, whatever their encoding."""
    assignment = house.assign("", path=f"{prefix}/etl/go.py")
    file = house.settings.workspace / "etl" / "go.py"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(_SOURCE.encode("latin-1"))
    house.workers.start(assignment)
    outcome = house.hearing.wait(assignment.attempt_id)
    assert outcome.status == "success", outcome.trace
    (entry,) = code.entries(house.folder(assignment.attempt_id))
    assert entry.path == "/etl/go.py"
    assert code.read(house.settings.attempts, entry.sha256) == file.read_bytes()
    assert outcome.code_hash == code.digest([("/etl/go.py", file.read_bytes())])
    assert outcome.code_hash == code.current([entry.path], assignment.paths)


@pytest.mark.parametrize("source", ["1 / 0", "import sys; sys.exit(3)", "import os; os._exit(4)", "def"])
def test_a_script_that_fails_has_listed_its_code(house: House, source: str) -> None:
    """Also where the process ends before it can say how."""
    outcome, folder = house.run(source)
    assert outcome.status in {"failed", "lost"}
    assert [entry.path for entry in code.entries(folder)] == ["/Users/me/script.py"]


def test_a_script_that_is_not_there_has_none(house: House) -> None:
    assignment = house.assign("", path="/etl/none.py")
    (house.settings.workspace / "etl" / "none.py").unlink()
    house.workers.start(assignment)
    outcome = house.hearing.wait(assignment.attempt_id)
    assert (outcome.status, outcome.code_hash) == ("failed", "")
