"""What of these endpoints the description of the API cannot read from their handlers."""

from __future__ import annotations

from typing import Any, Final

from brickyard.surfaces.api.clusters import listing

_TEXT: Final = {"type": "string"}
_ID: Final = {"type": "object", "properties": {"cluster_id": _TEXT}, "required": ["cluster_id"]}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def _settings(section: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/jobs.{section}"}


CREATE: Final = _body(_settings("cluster"))
EDIT: Final = _body({"allOf": [_ID, _settings("cluster")]})
RESIZE: Final = _body({"allOf": [_ID, _settings("cluster_size")]})
UPDATE: Final = _body(
    {
        "type": "object",
        "properties": {"cluster_id": _TEXT, "cluster": _settings("cluster_changes"), "update_mask": _TEXT},
        "required": ["cluster_id", "update_mask"],
    }
)
LIST: Final = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in listing.QUERY.items()
    ]
}
