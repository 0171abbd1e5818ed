"""What the service refuses in its own words is refused here in the same ones, to the letter.

The texts were recorded from real workspaces.
"""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.parameters import check_overrides
from tests.unit.jobs.samples import condition, job, loop, raw_task, script, sql, with_parameters

RETRIED = "For each task cannot be retried but has retries configured"
ELEMENTS = "The JSON string in the inputs field should be an array of primitives or objects."


def over_in(text: str) -> list[dict[str, Any]]:
    """A loop whose task refers to this."""
    return [raw_task("a"), loop("loop", with_parameters("inner", x=text), "a")]


@pytest.mark.parametrize(
    ("tasks", "text"),
    [
        (
            [with_parameters("t", x="{{tasks.ghost.result_state}}")],
            "Invalid reference: 'tasks.ghost.result_state'. Task 'ghost' does not exist.",
        ),
        (
            [with_parameters("t", x="{{job.parameters.nope}}")],
            "Reference 'job.parameters.nope' in task 't' refers to an undefined job parameter 'nope'.",
        ),
        (
            [with_parameters("t", x="{{job.trigger.nope}}")],
            "Invalid reference: 'job.trigger.nope'. 'trigger' is unknown.",
        ),
        (over_in("{{input.e.f}}"), "Invalid reference: 'input.e.f'. Input reference can only access top-level keys."),
        (over_in("{{tasks.loop.result_state}}"), "Task 'loop' must be a dependency of task 'inner'."),
        (
            [raw_task("loop"), with_parameters("inner", x="{{tasks.loop.values.v}}")],
            "Task 'loop' must be a dependency of task 'inner'.",
        ),
        ([loop("l", raw_task("n"), max_retries=1)], RETRIED),
        ([loop("l", raw_task("n"), max_retries=-1)], RETRIED),
        ([loop("l", raw_task("n"), inputs="[" + " " * 5_000 + "]")], "Invalid inputs: cannot exceed 5000 characters"),
        *(([loop("l", raw_task("n"), inputs=text)], ELEMENTS) for text in ("[null]", "[[1, 2]]", '[1, {"k": 1}]')),
        ([loop("l", raw_task("n"), inputs='[{"k": 1}, "a"]')], ELEMENTS),
        (
            [with_parameters("t", x="{{job.trigger.table_update.updated_tables}}")],
            "Table update trigger references can not be used unless the job has a table update trigger configured.",
        ),
        (
            [with_parameters("t", x="{{job.trigger.file_arrival.location}}")],
            "Job does not have a file arrival trigger configured.",
        ),
        (
            [raw_task("a"), with_parameters("t", "a", x="{{tasks.a.output.first_row.n}}")],
            "Unsupported task type for the 'output' namespace.",
        ),
        (
            [condition("a"), with_parameters("t", "a", x="{{tasks.a.output.rows}}")],
            "Unsupported task type for the 'output' namespace.",
        ),
    ],
)
def test_refusals_of_tasks(tasks: list[dict[str, Any]], text: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        job(*tasks)
    assert caught.value.message == text
    assert caught.value.code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("inputs", ['[1, "a"]', '[{"a": [1, null], "b": {"c": 1}}]', "[]", "[true, 2.5]"])
def test_inputs_that_the_service_takes(inputs: str) -> None:
    job(loop("l", raw_task("n"), inputs=inputs))


def test_a_task_of_a_loop_may_refer_to_what_is_upstream_of_the_loop() -> None:
    job(*over_in("{{tasks.a.values.v}} {{input}} {{input.k}}"))


def test_ten_thousand_characters_of_parameters() -> None:
    """29 for each definition, its name and its default, a comma between two, and the brackets: 97 and the defaults."""
    parameters = [{"name": f"p{n}", "default": "x" * size} for n, size in enumerate((4_096, 4_096, 1_711))]
    job(parameters=parameters)
    parameters[2]["default"] += "é"
    with pytest.raises(InvalidParameterValue) as caught:
        job(parameters=parameters)
    assert caught.value.message == (
        "The provided parameters (in json representation) are too long (10001 bytes); it cannot exceed 10000 bytes."
    )


def test_quotes_count_as_they_are_escaped() -> None:
    parameters = [{"name": f"p{n}", "default": '"' * 2_500} for n in range(2)]
    with pytest.raises(InvalidParameterValue, match=r"\(in json representation\) are too long \(10065 bytes\)"):
        job(parameters=parameters)


def test_a_default_of_4096_bytes() -> None:
    job(parameters=[{"name": "p", "default": "x" * 4_096}])
    with pytest.raises(InvalidParameterValue, match="has 4097 bytes; at most 4096 are allowed"):
        job(parameters=[{"name": "p", "default": "x" * 4_097}])


@pytest.mark.parametrize(("key", "value"), [("k", "é" * 129), ("k" * 257, "v")])
def test_tags_of_256_bytes(key: str, value: str) -> None:
    job(tags={"k" * 256: "é" * 128})
    with pytest.raises(InvalidParameterValue, match="bytes; at most 256 are allowed"):
        job(tags={key: value})


def test_legacy_parameters_of_a_job_with_job_parameters() -> None:
    settings = job(sql("q"), script("s"), parameters=[{"name": "p", "default": ""}])
    with pytest.raises(InvalidParameterValue) as caught:
        check_overrides(settings, {}, {"sql_params": {"a": "b"}, "python_params": ["x"]})
    assert caught.value.message == (
        "Cannot use legacy parameters (sql_params, python_params) because the job has job parameters configured."
    )
