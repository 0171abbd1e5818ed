"""How a condition task compares its operands, once their references are resolved.

Source: the service's page on the If/else task: `EQUAL_TO` and `NOT_EQUAL` compare text (`12.0` and `12` differ), the
others compare numbers (`12.0 >= 12` is true).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.shape import show
from brickyard.jobs.tasks import Op

_TEXT: Final[Mapping[Op, Callable[[Any, Any], bool]]] = {Op.EQUAL_TO: eq, Op.NOT_EQUAL: ne}
_NUMERIC: Final[Mapping[Op, Callable[[Any, Any], bool]]] = {
    Op.GREATER_THAN: gt,
    Op.GREATER_THAN_OR_EQUAL: ge,
    Op.LESS_THAN: lt,
    Op.LESS_THAN_OR_EQUAL: le,
}
# Stricter than Decimal(): no underscores, no NaN, no digits of other scripts, no exponent beyond what Decimal holds.
_NUMBER: Final = re.compile(r"\s*+[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,6})?\s*+")


def evaluate(op: Op, left: str, right: str) -> bool:
    """Whether the condition holds. Numbers are compared exactly, as decimals.

    Raises:
        InvalidParameterValue: the operator compares numbers and an operand is none.
    """
    if op in _TEXT:
        return _TEXT[op](left, right)
    return _NUMERIC[op](_number(op, "left", left), _number(op, "right", right))


def _number(op: Op, side: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise InvalidParameterValue(
            f"condition_task.{side} is {show(text)}, which is no number; {op} compares numbers."
            f" Use {Op.EQUAL_TO} or {Op.NOT_EQUAL} to compare text."
        )
    return Decimal(text.strip())
