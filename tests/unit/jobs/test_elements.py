"""JSON as references show it. The numbers of objects are those that were seen on the service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.jobs import elements
from brickyard.jobs.references import resolve
from tests.unit.jobs.samples import scope, upstream

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
OUTPUT = json.dumps(
    {
        "columns": [{"name": "n", "type": "int"}, {"name": "näme", "type": "string"}],
        "rows": [["1", "a"], ["2", None]],
    }
)


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ('"a b"', "a b"),
        ('"\\u00e4\\""', 'ä"'),
        ('""', ""),
        ("7", "7"),
        ("-7", "-7"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.50", "1.5"),
        ("1e3", "1000.0"),
        ("true", "true"),
        ('{"id": 7}', '{"id":7.0}'),
        ('{"a" : [1, {"b": null}], "c": "1, 2"}', '{"a":[1.0,{"b":null}],"c":"1, 2"}'),
        ('{"\\u00e4": "\\u00df"}', '{"ä":"ß"}'),
        ("{}", "{}"),
    ],
)
def test_an_element_as_input(element: str, text: str) -> None:
    assert resolve("{{input}}", scope(input=element)) == text


@pytest.mark.parametrize(
    ("key", "text"),
    [("s", "x y"), ("i", "7.0"), ("f", "0.5"), ("b", "false"), ("n", "null"), ("l", "[1.0]"), ("o", '{"k":"v"}')],
)
def test_a_member_of_an_element(key: str, text: str) -> None:
    element = '{"s": "x y", "i": 7, "f": 0.50, "b": false, "n": null, "l": [1], "o": {"k": "v"}}'
    assert resolve(f"<{{{{ input.{key} }}}}>", scope(input=element)) == f"<{text}>"


def test_odd_keys_need_backticks() -> None:
    assert resolve("{{input.`a b`}}", scope(input='{"a b": "c"}')) == "c"


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ('{"path": 1}', "'input.paht' has no value: the input has no key 'paht'. Did you mean 'path'?"),
        ('"text"', "'input.paht' has no value: the input is '\"text\"', which is no object."),
        (None, "'input.paht' has no value: only an iteration of a loop has an input."),
    ],
)
def test_a_member_that_is_not_there_fails_the_iteration(element: str | None, words: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        resolve("{{input.paht}}", scope(input=element))
    assert caught.value.message == f"Failed to resolve references: {words}"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0.0"),
        ("-0.0", "-0.0"),
        ("7", "7.0"),
        ("0.1", "0.1"),
        ("0.001", "0.001"),
        ("0.0001", "1.0E-4"),
        ("9999999", "9999999.0"),
        ("10000000", "1.0E7"),
        ("12345678", "1.2345678E7"),
        ("1e20", "1.0E20"),
        ("-1.5e300", "-1.5E300"),
        ("0.00001", "1.0E-5"),
        ("9007199254740993", "9.007199254740992E15"),
        ("1e999", "1e999"),
    ],
)
def test_numbers_as_java_writes_doubles(number: str, text: str) -> None:
    assert elements.java_double(number) == text


@given(FLOATS)
def test_no_double_changes(number: float) -> None:
    text = elements.java_double(repr(number))
    assert float(text) == number
    assert "." in text


@given(st.dictionaries(st.text(max_size=4), FLOATS | st.text(max_size=4) | st.none() | st.booleans(), max_size=4))
def test_an_object_is_the_same_object(value: dict[str, Any]) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=1)):
        assert json.loads(elements.element_text(text)) == value


# ------------------------------------------------------------------------------------------------ output of SQL tasks


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("rows", '[{"n":"1","näme":"a"},{"n":"2","näme":""}]'),
        ("first_row", '{"n":"1","näme":"a"}'),
        ("first_row.n", "1"),
        ("first_row.`näme`", "a"),
    ],
)
def test_rows_are_objects_of_texts(path: str, text: str) -> None:
    assert resolve(f"{{{{tasks.q.output.{path}}}}}", scope(tasks={"q": upstream(output=OUTPUT)})) == text


def test_no_rows_are_an_empty_list() -> None:
    nothing = '{"columns": [{"name": "n", "type": "int"}], "rows": []}'
    assert resolve("{{tasks.q.output.rows}}", scope(tasks={"q": upstream(output=nothing)})) == "[]"


@pytest.mark.parametrize(
    ("path", "more", "words"),
    [
        ("first_row", {"output": '{"columns": [], "rows": []}'}, "has no value: task 'q' gave no rows."),
        ("first_row.m", {"output": OUTPUT}, "has no value: the output has no column 'm'."),
        ("rows", {"result_state": "FAILED"}, "has no value: task 'q' has no output; it ended as failed."),
        ("rows", {"result_state": "DISABLED"}, "Cannot access output from task 'q' because the task was skipped."),
        ("rows", {"result_state": "EXCLUDED"}, "Cannot access output from task 'q' because the task was skipped."),
    ],
)
def test_output_that_is_not_there_fails_the_task(path: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        resolve(f"{{{{tasks.q.output.{path}}}}}", scope(tasks={"q": upstream(**more)}))
    assert caught.value.message.startswith("Failed to resolve references: ")
    assert caught.value.message.endswith(words)


def test_an_input_that_is_nested_absurdly_deep_is_refused_and_nothing_breaks() -> None:
    deep = '{"a":' + "[" * 20_000 + "]" * 20_000 + "}"
    with pytest.raises(InvalidParameterValue, match="nested too deeply"):
        elements.member_text(deep, "a")
