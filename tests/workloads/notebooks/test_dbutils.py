"""`dbutils`: widgets, task values, other notebooks, context, secrets, help."""

from __future__ import annotations

import base64
import json

import pytest

from brickyard.workloads.messages import SetTaskValue
from tests.workloads.notebooks.house import Home


def secret(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# --------------------------------------------------------------------------------------------------------- widgets


def test_a_parameter_beats_the_default_of_its_widget(home: Home) -> None:
    home.run("dbutils.widgets.text('day', 'default')\nprint(dbutils.widgets.get('day'))", day="given")
    home.run("dbutils.widgets.text('day', 'default', 'The day')\nprint(dbutils.widgets.get('day'))")
    assert home.printed() == "default\n"


def test_a_parameter_is_a_widget_without_any_definition(home: Home) -> None:
    home.run("print(dbutils.widgets.get('day'), getArgument('day'), dbutils.widgets.getAll())", day="x")
    assert home.printed() == "x x {'day': 'x'}\n"


def test_an_unknown_widget_raises_as_databricks_does(home: Home) -> None:
    outcome = home.run("dbutils.widgets.get('day')")
    assert outcome.error == "InputWidgetNotDefined: No input widget named day is defined"
    assert outcome.line == 1


def test_get_argument_has_a_default(home: Home) -> None:
    home.run("print(dbutils.widgets.getArgument('day', 'none'), getArgument('day', 'nil'))")
    assert home.printed() == "none nil\n"


def test_all_kinds_of_widgets(home: Home) -> None:
    outcome = home.run(
        "dbutils.widgets.dropdown('env', 'dev', ['dev', 'prod'])",
        "dbutils.widgets.combobox('table', 'free text', ['a', 'b'], 'Table')",
        "dbutils.widgets.multiselect('days', 'mon,tue', ['mon', 'tue', 'wed'])",
        "dbutils.widgets.multiselect('one', 'a,b', ['a,b', 'c'])",
        "print(dbutils.widgets.getAll())",
    )
    assert outcome.status == "success", outcome.error
    assert home.printed() == "{'env': 'dev', 'table': 'free text', 'days': 'mon,tue', 'one': 'a,b'}\n"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "dropdown('env', 'x', ['dev'])",
            "ValueError: defaultValue 'x' of the dropdown 'env' is not among its choices ['dev']",
        ),
        ("multiselect('d', 'mon,x', ['mon'])", "ValueError: defaultValue 'mon,x' of the multiselect 'd'"),
        ("text('n', 'x' * 2049)", "ValueError: defaultValue of the widget 'n' has 2049 bytes; 2048 are allowed"),
        ("text('n', 3)", "TypeError: defaultValue of the widget 'n' must be str, not int"),
        ("text('', '')", "ValueError: A widget needs a name"),
        ("dropdown('n', '1', [1])", "TypeError: choices of the widget 'n' must be str, not int"),
        ("remove('n')", "InputWidgetNotDefined: No input widget named n is defined"),
        ("txt('n', '')", "AttributeError: dbutils.widgets has no 'txt'. Did you mean text?"),
    ],
)
def test_wrong_widgets_are_refused(home: Home, code: str, why: str) -> None:
    assert home.run(f"dbutils.widgets.{code}").error.startswith(why)


def test_the_longest_default_is_allowed(home: Home) -> None:
    assert home.run("dbutils.widgets.text('n', 'x' * 2048)").status == "success"


def test_removed_widgets_are_gone_until_they_are_defined_again(home: Home) -> None:
    outcome = home.run(
        "dbutils.widgets.text('a', '1')\ndbutils.widgets.text('b', '2')\ndbutils.widgets.remove('a')\nprint(dbutils.widgets.getAll())",
        "dbutils.widgets.removeAll()\nprint(dbutils.widgets.getAll())",
        "dbutils.widgets.text('b', '3')\nprint(dbutils.widgets.get('b'))",
        b="given",
    )
    assert outcome.status == "success"
    assert home.printed() == "{'b': 'given'}\n{}\ngiven\n"


# ----------------------------------------------------------------------------------------------------- task values


@pytest.mark.parametrize("value", ["text", 3, 2.5, True, None, [1, "a"], {"k": [1, {"x": None}]}, "ünï"])
def test_a_task_value_comes_back_with_its_type(home: Home, value: object) -> None:
    home.run(f"dbutils.jobs.taskValues.set(key='k', value={value!r})")
    home.server.values["other", "k"] = home.server.values["this_task", "k"]
    home.run(
        f"v = dbutils.jobs.taskValues.get(taskKey='other', key='k')\nassert v == {value!r} and type(v) is type({value!r})"
    )
    assert home.server.told[-1] == (0, "ok")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("set('k', object())", "TypeError: The task value 'k' cannot be written as JSON"),
        ("set('k', {1, 2})", "TypeError: The task value 'k' cannot be written as JSON"),
        ("set('k', float('nan'))", "ValueError: The task value 'k' cannot be written as JSON"),
        (
            "set('k', 'x' * 49151)",
            "ValueError: The task value 'k' has 49,153 bytes as JSON; 49,152 (48 KiB) are allowed",
        ),
        ("set(3, 1)", "TypeError: key of a task value must be str, not int"),
        ("set('', 1)", "ValueError: key of a task value must not be empty"),
        ("get('t', 'k')", "ValueError: The task 't' has set no task value 'k', and no default was given."),
    ],
)
def test_wrong_task_values_are_refused(home: Home, code: str, why: str) -> None:
    assert home.run(f"dbutils.jobs.taskValues.{code}").error.startswith(why)
    assert not any(isinstance(ask, SetTaskValue) for ask in home.server.asked)


def test_the_largest_task_value_is_allowed(home: Home) -> None:
    assert home.run("dbutils.jobs.taskValues.set('k', 'x' * 49150)").status == "success"


def test_the_default_of_a_task_value_and_never_the_debug_value_inside_of_a_job(home: Home) -> None:
    home.run("print(dbutils.jobs.taskValues.get('t', 'k', default=7, debugValue=8))")
    assert home.printed() == "7\n"


def test_outside_of_a_job_the_debug_value_is_returned_and_set_does_nothing(home: Home) -> None:
    home.write(
        "main.py",
        "dbutils.jobs.taskValues.set('k', 1)\nprint(dbutils.jobs.taskValues.get('t', 'k', 7, 8))",
        "dbutils.jobs.taskValues.get('t', 'k', 7)",
    )
    outcome = home.run_path("/main", run_id=0)
    assert home.printed() == "8\n"
    assert outcome.error.startswith("TypeError: Must pass debugValue")
    assert home.server.values == {}


# -------------------------------------------------------------------------------------------------- other notebooks


def test_run_asks_for_the_other_notebook_and_returns_its_exit_value(home: Home) -> None:
    home.write("a/main.py", "print(dbutils.notebook.run('../b/child', 60, {'x': '1'}), dbutils.notebook.run('/c', 0))")
    assert home.run_path("/a/main").status == "success"
    first, second = home.server.children
    assert (first.path, first.timeout_seconds, first.arguments) == ("/b/child", 60, {"x": "1"})
    assert (second.path, second.timeout_seconds, second.arguments) == ("/c", 0, {})
    assert home.printed() == "done done\n"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            {"run_id": 9, "status": "failed", "error": "ValueError: boom"},
            "WorkflowException: The notebook /child (run 9) failed: ValueError: boom",
        ),
        (
            {"run_id": 9, "status": "cancelled", "error": "by ann"},
            "WorkflowException: The notebook /child (run 9) cancelled: by ann",
        ),
        (
            {"run_id": 9, "status": "timedout"},
            "WorkflowException: The notebook /child (run 9) took longer than 5 seconds",
        ),
    ],
)
def test_a_child_that_does_not_succeed_raises(home: Home, answer: dict[str, object], why: str) -> None:
    home.server.child_answer = dict(answer)
    assert home.run("dbutils.notebook.run('./child', 5)").error == why


def test_a_failing_child_can_be_caught(home: Home) -> None:
    home.server.child_answer = {"run_id": 9, "status": "failed", "error": "x"}
    assert (
        home.run("try:\n    dbutils.notebook.run('c', 0)\nexcept Exception as e:\n    print('caught')").status
        == "success"
    )


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("run('c', 0, {'x': 1})", "TypeError: arguments of dbutils.notebook.run must be str: 'x' is 1 (int)"),
        ("run('c', 0, ['x'])", "TypeError: arguments of dbutils.notebook.run must be a dict, not list"),
        ("run('c', '60')", "TypeError: timeout_seconds of dbutils.notebook.run must be int, not str"),
        ("run('c', -1)", "ValueError: timeout_seconds of dbutils.notebook.run is -1"),
        ("run(3, 0)", "TypeError: path of dbutils.notebook.run must be str"),
        ("run('../../x', 0)", "InvalidParameterValue: The path '../../x' leads out of the workspace"),
    ],
)
def test_wrong_arguments_of_run_are_refused(home: Home, code: str, why: str) -> None:
    assert home.run(f"dbutils.notebook.{code}").error.startswith(why)
    assert home.server.children == []


# --------------------------------------------------------------------------------------------------------- context

CONTEXT = "c = dbutils.notebook.entry_point.getDbutils().notebook().getContext()\n"


def test_the_context_tells_of_run_job_and_user(home: Home) -> None:
    outcome = home.run(
        CONTEXT
        + "print(c.notebookPath().get(), c.currentRunId().isDefined(), c.currentRunId().get(), c.jobId().get(), c.userName().get())\n"
        "print(c.tags().apply('multitaskParentRunId'), c.tags().get('taskKey').get(), c.tags()['jobId'], 'user' in c.tags())\n"
        "print(c.browserHostName().isDefined(), c.notebookId().getOrElse('none'), c.apiUrl().getOrElse(None))"
    )
    assert outcome.status == "success", outcome.trace
    assert home.printed() == "/main True 1 11 ann@x.org\n22 this_task 11 True\nFalse none None\n"


def test_outside_of_a_job_there_is_no_run_id(home: Home) -> None:
    home.write("main.py", CONTEXT + "print(c.currentRunId().isDefined(), c.jobId().isEmpty())\nc.currentRunId().get()")
    outcome = home.run_path("/main", run_id=0, job_id=0)
    assert home.printed() == "False True\n"
    assert "not known outside of a job run" in outcome.error


def test_the_context_as_json_keeps_the_token_out_of_outputs(home: Home) -> None:
    home.write(
        "main.py",
        CONTEXT
        + "import json\nprint(c.toJson())\nassert json.loads(c.toJson())['extraContext']['api_token'] == 'dapi-secret-token'\nprint(c.safeToJson())",
    )
    assert home.run_path("/main", api_url="http://127.0.0.1:8484").status == "success"
    full, safe = map(json.loads, home.printed().splitlines())
    assert full["currentRunId"] == {"id": 1}
    assert full["tags"]["jobRunId"] == "22"
    assert full["extraContext"]["api_token"] == "[REDACTED]"
    assert safe["attributes"]["notebook_path"] == "/main"


@pytest.mark.parametrize(
    ("code", "why"), [("c.tags().apply('no')", "There is no tag 'no'"), ("c.nothing()", "context has no 'nothing'")]
)
def test_unknown_facts_name_those_that_exist(home: Home, code: str, why: str) -> None:
    outcome = home.run(CONTEXT + code)
    assert why in outcome.error
    assert "notebookPath" in outcome.error


# --------------------------------------------------------------------------------------------------------- secrets


def test_secrets_are_read_and_listed(home: Home) -> None:
    home.server.secrets = {
        ("s", "k"): secret("hunter2"),
        ("s", "b"): base64.b64encode(b"\xff\x00").decode(),
        ("t", "x"): secret("x"),
    }
    outcome = home.run(
        "v = dbutils.secrets.get('s', 'k')\nassert v == 'hunter' + '2' and dbutils.secrets.getBytes(scope='s', key='b') == b'\\xff\\x00'",
        "print([m.key for m in dbutils.secrets.list('s')], [s.name for s in dbutils.secrets.listScopes()], dbutils.secrets.listScopes()[0].getName())",
    )
    assert outcome.status == "success", outcome.trace
    assert home.printed() == "['b', 'k'] ['s', 't'] s\n"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("get('s', 'nope')", "SecretError: Secret does not exist with scope: s and key: nope"),
        ("get('s', 'b')", "SecretError: The secret 'b' of the scope 's' is no UTF-8 text; use getBytes"),
        ("get('s', '')", "TypeError: key of a secret must be a str that is not empty"),
        ("put('s', 'k')", "AttributeError: dbutils.secrets has no 'put'"),
    ],
)
def test_wrong_secrets_are_refused(home: Home, code: str, why: str) -> None:
    home.server.secrets = {("s", "b"): base64.b64encode(b"\xff\x00").decode()}
    assert home.run(f"dbutils.secrets.{code}").error.startswith(why)


# ------------------------------------------------------------------------------------------------- help and refusals


@pytest.mark.parametrize(
    "part",
    ["", ".widgets", ".fs", ".jobs", ".jobs.taskValues", ".notebook", ".secrets", ".library", ".data", ".credentials"],
)
def test_help_exists_on_every_level(home: Home, part: str) -> None:
    assert home.run(f"dbutils{part}.help()").status == "success"
    assert len(home.printed()) > 30


def test_help_tells_of_one_member(home: Home) -> None:
    home.run(
        "dbutils.fs.help('ls')\ndbutils.help('fs')\nprint(dbutils.fs)\ndbutils.notebook.help('entry_point')\nprint('ls' in dir(dbutils.fs))"
    )
    assert "dbutils.fs.ls(dir: str)" in home.printed()
    assert home.printed().endswith("True\n")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "dbutils.credentials.assumeRole('x')",
            "NotImplementedError: dbutils.credentials.assumeRole is refused here: it hands out roles",
        ),
        (
            "dbutils.fs.mount('s3://x', '/mnt/x')",
            "NotImplementedError: dbutils.fs.mount is refused here: there are no mounts",
        ),
        ("dbutils.library.installPyPI('x')", "NotImplementedError: dbutils.library.installPyPI is refused here"),
        ("dbutils.widget", "AttributeError: dbutils has no 'widget'. Did you mean widgets? It has: data, fs"),
        ("dbutils.notebook.start()", "AttributeError: dbutils.notebook has no 'start'"),
    ],
)
def test_what_is_not_there_is_refused_by_name(home: Home, code: str, why: str) -> None:
    assert home.run(code).error.startswith(why)


def test_the_sdk_finds_the_notebooks_own_names(home: Home) -> None:
    outcome = home.run(
        "from databricks.sdk.runtime import dbutils as d, spark as s\nassert d is dbutils and s is spark"
    )
    assert outcome.status == "success", outcome.trace
