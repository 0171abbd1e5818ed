"""References: what is one, what it stands for, and that a value is never read as a template."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import BrickyardError, InvalidParameterValue
from brickyard.jobs.references import Name, Now, parse, resolve
from tests.unit.jobs.samples import scope, upstream

HOSTILE = [
    "{{job.id}}",
    "{{job.parameters.x}}",
    "{{ now() | date('yyyy') }}",
    "{% for x in y %}{% endfor %}",
    "${job.id} $(id) `id`",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{0.__class__} %(x)s \\1 \\g<0>",
    "{{" * 10_000,
    "}}" * 10_000 + "{{",
]


# ------------------------------------------------------------------------------------------------------ syntax


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{{job.id}}", (Name("job.id", ("job", "id")),)),
        ("{{ job.id }}", (Name("job.id", ("job", "id")),)),
        ("{{\n\tjob.id\n}}", (Name("job.id", ("job", "id")),)),
        ("a{{job.id}}b", ("a", Name("job.id", ("job", "id")), "b")),
        (
            "{{job.id}}{{task.name}}",
            (Name("job.id", ("job", "id")), Name("task.name", ("task", "name"))),
        ),
        ("{{job.parameters.`a$b`}}", (Name("job.parameters.`a$b`", ("job", "parameters", "a$b")),)),
        ("{{tasks.`a-b.c`.run_id}}", (Name("tasks.`a-b.c`.run_id", ("tasks", "a-b.c", "run_id")),)),
        ("{{tasks.`a}}b`.run_id}}", (Name("tasks.`a}}b`.run_id", ("tasks", "a}}b", "run_id")),)),
        ("{{run_id}}", (Name("run_id", ("run_id",)),)),
        ("{{{job.id}}}", ("{", Name("job.id", ("job", "id")), "}")),
        ("{{now() | date('yyyy-MM-dd')}}", (Now("now() | date('yyyy-MM-dd')", "yyyy-MM-dd"),)),
        ('{{now()|date("yyyy")}}', (Now('now()|date("yyyy")', "yyyy"),)),
        ("{{ now() | date('yyyy''T''HH') }}", (Now("now() | date('yyyy''T''HH')", "yyyy'T'HH"),)),
        ("""{{now() | date("yyyy'T'HH")}}""", (Now("""now() | date("yyyy'T'HH")""", "yyyy'T'HH"),)),
    ],
)
def test_references_are_found(text: str, template: tuple[Any, ...]) -> None:
    assert parse(text) == template


LITERALS = [
    "{{ ds }}",
    "{{ds}}",
    "{{ params.x }}",
    "{{secrets/scope/key}}",
    "{{job_name}}",
    "{{jobs.id}}",
    "{{my-thing}}",
    "{{my-thing.run-id}}",
    "{{123}}",
    "{{job.id",
    "{{job.id}",
    "{job.id}",
    "job.id}}",
    "{ {job.id} }",
    "{{job .id}}",
    "{{job..id}}",
    "{{.job.id}}",
    "{{job.id.}}",
    "{{job.id + 1}}",
    "{{job.id | upper}}",
    "{{job['id']}}",
    "{{tasks.``.run_id}}",
    "{{tasks.`open.run_id}}",
    "{{run_id.x}}",
    "{{now}}",
    "{{now ()}}",
    "{{}}",
    "{{ }}",
    "{{{{}}}}",
    "{{%s}}",
    "{% if x %}",
    "{{jöb.id}}",
]


@pytest.mark.parametrize("text", LITERALS)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert resolve(text, scope()) == text
    assert resolve(f"a{text}b", scope()) == f"a{text}b"


@given(st.text().filter(lambda text: "{{" not in text))
def test_text_without_double_braces_is_never_changed(text: str) -> None:
    assert resolve(text, scope()) == text
    assert parse(text) == ((text,) if text else ())


@given(st.lists(st.sampled_from([*LITERALS, " ", "x", "}"]), max_size=5).map("".join))
def test_parsing_never_loses_a_character_of_literals(text: str) -> None:
    try:
        pieces = parse(text)
    except BrickyardError:
        return
    written = "".join(piece if isinstance(piece, str) else "{{" + piece.text + "}}" for piece in pieces)
    assert written.replace(" ", "") == text.replace(" ", "")


@given(st.text(alphabet="{}` .'|()jobidnwtask-_x\n", max_size=60))
def test_any_text_parses_or_is_refused_clearly(text: str) -> None:
    try:
        resolve(text, scope())
    except BrickyardError as refused:
        said = refused.message
    else:
        said = "Reference '"
    assert said.startswith("Reference '")


@pytest.mark.parametrize(
    "text",
    ["{{" * 500_000, "{{job." * 200_000, "{{job.`" * 150_000, "{{now()" * 150_000, "{{" + " " * 1_000_000, "`" * 10**6],
)
def test_a_megabyte_of_nonsense_costs_one_pass(text: str) -> None:
    began = time.process_time()
    assert parse(text) == (text,)
    assert time.process_time() - began < 1


# -------------------------------------------------------------------------------------------------- single pass


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_value_of_a_parameter_is_never_read_as_a_template(hostile: str) -> None:
    given_scope = scope(parameters={"x": hostile})
    assert resolve("{{job.parameters.x}}", given_scope) == hostile
    assert resolve("<{{job.parameters.x}}|{{job.parameters.x}}>", given_scope) == f"<{hostile}|{hostile}>"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_task_value_is_never_read_as_a_template(hostile: str) -> None:
    given_scope = scope(tasks={"a": upstream(values={"v": json.dumps(hostile)})})
    assert resolve("{{tasks.a.values.v}}", given_scope) == hostile


def test_values_that_form_a_reference_together_are_not_read() -> None:
    given_scope = scope(parameters={"open": "{{", "inner": "job.id", "close": "}}"})
    text = "{{job.parameters.open}}{{job.parameters.inner}}{{job.parameters.close}}"
    assert resolve(text, given_scope) == "{{job.id}}"
    assert resolve("{{{job.parameters.open}}job.id}}", given_scope) == "{{{job.id}}"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_every_value_arrives_unchanged(value: str) -> None:
    given_scope = scope(parameters={"x": value}, tasks={"a": upstream(values={"v": json.dumps(value)})})
    assert resolve("{{job.parameters.x}}", given_scope) == value
    assert resolve("[{{ tasks.a.values.v }}]", given_scope) == f"[{value}]"


def test_the_name_of_a_job_is_a_value_too() -> None:
    assert resolve("{{job.name}}", scope(job_name="{{job.id}}")) == "{{job.id}}"


# ------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{job.id}}", "7"),
        ("{{job.name}}", "nightly"),
        ("{{job.run_id}}", "90"),
        ("{{job.repair_count}}", "2"),
        ("{{job.start_time.iso_date}}", "2026-11-23"),
        ("{{job.start_time.iso_datetime}}", "2026-11-23T00:00:00.007Z"),
        ("{{job.start_time.timestamp_ms}}", "1795392000007"),
        ("{{job.start_time.is_weekday}}", "true"),
        ("{{job.trigger.time.iso_datetime}}", "2026-11-22T23:59:59.999Z"),
        ("{{job.trigger.type}}", "one_time"),
        ("{{job.parameters.day}}", "monday"),
        ("{{task.name}}", "t"),
        ("{{task.run_id}}", "91"),
        ("{{task.execution_count}}", "3"),
        ("{{task.notebook_path}}", "/Workspace/t"),
        ("{{workspace.id}}", "42"),
        ("{{workspace.url}}", "localhost:8484"),
        ("{{now() | date('yyyy-MM-dd HH:mm')}}", "2026-11-23 14:05"),
        ("{{job_id}}", "7"),
        ("{{run_id}}", "91"),
        ("{{parent_run_id}}", "90"),
        ("{{task_key}}", "t"),
        ("{{start_date}}", "2026-11-23"),
        ("{{start_time}}", "1795392000007"),
        ("{{task_retry_count}}", "2"),
        ("run_{{job.run_id}}_{{task.name}}.csv", "run_90_t.csv"),
    ],
)
def test_what_names_stand_for(text: str, value: str) -> None:
    given_scope = scope(
        repair_count=2,
        parameters={"day": "monday"},
        execution_count=3,
        notebook_path="/Workspace/t",
        workspace_id=42,
        workspace_url="localhost:8484",
    )
    assert resolve(text, given_scope) == value


def test_the_trigger_time_of_a_schedule_is_rounded_down_to_the_minute() -> None:
    given_scope = scope(trigger_type="PERIODIC")
    assert resolve("{{job.trigger.time.iso_datetime}}", given_scope) == "2026-11-22T23:59:00.000Z"
    assert resolve("{{job.trigger.time.second}}", given_scope) == "0"
    assert resolve("{{job.trigger.type}}", given_scope) == "periodic"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{tasks.a.run_id}}", "95"),
        ("{{tasks.a.result_state}}", "upstream_failed"),
        ("{{tasks.a.error_code}}", "RunExecutionError"),
        ("{{tasks.a.execution_count}}", "4"),
        ("{{tasks.a.notebook_path}}", "/Workspace/a"),
    ],
)
def test_what_is_known_of_an_upstream_task(text: str, value: str) -> None:
    task = upstream(
        result_state="UPSTREAM_FAILED",
        error_code="RUN_EXECUTION_ERROR",
        execution_count=4,
        notebook_path="/Workspace/a",
    )
    assert resolve(text, scope(tasks={"a": task})) == value


@pytest.mark.parametrize(("code", "text"), [("", ""), ("SUCCESS", ""), ("CANCELED", "Canceled"), ("Own", "Own")])
def test_a_success_has_no_error_code(code: str, text: str) -> None:
    assert resolve("{{tasks.a.error_code}}", scope(tasks={"a": upstream(error_code=code)})) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (5, "5"),
        (1.5, "1.5"),
        ([1, "a"], '[1, "a"]'),
        ({"k": [True]}, '{"k": [true]}'),
        ('"quoted"', '"quoted"'),
    ],
)
def test_task_values_as_text(value: Any, text: str) -> None:
    given_scope = scope(tasks={"a": upstream(values={"v": json.dumps(value)})})
    assert resolve("{{tasks.a.values.v}}", given_scope) == text


def test_odd_names_need_backticks() -> None:
    given_scope = scope(parameters={"a.b": "dotted"}, tasks={"load-it": upstream(values={"höhe (m)": "3"})})
    assert resolve("{{job.parameters.`a.b`}}", given_scope) == "dotted"
    assert resolve("{{tasks.`load-it`.values.`höhe (m)`}}", given_scope) == "3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{{tasks.a.values.rows}}",
            (
                "Failed to resolve references: Task value referenced by 'tasks.a.values.rows' was not found."
                " Did you mean 'row'?"
            ),
        ),
        (
            "{{tasks.b.run_id}}",
            "Failed to resolve references: 'tasks.b.run_id' has no value: task 'b' has not run before it.",
        ),
        (
            "{{job.parameters.x}}",
            "Reference 'job.parameters.x' in task 't' refers to an undefined job parameter 'x'.",
        ),
    ],
)
def test_a_reference_without_value_fails_with_its_name(text: str, message: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        resolve(text, scope(tasks={"a": upstream(values={"row": "1"})}))
    assert caught.value.message == message


def test_a_job_parameter_is_named_where_no_task_is_there() -> None:
    with pytest.raises(InvalidParameterValue, match=r"^Reference 'job\.parameters\.x' in a job parameter refers"):
        resolve("{{job.parameters.x}}", scope(task_key=""))


@pytest.mark.parametrize("value", ["\0", "\ud800"], ids=["nul", "half a surrogate pair"])
def test_what_no_process_can_be_given_fails_the_task(value: str) -> None:
    """JSON can spell it, so a task value or an input may hold it."""
    with pytest.raises(InvalidParameterValue, match="becomes text with a NUL or half a surrogate pair"):
        resolve("{{tasks.a.values.v}}", scope(tasks={"a": upstream(values={"v": json.dumps(value)})}))
