"""`/api/2.0/workspace/import` and `/api/2.0/workspace-files/import-file`: files and notebooks that are sent."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.refs import Ref
from brickyard.errors import AlreadyExists, InvalidParameterValue, MalformedRequest
from brickyard.surfaces.api import bodies, finders
from brickyard.surfaces.api.access import Asker, Caller
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.faults import NotebookTooLarge, PathTaken
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.workspace_desk import Desk
from brickyard.surfaces.api.workspace_formats import IMPORTS, format_of, to_store
from brickyard.surfaces.api.workspace_paths import parts_of

router = APIRouter(prefix="/api/2.0", tags=["Workspace"])

MAX_IMPORT = 10 * 1024 * 1024
"""Bytes of a file in `import`, as at the service."""
MAX_FILE = 200 * 1024 * 1024
"""Bytes of a file in `workspace-files/import-file`."""
_MAX_FORM = MAX_IMPORT * 3 // 2


async def import_form(request: Request) -> Fields:
    """The fields of `import`, from JSON or from a form; `content` is bytes in the end."""
    if bodies.content_type(request) != "multipart/form-data":
        sent = await bodies.json_within(request, _MAX_FORM)
        return Fields({**sent.raw(), "content": _from_base64(sent.text("content", ""))})
    stream = bodies.limited(request, _MAX_FORM)
    try:
        form = await MultiPartParser(request.headers, stream, max_part_size=_MAX_FORM).parse()
    except (MultiPartException, KeyError) as error:
        raise MalformedRequest(f"The form cannot be read: {error}.") from error
    try:
        values: dict[str, Any] = {}
        for name, value in form.multi_items():
            values[name] = value if isinstance(value, str) else await value.read()
    finally:
        await form.close()
    content = values.get("content", b"")
    return Fields({**values, "content": content.encode() if isinstance(content, str) else content})


def imported_place(sent: Annotated[Fields, Depends(import_form)], services: Given) -> Ref:
    """The `path` of `import`."""
    return finders.place(services, sent.text("path"))


async def file_body(request: Request) -> bytes:
    """The raw body of an upload."""
    return await bodies.whole(request, MAX_FILE)


@router.post("/workspace/import", dependencies=[allow(Action.FILES_EDIT, imported_place)])
def import_item(sent: Annotated[Fields, Depends(import_form)], services: Given, asker: Asker) -> Response:
    """Store a file or a notebook."""
    sent.only("path", "content", "format", "language", "overwrite")
    data = sent.raw()["content"]
    if len(data) > MAX_IMPORT:
        raise NotebookTooLarge(f"The content has {len(data):,} bytes; the limit is {MAX_IMPORT:,}.")
    form = format_of(sent.text("format", "") or "SOURCE", IMPORTS)
    path, language = sent.text("path"), sent.text("language", "")
    _store(services, asker, path, data, form=form, language=language, overwrite=sent.flag("overwrite"))
    return answer({})


@router.post("/workspace-files/import-file/{path:path}", dependencies=[allow(Action.FILES_EDIT, finders.place_in_path)])
def import_file(
    path: str, query: Query, data: Annotated[bytes, Depends(file_body)], services: Given, asker: Asker
) -> Response:
    """Store the body as a file, or as a notebook where its first line says so. 409 where the path is taken."""
    query.only("overwrite")
    try:
        _store(services, asker, f"/{path}", data, form="AUTO", overwrite=query.flag("overwrite"))
    except AlreadyExists as error:
        raise PathTaken(error.message) from error
    return answer({})


def _store(
    services: Services, asker: Caller, path: str, data: bytes, *, form: str, language: str = "", overwrite: bool
) -> None:
    parts = parts_of(path)
    if not parts:
        raise InvalidParameterValue("path is '/'; it must name a file.")
    stored = to_store(parts[-1], data, form, language)
    target, desk = (*parts[:-1], stored.name), Desk(services, asker.identity)
    for changed in desk.replaces(target, stored.suffix):
        # The name of a notebook is not the one that was sent with its extension, and may be that of another.
        services.gate.check(asker.identity, Action.FILES_EDIT, finders.place(services, changed))
    desk.write(target, stored.suffix, stored.data, overwrite=overwrite)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MalformedRequest(f"content is not base64: {error}.") from error
