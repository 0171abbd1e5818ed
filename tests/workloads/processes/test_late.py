"""Something done when a module is imported for the first time."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard.workloads.late import when_imported

_NAME = "module_for_test_late"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that can be imported, and is forgotten afterwards."""
    file = tmp_path / _NAME / "__init__.py"
    file.parent.mkdir()
    file.write_text("done = True\n")
    (tmp_path / _NAME / "part.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    yield file
    sys.meta_path[:] = finders
    for name in (_NAME, f"{_NAME}.part"):
        sys.modules.pop(name, None)


def test_the_call_comes_once_and_after_the_modules_own_code(module: Path) -> None:
    seen: list[bool] = []
    finders = list(sys.meta_path)
    when_imported(_NAME, lambda: seen.append(sys.modules[_NAME].done))
    assert seen == []
    importlib.import_module(f"{_NAME}.part")
    importlib.reload(sys.modules[_NAME])
    assert seen == [True]
    assert sys.meta_path == finders


def test_the_call_may_import_the_module_itself(module: Path) -> None:
    seen: list[object] = []
    when_imported(_NAME, lambda: seen.append(importlib.import_module(f"{_NAME}.part")))
    importlib.import_module(_NAME)
    assert seen == [sys.modules[f"{_NAME}.part"]]


def test_a_module_that_is_there_is_not_waited_for() -> None:
    seen: list[int] = []
    when_imported("sys", lambda: seen.append(1))
    assert seen == [1]


def test_the_module_looks_as_if_nobody_had_listened(module: Path) -> None:
    when_imported(_NAME, lambda: None)
    found = importlib.import_module(_NAME)
    assert found.__spec__ is not None
    assert found.__loader__ is found.__spec__.loader
    assert type(found.__loader__).__name__ == "SourceFileLoader"
    assert found.__file__ == str(module)


def test_a_failing_import_is_told_as_ever_and_may_be_tried_again(module: Path) -> None:
    seen: list[int] = []
    module.write_text("raise RuntimeError('broken')\n")
    when_imported(_NAME, lambda: seen.append(1))
    with pytest.raises(RuntimeError, match="broken"):
        importlib.import_module(_NAME)
    module.write_text("done = 'repaired, and longer than before'\n")
    importlib.invalidate_caches()
    importlib.import_module(_NAME)
    assert seen == [1]


def test_a_module_that_does_not_exist_is_missing_as_ever() -> None:
    finders = list(sys.meta_path)
    when_imported("no_such_module_at_all", lambda: None)
    try:
        with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
            importlib.import_module("no_such_module_at_all")
    finally:
        sys.meta_path[:] = finders


def test_a_runner_that_waits_for_the_import_of_pyspark_does_not_import_it_itself() -> None:
    # Else the session would be opened in the middle of the runner's own import.
    code = (
        "import sys, brickyard.workloads.tasks, brickyard.workloads.dbt_task, brickyard.workloads.scripts,"
        " brickyard.workloads.wheels; print(sorted({'pyspark', 'pandas'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "[]\n"
