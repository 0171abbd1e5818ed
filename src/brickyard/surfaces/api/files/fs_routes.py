"""`/api/2.0/fs/…`: files and folders of volumes. Content is the body itself, in both directions."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import AlreadyExists
from brickyard.surfaces.api import pages
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.files import download, places, uploads
from brickyard.surfaces.api.files.drafts import Draft
from brickyard.surfaces.api.files.refusals import FileTaken
from brickyard.surfaces.api.files.shelf import Entry, Shelf
from brickyard.surfaces.api.services import Given, Services

router = APIRouter(prefix="/api/2.0/fs", tags=["Files"])

MAX_PAGE = 1000
"""Entries of a folder on one page; a larger `page_size` counts as this, as at the service."""
_NO_URLS = {
    "error_code": "PERMISSION_DENIED",
    "message": "Files come and go through /api/2.0/fs/files; there are no signed addresses.",
    "details": [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "FILES_API_API_IS_NOT_ENABLED",
            "domain": "brickyard",
        }
    ],
}
"""Clients look for the reason and then send, or fetch, the content itself."""


@router.put("/files/{path:path}", dependencies=[allow(Action.STORAGE)])
async def upload(path: str, request: Request, query: Query, services: Given) -> Response:
    """Store the body as a file of at most 5 GiB; folders above it are made, and `overwrite` is true by default."""
    query.only("overwrite")
    overwrite = query.flag("overwrite", default=True)
    draft = await run_in_threadpool(_begin, services, path, overwrite=overwrite)
    try:
        await uploads.receive(request, draft)
        await run_in_threadpool(draft.publish, overwrite=overwrite)
    except AlreadyExists as error:
        raise FileTaken(error.message) from error
    finally:
        draft.discard()
    return Response(status_code=204)


@router.post("/files/{path:path}", dependencies=[allow(Action.STORAGE)])
def initiate_upload(path: str, query: Query, services: Given) -> Response:
    """Ask for an upload in parts (`action=initiate-upload`): what follows is one PUT, for parts have no addresses."""
    query.only("action", "overwrite")
    query.choice("action", ["initiate-upload"])
    parts = places.in_volume(f"/{path}")
    try:
        places.volumes(services.settings).check_free(parts, overwrite=query.flag("overwrite", default=True))
    except AlreadyExists as error:
        raise FileTaken(error.message) from error
    return answer({"multipart_upload": {"session_token": services.ids.token()}})


@router.get("/files/{path:path}", dependencies=[allow(Action.STORAGE)])
def read(path: str, request: Request, query: Query, services: Given) -> Response:
    """The content of a file, or the range of it that the header `Range` asks for."""
    query.only()
    return download.download(_shelf(services).file(places.volume_parts(f"/{path}")), request)


@router.head("/files/{path:path}", dependencies=[allow(Action.STORAGE)])
def file_status(path: str, query: Query, services: Given) -> Response:
    """Size and time of a file, as headers."""
    query.only()
    return download.head(_shelf(services).file(places.volume_parts(f"/{path}")))


@router.delete("/files/{path:path}", dependencies=[allow(Action.STORAGE)])
def delete_file(path: str, query: Query, services: Given) -> Response:
    """Delete a file."""
    query.only()
    parts = places.in_volume(f"/{path}")
    _shelf(services).file(parts)
    _shelf(services).delete(parts, recursive=False)
    return Response(status_code=204)


@router.put("/directories/{path:path}", dependencies=[allow(Action.STORAGE)])
def make_directory(path: str, query: Query, services: Given) -> Response:
    """Make a folder and those above it; one that is there already is fine."""
    query.only()
    parts = places.volume_parts(f"/{path}")
    try:
        _shelf(services).make_folder(parts)
    except AlreadyExists as error:
        raise FileTaken(error.message) from error
    return Response(status_code=204)


@router.get("/directories/{path:path}", dependencies=[allow(Action.STORAGE)])
def list_directory(path: str, query: Query, services: Given) -> Response:
    """What is in a folder, by name, in pages."""
    query.only("page_size", "page_token")
    parts = places.volume_parts(f"/{path}")
    shelf = _shelf(services)
    folder = shelf.folder(parts)
    size = min(query.whole("page_size", 0), MAX_PAGE) or MAX_PAGE
    offset = pages.offset_of(query.text("page_token", ""), folder.path)
    names = shelf.names(folder)
    shown = [_shown(entry) for entry in shelf.entries(parts, names[offset : offset + size])]
    more = {"next_page_token": pages.token(offset + size, folder.path)} if len(names) > offset + size else {}
    return answer({"contents": shown, **more})


@router.head("/directories/{path:path}", dependencies=[allow(Action.STORAGE)])
def directory_status(path: str, query: Query, services: Given) -> Response:
    """200 where there is a folder, else 404."""
    query.only()
    _shelf(services).folder(places.volume_parts(f"/{path}"))
    return Response()


@router.delete("/directories/{path:path}", dependencies=[allow(Action.STORAGE)])
def delete_directory(path: str, query: Query, services: Given) -> Response:
    """Delete an empty folder."""
    query.only()
    parts = places.in_volume(f"/{path}")
    _shelf(services).folder(parts)
    _shelf(services).delete(parts, recursive=False)
    return Response(status_code=204)


@router.post("/create-download-url", dependencies=[allow(Action.STORAGE)])
@router.post("/create-upload-part-urls", dependencies=[allow(Action.STORAGE)])
@router.post("/create-resumable-upload-url", dependencies=[allow(Action.STORAGE)])
@router.post("/create-abort-upload-url", dependencies=[allow(Action.STORAGE)])
def no_urls() -> Response:
    """Refused with the reason on which clients take the other endpoints: there are no signed addresses here."""
    return answer(_NO_URLS, status=403)


def _shelf(services: Services) -> Shelf:
    return places.volumes(services.settings)


def _begin(services: Services, path: str, *, overwrite: bool) -> Draft:
    parts = places.in_volume(f"/{path}")
    try:
        return _shelf(services).draft(parts, overwrite=overwrite)
    except AlreadyExists as error:
        raise FileTaken(error.message) from error


def _shown(entry: Entry) -> dict[str, Any]:
    body: dict[str, Any] = {"path": entry.path, "name": entry.name, "is_directory": entry.is_dir}
    body["last_modified"] = entry.modified_ms
    if not entry.is_dir:
        body["file_size"] = entry.size
    return body
