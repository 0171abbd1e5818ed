"""What a notebook does to its process, and what it leaves behind."""

from __future__ import annotations

import sys
import threading
import warnings
from pathlib import Path

import msgspec
import nbformat
import pytest
from IPython import get_ipython

from brickyard.workloads.notebooks.restart import forget_modules
from brickyard.workloads.notebooks.shell import build_shell, installed, prepare_shell
from tests.workloads.notebooks.house import Home


def test_a_child_may_write_more_than_a_pipe_holds(home: Home) -> None:
    outcome = home.run(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(\"x\" * 3_000_000)'], check=True)"
    )
    assert outcome.status == "success"
    assert len(home.printed()) == 3_000_001


def test_characters_that_are_cut_in_a_pipe_are_put_together(home: Home) -> None:
    home.run("import os\nos.write(1, 'é'.encode()[:1])", "os.write(1, 'é'.encode()[1:])\nprint('.')")
    assert home.printed() == "é.\n"


def test_threads_print_into_the_running_cell(home: Home) -> None:
    home.run("import threading\nt = threading.Thread(target=lambda: print('from a thread'))\nt.start()\nt.join()")
    assert home.cells()[0].outputs[0]["text"] == "from a thread\n"


def test_a_surrogate_that_cannot_be_encoded_is_escaped(home: Home) -> None:
    assert home.run("print('\\udc80')").status == "success"
    assert home.printed() == "\\udc80\n"


def test_only_text_can_be_written_to_standard_output(home: Home) -> None:
    assert home.run("import sys\nsys.stdout.write(b'x')").error.startswith("TypeError: write() argument must be str")


@pytest.mark.parametrize(
    "code",
    [
        "'\\udc80'",
        "display('\\udc80')",
        "displayHTML('\\udc80')",
        "raise ValueError('\\udc80')",
        "dbutils.notebook.exit('\\udc80')",
        "from IPython.display import publish_display_data as p\np({'image/png': b'png', 'application/json': {1: {2}, 'n': float('nan'), 'i': 2**70}})",
    ],
)
def test_nothing_that_is_shown_can_break_the_files(home: Home, code: str) -> None:
    outcome = home.run(code)
    msgspec.json.encode(outcome)
    nbformat.validate(nbformat.from_dict(home.notebook()))
    assert home.cells()[0].state in {"ok", "failed"}


def test_nothing_is_left_open(home: Home) -> None:
    home.run("x = 1")
    before = len(list(Path("/proc/self/fd").iterdir()))
    threads = threading.active_count()
    for _ in range(3):
        home.run("print('x')\n1/0")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert threading.active_count() == threads


def test_files_of_an_attempt_are_for_its_owner_only(home: Home) -> None:
    home.run("print('x')")
    for name in ("cells.ndjson", "output.ipynb", "stdout.log", "stderr.log"):
        assert (home.attempt / name).stat().st_mode & 0o077 == 0


def test_no_settings_of_a_user_are_read_or_written(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    users = home.root / "user"
    users.mkdir()
    monkeypatch.setenv("HOME", str(users))
    monkeypatch.setenv("IPYTHONDIR", str(users / "ipython"))
    assert home.run("print(1)", "%time 1").status == "success"
    assert list(users.iterdir()) == []


def test_modules_of_the_sdk_are_not_left_behind(home: Home) -> None:
    home.run(
        "import dbruntime\nprint(sorted(dbruntime.UserNamespaceInitializer.getOrCreate().get_namespace_globals()))"
    )
    assert "dbutils" in home.printed()
    assert "dbruntime" not in sys.modules


def test_a_prepared_shell_is_used_once_and_changes_nothing_before() -> None:
    main, hook = sys.modules["__main__"], sys.displayhook
    prepare_shell()
    prepare_shell()
    assert (sys.modules["__main__"], sys.displayhook) == (main, hook)
    assert get_ipython() is None
    with warnings.catch_warnings(), installed({"given": 1}) as first:
        assert get_ipython() is first
        assert first.user_ns["given"] == 1
        with installed({}) as second:
            assert second is not first
            assert get_ipython() is second
        assert get_ipython() is first
    assert get_ipython() is None


def test_a_new_shell_has_no_history_and_no_profile() -> None:
    shell = build_shell()
    assert not shell.history_manager.enabled
    assert shell.profile_dir is None


def test_modules_that_a_library_of_the_notebook_shadows_are_forgotten(home: Home) -> None:
    site = home.root / "site"
    (site / "shadowed_by_site").mkdir(parents=True)
    for name in ("shadowed_by_site", "shadowed_by_site.part", "not_shadowed"):
        sys.modules[name] = type(sys)(name)
    forget_modules(site, home.workspace)
    assert "shadowed_by_site" not in sys.modules
    assert "shadowed_by_site.part" not in sys.modules
    assert sys.modules.pop("not_shadowed").__name__ == "not_shadowed"


def test_functions_and_classes_of_cells_can_be_inspected_and_pickled(home: Home) -> None:
    outcome = home.run(
        "def f(x):\n    return x + 1\nclass A:\n    pass",
        "import inspect, pickle\nprint(inspect.getsource(f).splitlines()[1])\nprint(pickle.loads(pickle.dumps(f))(1), type(pickle.loads(pickle.dumps(A()))) is A)",
    )
    assert outcome.status == "success", outcome.trace
    assert home.printed() == "    return x + 1\n2 True\n"


def test_an_sql_notebook_can_be_run_from_python_and_shares_widgets(home: Home) -> None:
    (home.workspace / "names.sql").write_text(
        '-- Databricks notebook source\nCREATE WIDGET TEXT day DEFAULT "monday"\n\n-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC z = 9\n'
    )
    outcome = home.run("%run ./names", "print(dbutils.widgets.get('day'), z)")
    assert outcome.status == "success", outcome.trace
    assert home.printed() == "monday 9\n"
