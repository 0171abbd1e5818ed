"""From a saved query to what a worker runs: its text, where it begins, and the values of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brickyard.records import Json, QueryRecord
from brickyard.workloads.messages import SqlWork


def work_of(query: QueryRecord, parameters: Mapping[str, str]) -> SqlWork:
    """Run the query with these parameters; those that are not given have the values that are saved with it."""
    saved = {each["name"]: saved_value(each) for each in query.body.get("parameters") or ()}
    return SqlWork(
        text=query.query_text,
        parameters={**saved, **parameters},
        catalog=query.body.get("catalog") or "",
        schema=query.body.get("schema") or "",
    )


def saved_value(parameter: Json) -> str:
    """The value of a parameter of the API's query object, as text."""
    if "numeric_value" in parameter:
        number = float(parameter["numeric_value"].get("value", 0))
        return str(int(number)) if number.is_integer() else str(number)
    if "date_value" in parameter:
        return str(parameter["date_value"].get("date_value", ""))
    if "enum_value" in parameter:
        return _joined(parameter["enum_value"])
    return str(parameter.get("text_value", {}).get("value", ""))


def _joined(choice: Mapping[str, Any]) -> str:
    around: Mapping[str, str] = choice.get("multi_values_options") or {}
    before, after = around.get("prefix", ""), around.get("suffix", "")
    return around.get("separator", ",").join(f"{before}{value}{after}" for value in choice.get("values") or ())
