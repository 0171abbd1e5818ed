"""Which types may be written into which columns, as Delta on Databricks decides it.

Rows of a data frame may only be widened (an int into a bigint); rows of INSERT are cast, and a value that does not fit
is an error when the statement runs (Spark's ANSI store assignment).
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import types

_WHOLE = ("tinyint", "smallint", "int", "bigint")
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}
_RANK = {name: rank for rank, name in enumerate((*_WHOLE, "float", "double"))}


def widens(given: Any, have: Any) -> bool:
    """Whether every value of `given` is a value of `have`."""
    if isinstance(given, types.NullType):
        return True
    if isinstance(given, types.StructType) and isinstance(have, types.StructType):
        return _structs(given, have)
    if isinstance(given, types.ArrayType) and isinstance(have, types.ArrayType):
        return widens(given.elementType, have.elementType)
    if isinstance(given, types.MapType) and isinstance(have, types.MapType):
        return widens(given.keyType, have.keyType) and widens(given.valueType, have.valueType)
    return _atoms(given, have)


def same(given: Any, have: Any) -> bool:
    """Whether two types are equal but for what may be null."""
    return bool(given.simpleString() == have.simpleString())


def castable(given: Any, have: Any) -> bool:
    """Whether INSERT may try a cast."""
    nested = (types.StructType, types.ArrayType, types.MapType)
    if isinstance(given, nested) or isinstance(have, nested):
        return widens(given, have) or type(given) is type(have)
    if isinstance(given, types.StringType | types.NullType) or isinstance(have, types.StringType):
        return True
    return widens(given, have) or _group(given) == _group(have) != ""


def _group(kind: Any) -> str:
    """Types among which Spark's store assignment casts: a number does not become a date, nor true a number."""
    if isinstance(kind, types.NumericType):
        return "number"
    return "time" if isinstance(kind, types.DateType | types.TimestampType | types.TimestampNTZType) else ""


def _structs(given: Any, have: Any) -> bool:
    if [field.name.lower() for field in given] != [field.name.lower() for field in have]:
        return False
    return all(widens(one.dataType, other.dataType) for one, other in zip(given, have, strict=True))


def _atoms(given: Any, have: Any) -> bool:
    one, other = given.simpleString(), have.simpleString()
    if one == other or {one, other} == {"timestamp", "timestamp_ntz"}:
        return True
    if isinstance(given, types.CharType | types.VarcharType):
        return isinstance(have, types.StringType)
    if isinstance(have, types.DecimalType):
        return _fits_decimal(given, have)
    return one in _RANK and other in _RANK and _RANK[one] <= _RANK[other]


def _fits_decimal(given: Any, have: Any) -> bool:
    room = have.precision - have.scale
    if isinstance(given, types.DecimalType):
        return bool(given.precision - given.scale <= room and given.scale <= have.scale)
    return bool(_DIGITS.get(given.simpleString(), 99) <= room)
