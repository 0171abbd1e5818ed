"""What user code finds around it: its own process, a clean environment, the files of its project."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from brickyard.workloads import surroundings
from brickyard.workloads.messages import JobContext
from tests.compute.house import House, text

_LOOK = """
import json, os, resource, signal, stat, random
print(json.dumps({
    "environment": dict(os.environ), "session": os.getsid(0) == os.getpid(), "group": os.getpgrp() == os.getpid(),
    "core": resource.getrlimit(resource.RLIMIT_CORE)[0], "umask": os.umask(0o077), "random": random.random(),
    "pipe": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, "files": sorted(os.listdir("/proc/self/fd")),
    "targets": [os.readlink(f"/proc/self/fd/{n}") for n in (0, 1, 2)], "mode": stat.S_IMODE(os.stat(1).st_mode),
}))
"""


def _look(house: House, **more: Any) -> dict[str, Any]:
    outcome, place = house.run(_LOOK, **more)
    assert outcome.status == "success", outcome.trace
    seen: dict[str, Any] = json.loads(text(place))
    return seen


def test_the_process_is_its_own(house: House) -> None:
    seen = _look(house)
    assert seen["session"]
    assert seen["group"]
    assert seen["pipe"]
    assert seen["core"] == 0
    assert seen["umask"] == 0o077
    assert seen["mode"] == 0o600
    assert seen["targets"][0] == "/dev/null"


def test_random_numbers_differ_between_workers(house: House) -> None:
    assert _look(house)["random"] != _look(house)["random"]


def test_the_environment_has_no_more_than_is_listed(house: House) -> None:
    assert os.environ.keys() - set(surroundings.KEPT), "the tests themselves have more"
    seen = _look(house, environment={"MODE": "fast", "LANG": "C"})["environment"]
    given = {"BRICKYARD_JOB_ID", "BRICKYARD_RUN_ID", "BRICKYARD_TASK_RUN_ID", "BRICKYARD_TASK_KEY", "MODE"}
    pyspark = {"SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED"}
    assert seen.keys() <= {*surroundings.KEPT, *given, *pyspark, "DATABRICKS_RUNTIME_VERSION", "DATABRICKS_CONFIG_FILE"}
    assert (seen["MODE"], seen["LANG"], seen["BRICKYARD_TASK_KEY"]) == ("fast", "C", "only")


def test_secrets_of_the_server_do_not_reach_a_launcher() -> None:
    kept = surroundings.clean_environment({"HOME": "/h", "AWS_SECRET_ACCESS_KEY": "x", "BRICKYARD_DATABASE_URL": "y"})
    assert kept.keys() == {"HOME", "PATH"}


def test_the_environment_holds_no_token_and_clients_read_no_profile_of_the_operator(house: House) -> None:
    assignment = house.assign("pass")
    context = JobContext(api_url="http://127.0.0.1:1", run_id=1)
    found = surroundings.variables(type(assignment)(**_fields(assignment) | {"context": context}))
    assert not {"DATABRICKS_HOST", "DATABRICKS_TOKEN"} & found.keys()
    assert found["DATABRICKS_CONFIG_FILE"] == "/dev/null"


def _fields(assignment: Any) -> dict[str, Any]:
    return {name: getattr(assignment, name) for name in assignment.__struct_fields__}


def test_relative_files_are_read_from_the_project_and_written_to_the_attempt(house: House) -> None:
    project = house.settings.workspace / "Users/me/.bundle/shop/dev/files"
    (project / "src/data").mkdir(parents=True)
    (project / "conf.yml").write_text("top")
    (project / "src/data/x.csv").write_text("near")
    source = "print(open('../conf.yml').read(), open('data/x.csv').read())\nopen('out.txt', 'w').write('mine')"
    outcome, place = house.run(
        source, path="/Workspace/Users/me/.bundle/shop/dev/files/src/job.py".removeprefix("/Workspace")
    )
    assert outcome.status == "success", outcome.trace
    assert text(place) == "top near\n"
    assert (place / "work/src/out.txt").read_text() == "mine"
    assert not (project / "src/out.txt").exists()


def test_modules_of_the_project_root_are_found(house: House) -> None:
    base = "/Users/you/.bundle/shop/dev/files"
    house.assign("NAME = 'shared'", path=f"{base}/shared_by_all.py")
    outcome, place = house.run("import shared_by_all\nprint(shared_by_all.NAME)", path=f"{base}/src/job.py")
    assert outcome.status == "success", outcome.trace
    assert text(place) == "shared\n"


@pytest.mark.parametrize("unit", ["x" * 1023 + "\\n", "\\xff" * 1023 + "\\n"])
def test_endless_output_is_bounded_and_keeps_both_ends(house: House, unit: str) -> None:
    """F31, in small: 80 MiB where 64 are kept; also of bytes that are no text."""
    source = f"""
import sys
sys.stdout.buffer.write(b"the beginning\\n")
for _ in range(80):
    sys.stdout.buffer.write(b"{unit}" * 1024)
sys.stdout.buffer.write(b"the end\\n")
"""
    outcome, place = house.run(source)
    log = (place / "stdout.log").read_bytes()
    assert outcome.status == "success"
    assert len(log) <= 64 * 1024 * 1024
    assert log.startswith(b"the beginning\n")
    assert log.endswith(b"the end\n")
    assert b"bytes of output were left out here" in log


def test_output_of_child_processes_is_kept(house: House) -> None:
    _, place = house.run("import subprocess\nsubprocess.run(['sh', '-c', 'echo out; echo err >&2'])")
    assert (text(place), text(place, "stderr.log")) == ("out\n", "err\n")


def test_the_attempts_folder_is_private(house: House) -> None:
    _, place = house.run("pass")
    modes = {path.name: path.stat().st_mode & 0o777 for path in [place, *place.iterdir()]}
    assert {mode & 0o077 for mode in modes.values()} == {0}, modes
    assert Path(place / "claim").exists()
