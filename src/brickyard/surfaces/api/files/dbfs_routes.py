"""`/api/2.0/dbfs/…`: the files that jobs see as `dbfs:/` and `/dbfs`. Content is base64 in JSON, or a form."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import DirectoryNotEmpty, InvalidParameterValue, MalformedRequest
from brickyard.surfaces.api import bodies
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.files import places, uploads
from brickyard.surfaces.api.files.handles import Handles
from brickyard.surfaces.api.files.refusals import BlockTooLarge, FolderNotEmpty, ReadTooLarge
from brickyard.surfaces.api.files.shelf import Entry, Parts, Shelf
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given, Services

router = APIRouter(prefix="/api/2.0/dbfs", tags=["DBFS"])

MAX_BLOCK = 1024 * 1024
"""Bytes of content in one request or answer of JSON, as at the service."""
MAX_FORM = 2 * 1024**3
"""Bytes of a file that is sent as a form."""


def handles_of(request: Request) -> Handles:
    """The open handles of this server."""
    return cast("Handles", request.app.state.dbfs_handles)


Opened = Annotated[Handles, Depends(handles_of)]


@router.get("/get-status", dependencies=[allow(Action.STORAGE)])
def get_status(query: Query, services: Given) -> Response:
    """What is at a path."""
    query.only("path")
    return answer(_shown(_shelf(services).get(_parts(query))))


@router.get("/list", dependencies=[allow(Action.STORAGE)])
def list_files(query: Query, services: Given) -> Response:
    """What is in a folder; of a file: itself."""
    query.only("path")
    shelf, parts = _shelf(services), _parts(query)
    found = shelf.get(parts)
    entries = shelf.entries(parts, shelf.names(found)) if found.is_dir else [found]
    return answer({"files": [_shown(entry) for entry in entries]})


@router.post("/mkdirs", dependencies=[allow(Action.STORAGE)])
def mkdirs(sent: Sent, services: Given) -> Response:
    """Make a folder and those above it."""
    sent.only("path")
    _shelf(services).make_folder(_parts(sent))
    return answer({})


@router.post("/move", dependencies=[allow(Action.STORAGE)])
def move(sent: Sent, services: Given) -> Response:
    """Move a file, or a folder with all that is in it, to a path where nothing is."""
    sent.only("source_path", "destination_path")
    _shelf(services).move(_parts(sent, "source_path"), _parts(sent, "destination_path"))
    return answer({})


@router.post("/delete", dependencies=[allow(Action.STORAGE)])
def delete(sent: Sent, services: Given) -> Response:
    """Delete a file or a folder."""
    sent.only("path", "recursive")
    try:
        _shelf(services).delete(_parts(sent), recursive=sent.flag("recursive"))
    except DirectoryNotEmpty as error:
        raise FolderNotEmpty(error.message) from error
    return answer({})


@router.post("/put", dependencies=[allow(Action.STORAGE)])
async def put(request: Request, services: Given) -> Response:
    """Store a file: up to 1 MiB as `contents` (base64), or as the file of a form."""
    if bodies.content_type(request) == "multipart/form-data":
        form = await _form(request)
        try:
            await run_in_threadpool(_put_form, services, form)
        finally:
            await form.close()
    else:
        sent = await bodies.json_body(request)
        await run_in_threadpool(_put_json, services, sent)
    return answer({})


@router.post("/create", dependencies=[allow(Action.STORAGE)])
def create(sent: Sent, services: Given, opened: Opened, asker: Asker) -> Response:
    """Begin to write a file in blocks; answers the handle. The file is there once the handle is closed."""
    sent.only("path", "overwrite")
    overwrite = sent.flag("overwrite")
    opened.check_room()
    draft = _shelf(services).draft(_file_parts(sent), overwrite=overwrite)
    return answer({"handle": opened.add(draft, asker.user_name, overwrite=overwrite)})


@router.post("/add-block", dependencies=[allow(Action.STORAGE)])
def add_block(sent: Sent, opened: Opened, asker: Asker) -> Response:
    """Add a block of at most 1 MiB, base64, to a file that is being written."""
    sent.only("handle", "data")
    opened.append(sent.whole("handle"), asker.user_name, _block(sent, "data"))
    return answer({})


@router.post("/close", dependencies=[allow(Action.STORAGE)])
def close(sent: Sent, opened: Opened, asker: Asker) -> Response:
    """Close a handle: the file is in its place now."""
    sent.only("handle")
    opened.close(sent.whole("handle"), asker.user_name)
    return answer({})


@router.get("/read", dependencies=[allow(Action.STORAGE)])
def read(query: Query, services: Given) -> Response:
    """A part of a file, base64: from `offset` on at most `length` bytes, which may be 1 MiB."""
    query.only("path", "offset", "length")
    offset, length = query.whole("offset", 0), query.whole("length", MAX_BLOCK // 2)
    if length > MAX_BLOCK:
        raise ReadTooLarge(f"length is {length:,}; it may be at most {MAX_BLOCK:,}.")
    found = _shelf(services).get(_parts(query))
    if found.is_dir:
        raise InvalidParameterValue(f"path is {found.path!r}, which is a directory; only files can be read.")
    with found.place.open("rb") as file:
        # Not further than the end: file systems refuse places where no file could reach.
        file.seek(min(offset, found.size))
        data = file.read(length) if offset < found.size else b""
    return answer({"bytes_read": len(data), "data": base64.b64encode(data).decode()})


async def _form(request: Request) -> FormData:
    stream = bodies.limited(request, MAX_FORM)
    try:
        # The parser keeps files on disk, not in memory.
        return await MultiPartParser(request.headers, stream, max_files=1, max_fields=10).parse()
    except (MultiPartException, KeyError) as error:
        raise MalformedRequest(f"The form cannot be read: {error}.") from error
    except ClientDisconnect as error:
        raise MalformedRequest("The connection ended before the form did.") from error


def _put_form(services: Services, form: FormData) -> None:
    files = [value for value in form.values() if isinstance(value, UploadFile)]
    sent = Fields({name: value for name, value in form.items() if isinstance(value, str)})
    sent.only("path", "overwrite", *(() if files else ("contents",)))
    if not files:
        _put_json(services, sent)
        return
    overwrite = sent.flag("overwrite")
    draft = _shelf(services).draft(_file_parts(sent), overwrite=overwrite)
    try:
        uploads.copy(files[0].file, draft)
        draft.publish(overwrite=overwrite)
    finally:
        draft.discard()


def _put_json(services: Services, sent: Fields) -> None:
    sent.only("path", "overwrite", "contents")
    if "contents" not in sent:
        raise MalformedRequest("contents is missing; send it as base64, or send a form with a file.")
    data, overwrite = _block(sent, "contents"), sent.flag("overwrite")
    draft = _shelf(services).draft(_file_parts(sent), overwrite=overwrite)
    draft.append(data)
    draft.publish(overwrite=overwrite)


def _block(sent: Fields, field: str) -> bytes:
    try:
        data = base64.b64decode(sent.text(field, ""), validate=True)
    except binascii.Error as error:
        raise InvalidParameterValue(f"{field} is not base64: {error}.") from error
    if len(data) > MAX_BLOCK:
        raise BlockTooLarge(f"{field} has {len(data):,} bytes; the limit is {MAX_BLOCK:,}.")
    return data


def _shelf(services: Services) -> Shelf:
    return places.dbfs(services.settings)


def _parts(sent: Fields, field: str = "path") -> Parts:
    return places.dbfs_parts(sent.text(field), field)


def _file_parts(sent: Fields) -> Parts:
    parts = _parts(sent)
    if not parts:
        raise InvalidParameterValue("path is '/'; it must name a file.")
    return parts


def _shown(entry: Entry) -> dict[str, Any]:
    return {
        "path": entry.path,
        "is_dir": entry.is_dir,
        "file_size": entry.size,
        "modification_time": entry.modified_ms,
    }
