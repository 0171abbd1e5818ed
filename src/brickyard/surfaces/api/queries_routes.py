"""`/api/2.0/sql/queries`: saved SQL queries, which SQL tasks can run.

As at the service, but for two things: there is no trash (a deleted query is gone), and no warehouse is started to run
one (`warehouse_id` is kept and answered; the task's own compute runs it).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.levels import OWNER, ObjectType, reaches
from brickyard.errors import AlreadyExists, InvalidParameterValue, NotFound, PermissionDenied
from brickyard.ports import QueryStore
from brickyard.records import QueryRecord
from brickyard.surfaces.api import finders, query_fields
from brickyard.surfaces.api.access import Asker, Caller
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given, Services

router = APIRouter(prefix="/api/2.0/sql/queries", tags=["SQL"])

_DEFAULT_PAGE, _MAX_PAGE = 20, 100
_QUESTION = "queries"
_QUERIES = ObjectType.QUERIES
_AT_ONCE = 500


@router.post("", dependencies=[allow(Action.QUERY_LIST)])
def create(sent: Sent, services: Given, asker: Asker) -> Response:
    """Save a query. Without a name it is called 'New query'; a taken name is refused, or numbered if that is asked."""
    sent.only("query", "auto_resolve_display_name")
    fields = query_fields.checked(sent.mapping("query"), query_fields.CREATED)
    if "query_text" not in fields:
        raise InvalidParameterValue("query.query_text is missing; it must be a text.")
    body = {"parent_path": f"/Workspace/Users/{asker.user_name}", **fields, "last_modifier_user_name": asker.user_name}
    _check_folder(services, asker, str(body["parent_path"]))
    name, text = body.pop("display_name", "New query"), body.pop("query_text")
    now = services.clock.now_ms()
    query = QueryRecord(
        query_id=_new_id(services),
        display_name=_free_name(services.store.queries, name, body, "", number=_numbered(sent, fields)),
        query_text=text,
        owner=asker.user_name,
        created_ms=now,
        updated_ms=now,
        body=body,
    )
    services.store.queries.save(query)
    return answer(query_fields.described(query))


@router.get("", dependencies=[allow(Action.QUERY_LIST)])
def list_queries(query: Query, services: Given, asker: Asker) -> Response:
    """The queries that the caller may see, newest first."""
    query.only("page_size", "page_token")
    size = query.whole("page_size", _DEFAULT_PAGE, low=1, high=_MAX_PAGE)
    page = Page(offset_of(query.text("page_token", ""), _QUESTION), size, _QUESTION)
    seen_by = None if asker.identity.is_admin else asker.identity
    found = services.store.queries.find(offset=page.offset, limit=page.limit + 1, seen_by=seen_by)
    links = page.links(more=len(found) > page.limit)
    body: dict[str, Any] = {"results": [query_fields.described(each) for each in page.cut(found)]}
    if "next_page_token" in links:
        body["next_page_token"] = links["next_page_token"]
    return answer(body)


@router.get("/{query_id}", dependencies=[allow(Action.QUERY_VIEW, finders.query_in_path)])
def get(query_id: str, services: Given) -> Response:
    """A query."""
    return answer(query_fields.described(_query(services, query_id)))


@router.patch("/{query_id}", dependencies=[allow(Action.QUERY_EDIT, finders.query_in_path)])
def update(query_id: str, sent: Sent, services: Given, asker: Asker) -> Response:
    """Change the fields that `update_mask` names; a field that is named and not given is taken away."""
    sent.only("query", "update_mask", "auto_resolve_display_name", "id")
    before = _query(services, query_id)
    fields = query_fields.checked(sent.mapping("query"), query_fields.UPDATED)
    changes = query_fields.masked(sent.text("update_mask"), fields)
    name = changes.pop("display_name", before.display_name)
    text, owner = changes.pop("query_text", before.query_text), changes.pop("owner_user_name", before.owner)
    if owner != before.owner:
        _check_owner(services, asker, query_id, owner)
    body = {**before.body, **changes, "last_modifier_user_name": asker.user_name}
    after = replace(
        before,
        display_name=_free_name(services.store.queries, name, body, query_id, number=_numbered(sent, fields)),
        query_text=text,
        owner=owner,
        updated_ms=services.clock.now_ms(),
        body={key: value for key, value in body.items() if value is not None},
    )
    services.store.queries.save(after)
    if owner != before.owner:
        _hand_over(services, query_id)
    return answer(query_fields.described(after))


@router.delete("/{query_id}", dependencies=[allow(Action.QUERY_EDIT, finders.query_in_path)])
def delete(query_id: str, services: Given) -> Response:
    """Delete a query, for good. Jobs that name it fail from then on, with a text that names it."""
    if not services.store.queries.delete(query_id):
        raise _none(query_id)
    services.store.acls.delete(_QUERIES, query_id)
    return answer({})


def _query(services: Services, query_id: str) -> QueryRecord:
    found = services.store.queries.get(query_id)
    if found is None:
        raise _none(query_id)
    return found


def _none(query_id: str) -> NotFound:
    return finders.no_query(query_id)


def _check_folder(services: Services, asker: Caller, path: str) -> None:
    """That the caller may keep something in this folder of the workspace: names are taken folder by folder."""
    services.gate.check(asker.identity, Action.FILES_EDIT, finders.place(services, path))


def _check_owner(services: Services, asker: Caller, query_id: str, owner: str) -> None:
    level = services.gate.level(asker.identity, _QUERIES, query_id)
    if not reaches(_QUERIES, level, "CAN_MANAGE"):
        raise PermissionDenied(f"owner_user_name: to give the query away needs CAN_MANAGE on it; you have {level}.")
    if services.store.principals.identity(owner) is None:
        raise InvalidParameterValue(f"owner_user_name is {owner[:200]!r}; there is no active user of this name.")


def _hand_over(services: Services, query_id: str) -> None:
    """An owner who is named in the access list comes before the one of the query: let there be none."""
    entries = services.store.acls.entries(_QUERIES, query_id)
    kept = [entry for entry in entries if entry.level != OWNER]
    if len(kept) < len(entries):
        services.store.acls.replace(_QUERIES, query_id, kept)


def _new_id(services: Services) -> str:
    return str(uuid.UUID(services.ids.token(16)))


def _numbered(sent: Fields, fields: dict[str, Any]) -> bool:
    """Whether a name that is taken gets a number; always where nobody chose the name."""
    return sent.flag("auto_resolve_display_name", default="display_name" not in fields)


def _free_name(queries: QueryStore, name: str, body: dict[str, Any], query_id: str, *, number: bool) -> str:
    """The name, or the first of `name (1)`, `name (2)`, … that no other query of the folder has."""
    folder = body.get("parent_path")
    taken = {
        each.display_name
        for each in _all(queries)
        if each.query_id != query_id and each.body.get("parent_path") == folder
    }
    if name not in taken:
        return name
    if not number:
        raise AlreadyExists(
            f"There is a query {name!r} in {folder} already; set auto_resolve_display_name to number it."
        )
    return next(free for at in range(1, len(taken) + 2) if (free := f"{name} ({at})") not in taken)


def _all(queries: QueryStore) -> Iterator[QueryRecord]:
    offset = 0
    while found := queries.find(offset=offset, limit=_AT_ONCE):
        yield from found
        offset += len(found)
