"""The OpenAPI description: what FastAPI knows of the routes, with what the handlers read and how all of them fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from brickyard.jobs.field import Field, Kind, Meaning
from brickyard.jobs.fields import SECTIONS
from brickyard.surfaces.api import other_forms
from brickyard.surfaces.api.asked_fields import BODY, QUERY, Asked, Schema, asked

_ERRORS: Final = {
    "400": "The request is wrong, or asks for what is refused here; the text names the field.",
    "401": "There is no token, or none that is valid.",
    "403": "The caller may not do this, or a page of another origin asks.",
    "404": "There is no such object or endpoint.",
    "408": "The body came too slowly.",
    "409": "The object is there already, or was changed by somebody else at the same time.",
    "413": "The body is larger than allowed.",
    "421": "The request names a host that this server is not.",
    "429": "Too much was asked at once; `Retry-After` says when to try again.",
    "501": "The service has this, and this server has not.",
    "503": "The server cannot take work now.",
}
_FAULT: Final[Schema] = {
    "type": "object",
    "required": ["error_code", "message", "details"],
    "properties": {
        "error_code": {"type": "string"},
        "message": {"type": "string"},
        "details": {"type": "array", "items": {"type": "object"}},
    },
}
_FAULT_TYPE: Final = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
_IN_PATH: Final = re.compile(r"{(\w+)}")
_SECTIONS: Final = {"create": "job", "submit": "submit", "run-now": "run_now", "repair": "repair"}
"""Endpoints of jobs whose body is a section of the table of fields, by the end of their path."""
_SETTINGS: Final = ("reset", "update")
"""Endpoints of jobs that take settings within their body."""
_KINDS: Final[dict[Kind, Schema]] = {
    Kind.STRING: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.STRINGS: {"type": "array", "items": {"type": "string"}},
    Kind.MAP: {"type": "object", "additionalProperties": {"type": "string"}},
    Kind.OBJECT: {"type": "object"},
    Kind.OBJECTS: {"type": "array", "items": {"type": "object"}},
}


class DescribedApp(FastAPI):
    """An application that describes itself in full."""

    def openapi(self) -> Schema:
        """The OpenAPI description; made when it is first asked for."""
        known = self.openapi_schema
        return known or describe(self, super().openapi())


def describe(app: FastAPI, plain: Schema) -> Schema:
    """The whole description.

    Args:
        app: the application, for its routes.
        plain: what FastAPI makes of them; it is completed in place.
    """
    components = plain.setdefault("components", {})
    components["responses"] = {
        status: {"description": words, "content": _FAULT_TYPE} for status, words in _ERRORS.items()
    }
    schemas = components.setdefault("schemas", {})
    schemas.update({f"jobs.{section}": _section(section) for section in SECTIONS})
    schemas |= {"Fault": _FAULT, **other_forms.FAULTS}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for context in iter_route_contexts(app.routes):
        for method, operation in _operations(context, plain["paths"]):
            path = str(context.path_format)
            _tell_answers(operation, method, path)
            _tell_questions(operation, path, asked(_handlers(context)))
    return plain


def _operations(context: RouteContext, paths: Schema) -> Iterator[tuple[str, Schema]]:
    route = context.original_route
    if isinstance(route, APIRoute) and route.include_in_schema:
        for method in route.methods or ():
            known = paths.get(context.path_format or "", {}).get(method.lower())
            if known is not None:
                yield method, known


def _handlers(context: RouteContext) -> list[Callable[..., Any]]:
    route = context.original_route
    return list(_calls(route.dependant)) if isinstance(route, APIRoute) else []


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """The handler and all that it depends on."""
    if dependant.call is not None:
        yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


def _tell_answers(operation: Schema, method: str, path: str) -> None:
    found = operation.setdefault("responses", {})
    found.pop("422", None)  # FastAPI's own form of an error, which is never sent
    found.update(other_forms.answers(method, path))
    other = other_forms.fault(path)
    for status, words in _ERRORS.items():
        forms = [{"$ref": f"#/components/schemas/{name}"} for name in (other, "Fault") if name]
        own = {"description": words, "content": {"application/json": {"schema": {"anyOf": forms}}}}
        found.setdefault(status, own if other else {"$ref": f"#/components/responses/{status}"})


def _tell_questions(operation: Schema, path: str, found: dict[str, Asked]) -> None:
    known = {each["name"] for each in operation.get("parameters", ())}
    in_path = [name for name in _IN_PATH.findall(path) if name not in known]
    more = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in in_path]
    more += [_parameter(name, found[QUERY]) for name in found[QUERY].fields if name not in known]
    if more:
        operation["parameters"] = [*operation.get("parameters", ()), *more]
    if found[BODY].is_read and "requestBody" not in operation:
        operation["requestBody"] = {"content": {"application/json": {"schema": _body(path, found[BODY])}}}


def _parameter(name: str, found: Asked) -> Schema:
    schema = found.fields[name] or {"type": "string"}
    return {"name": name, "in": "query", "required": name in found.required, "schema": schema}


def _body(path: str, found: Asked) -> Schema:
    last = path.rpartition("/")[2]
    if "/jobs/" in path and path.startswith("/api/2.") and last in _SECTIONS:
        return {"$ref": f"#/components/schemas/jobs.{_SECTIONS[last]}"}
    fields = {name: schema or {} for name, schema in found.fields.items()}
    if "/jobs/" in path and last in _SETTINGS and "new_settings" in fields:
        fields["new_settings"] = {"$ref": "#/components/schemas/jobs.job"}
    required = sorted(found.required & fields.keys())
    return {"type": "object", "properties": fields, **({"required": required} if required else {})}


def _section(section: str) -> Schema:
    """A section of the table of fields. What is refused is left out."""
    fields = {name: entry for name, entry in SECTIONS[section].items() if entry.meaning is not Meaning.REFUSED}
    required = [name for name, entry in fields.items() if entry.required]
    return {
        "type": "object",
        "properties": {name: _field(entry) for name, entry in fields.items()},
        **({"required": required} if required else {}),
    }


def _field(entry: Field) -> Schema:
    if entry.of and entry.kind is Kind.OBJECT:
        return {"$ref": f"#/components/schemas/jobs.{entry.of}"}
    schema = dict(_KINDS[entry.kind])
    if entry.of:
        schema["items"] = {"$ref": f"#/components/schemas/jobs.{entry.of}"}
    if entry.allowed:
        schema["enum"] = [str(word) for word in entry.allowed]
    if entry.kind is Kind.INTEGER:
        schema["minimum"] = entry.minimum
        schema |= {"maximum": entry.maximum} if entry.maximum else {}
    if entry.pattern and entry.kind is Kind.STRING and not entry.pattern.startswith("(?"):
        schema["pattern"] = f"^{entry.pattern}$"
    if entry.maximum and entry.kind in {Kind.STRINGS, Kind.OBJECTS}:
        schema["maxItems"] = entry.maximum
    return schema
