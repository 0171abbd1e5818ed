"""`/api/2.0/workspace/…`: folders, files and notebooks as they are shown, made, exported and deleted."""

from __future__ import annotations

import base64
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import FeatureDisabled
from brickyard.surfaces.api import finders
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.services import Given
from brickyard.surfaces.api.workspace_desk import Desk
from brickyard.surfaces.api.workspace_formats import EXPORTS, format_of, language_name, to_send
from brickyard.surfaces.api.workspace_paths import parts_of, stable_id
from brickyard.surfaces.api.workspace_tree import Item

router = APIRouter(prefix="/api/2.0", tags=["Workspace"])


@router.get("/workspace/get-status", dependencies=[allow(Action.FILES_SEE)])
def get_status(query: Query, services: Given, asker: Asker) -> Response:
    """What is at a path. Folders on the way to what the caller may see are shown, too."""
    query.only("path", "return_git_info")
    desk = Desk(services, asker.identity)
    item = desk.look(parts_of(query.text("path")))
    repos = {each.name: each for each in desk.git_folders()}
    body = _shown(item, is_repo=item.path in repos)
    if query.flag("return_git_info") and item.path in repos:
        body["git_info"] = repos[item.path].body
    return answer(body)


@router.get("/workspace/list", dependencies=[allow(Action.FILES_SEE)])
def list_items(query: Query, services: Given, asker: Asker) -> Response:
    """What is in a folder, as far as the caller may see it; `objects` is left out where it is empty."""
    query.only("path", "notebooks_modified_after")
    after = query.whole("notebooks_modified_after", 0)
    desk = Desk(services, asker.identity)
    repos = {each.name for each in desk.git_folders()}
    items = [_shown(item, is_repo=item.path in repos) for item in desk.list(parts_of(query.text("path")))]
    found = [item for item in items if item["object_type"] != "NOTEBOOK" or item["modified_at"] >= after]
    return answer({"objects": found} if found else {})


@router.post("/workspace/mkdirs", dependencies=[allow(Action.FILES_EDIT, finders.place_sent)])
def mkdirs(sent: Sent, services: Given, asker: Asker) -> Response:
    """Make a folder and those above it."""
    Desk(services, asker.identity).make_folder(parts_of(sent.only("path").text("path")))
    return answer({})


@router.get("/workspace-files/{path:path}", dependencies=[allow(Action.FILES_READ, finders.path_in_path)])
def read_file(path: str, services: Given, asker: Asker) -> Response:
    """The bytes of a file or notebook as it is stored."""
    tree = Desk(services, asker.identity).tree
    item = tree.get(parts_of(f"/{path}"))
    _refuse_folder(item)
    return _download(tree.read(item))


@router.get("/workspace/export", dependencies=[allow(Action.FILES_READ, finders.path_asked)])
def export(query: Query, services: Given, asker: Asker) -> Response:
    """A file or notebook, as base64 in JSON or (with `direct_download`) as it is."""
    query.only("path", "format", "direct_download")
    form = format_of(query.text("format", "SOURCE"), EXPORTS)
    tree = Desk(services, asker.identity).tree
    item = tree.get(parts_of(query.text("path")))
    _refuse_folder(item)
    data, file_type = to_send(item, tree.read(item), form)
    if query.flag("direct_download"):
        return _download(data)
    return answer({"content": base64.b64encode(data).decode(), "file_type": file_type})


@router.post("/workspace/delete", dependencies=[allow(Action.FILES_EDIT, finders.path_to_delete)])
def delete(sent: Sent, services: Given, asker: Asker) -> Response:
    """Delete a file, a notebook or a folder."""
    sent.only("path", "recursive")
    parts = parts_of(sent.text("path"))
    Desk(services, asker.identity).delete(parts, recursive=sent.flag("recursive"))
    return answer({})


def _refuse_folder(item: Item) -> None:
    if item.kind == "DIRECTORY":
        raise FeatureDisabled(
            f"{item.path} is a folder, which the service exports as an archive of its own (DBC); export its files one "
            "by one, as `brickyard workspace export` does."
        )


def _shown(item: Item, *, is_repo: bool) -> dict[str, Any]:
    status = item.place.stat()
    body: dict[str, Any] = {
        "object_type": "REPO" if is_repo else item.kind,
        "object_id": stable_id(item.path),
        "resource_id": str(stable_id(item.path)),
        "path": item.path,
        "created_at": int(status.st_ctime * 1000),
        "modified_at": int(status.st_mtime * 1000),
    }
    if item.kind == "NOTEBOOK" and (language := language_name(item)):
        body["language"] = language
    if item.kind != "DIRECTORY":
        body["size"] = status.st_size
    return body


def _download(data: bytes) -> Response:
    """Never shown by a browser as a page of ours: users' files may be HTML."""
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/octet-stream", headers=headers)
