"""Errors in SCIM's form: `{"schemas", "detail", "status", "scimType"}` (RFC 7644, 3.12)."""

from __future__ import annotations

from typing import Any, ClassVar

from brickyard.errors import (
    AlreadyExists,
    BrickyardError,
    InvalidParameterValue,
    InvalidState,
    MalformedRequest,
)

PREFIX = "/api/2.0/preview/scim/v2/"
SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class InvalidFilter(InvalidParameterValue):
    """The filter is not understood."""

    scim_type: ClassVar[str] = "invalidFilter"


class InvalidPath(InvalidParameterValue):
    """The path of a patch operation is not understood."""

    scim_type: ClassVar[str] = "invalidPath"


class NoTarget(InvalidParameterValue):
    """There is nothing where the patch operation wants to change something."""

    scim_type: ClassVar[str] = "noTarget"


_TYPES: dict[type[BrickyardError], str] = {
    AlreadyExists: "uniqueness",
    MalformedRequest: "invalidSyntax",
    InvalidState: "mutability",
    InvalidParameterValue: "invalidValue",
}


def status_of(error: BrickyardError) -> int:
    """The HTTP status: what exists already is a conflict here."""
    return 409 if isinstance(error, AlreadyExists) else error.status


def form(error: BrickyardError) -> dict[str, Any]:
    """The body of the answer.

    `scimType` is there also where RFC 7644 has none: clients of the service write it before the detail, and write
    "None" where it is missing.
    """
    found = next((word for kind, word in _TYPES.items() if isinstance(error, kind)), "")
    return {
        "schemas": [SCHEMA],
        "detail": error.message,
        "status": str(status_of(error)),
        "scimType": getattr(error, "scim_type", found),
    }
