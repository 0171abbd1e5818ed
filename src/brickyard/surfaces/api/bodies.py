"""Reads the bodies of requests, within limits, before a handler starts. Use as dependencies."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request

from brickyard.errors import MalformedRequest
from brickyard.surfaces.api.faults import RequestTooLarge
from brickyard.surfaces.api.inputs import Fields, check_text

MAX_BODY = 10 * 1024 * 1024
"""Bytes of a JSON body, as at the service."""
MAX_QUESTION = 64 * 1024
"""Bytes of a body that stands for a query string."""
MAX_DEPTH = 64
"""Objects and lists within each other; settings of a job need nine, and whatever reads them may recurse."""
_JSON = frozenset({"application/json", "text/json", "application/scim+json"})


async def limited(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The parts of the body as they come, up to `limit` bytes in all.

    Raises:
        RequestTooLarge: there is more.
    """
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        yield part


async def whole(request: Request, limit: int) -> bytes:
    """The body, of at most `limit` bytes."""
    return b"".join([part async for part in limited(request, limit)])


async def json_body(request: Request) -> Fields:
    """The JSON object that was sent; an empty body is an empty object.

    Raises:
        MalformedRequest: it is not JSON, or not an object, or not sent as JSON.
    """
    return await json_within(request, MAX_BODY)


async def json_within(request: Request, limit: int) -> Fields:
    """As `json_body`, with another limit."""
    data = await whole(request, limit)
    if not data.strip():
        return Fields({})
    kind = content_type(request)
    if kind not in _JSON:
        raise MalformedRequest(f"The body is sent as {kind or 'nothing'!r}; its Content-Type must be application/json.")
    body = parsed(data)
    request.state.fields = _names(body)
    return Fields(body)


def _names(body: dict[str, Any]) -> list[str]:
    """What was sent, for the audit log: names only, of new settings each."""
    inner = body.get("new_settings")
    settings = [f"new_settings.{name}" for name in inner] if isinstance(inner, dict) else []
    return [*(name for name in body if not (name == "new_settings" and settings)), *settings]


def parsed(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`.

    Raises:
        MalformedRequest: there is none.
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedRequest(f"The body is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise MalformedRequest("The body must be a JSON object.")
    if _deeper(value, MAX_DEPTH):
        raise MalformedRequest(f"The body has objects and lists nested deeper than {MAX_DEPTH}.")
    return value


def _deeper(value: Any, left: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left < 0 or any(_deeper(item, left - 1) for item in inner if isinstance(item, dict | list))


def content_type(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def query_of(request: Request) -> Fields:
    """The query string. An empty value counts as not given.

    What a GET asks may also stand in a JSON body, as at the service: Airflow's triggers send it there.

    Raises:
        MalformedRequest: a name is given twice.
    """
    pairs = [(name, value or None) for name, value in request.query_params.multi_items()]
    if request.method == "GET":
        pairs += (await json_within(request, MAX_QUESTION)).raw().items()
    values: dict[str, Any] = dict(pairs)
    if len(values) != len(pairs):
        raise MalformedRequest("A name is given twice in the query.")
    for name, value in pairs:
        check_text(name, "A name in the query")
        if isinstance(value, str):
            check_text(value, name)
    return Fields(values)


Sent = Annotated[Fields, Depends(json_body)]
Query = Annotated[Fields, Depends(query_of)]


def _too_large(limit: int) -> RequestTooLarge:
    return RequestTooLarge(f"The body is larger than the limit of {limit:,} bytes.")
