"""Answers that are not JSON with 200, and errors that are not in the service's form: for the OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

Schema = dict[str, Any]

_BYTES: Final[Schema] = {"schema": {"type": "string", "format": "binary"}}
_NOTHING: Final[Schema] = {"description": "Done; the answer has no body."}
_FILE: Final[Schema] = {"description": "The file.", "content": {"application/octet-stream": _BYTES}}
_PART: Final[Schema] = {"description": "The part of the file.", "content": {"application/octet-stream": _BYTES}}
_MADE: Final[Schema] = {"description": "What was made.", "content": {"application/json": {"schema": {}}}}
_EITHER: Final[Schema] = {
    "description": "The object, or with `direct_download` its bytes.",
    "content": {"application/json": {"schema": {}}, "application/octet-stream": _BYTES},
}
_ANY_TYPE: Final[Schema] = {"description": "The data.", "content": {"*/*": _BYTES}}

_FAULT: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
_CHANGED: Final[Schema] = {"description": "The file was changed since the time that was named.", "content": _FAULT}
_BEYOND: Final[Schema] = {"description": "The range begins after the end of the file.", "content": _FAULT}

_ANSWERS: Final[tuple[tuple[str, dict[str, Schema]], ...]] = (
    (r"POST /api/2\.0/preview/scim/.*", {"201": _MADE}),
    (r"DELETE /api/2\.0/preview/scim/.*", {"204": _NOTHING}),
    (r"(PUT|DELETE|POST) /api/2\.0/fs/(files|directories)/.*", {"204": _NOTHING}),
    (r"(GET|HEAD) /api/2\.0/fs/files/.*", {"200": _FILE, "206": _PART, "412": _CHANGED, "416": _BEYOND}),
    (r"HEAD /api/2\.0/fs/directories/.*", {"200": _FILE}),
    (r"GET /api/2\.0/workspace-files/.*", {"200": _FILE}),
    (r"GET /api/2\.0/workspace/export", {"200": _EITHER}),
    (r"GET /api/brickyard/statements/.*", {"200": _ANY_TYPE}),
    (r"GET /api/brickyard/task-runs/[^/]*/dbt-artifacts", {"200": _ANY_TYPE}),
)
_SCIM: Final[Schema] = {
    "type": "object",
    "required": ["schemas", "detail", "status"],
    "properties": {
        "schemas": {"type": "array", "items": {"type": "string"}},
        "detail": {"type": "string"},
        "status": {"type": "string"},
        "scimType": {"type": "string"},
    },
}
_OAUTH: Final[Schema] = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
_ERRORS: Final = (("/api/2.0/preview/scim/", "ScimFault"), ("/oidc/", "OAuthFault"))
"""By the beginning of the path; what is refused before the route is known has the service's form there too."""

FAULTS: Final = {"ScimFault": _SCIM, "OAuthFault": _OAUTH}
"""The other forms of errors, by name: SCIM's (RFC 7644) and OAuth's (RFC 6749)."""


def answers(method: str, path: str) -> Iterator[tuple[str, Schema]]:
    """The statuses of an endpoint with their answers, where they are not JSON with 200."""
    for pattern, found in _ANSWERS:
        if re.fullmatch(pattern, f"{method.upper()} {path}"):
            yield from found.items()


def fault(path: str) -> str:
    """The name of the form of errors of an endpoint, or "" for the service's."""
    return next((name for beginning, name in _ERRORS if path.startswith(beginning)), "")
