"""`/api/2.0/repos`: Git folders of the workspace. The `id` of one is its `object_id`.

Source: REST API reference of Databricks, Repos. The files come from the same checkouts as those of a job's Git source,
with the same limits.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.levels import ObjectType, reaches
from brickyard.access.refs import Ref
from brickyard.engine.access.workspace_view import WorkspaceView
from brickyard.engine.git_logins import GitLogins
from brickyard.errors import AlreadyExists, BrickyardError, Conflict, InvalidParameterValue, NotFound
from brickyard.jobs.tasks import GitSource
from brickyard.records import Document
from brickyard.surfaces.api import finders, git_folders, repo_fields
from brickyard.surfaces.api.access import Asker
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given, Services
from brickyard.surfaces.api.workspace_desk import GIT_FOLDERS, Desk
from brickyard.surfaces.api.workspace_paths import parts_of, shown, stable_id

router = APIRouter(prefix="/api/2.0/repos", tags=["Git"])

_PAGE = 20
_CHANGING = threading.Lock()
"""Files of one Git folder at a time are changed; fetching them is not part of it."""


def new_place(sent: Sent, services: Given, asker: Asker) -> Ref:
    """Where the new Git folder is to be."""
    return finders.place(services, repo_fields.path_of(sent, asker.user_name))


def repo_in_path(request: Request, services: Given) -> Ref:
    """The Git folder of the `repo_id` of the path."""
    repo_id = request.path_params["repo_id"]
    missing = _none(repo_id)
    document = services.store.documents.get(GIT_FOLDERS, repo_id)
    if document is None:
        raise missing
    return replace(finders.path(services, document.name), missing=missing)


@router.post("", dependencies=[allow(Action.FILES_EDIT, new_place)])
def create(sent: Sent, services: Given, asker: Asker) -> Response:
    """Make a Git folder with the files of the repository's first branch."""
    source = repo_fields.source_of(sent)
    parts = parts_of(repo_fields.path_of(sent, asker.user_name))
    desk = Desk(services, asker.identity)
    path = shown(parts)
    _check_free(desk, parts)
    login = GitLogins(services.store.documents, services.clock).trust(asker.user_name, source)
    branch = services.checkouts.default_branch(source, login)
    checkout = services.checkouts.prepare(replace(source, branch=branch), "", login)
    with _CHANGING:
        _check_free(desk, parts)
        desk.make_folder(parts)
        try:
            git_folders.change(services.settings.workspace, parts, {}, git_folders.read(checkout.folder))
        except (BrickyardError, OSError):
            desk.tree.delete(parts, recursive=True)
            raise
        now = services.clock.now_ms()
        body = {"url": source.url, "provider": repo_fields.provider_of(sent), "branch": branch}
        document = Document(
            kind=GIT_FOLDERS,
            document_id=str(stable_id(path)),
            name=path,
            owner=asker.user_name,
            created_ms=now,
            updated_ms=now,
            body={**body, "head_commit_id": checkout.commit},
        )
        services.store.documents.save(document)
    return answer(_shown(document))


@router.get("", dependencies=[allow(Action.FILES_SEE)])
def list_repos(query: Query, services: Given, asker: Asker) -> Response:
    """The Git folders that the caller may read, by path."""
    query.only("path_prefix", "next_page_token")
    start = query.text("path_prefix", "") or "/"
    prefix = shown(parts_of(start)).rstrip("/")
    view = WorkspaceView(services.store.acls, asker.identity)
    found = [
        document
        for document in sorted(services.store.documents.find(GIT_FOLDERS), key=lambda each: each.name)
        if document.name.startswith(prefix) and reaches(ObjectType.FILES, view.level(document.name), "CAN_READ")
    ]
    page = Page(offset_of(query.text("next_page_token", ""), f"repos {prefix}"), _PAGE, f"repos {prefix}")
    rest = found[page.offset :]
    body: dict[str, Any] = {"repos": [_shown(document) for document in page.cut(rest)]} if rest else {}
    links = page.links(more=len(rest) > page.limit)
    if "next_page_token" in links:
        body["next_page_token"] = links["next_page_token"]
    return answer(body)


@router.get("/{repo_id}", dependencies=[allow(Action.FILES_READ, repo_in_path)])
def get(repo_id: str, services: Given) -> Response:
    """A Git folder: where it comes from, and the commit that its files are of."""
    return answer(_shown(_document(services, repo_id)))


@router.patch("/{repo_id}", dependencies=[allow(Action.FILES_EDIT, repo_in_path)])
def update(repo_id: str, sent: Sent, services: Given, asker: Asker) -> Response:
    """Bring the files to the newest commit of a branch, or to a tag. What was changed by hand is not lost."""
    before = _document(services, repo_id)
    wanted = repo_fields.reference_of(sent)
    source = GitSource(url=before.body["url"], provider=before.body["provider"].lower())
    login = GitLogins(services.store.documents, services.clock).find(asker.user_name, source)
    new = services.checkouts.prepare(replace(source, **wanted), "", login)
    old = services.checkouts.prepare(source, before.body["head_commit_id"], login)
    with _CHANGING:
        if _document(services, repo_id).body != before.body:
            raise Conflict(f"Somebody else has changed {before.name} meanwhile; ask again.")
        files, root = git_folders.read(old.folder), services.settings.workspace
        for name in git_folders.change(root, parts_of(before.name), files, git_folders.read(new.folder)):
            gone = repo_fields.listed_path(before.name, name, files[name])
            services.store.acls.delete(ObjectType.FILES, gone)
        kept = {name: before.body[name] for name in ("url", "provider")}
        body = {**kept, **wanted, "head_commit_id": new.commit}
        services.store.documents.save(replace(before, body=body, updated_ms=services.clock.now_ms()))
    return answer({})


@router.delete("/{repo_id}", dependencies=[allow(Action.FILES_EDIT, repo_in_path)])
def delete(repo_id: str, services: Given, asker: Asker) -> Response:
    """Delete a Git folder with all that is in it."""
    document = _document(services, repo_id)
    desk, parts = Desk(services, asker.identity), parts_of(document.name)
    with _CHANGING:
        if desk.tree.find(parts) is not None:
            desk.delete(parts, recursive=True)
        services.store.documents.delete(GIT_FOLDERS, repo_id)
    return answer({})


def _check_free(desk: Desk, parts: tuple[str, ...]) -> None:
    found = desk.tree.find(parts)
    if found is not None:
        raise AlreadyExists(f"Path ({found.path}) already exists.")
    if desk.in_git(parts[:-1]):
        above = desk.in_git(parts[:-1])
        raise InvalidParameterValue(f"path is {shown(parts)!r}, which is within the Git folder {above}.")


def _document(services: Services, repo_id: str) -> Document:
    found = services.store.documents.get(GIT_FOLDERS, repo_id)
    if found is None:
        raise _none(repo_id)
    return found


def _none(repo_id: str) -> NotFound:
    return NotFound(f"Repo {repo_id[:100]} does not exist.")


def _shown(document: Document) -> dict[str, Any]:
    return {"id": int(document.document_id), "path": document.name, **document.body}
