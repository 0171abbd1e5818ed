"""The shell of a session: commands keep their state, and each has a result."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from brickyard.workloads.messages import Assignment, Body, Outcome
from brickyard.workloads.notebooks.session import run_session
from brickyard.workloads.session_messages import (
    CommandResult,
    EndCommand,
    NextCommand,
    SessionCommand,
    SessionWork,
    SqlParameter,
)
from tests.workloads.notebooks.house import Home, Server


class Client(Server):
    """The server with a client's commands, which it hands out one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[SessionCommand] = []
        self.ended: list[EndCommand] = []
        self.cancel: set[int] = set()
        """Places of commands that are to be interrupted before they begin."""

    def ask(self, body: Body) -> Any:
        match body:
            case NextCommand():
                place = len(self.ended)
                if place == len(self.commands):
                    return None
                if place in self.cancel:
                    self.interrupt(str(place))
                return msgspec.to_builtins(msgspec.structs.replace(self.commands[place], command_id=str(place)))
            case EndCommand():
                self.ended.append(body)
                return None
            case _:
                return super().ask(body)


class Shell:
    """A home whose server has commands."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.client = home.server = Client()

    def assignment(self, **more: Any) -> Assignment:
        made = self.home.assignment("/none", {}, job_id=0, run_id=0, task_key="")
        return msgspec.structs.replace(made, work=SessionWork(), **more)

    def run(self, *commands: str | SessionCommand, cancel: set[int] | None = None) -> list[CommandResult]:
        """The results of these commands, one after the other in one session."""
        self.client.commands = [
            SessionCommand(language="python", text=each) if isinstance(each, str) else each for each in commands
        ]
        self.client.cancel = cancel or set()
        self.outcome: Outcome = run_session(self.assignment(), self.client)
        return [each.result for each in self.client.ended]


@pytest.fixture
def shell(home: Home) -> Iterator[Shell]:
    before = signal.getsignal(signal.SIGINT)
    yield Shell(home)
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def sql_shell(shell: Shell, engine: str) -> Shell:
    shell.client.spark_url = engine
    return shell


def sql(text: str, **more: Any) -> SessionCommand:
    return SessionCommand(language="sql", text=text, **more)


# ---------------------------------------------------------------------------------------------------------- python


def test_state_is_kept_between_commands(shell: Shell) -> None:
    results = shell.run("x = 20", "def twice(n):\n    return 2 * n", "twice(x) + 2", "import math", "math.floor(2.5)")
    assert [result.text for result in results] == ["", "", "42", "", "2"]
    assert {result.kind for result in results} == {"text"}
    assert shell.outcome.status == "success"
    assert shell.client.told[0] == (-1, "started")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print('a'); print('b')", "a\nb"),
        ("print('a')\n'b'", "a\n'b'"),
        ("'a';", ""),
        ("import sys; sys.stderr.write('e')\nNone", "e"),
        ("dbutils.notebook.exit('{\"a\": 1}')", '{"a": 1}'),
        ("displayHTML('<b>x</b>')", "<b>x</b>"),
        ("%sh echo from the shell", "from the shell"),
        ("dbutils.widgets.text('a', 'b'); print(dbutils.widgets.get('a'))", "b"),
    ],
    ids=["print", "print and value", "quiet", "stderr", "exit", "html", "shell", "widget"],
)
def test_what_python_shows_is_text(shell: Shell, code: str, text: str) -> None:
    [result] = shell.run(code)
    assert (result.kind, result.text) == ("text", text)


def test_a_displayed_table_is_a_table_and_with_other_output_it_is_text(shell: Shell) -> None:
    alone, mixed = shell.run(
        "display([{'a': 1, 'b': None}, {'a': 2, 'b': 'x'}])", "print('first')\ndisplay([{'a': 1}])"
    )
    assert alone.kind == "table"
    assert [column.name for column in alone.columns] == ["a", "b"]
    assert (alone.rows, alone.truncated) == ([[1, None], [2, "x"]], False)
    assert mixed.kind == "text"
    assert mixed.text.startswith("first\n")
    assert "| a" in mixed.text


@pytest.mark.parametrize(("count", "kind"), [(1, "image"), (2, "images")])
def test_images_alone_are_images(shell: Shell, count: int, kind: str) -> None:
    code = (
        "from IPython.display import Image, display as show\n" + "show(Image(data=b'\\x89PNG', format='png'))\n" * count
    )
    [result] = shell.run(code)
    assert (result.kind, len(result.images)) == (kind, count)
    assert result.images[0] == "data:image/png;base64,iVBORw=="


def test_an_error_has_its_sentence_its_traceback_and_what_was_printed_before(shell: Shell) -> None:
    failed, after = shell.run("print('so far')\n1 / 0", "'still here'")
    assert failed.kind == "error"
    assert failed.summary == "ZeroDivisionError: division by zero"
    assert failed.cause.startswith("so far")
    assert "Cell In[1], line 2" in failed.cause
    assert after.text == "'still here'"


@pytest.mark.parametrize(
    ("code", "summary"),
    [
        ("def f(:", "SyntaxError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("%scala println(1)", "UnsupportedLanguage"),
        ("dbutils.secrets.get('s', 'none')", "There is no such secret"),
    ],
    ids=["syntax", "exit", "scala", "secret"],
)
def test_errors_of_all_kinds_end_the_command_and_not_the_session(shell: Shell, code: str, summary: str) -> None:
    failed, after = shell.run(code, "1")
    assert failed.kind == "error"
    assert summary in failed.summary
    assert after.text == "1"


def test_a_secret_is_shown_nowhere(shell: Shell) -> None:
    shell.client.secrets["s", "k"] = "dmVyeS1zZWNyZXQ="
    read = "t = dbutils.secrets.get('s', 'k')"
    results = shell.run(read, "print(t)", "t", "raise ValueError(t)", "dbutils.notebook.exit(t)", "display([{'a': t}])")
    assert "very-secret" not in repr(results)
    assert results[1].text == "[REDACTED]"


# ----------------------------------------------------------------------------------------------------------- cancel


def test_a_command_that_was_cancelled_before_it_began_does_not_begin(shell: Shell) -> None:
    results = shell.run("x = 1", "x = 2", "x", cancel={1})
    assert [each.cancelled for each in shell.client.ended] == [False, True, False]
    assert results[1].summary == "The command was cancelled."
    assert results[2].text == "1"


def test_an_interrupt_of_a_command_that_is_over_interrupts_no_other(shell: Shell) -> None:
    shell.client.commands = []
    stale = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n'unharmed'"
    [result] = shell.run(stale)
    assert result.text.endswith("'unharmed'")


def test_code_that_interrupts_itself_is_cancelled(shell: Shell) -> None:
    shell.run("raise KeyboardInterrupt", "1")
    assert [each.cancelled for each in shell.client.ended] == [True, False]


def test_a_session_that_is_stopped_ends(shell: Shell) -> None:
    shell.client.stop_reason = "The cluster was terminated."
    with pytest.raises(KeyboardInterrupt):
        shell.run("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nfor _ in range(10**9): pass")
    assert shell.client.ended == []


# -------------------------------------------------------------------------------------------------------------- sql


def test_rows_of_sql_are_texts_with_the_types_beside_them(sql_shell: Shell) -> None:
    [result] = sql_shell.run(
        sql(
            "SELECT 1 AS i, 'a' AS s, CAST(1.50 AS DECIMAL(5,2)) AS d, true AS b, DATE'2024-01-02' AS t,"
            " array(1, 2) AS l, CAST(NULL AS STRING) AS n"
        )
    )
    assert result.kind == "table"
    assert [(column.name, column.type) for column in result.columns] == [
        ("i", "int"), ("s", "string"), ("d", "decimal(5,2)"), ("b", "boolean"), ("t", "date"),
        ("l", "array<int>"), ("n", "string"),
    ]  # fmt: skip
    assert result.rows == [["1", "a", "1.50", "true", "2024-01-02", "[1,2]", None]]


def test_parameters_have_types_and_cannot_end_their_place(sql_shell: Shell) -> None:
    parameters = [
        SqlParameter(name="text", value="a' OR '1'='1"),
        SqlParameter(name="number", value="41", type="INT"),
        SqlParameter(name="exact", value="1.25", type="DECIMAL(5,2)"),
        SqlParameter(name="day", value="2024-02-29", type="DATE"),
        SqlParameter(name="flag", value="TRUE", type="boolean"),
        SqlParameter(name="nothing"),
    ]
    text = "SELECT :text AS a, :number + 1 AS b, :exact AS c, year(:day) AS d, NOT :flag AS e, :nothing IS NULL AS f"
    [result] = sql_shell.run(sql(text, parameters=parameters))
    assert result.rows == [["a' OR '1'='1", "42", "1.25", "2024", "false", "true"]]


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        (SqlParameter(name="a", value="x", type="INT"), "The parameter a is 'x'; that is no INT."),
        (SqlParameter(name="a", value="yes", type="BOOLEAN"), "that is no BOOLEAN"),
        (SqlParameter(name="a", value="1", type="MAP"), "that is no MAP"),
        (SqlParameter(name="b", value="1"), "There is no parameter for :a. Known are: b."),
    ],
    ids=["number", "flag", "type", "missing"],
)
def test_a_value_that_does_not_fit_is_an_error(sql_shell: Shell, parameter: SqlParameter, words: str) -> None:
    [result] = sql_shell.run(sql("SELECT :a", parameters=[parameter]))
    assert result.kind == "error"
    assert words in result.summary


def test_a_result_is_cut_at_its_limits(sql_shell: Shell) -> None:
    by_rows, by_bytes, whole = sql_shell.run(
        sql("SELECT * FROM range(10)", row_limit=3),
        sql("SELECT repeat('x', 100) FROM range(10)", byte_limit=350),
        sql("SELECT * FROM range(3)", row_limit=3),
    )
    assert (len(by_rows.rows), by_rows.truncated) == (3, True)
    assert (len(by_bytes.rows), by_bytes.truncated) == (3, True)
    assert (len(whole.rows), whole.truncated) == (3, False)


def test_a_catalog_and_schema_count_for_one_command_alone(sql_shell: Shell) -> None:
    sql_shell.run(
        sql("CREATE SCHEMA IF NOT EXISTS other; USE other"),
        sql("SELECT current_schema()"),
        sql("SELECT current_schema()", schema="default"),
        sql("SELECT current_schema()"),
        sql("SELECT 1", schema="nowhere"),
        sql("SELECT current_schema()"),
    )
    results = [each.result for each in sql_shell.client.ended]
    assert [result.rows for result in results[1:4]] == [[["other"]], [["default"]], [["other"]]]
    assert results[4].error_code == "SCHEMA_NOT_FOUND"
    assert results[5].rows == [["other"]]


def test_python_and_sql_share_their_session(sql_shell: Shell) -> None:
    results = sql_shell.run(
        "spark.range(3).createOrReplaceTempView('v')", sql("SELECT count(*) AS n FROM v"), "spark.table('v').count()"
    )
    assert (results[1].rows, results[2].text) == ([["3"]], "3")


def test_an_error_of_the_engine_has_its_class(sql_shell: Shell) -> None:
    [result] = sql_shell.run(sql("SELECT * FROM nowhere"))
    assert (result.kind, result.error_code) == ("error", "TABLE_OR_VIEW_NOT_FOUND")
    assert "nowhere" in result.summary


def test_a_command_without_a_result_is_an_empty_table(sql_shell: Shell) -> None:
    [result] = sql_shell.run(sql("USE default"))
    assert (result.kind, result.columns, result.rows) == ("table", [], [])
