"""Every failure in the service's error form: `{"error_code", "message", "details"}`; never a traceback."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from brickyard.errors import (
    AlreadyExists,
    BrickyardError,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.scim import faults as scim_faults

_JOBS = re.compile(r"/api/2\.[0-2]/jobs/")
_CODES = {404: "ENDPOINT_NOT_FOUND", 405: "ENDPOINT_NOT_FOUND", 413: "REQUEST_TOO_LARGE", 400: "MALFORMED_REQUEST"}


class EndpointNotFound(NotFound):
    """There is no such endpoint."""

    code: ClassVar[str] = "ENDPOINT_NOT_FOUND"


class Misdirected(PermissionDenied):
    """The request names a host that is not this server."""

    status: ClassVar[int] = 421


class RequestTooLarge(InvalidParameterValue):
    """The body of the request is too large."""

    code: ClassVar[str] = "REQUEST_TOO_LARGE"
    status: ClassVar[int] = 413


class TooSlow(InvalidParameterValue):
    """The body of the request came too slowly."""

    code: ClassVar[str] = "REQUEST_TIMEOUT"
    status: ClassVar[int] = 408


class PathTaken(AlreadyExists):
    """There is something at this path already."""

    status: ClassVar[int] = 409


class NotebookTooLarge(InvalidParameterValue):
    """The notebook is too large."""

    code: ClassVar[str] = "MAX_NOTEBOOK_SIZE_EXCEEDED"


class TooManyRequests(BrickyardError):
    """Too much was asked; ask again later."""

    code: ClassVar[str] = "REQUEST_LIMIT_EXCEEDED"
    status: ClassVar[int] = 429

    def __init__(self, message: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds."""


def refusal(error: BrickyardError) -> Response:
    """The answer that tells of an error."""
    return _form(error.status, error.code, error.message, headers_of(error))


def headers_of(error: BrickyardError) -> dict[str, str]:
    """What an error says in the head of its answer."""
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyRequests) else {}


def failure(request_id: str) -> Response:
    """The answer to a defect of ours. What happened stands in the server's log under the id, not here."""
    return _form(500, "INTERNAL_ERROR", f"The server failed at this request; its log has the reason ({request_id}).")


def install(app: FastAPI) -> None:
    """Make the app answer all errors in the service's form."""
    app.add_exception_handler(BrickyardError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)


def _form(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    body = {"error_code": code, "message": message, "details": []}
    return answer(body, status=status, headers=headers)


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, BrickyardError)  # noqa: S101 - Starlette types all handlers for Exception
    if request.url.path.startswith(scim_faults.PREFIX):
        return answer(scim_faults.form(error), status=scim_faults.status_of(error), headers=headers_of(error))
    if type(error) is NotFound and _JOBS.match(request.url.path):
        # The service says of a job or run that is not there that the value is wrong; clients look for the text.
        return refusal(InvalidParameterValue(error.message))
    return refusal(error)


async def _on_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    first = error.errors()[0]
    return refusal(InvalidParameterValue(f"{first['loc'][-1]}: {first['msg']}."))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    if error.status_code in {404, 405}:
        return refusal(EndpointNotFound(no_endpoint(request)))
    phrase = HTTPStatus(error.status_code).phrase
    return _form(error.status_code, _CODES.get(error.status_code, "BAD_REQUEST"), f"{phrase}.")


def no_endpoint(request: Request) -> str:
    """The sentence that names an endpoint which does not exist here."""
    return f"No API found for '{request.method} {request.url.path[:500]}'."
