"""Each magic works, or fails the notebook; none is skipped."""

from __future__ import annotations

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.workloads.notebooks.magics.run_args import parse_run
from brickyard.workloads.notebooks.magics.sql_text import CreateWidget, markers, substitute, widget_statement
from tests.workloads.notebooks.house import Home


def test_run_shares_the_namespace_and_its_output_is_shown(home: Home) -> None:
    home.write("lib/helpers.py", "def double(x):\n    return 2 * x", "print('loaded')\nlimit = 4")
    outcome = home.run("%run ./lib/helpers", "print(double(limit))")
    assert outcome.status == "success"
    assert home.cells()[0].outputs[0]["text"] == "loaded\n"
    assert home.printed() == "loaded\n8\n"


def test_run_is_relative_to_the_notebook_it_stands_in(home: Home) -> None:
    home.write("a/one.py", "%run ../b/two")
    home.write("b/two.py", "%run ./three.py")
    home.write("b/three.py", "deep = 'yes'")
    assert home.run("%run /Workspace/a/one", "print(deep)").status == "success"
    assert home.printed() == "yes\n"


def test_run_gives_values_to_widgets_of_the_other_notebook(home: Home) -> None:
    home.write("child.py", "dbutils.widgets.text('day', 'none')\nday = dbutils.widgets.get('day')")
    home.run("%run ./child $day=\"2024-05-06\" $other='x y'", "print(day)", "%run ./child", "print(day)")
    assert home.printed() == "2024-05-06\nnone\n"


def test_run_without_values_sees_the_parameters_of_the_task(home: Home) -> None:
    home.write("child.py", "dbutils.widgets.text('day', 'none')\nprint(dbutils.widgets.get('day'))")
    home.run("%run ./child", day="today")
    assert home.printed() == "today\n"


def test_an_error_in_a_run_notebook_fails_the_caller_and_names_the_place(home: Home) -> None:
    home.write("child.py", "x = 1", "y = 1\n1/0")
    outcome = home.run("print('a')", "%run ./child", "print('never')")
    assert (outcome.status, outcome.cell, outcome.line) == ("failed", 1, 1)
    assert outcome.error == "ZeroDivisionError: division by zero"
    assert "Cell In[2] of /child, line 2" in outcome.trace
    assert "%run ./child" in outcome.trace
    assert home.printed() == "a\n"


def test_exit_inside_of_run_ends_the_whole_notebook(home: Home) -> None:
    home.write("child.py", "dbutils.notebook.exit('early')")
    outcome = home.run("%run ./child", "print('never')")
    assert (outcome.status, outcome.exit_value) == ("success", "early")
    assert home.cells()[1].state == "skipped"


def test_a_cycle_of_runs_is_told_with_its_path(home: Home) -> None:
    home.write("a.py", "%run ./b")
    home.write("b.py", "%run ./a")
    outcome = home.run_path("/a")
    assert "/a → /b → /a" in outcome.error


def test_run_of_a_missing_notebook_fails_and_names_the_nearest(home: Home) -> None:
    home.write("helpers.py", "x = 1")
    outcome = home.run("%run ./helper")
    assert outcome.status == "failed"
    assert "'/helper'" in outcome.error
    assert "helpers" in outcome.error


def test_run_out_of_the_workspace_fails(home: Home) -> None:
    assert "leads out of the workspace" in home.run("%run ../../../etc/passwd").error


@pytest.mark.parametrize("cell", ["%run ./child\nx = 1", "x = 1\n%run ./child"])
def test_run_must_be_alone_in_its_cell(home: Home, cell: str) -> None:
    home.write("child.py", "print('child')")
    assert "must be alone in its cell" in home.run(cell.replace("\n%run", "\n# MAGIC %run")).error
    assert "child" not in home.printed()


def test_run_may_have_comments_around_it(home: Home) -> None:
    home.write("child.py", "x = 1")
    assert home.run("# the helpers\n# MAGIC %run ./child\n# done\n").status == "success"


def test_run_of_a_scala_notebook_fails(home: Home) -> None:
    (home.workspace / "old.scala").write_text("// Databricks notebook source\nval x = 1\n")
    assert "Scala cells cannot run here" in home.run("%run ./old").error


@pytest.mark.parametrize(
    ("text", "path", "values"),
    [
        ("./a", "./a", {}),
        ("  ./a b/c  ", "./a b/c", {}),
        ('"./a b" $x="1"', "./a b", {"x": "1"}),
        ('./a $x="a \\"b\\"" $y=\'c $d\' $z=3', "./a", {"x": 'a "b"', "y": "c $d", "z": "3"}),
    ],
)
def test_arguments_of_run(text: str, path: str, values: dict[str, str]) -> None:
    assert parse_run(text) == (path, values)


@pytest.mark.parametrize("text", ["", "$x=1", "./a $x", './a $x="1" more'])
def test_wrong_arguments_of_run_are_refused(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match="%run"):
        parse_run(text)


def test_sh_prints_and_succeeds(home: Home) -> None:
    outcome = home.run("%sh\necho one\nfor i in 2 3; do echo $i; done\necho err >&2", "%sh echo inline")
    assert outcome.status == "success"
    assert home.printed() == "one\n2\n3\ninline\n"
    assert (home.attempt / "stderr.log").read_text() == "err\n"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("%sh exit 3", "exit code 3"),
        ("%sh\necho x\nfalse", "exit code 1"),
        ("%sh -e\nfalse\necho on", "exit code 1"),
        ("%sh nonesuch-command", "exit code 127"),
        ("%sh kill -9 $$", "signal 9"),
    ],
)
def test_a_failing_sh_fails_the_notebook(home: Home, cell: str, why: str) -> None:
    outcome = home.run(cell, "print('never')")
    assert outcome.status == "failed"
    assert why in outcome.error
    assert "never" not in home.printed()


def test_sh_without_e_goes_on_after_a_failing_command_as_a_shell_does(home: Home) -> None:
    assert home.run("%sh\nfalse\necho on").status == "success"


def test_parameters_are_never_part_of_a_shell_text(home: Home) -> None:
    outcome = home.run("print(dbutils.widgets.get('p'))", "%sh echo '$p' \"{p}\"", p="$(touch pwned); \"'\n`id`")
    assert outcome.status == "success"
    assert home.printed() == "$(touch pwned); \"'\n`id`\n$p {p}\n"


def test_an_exclamation_mark_shows_output_and_does_not_raise(home: Home) -> None:
    outcome = home.run(
        "!echo hi && exit 4\nprint(_exit_code)\nlines = !printf 'a\\nb\\n'\nprint(list(lines))\nname = 'x'\n!echo {name}"
    )
    assert outcome.status == "success"
    assert home.printed() == "hi\n4\n['a', 'b']\nx\n"


def test_magics_of_ipython_work(home: Home) -> None:
    outcome = home.run(
        "%%capture out\nprint('hidden')",
        "print(repr(out.stdout))",
        "%time 1 + 1",
        "%env HELLO=1\nimport os\nprint(os.environ['HELLO'])",
    )
    assert outcome.status == "success"
    assert "'hidden\\n'" in home.printed()
    assert "Wall time" in home.printed()


def test_a_failing_cell_magic_of_ipython_fails_the_notebook(home: Home) -> None:
    outcome = home.run("%%bash\necho x\nexit 5")
    assert outcome.status == "failed"
    assert "5" in outcome.error


@pytest.mark.parametrize(
    ("cell", "near"),
    [
        ("%sqll select 1", "%sql"),
        ("%rum ./x", "%run"),
        ("%SQL select 1", "%sql"),
        ("x = 1\n# MAGIC %tiem x", "%time"),
        ("%%sqll\nselect 1", ""),
    ],
)
def test_an_unknown_magic_is_an_error_that_names_the_nearest(home: Home, cell: str, near: str) -> None:
    outcome = home.run(cell)
    assert outcome.status == "failed"
    assert "There is no magic" in outcome.error
    assert near in outcome.error
    assert "There are %python, %sql, %md, %md-sandbox, %run, %sh, %pip, %fs; %lsmagic" in outcome.error


def test_the_magics_of_ipython_can_be_listed(home: Home) -> None:
    assert home.run("%lsmagic").status == "success"
    assert "%timeit" in str(home.shown(0))


def test_an_unknown_magic_in_an_sql_notebook_is_an_error(home: Home) -> None:
    (home.workspace / "q.sql").write_text("-- Databricks notebook source\n-- MAGIC %pyton\n-- MAGIC x = 1\n")
    outcome = home.run_path("/q")
    assert outcome.status == "failed"
    assert "Did you mean %python" in outcome.error


def test_conda_is_refused_with_the_way_out(home: Home) -> None:
    assert "Use %pip install" in home.run("%conda install x").error


def test_python_cells_of_an_sql_notebook_share_a_namespace(home: Home) -> None:
    (home.workspace / "q.sql").write_text(
        "-- Databricks notebook source\n-- MAGIC %python\n-- MAGIC x = 4\n\n-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC print(x)\n"
    )
    assert home.run_path("/q").status == "success"
    assert home.printed() == "4\n"


def test_lines_of_a_python_magic_cell_are_those_that_the_user_sees(home: Home) -> None:
    outcome = home.run("%python\nx = 1\n1/0")
    assert outcome.line == 3


def test_fs_lists_and_shows(home: Home) -> None:
    outcome = home.run(
        "dbutils.fs.put('dbfs:/a/x.txt', 'hello')",
        "%fs ls dbfs:/a",
        "%fs head dbfs:/a/x.txt",
        "%fs rm -r dbfs:/a",
        "%fs mkdirs dbfs:/b",
    )
    assert outcome.status == "success", outcome.error
    assert "dbfs:/a/x.txt" in home.shown(1)[0]["text/html"]
    assert "hello" in home.printed()
    assert sorted(entry.name for entry in (home.root / "dbfs").iterdir()) == ["b"]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("%fs list /x", "%fs has no command 'list'. Did you mean ls?"),
        ("%fs", "%fs needs a command"),
        ("%fs ls", "missing 1 required positional argument"),
        ("%fs ls dbfs:/nowhere", "java.io.FileNotFoundException"),
        ("%fs mounts", "there are no mounts here"),
    ],
)
def test_a_failing_fs_fails_the_notebook(home: Home, cell: str, why: str) -> None:
    outcome = home.run(cell)
    assert outcome.status == "failed"
    assert why in outcome.error


def test_restart_python_clears_names_and_keeps_widgets(home: Home) -> None:
    outcome = home.run(
        "dbutils.widgets.text('w', 'kept')\nx = 1",
        "dbutils.library.restartPython()\nprint('not reached')",
        "print('x' in globals(), dbutils.widgets.get('w'), spark is not None)",
        "%restart_python",
    )
    assert outcome.status == "success"
    assert home.printed() == "False kept True\n"


def test_restart_python_imports_modules_of_the_workspace_anew(home: Home) -> None:
    module = home.workspace / "settings_of_mine.py"
    module.write_text("value = 1\n")
    outcome = home.run(
        f"import sys\nsys.path.insert(0, '{home.workspace}')\nimport settings_of_mine",
        f"open('{module}', 'w').write('value = 22222')",
        "dbutils.library.restartPython()",
        "import settings_of_mine\nprint(settings_of_mine.value)",
    )
    assert outcome.status == "success", outcome.trace
    assert home.printed() == "22222\n"


def test_markers_are_found_outside_of_quotes_comments_casts_and_json_paths() -> None:
    sql = "select :a, ':b', \":c\", `:d`, x::int, raw:field, arr[0]:f, (:e) -- :g\n/* :h */ where i = :a"
    assert markers(sql) == ["a", "e"]


def test_older_forms_of_widgets_are_replaced() -> None:
    widgets = {"day": "2024", "name": "O'Brien \\"}
    text = "select '${day}', $day, $other, \\$day, getArgument('name'), getArgument(\"day\") from ${schema}.t -- getArgument('no')"
    expected = "select '2024', 2024, $other, \\$day, 'O\\'Brien \\\\', '2024' from main.t -- getArgument('no')"
    assert substitute(text, widgets, {"schema": "main"}.get) == expected


@pytest.mark.parametrize("text", ["select ${no}", "select getArgument('no')"])
def test_an_unknown_widget_in_sql_is_an_error(text: str) -> None:
    with pytest.raises(KeyError, match="no widget"):
        substitute(text, {}, lambda _: None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('CREATE WIDGET TEXT day DEFAULT "2024-01-01"', CreateWidget("text", "day", "2024-01-01", None)),
        (
            "-- c\ncreate widget dropdown `a b` default 'x' choices select 'x'",
            CreateWidget("dropdown", "a b", "x", "select 'x'"),
        ),
        ("REMOVE WIDGET day", "day"),
        ("select 1", None),
        ("CREATE WIDGET day", None),
    ],
)
def test_widget_statements(text: str, expected: object) -> None:
    assert widget_statement(text) == expected
