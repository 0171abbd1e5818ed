"""The inputs of a loop, from the text of an array to the text of each element."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.loops import check_literal, parse_inputs

NOT_AN_ARRAY = "The JSON string in the inputs field should be an array of primitives or objects."
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PRIMITIVES = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
ANYTHING = st.recursive(
    st.none() | PRIMITIVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("[]", ()),
        (" [ ] \n", ()),
        ("[1]", ("1",)),
        ('["a", "b"]', ('"a"', '"b"')),
        ('[1, "a", true, 2.50, 1e3]', ("1", '"a"', "true", "2.50", "1e3")),
        ('[{"b": 1, "a": [null]},{}]', ('{"b": 1, "a": [null]}', "{}")),
        ("[123456789012345678901234567890]", ("123456789012345678901234567890",)),
        ('["]", ",", "\\""]', ('"]"', '","', '"\\""')),
        ("[\t1\r\n,\n2]", ("1", "2")),
    ],
)
def test_elements_are_taken_as_they_were_written(text: str, elements: tuple[str, ...]) -> None:
    assert parse_inputs(text) == elements
    check_literal(text)


@pytest.mark.parametrize(
    "text",
    [
        *("[null]", "[[1]]", '[1, {"a": 1}]', '[{"a": 1}, "b"]', "[[]]", "[1, null]"),
        *("", " ", "1", '"a"', "{}", '{"a": [1]}', "null", "a", "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "[1] 2"),
        *("[1][2]", "['a']", "[NaN]", "[Infinity]", "[-Infinity]", "[01]", "[1.]", '["a]', '["\\x"]', "[tru]", "{]"),
    ],
)
def test_what_cannot_be_looped_over_is_refused_in_the_words_of_the_service(text: str) -> None:
    for read in (parse_inputs, check_literal):
        with pytest.raises(InvalidParameterValue) as caught:
            read(text)
        assert caught.value.message == NOT_AN_ARRAY


def test_a_literal_has_at_most_five_thousand_characters() -> None:
    check_literal("[" + " " * 4_998 + "]")
    with pytest.raises(InvalidParameterValue) as caught:
        check_literal("[" + " " * 4_999 + "]")
    assert caught.value.message == "Invalid inputs: cannot exceed 5000 characters"


def test_with_references_only_the_length_is_known() -> None:
    check_literal("{{job.parameters.list}}")
    with pytest.raises(InvalidParameterValue, match="cannot exceed 5000"):
        check_literal("{{job.parameters.list}}" + " " * 5_000)


def test_the_value_of_a_reference_has_at_most_48_kib() -> None:
    assert parse_inputs('["' + "x" * (48 * 1024 - 4) + '"]')
    with pytest.raises(InvalidParameterValue, match="they have 49153 bytes; at most 49152 are allowed"):
        parse_inputs('["' + "x" * (48 * 1024 - 3) + '"]')
    with pytest.raises(InvalidParameterValue, match="they have 60002 bytes"):
        parse_inputs('["' + "ä" * 29_999 + '"]')


@given(st.lists(PRIMITIVES, max_size=6) | st.lists(st.dictionaries(TEXT, ANYTHING, max_size=3), max_size=4))
def test_the_elements_are_those_of_the_array(values: list[Any]) -> None:
    for text in (json.dumps(values), json.dumps(values, ensure_ascii=False, separators=(",", ":"))):
        assert [json.loads(element) for element in parse_inputs(text)] == values


@given(st.text(alphabet='[]{}",: \\1ae.nulltrue-', max_size=30))
def test_any_text_is_an_array_or_refused(text: str) -> None:
    """Compared with Python's own reader of JSON."""
    try:
        found = parse_inputs(text)
    except InvalidParameterValue:
        try:
            value = json.loads(text)
        except ValueError:
            return
        assert not isinstance(value, list) or any(isinstance(each, list | dict | float | None) for each in value)
    else:
        assert [json.loads(element) for element in found] == json.loads(text)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["[" * 40_000, '[{"a":' * 8_000, "[" + "1," * 20_000, '["' + "\\" * 40_000])
def test_hostile_inputs_are_refused_at_once(text: str) -> None:
    with pytest.raises(InvalidParameterValue):
        parse_inputs(text)


@pytest.mark.timeout(5)
def test_thousands_of_elements_are_no_work() -> None:
    assert len(parse_inputs(json.dumps(list(range(8_000))))) == 8_000
