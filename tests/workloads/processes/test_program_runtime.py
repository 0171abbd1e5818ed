"""What Python files and packages find of what notebooks have: by import, in real workers, with the real SDK."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from brickyard.errors import PermissionDenied
from brickyard.workloads.messages import (
    Body,
    GetCompute,
    GetSecret,
    GetTaskValue,
    GetToken,
    JobContext,
    Outcome,
    PrepareEnvironment,
    SetTaskValue,
    WheelWork,
)
from brickyard.workloads.stand_in import StandIn
from tests.compute.house import House, text
from tests.compute.wheels import make_wheel

TOKEN = "dapi-0123456789abcdef"
SECRET = "hunter2-and-more"
IMPORT = "from databricks.sdk.runtime import dbutils, spark, display, displayHTML, sql, table, udf, getArgument\n"


class Asked:
    """Answers what programs ask; keeps what that was."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.values: dict[str, str] = {}
        self.environment = ""

    def __call__(self, attempt_id: int, ask_id: int, body: Body) -> Any:
        self.bodies.append(body)
        match body:
            case GetToken():
                return TOKEN
            case GetSecret(scope="open"):
                return base64.b64encode(SECRET.encode()).decode()
            case SetTaskValue():
                self.values[body.key] = body.json
                return None
            case GetTaskValue():
                return self.values.get(body.key)
            case PrepareEnvironment():
                return self.environment
            case _:
                raise PermissionDenied(f"not for tests: {type(body).__name__}")


@pytest.fixture
def asked(house: House) -> Iterator[Asked]:
    before = house.hearing.answers
    house.hearing.answers = made = Asked()
    yield made
    house.hearing.answers = before


def run(house: House, source: str, **context: Any) -> tuple[Outcome, Path]:
    assignment = house.assign(source)
    job = JobContext(job_id=7, run_id=8, task_key="only", api_url="http://127.0.0.1:1", **context)
    house.workers.start(msgspec.structs.replace(assignment, context=job))
    return house.hearing.wait(assignment.attempt_id), Path(assignment.folder)


# ------------------------------------------------------------------------------------------------------- names


def test_a_program_that_asks_for_nothing_loads_nothing(house: House, asked: Asked) -> None:
    # Written so that nothing in the text makes this a program for a worker that has all of it imported.
    heavy = "('pyspa' 'rk', 'IPyt' 'hon', 'fss' 'pec', 'databricks')"
    outcome, place = run(house, f"import sys\nprint([name for name in {heavy} if name in sys.modules])")
    assert outcome.status == "success"
    assert text(place) == "[]\n"
    assert asked.bodies == []


USES = """
import helper, json
helper.keep()
print(dbutils.jobs.taskValues.get('other', 'rows'))
display([1, 2], 'a')
displayHTML('<b>x</b>')
for call in (dbutils.notebook.exit, dbutils.library.restartPython):
    try:
        call()
    except NotImplementedError as error:
        print(error)
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
print(isinstance(spark, type(session)), session.catalog is not None)
try:
    dbutils.secrets.get('closed', 'k')
except Exception as error:
    print(type(error).__name__, error)
secret = dbutils.secrets.get('open', 'k')
print(secret, len(secret))
sql('select 1').collect()
"""
"""Uses each name. The helper is a module that imports them too; Spark asks for compute, which this house refuses."""


def test_the_names_of_a_notebook_are_found_by_import(house: House, asked: Asked) -> None:
    helper = house.settings.workspace / "Users/me/helper.py"
    helper.parent.mkdir(parents=True, exist_ok=True)
    helper.write_text(IMPORT + "def keep():\n    dbutils.jobs.taskValues.set('rows', 7)\n")
    outcome, place = run(house, IMPORT + USES)
    assert text(place).splitlines() == [
        "7",
        "[1, 2]",
        "a",
        "<b>x</b>",
        "dbutils.notebook.exit belongs to notebooks. A Python file or package ends by sys.exit(0).",
        "dbutils.library.restartPython belongs to notebooks. Name packages in the task's libraries.",
        "True True",
        "SecretError Secret does not exist with scope: closed and key: k (not for tests: GetSecret)",
        f"[REDACTED] {len(SECRET)}",
    ]
    assert "not for tests: GetCompute" in outcome.error
    asks: list[type] = [SetTaskValue, GetTaskValue, GetSecret, GetSecret, GetCompute]
    assert [type(body) for body in asked.bodies] == asks, "an import alone asks nothing"


def test_without_the_sdk_the_error_says_how_to_have_it(house: House, asked: Asked) -> None:
    outcome, _ = run(house, "import sys\nsys.modules['databricks'] = None\n" + IMPORT)
    assert outcome.error.startswith("ModuleNotFoundError")
    assert "databricks-sdk is not installed for this task" in outcome.error


def test_packages_find_them_too(house: House, asked: Asked, tmp_path: Path) -> None:
    code = IMPORT + "def main():\n    dbutils.jobs.taskValues.set('k', 1)\n"
    unpacked = tmp_path / "lib" / "python" / "site-packages"
    with zipfile.ZipFile(make_wheel(tmp_path, "shop", files={"shop/__init__.py": code})) as packed:
        packed.extractall(unpacked)
    asked.environment = str(unpacked)
    assignment = msgspec.structs.replace(house.assign(""), work=WheelWork(package="shop", entry_point="main"))
    house.workers.start(msgspec.structs.replace(assignment, requirements=["shop"]))
    outcome = house.hearing.wait(assignment.attempt_id)
    assert outcome.status == "success", outcome.trace
    assert asked.values == {"k": "1"}


# ------------------------------------------------------------------------------------------------------- tokens

CLIENT = "from databricks.sdk.core import Config\nconfig = Config()\n"


def test_a_client_without_arguments_acts_as_the_run(house: House, asked: Asked, tmp_path: Path) -> None:
    """Its token is asked for once and when it is used; a profile of the operator is not read."""
    (tmp_path / ".databrickscfg").write_text("[DEFAULT]\nhost = http://production.test\ntoken = theirs\n")
    source = (
        f"import os\nos.environ['HOME'] = {str(tmp_path)!r}\n"
        + CLIENT
        + (
            "print(config.host, config.auth_type, config.authenticate() == Config().authenticate())\n"
            f"assert config.authenticate() == {{'Authorization': 'Bearer ' + {TOKEN[:4]!r} + {TOKEN[4:]!r}}}\n"
        )
    )
    outcome, place = run(house, source)
    assert outcome.status == "success", outcome.trace
    assert text(place) == "http://127.0.0.1:1 runtime True\n"
    assert asked.bodies == [GetToken()]


def test_the_token_is_in_no_output_no_error_and_no_environment(house: House, asked: Asked) -> None:
    source = CLIENT + (
        "import os, subprocess, sys\n"
        "print('before')\n"
        "token = config.authenticate()['Authorization'].split()[1]\n"
        "assert token not in str(dict(os.environ))\n"
        "print('to', token)\n"
        "print('to stderr', token, file=sys.stderr)\n"
        "os.write(1, ('raw ' + token + chr(10)).encode())\n"
        "subprocess.run(['echo', 'child', token])\n"
        "raise ValueError(token)"
    )
    outcome, place = run(house, source)
    assert outcome.error == "ValueError: [REDACTED]"
    assert text(place).splitlines() == ["before", "to [REDACTED]", "raw [REDACTED]", "child [REDACTED]"]
    assert "to stderr [REDACTED]" in text(place, "stderr.log")
    for file in place.rglob("*"):
        assert not file.is_file() or TOKEN not in file.read_text(errors="replace"), file.name


# --------------------------------------------------------------------------------------------------- stand-ins


def test_a_stand_in_is_made_at_the_first_use() -> None:
    made: list[dict[str, int]] = []

    def make() -> dict[str, int]:
        if not made:
            made.append({"a": 1})
        return made[0]

    stand_in: Any = StandIn(make)
    assert made == []
    assert isinstance(stand_in, dict)
    assert stand_in.get("a") == 1
    assert repr(stand_in) == "{'a': 1}"
    assert "keys" in dir(stand_in)


def test_a_stand_in_can_be_called_and_written_to() -> None:
    class Thing:
        def __call__(self, x: int) -> int:
            return x + 1

    thing = Thing()
    stand_in: Any = StandIn(lambda: thing)
    stand_in.name = "n"
    assert (stand_in(1), vars(thing)) == (2, {"name": "n"})
