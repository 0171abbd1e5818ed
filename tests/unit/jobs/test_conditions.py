"""Operands of a condition: as text for equality, as exact numbers for the rest."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.conditions import evaluate
from brickyard.jobs.tasks import Op

NUMERIC = [Op.GREATER_THAN, Op.GREATER_THAN_OR_EQUAL, Op.LESS_THAN, Op.LESS_THAN_OR_EQUAL]
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("12.0", "12", False),
        ("12", "12", True),
        ("", "", True),
        ("a", "A", False),
        (" a", "a", False),
        ("true", "true", True),
        ("true", "True", False),
        ("ä", "a\u0308", False),
    ],
)
def test_equality_compares_text(left: str, right: str, equal: bool) -> None:
    assert evaluate(Op.EQUAL_TO, left, right) is equal
    assert evaluate(Op.NOT_EQUAL, left, right) is not equal


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        ("12.0", "12", 0),
        ("10.0", "12", -1),
        ("9", "10", -1),
        ("-1", "1", -1),
        ("+1", "1", 0),
        ("1e3", "1000", 0),
        ("1E-2", "0.01", 0),
        (".5", "0.5", 0),
        ("5.", "5", 0),
        ("-0", "0", 0),
        (" 7 ", "7", 0),
        ("9007199254740993", "9007199254740992", 1),
        ("0.30000000000000001", "0.3", 1),
        ("1e999999", "1", 1),
    ],
)
def test_the_others_compare_numbers(left: str, right: str, order: int) -> None:
    """The second table: every operator at once, so that none is swapped with another."""
    assert [evaluate(op, left, right) for op in NUMERIC] == [order > 0, order >= 0, order < 0, order <= 0]


@pytest.mark.parametrize("op", NUMERIC)
@pytest.mark.parametrize(
    "text",
    ["", "abc", "true", "NaN", "Infinity", "1_000", "1,5", "0x10", "\u0661", "1e9999999", "--1", "1 2", "[1]", "."],
)
def test_what_is_no_number_is_named_with_its_side(op: Op, text: str) -> None:
    with pytest.raises(InvalidParameterValue) as left:
        evaluate(op, text, "1")
    assert left.value.message.startswith(f"condition_task.left is {text!r}, which is no number; {op} compares numbers.")
    with pytest.raises(InvalidParameterValue, match=r"^condition_task\.right is "):
        evaluate(op, "1", text)


@given(DECIMALS, DECIMALS)
def test_numbers_compare_as_they_do_on_paper(left: Decimal, right: Decimal) -> None:
    said = [evaluate(op, str(left), str(right)) for op in NUMERIC]
    assert said == [left > right, left >= right, left < right, left <= right]


@given(st.text(), st.text())
def test_text_is_equal_to_itself_alone(left: str, right: str) -> None:
    assert evaluate(Op.EQUAL_TO, left, right) is (left == right)
    assert evaluate(Op.NOT_EQUAL, left, right) is (left != right)


@pytest.mark.timeout(5)
def test_long_operands_cost_no_time() -> None:
    digits = "9" * 1_000_000
    assert evaluate(Op.LESS_THAN, digits, f"{digits}0")
    with pytest.raises(InvalidParameterValue) as caught:
        evaluate(Op.LESS_THAN, digits + "x", "1")
    assert len(caught.value.message) < 400
