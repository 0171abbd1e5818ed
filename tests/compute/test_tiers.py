"""Which worker an assignment gets, that a wrong guess costs no more than time, and that both kinds are looked after."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from brickyard.compute.launcher import Launcher
from brickyard.compute.tiers import tier_of
from brickyard.workloads.claims import read_claim
from brickyard.workloads.messages import GetCompute, NotebookWork, ScriptWork
from tests.compute.house import House, living, pid_ended, text

_LOADED = "import sys\nprint('pan' + 'das' in sys.modules)\n"
_HEAVY = "# For the time being without pandas.\n"


def _pid(launcher: Launcher) -> int | None:
    zygote = launcher._zygote
    if zygote is None:
        return None
    assert zygote._process is not None
    return zygote._process.pid


@pytest.mark.parametrize(
    "source",
    [
        "import pandas as pd",
        "from pyspark.sql import SparkSession",
        "def main():\n    import numpy",
        "import json, pyarrow.parquet",
        "spark = make()",
        "from delta.tables import DeltaTable",
    ],
)
def test_a_script_that_names_a_heavy_library_gets_a_full_worker(tmp_path: Path, source: str) -> None:
    assert tier_of(House(tmp_path).assign(source)) == "full"


@pytest.mark.parametrize("source", ["", "print(1)", "import json", "expandas = sparkling = 1", "\udcff", "import (((("])
def test_any_other_script_gets_a_light_one(tmp_path: Path, source: str) -> None:
    house = House(tmp_path)
    assignment = house.assign("")
    (house.settings.workspace / "Users/me/script.py").write_bytes(source.encode(errors="surrogateescape"))
    assert tier_of(assignment) == "light"


def test_a_script_of_git_gets_a_full_worker(tmp_path: Path) -> None:
    assignment = House(tmp_path).assign("print(1)")
    script = msgspec.structs.replace(assignment, work=ScriptWork(path="script.py", source="GIT"))
    assert tier_of(script) == "full"


def test_a_notebook_gets_a_full_worker(tmp_path: Path) -> None:
    assignment = House(tmp_path).assign("print(1)")
    notebook = msgspec.structs.replace(assignment, work=NotebookWork(path="/Users/me/script"))
    assert tier_of(notebook) == "full"


@pytest.mark.parametrize("path", ["/Users/me/none.py", "/Users/me", "relative.py", "/Users/../x.py", "/Users/me/\0"])
def test_a_script_that_cannot_be_read_is_light_work(tmp_path: Path, path: str) -> None:
    """The worker says what is wrong with it."""
    assignment = House(tmp_path).assign("import pandas")
    assert tier_of(msgspec.structs.replace(assignment, work=ScriptWork(path=path))) == "light"


def test_a_pipe_in_the_place_of_a_script_holds_nobody_up(tmp_path: Path) -> None:
    house = House(tmp_path)
    assignment = house.assign("", path="/Users/me/pipe.py")
    file = house.settings.workspace / "Users/me/pipe.py"
    file.unlink()
    os.mkfifo(file)
    assert tier_of(assignment) == "light"


def test_the_full_launcher_is_started_by_the_first_work_that_needs_it(own_house: House) -> None:
    _, place = own_house.run(_LOADED)
    assert text(place) == "False\n"
    assert _pid(own_house.full_launcher) is None
    _, place = own_house.run(_HEAVY + _LOADED)
    assert text(place) == "True\n"
    assert _pid(own_house.full_launcher) not in {None, _pid(own_house.launcher)}


def test_a_light_worker_finds_its_spark_session_when_a_module_of_the_script_imports_pyspark(house: House) -> None:
    asked: list[Any] = []

    def answer(_attempt: int, _ask: int, body: Any) -> Any:
        asked.append(body)
        raise LookupError("no engine for this test")

    house.hearing.answers = answer
    helper = house.settings.workspace / "Users/me/helper.py"
    helper.parent.mkdir(parents=True, exist_ok=True)
    helper.write_text(
        "from pyspark.sql import SparkSession\n"
        "session = SparkSession.builder.getOrCreate()\n"
        "assert session is SparkSession.active()\n"
        "print(type(session).__name__)\n"
        "session.sql('select 1').collect()\n"
    )
    outcome, place = house.run(_LOADED + "import helper")
    assert text(place) == "False\nRuntimeSession\n"
    assert "no engine for this test" in outcome.error
    assert asked == [GetCompute()]


def test_waiting_for_a_full_worker_holds_up_no_light_work(own_house: House) -> None:
    heavy, light = own_house.assign(_HEAVY, path="/Users/me/heavy.py"), own_house.assign("pass")
    own_house.workers.start(heavy)
    own_house.workers.start(light)
    assert own_house.hearing.wait(light.attempt_id).status == "success"
    assert own_house.hearing.wait(heavy.attempt_id).status == "success"
    assert list(own_house.hearing.outcomes) == [light.attempt_id, heavy.attempt_id]


def _begin_full(house: House) -> tuple[int, Path, int]:
    source = _HEAVY + "import threading\nthreading.Event().wait()"
    assignment = house.assign(source)
    house.workers.start(assignment)
    house.hearing.wait_begun(assignment.attempt_id)
    place = Path(assignment.folder)
    claim = read_claim(place)
    assert claim is not None
    return assignment.attempt_id, place, claim.pid


def test_the_next_server_learns_how_a_full_worker_ended(tmp_path: Path) -> None:
    first = House(tmp_path / "home").open()
    attempt_id, place, pid = _begin_full(first)
    full = _pid(first.full_launcher)
    assert full == psutil.Process(pid).ppid()
    second = first.restart()
    os.kill(pid, signal.SIGKILL)
    assert pid_ended(pid)
    with living(second):
        second.workers.adopt({attempt_id: place})
        outcome = second.hearing.wait(attempt_id)
        assert (outcome.status, "signal 9" in outcome.error) == ("lost", True)
        assert second.run(_HEAVY)[0].status == "success"
        assert psutil.pid_exists(full), "it was taken over, not replaced"


def test_a_stop_reaches_a_full_worker_that_was_taken_over(tmp_path: Path) -> None:
    first = House(tmp_path / "home").open()
    attempt_id, place, _ = _begin_full(first)
    with living(first.restart()) as second:
        second.workers.adopt({attempt_id: place})
        second.workers.stop(attempt_id, "Enough.")
        assert second.hearing.wait(attempt_id).status == "cancelled"


def test_the_death_of_the_full_launcher_is_survived(own_house: House) -> None:
    assert own_house.run(_HEAVY)[0].status == "success"
    pid = _pid(own_house.full_launcher)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert own_house.run(_HEAVY)[0].status == "success"
    assert own_house.run("pass")[0].status == "success"


def test_idle_full_workers_are_let_go_while_light_work_goes_on(tmp_path: Path) -> None:
    with living(House(tmp_path / "home", idle_seconds=0.2)) as house:
        assert house.run(_HEAVY)[0].status == "success"
        pid = _pid(house.full_launcher)
        assert pid is not None
        children = psutil.Process(pid).children()
        assert house.run("pass")[0].status == "success"
        assert all(pid_ended(child.pid) for child in children)
        assert psutil.pid_exists(pid)
