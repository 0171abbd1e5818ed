"""Saved queries as the API has them: what may be sent, and what is answered."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from typing import Any

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.records import Json, QueryRecord
from brickyard.surfaces.api.inputs import Fields, unknown

_TEXTS = ("warehouse_id", "catalog", "schema", "description", "parent_path")
_KEPT = (*_TEXTS, "parameters", "tags", "run_as_mode", "apply_auto_limit")
CREATED = ("display_name", "query_text", *_KEPT)
"""What can be given at create."""
UPDATED = ("display_name", "query_text", "owner_user_name", *(name for name in _KEPT if name != "parent_path"))
"""What can be changed."""
_NEVER_EMPTY = ("display_name", "query_text", "owner_user_name")
_VALUES = ("text_value", "numeric_value", "date_value", "enum_value")
_REFUSED = {
    "query_backed_value": "the values of another query are for people who choose one of them",
    "date_range_value": "a job has no range of dates; use two parameters",
}
_MAX_TEXT = 10 * 1024 * 1024
_MAX_NAME = 4096


def checked(sent: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """The fields of a query that was sent, each of the right kind.

    Raises:
        InvalidParameterValue: a field is not known or not allowed; the text names it.
        FeatureDisabled: a kind of parameter works only where people choose its value.
    """
    fields = Fields(sent).only(*known)
    found: dict[str, Any] = {name: fields.text(name, "") for name in (*_TEXTS, "owner_user_name") if name in fields}
    if "display_name" in fields:
        found["display_name"] = _short(fields, "display_name", _MAX_NAME)
    if "query_text" in fields:
        found["query_text"] = _short(fields, "query_text", _MAX_TEXT)
    if "tags" in fields:
        found["tags"] = fields.texts("tags")
    if "run_as_mode" in fields:
        found["run_as_mode"] = fields.choice("run_as_mode", ["OWNER", "VIEWER"])
    if "apply_auto_limit" in fields:
        found["apply_auto_limit"] = fields.flag("apply_auto_limit")
    if "parameters" in fields:
        found["parameters"] = _parameters(fields.raw()["parameters"])
    return found


def described(query: QueryRecord) -> dict[str, Any]:
    """The query as the API answers it."""
    return {
        "id": query.query_id,
        "display_name": query.display_name,
        "query_text": query.query_text,
        "owner_user_name": query.owner,
        "lifecycle_state": "ACTIVE",
        "create_time": _iso(query.created_ms),
        "update_time": _iso(query.updated_ms),
        **query.body,
    }


def masked(mask: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What an update changes: the fields that its mask names; one that is not sent is taken away (None).

    Raises:
        InvalidParameterValue: the mask is empty or names a field that cannot be changed.
    """
    if mask.strip() == "*":
        return {name: sent.get(name) for name in UPDATED if name in sent or name not in _NEVER_EMPTY}
    names = [name.strip() for name in mask.split(",")]
    for name in names:
        if name not in UPDATED:
            raise InvalidParameterValue(f"update_mask: {unknown(name, UPDATED)}")
        if name in _NEVER_EMPTY and not sent.get(name):
            raise InvalidParameterValue(f"update_mask names {name}, so query.{name} must be given.")
    return {name: sent.get(name) for name in names}


def _parameters(sent: Any) -> list[Json]:
    if not isinstance(sent, list) or not all(isinstance(each, dict) for each in sent):
        raise InvalidParameterValue(f"query.parameters is {str(sent)[:100]!r}; it must be a list of objects.")
    names = [str(each.get("name") or "") for each in sent]
    for at, each in enumerate(sent):
        where = f"query.parameters[{at}]"
        _check_parameter(where, each)
        if names[at] in names[:at]:
            raise InvalidParameterValue(f"{where}.name: there are two parameters {names[at]!r}.")
    return sent


def _check_parameter(where: str, sent: dict[str, Any]) -> None:
    fields = Fields(sent).only("name", "title", *_VALUES, *_REFUSED)
    fields.text("name")
    for name, reason in _REFUSED.items():
        if name in fields:
            raise FeatureDisabled(f"{where}.{name}: {reason}.")
    given = [name for name in _VALUES if name in fields]
    if len(given) > 1:
        raise InvalidParameterValue(f"{where} has {' and '.join(given)}; it must have one value.")
    for name in given:
        _check_value(f"{where}.{name}", name, Fields(fields.mapping(name)))


def _check_value(where: str, kind: str, value: Fields) -> None:
    match kind:
        case "text_value":
            value.only("value").text("value", "")
        case "numeric_value":
            number = value.only("value").raw().get("value", 0)
            if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > sys.float_info.max:
                raise InvalidParameterValue(f"{where}.value is {str(number)[:100]!r}; it must be a number.")
        case "date_value":
            if "dynamic_date_value" in value:
                raise FeatureDisabled(
                    f"{where}.dynamic_date_value: give the date to the task, as {{{{job.start_time…}}}}."
                )
            value.only("date_value", "precision").text("date_value")
        case _:
            value.only("enum_options", "multi_values_options", "values").texts("values")
            Fields(value.mapping("multi_values_options")).only("prefix", "separator", "suffix")


def _short(fields: Fields, name: str, most: int) -> str:
    text = fields.text(name)
    if len(text) > most:
        raise InvalidParameterValue(f"query.{name} has {len(text):,} characters; the limit is {most:,}.")
    return text


def _iso(at_ms: int) -> str:
    return dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
