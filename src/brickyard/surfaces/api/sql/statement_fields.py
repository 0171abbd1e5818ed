"""What may be said of a statement. Source: REST API reference of Databricks, statement execution."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from brickyard.engine.statements.request import StatementRequest
from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.surfaces.api.inputs import Fields
from brickyard.workloads.session_messages import SqlParameter

_KNOWN = (
    "statement",
    "warehouse_id",
    "catalog",
    "schema",
    "parameters",
    "row_limit",
    "byte_limit",
    "disposition",
    "format",
    "wait_timeout",
    "on_wait_timeout",
    "query_tags",
)
_MAX_TEXT = 16 * 1024 * 1024
_MAX_PARAMETERS = 1000
_MAX_TAGS = 20
_MAX_TAG = 128
"""As the service documents it."""
_TYPES = re.compile(
    r"(STRING|TINYINT|BYTE|SMALLINT|SHORT|INT|INTEGER|BIGINT|LONG|FLOAT|REAL|DOUBLE|BOOLEAN|DATE|TIMESTAMP"
    r"|DECIMAL|DECIMAL\(\d{1,2}(,\s?\d{1,2})?\))",
    re.IGNORECASE,
)
_OTHER_NAMES = {"BYTE": "TINYINT", "SHORT": "SMALLINT", "INTEGER": "INT", "LONG": "BIGINT", "REAL": "FLOAT"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement, and how long its result is waited for."""

    request: StatementRequest
    wait_seconds: float
    cancel_then: bool
    """Whether it is cancelled where it is not over by then."""


def read(sent: Fields, user_name: str) -> Asked:
    """What was sent.

    Raises:
        InvalidParameterValue: a field is not known or not allowed; the text names it.
        FeatureDisabled: the form of the result cannot be made here.
    """
    sent.only(*_KNOWN)
    text = sent.text("statement")
    if len(text) > _MAX_TEXT:
        raise InvalidParameterValue(f"statement has {len(text):,} characters; at most {_MAX_TEXT:,} are allowed.")
    disposition, form = _form(sent)
    request = StatementRequest(
        warehouse_id=sent.text("warehouse_id"),
        user_name=user_name,
        text=text,
        catalog=sent.text("catalog", ""),
        schema=sent.text("schema", ""),
        parameters=_parameters(sent.raw().get("parameters", [])),
        row_limit=sent.whole("row_limit", low=1) if "row_limit" in sent else None,
        byte_limit=sent.whole("byte_limit", low=1) if "byte_limit" in sent else None,
        disposition=disposition,
        format=form,
        query_tags=_tags(sent.raw().get("query_tags", [])),
    )
    cancel = sent.choice("on_wait_timeout", ["CONTINUE", "CANCEL"], "CONTINUE") == "CANCEL"
    wait = _wait(sent.text("wait_timeout", "10s"))
    if cancel and not wait:
        raise InvalidParameterValue("on_wait_timeout is CANCEL, and wait_timeout is 0s; wait for 5s to 50s.")
    return Asked(request, wait, cancel)


def _form(sent: Fields) -> tuple[str, str]:
    disposition = sent.choice("disposition", ["INLINE", "EXTERNAL_LINKS"], "INLINE")
    form = sent.choice("format", ["JSON_ARRAY", "ARROW_STREAM", "CSV"], "JSON_ARRAY")
    if form == "ARROW_STREAM":
        raise FeatureDisabled("format ARROW_STREAM is not supported; JSON_ARRAY is, and CSV with EXTERNAL_LINKS.")
    if form == "CSV" and disposition == "INLINE":
        raise InvalidParameterValue("format is CSV; with disposition INLINE it must be JSON_ARRAY.")
    return disposition, form


def _wait(text: str) -> float:
    match = re.fullmatch(r"(\d{1,2})s", text or "10s")
    seconds = int(match[1]) if match else -1
    if seconds != 0 and not 5 <= seconds <= 50:
        raise InvalidParameterValue(f"wait_timeout is {text[:50]!r}; it must be 0s, or 5s to 50s.")
    return float(seconds)


def _parameters(given: Any) -> list[SqlParameter]:
    if not isinstance(given, list) or len(given) > _MAX_PARAMETERS:
        raise InvalidParameterValue(f"parameters must be a list of at most {_MAX_PARAMETERS} objects.")
    found = [_parameter(f"parameters[{index}]", each) for index, each in enumerate(given)]
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidParameterValue(f"parameters has {twice[:100]!r} twice; a name may be given once.")
    return found


def _tags(given: Any) -> list[dict[str, str]]:
    """Tags say whose work a statement is, and change nothing; Airflow sends some with each."""
    if not isinstance(given, list) or len(given) > _MAX_TAGS:
        raise InvalidParameterValue(f"query_tags must be a list of at most {_MAX_TAGS} objects.")
    found = [_tag(f"query_tags[{index}]", each) for index, each in enumerate(given)]
    if len({each["key"] for each in found}) < len(found):
        raise InvalidParameterValue("query_tags has a key twice; a key may be given once.")
    return found


def _tag(where: str, given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        raise InvalidParameterValue(f"{where} must be an object with key and value.")
    fields = Fields(given).only("key", "value")
    tag = {name: fields.text(name) if name == "key" else fields.text(name, "") for name in ("key", "value")}
    if max(map(len, tag.values())) > _MAX_TAG:
        raise InvalidParameterValue(f"{where} is longer than the {_MAX_TAG} characters that key and value may have.")
    return tag


def _parameter(where: str, given: Any) -> SqlParameter:
    if not isinstance(given, dict):
        raise InvalidParameterValue(f"{where} must be an object with name, value and type.")
    fields = Fields(given).only("name", "value", "type", "ordinal")
    if "ordinal" in fields:
        raise FeatureDisabled(f"{where}.ordinal is not supported: parameters are named, as in :name.")
    kind = fields.text("type", "STRING") or "STRING"
    if not _TYPES.fullmatch(kind):
        raise InvalidParameterValue(f"{where}.type is {kind[:50]!r}; it must be a simple SQL type such as INT or DATE.")
    value = fields.text("value", "") if "value" in fields else None
    return SqlParameter(name=fields.text("name"), value=value, type=_OTHER_NAMES.get(kind.upper(), kind.upper()))
