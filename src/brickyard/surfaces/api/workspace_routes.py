"""`/api/2.0/workspace/…` and `/api/2.0/workspace-files/…`: folders, files and notebooks."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.refs import Ref
from brickyard.errors import AlreadyExists, MalformedRequest
from brickyard.surfaces.api import bodies, finders
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.faults import NotebookTooLarge, PathTaken
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.workspace_formats import EXPORTS, IMPORTS, format_of, language_name, to_send, to_store
from brickyard.surfaces.api.workspace_paths import parts_of, stable_id
from brickyard.surfaces.api.workspace_tree import Item, Tree

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


async def imported_path(sent: Annotated[Fields, Depends(import_form)]) -> Ref:
    """The `path` of `import`."""
    return finders.path(sent.text("path"))


async def file_body(request: Request) -> bytes:
    """The raw body of an upload."""
    return await bodies.whole(request, MAX_FILE)


@router.get("/workspace/get-status", dependencies=[allow(Action.FILES_READ, finders.path_asked)])
def get_status(query: Query, services: Given) -> Response:
    """What is at a path."""
    # No folder is a Git folder, so asking for its state changes nothing.
    query.only("path", "return_git_info")
    return answer(_shown(_tree(services).get(parts_of(query.text("path")))))


@router.get("/workspace/list", dependencies=[allow(Action.FILES_READ, finders.path_asked)])
def list_items(query: Query, services: Given) -> Response:
    """What is in a folder; `objects` is left out where it is empty."""
    query.only("path", "notebooks_modified_after")
    after = query.whole("notebooks_modified_after", 0)
    items = [_shown(item) for item in _tree(services).children(parts_of(query.text("path")))]
    found = [item for item in items if item["object_type"] != "NOTEBOOK" or item["modified_at"] >= after]
    return answer({"objects": found} if found else {})


@router.post("/workspace/mkdirs", dependencies=[allow(Action.FILES_EDIT, finders.path_sent)])
def mkdirs(sent: Sent, services: Given) -> Response:
    """Make a folder and those above it."""
    _tree(services).make_folder(parts_of(sent.only("path").text("path")))
    return answer({})


@router.post("/workspace/import", dependencies=[allow(Action.FILES_EDIT, imported_path)])
def import_item(sent: Annotated[Fields, Depends(import_form)], services: Given) -> Response:
    """Store a file or a notebook."""
    sent.only("path", "content", "format", "language", "overwrite")
    data = sent.raw()["content"]
    if len(data) > MAX_IMPORT:
        raise NotebookTooLarge(f"The content has {len(data):,} bytes; the limit is {MAX_IMPORT:,}.")
    form = format_of(sent.text("format", "") or "SOURCE", IMPORTS)
    _store(services, sent.text("path"), data, form, sent.text("language", ""), overwrite=sent.flag("overwrite"))
    return answer({})


@router.post("/workspace-files/import-file/{path:path}", dependencies=[allow(Action.FILES_EDIT, finders.path_in_path)])
def import_file(path: str, query: Query, data: Annotated[bytes, Depends(file_body)], services: Given) -> Response:
    """Store the body as a file, or as a notebook where its first line says so. 409 where the path is taken."""
    query.only("overwrite")
    try:
        _store(services, f"/{path}", data, "AUTO", "", overwrite=query.flag("overwrite"))
    except AlreadyExists as error:
        raise PathTaken(error.message) from error
    return answer({})


@router.get("/workspace-files/{path:path}", dependencies=[allow(Action.FILES_READ, finders.path_in_path)])
def read_file(path: str, services: Given) -> Response:
    """The bytes of a file or notebook as it is stored."""
    data, _ = to_send(_tree(services).get(parts_of(f"/{path}")), "RAW")
    return _download(data)


@router.get("/workspace/export", dependencies=[allow(Action.FILES_READ, finders.path_asked)])
def export(query: Query, services: Given) -> Response:
    """A file or notebook, as base64 in JSON or (with `direct_download`) as it is."""
    query.only("path", "format", "direct_download")
    form = format_of(query.text("format", "SOURCE"), EXPORTS)
    item = _tree(services).get(parts_of(query.text("path")))
    if item.kind == "DIRECTORY":
        raise MalformedRequest(f"{item.path} is a folder; export its files one by one.")
    data, file_type = to_send(item, form)
    if query.flag("direct_download"):
        return _download(data)
    return answer({"content": base64.b64encode(data).decode(), "file_type": file_type})


@router.post("/workspace/delete", dependencies=[allow(Action.FILES_EDIT, finders.path_sent)])
def delete(sent: Sent, services: Given) -> Response:
    """Delete a file, a notebook or a folder."""
    sent.only("path", "recursive")
    _tree(services).delete(parts_of(sent.text("path")), recursive=sent.flag("recursive"))
    return answer({})


def _tree(services: Services) -> Tree:
    services.settings.workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Tree(services.settings.workspace)


def _store(services: Services, path: str, data: bytes, form: str, language: str, *, overwrite: bool) -> None:
    parts = parts_of(path)
    stored = to_store(parts[-1] if parts else "", data, form, language)
    _tree(services).write((*parts[:-1], stored.name), stored.suffix, stored.data, overwrite=overwrite)


def _shown(item: Item) -> dict[str, Any]:
    status = item.place.stat()
    body: dict[str, Any] = {
        "object_type": item.kind,
        "object_id": stable_id(item.path),
        "resource_id": str(stable_id(item.path)),
        "path": item.path,
        "created_at": int(status.st_ctime * 1000),
        "modified_at": int(status.st_mtime * 1000),
    }
    if item.kind == "NOTEBOOK":
        body["language"] = language_name(item)
    if item.kind != "DIRECTORY":
        body["size"] = status.st_size
    return body


def _download(data: bytes) -> Response:
    """Never shown by a browser as a page of ours: users' files may be HTML."""
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/octet-stream", headers=headers)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MalformedRequest(f"content is not base64: {error}.") from error
