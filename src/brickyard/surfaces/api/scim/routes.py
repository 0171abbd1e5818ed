"""`/api/2.0/preview/scim/v2/Users|Groups|ServicePrincipals`: everybody may read, administrators change."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from brickyard.access import naming
from brickyard.access.actions import Action
from brickyard.access.identity import PrincipalKind
from brickyard.engine.access import directory
from brickyard.engine.access.people import People
from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.records import PrincipalRecord
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.inputs import Fields, as_whole
from brickyard.surfaces.api.reception import Desk, note
from brickyard.surfaces.api.scim import lists, patches, reading, resources
from brickyard.surfaces.api.scim.resources import Json
from brickyard.surfaces.api.services import Given, Services

router = APIRouter(prefix="/api/2.0/preview/scim/v2", tags=["Users, groups and service principals"])

_SEE, _CHANGE = allow(Action.PEOPLE_VIEW), allow(Action.PEOPLE_CHANGE)
_WORDS = {
    PrincipalKind.USER: "user",
    PrincipalKind.GROUP: "group",
    PrincipalKind.SERVICE_PRINCIPAL: "service principal",
}


class Endpoints:
    """The endpoints of one kind of resource."""

    def __init__(self, kind: PrincipalKind) -> None:
        self._kind = kind

    def add_to(self, routes: APIRouter) -> None:
        """Declare them; what they do is said in the words of the kind."""
        place, word = f"/{resources.PLACES[self._kind]}", _WORDS[self._kind]
        one = place + "/{principal_id}"
        for path, method, handler, what in (
            (place, "GET", self.listed, f"Pages of all {word}s, or of those that a filter finds."),
            (one, "GET", self.get, f"One {word}."),
            (place, "POST", self.create, f"Make a {word}."),
            (one, "PUT", self.replace, f"Replace what is kept of a {word}; what is not sent is forgotten."),
            (one, "PATCH", self.patch, f"Change parts of a {word}."),
            (one, "DELETE", self.delete, f"Delete a {word}, with all tokens, secrets and rights."),
        ):
            rule = _SEE if method == "GET" else _CHANGE
            name = f"{handler.__name__} {word}".replace(" ", "_")
            routes.add_api_route(path, handler, methods=[method], name=name, description=what, dependencies=[rule])

    def listed(self, query: Query, services: Given) -> Response:
        """A page of resources."""
        query.only(*lists.ASKED)
        store = services.store.principals
        # Most clients look for one by its name, some of them for many, one after the other.
        name = lists.name_asked(self._kind, query)
        one = store.named(self._kind, name) if name else None
        every = [_shown(store, one)] if one is not None else _all(services, self._kind)
        return answer(lists.page(self._kind, every, query))

    def get(self, principal_id: str, query: Query, services: Given) -> Response:
        """One resource, or parts of it."""
        query.only("attributes", "excludedAttributes")
        store = services.store.principals
        return answer(lists.selection(self._kind, query)(_shown(store, self._found(services, principal_id))))

    def create(self, request: Request, sent: Sent, services: Given, desk: Desk) -> Response:
        """A new resource."""
        # Whoever makes a service principal need not choose its id.
        name = naming.application_id(services.ids.token(16)) if self._kind is PrincipalKind.SERVICE_PRINCIPAL else ""
        draft = reading.read(sent, PrincipalRecord(principal_id=0, kind=self._kind, name=name))
        made = desk.people.add(draft.principal, members=draft.members or (), groups=draft.groups or ())
        note(request, resources.PLACES[self._kind], made.principal_id)
        return answer(_shown(services.store.principals, made), status=201)

    def replace(self, principal_id: str, request: Request, sent: Sent, services: Given, desk: Desk) -> Response:
        """All of a resource anew."""
        return self._changed(services, desk.people, self._meant(request, services, principal_id), sent)

    def patch(self, principal_id: str, request: Request, sent: Sent, services: Given, desk: Desk) -> Response:
        """Parts of a resource."""
        sent.only("schemas", "Operations")
        if not {patches.SCHEMA}.issuperset(sent.texts("schemas")):
            raise InvalidParameterValue(f"schemas must be {patches.SCHEMA}.")
        old = self._meant(request, services, principal_id)
        resource = patches.apply(self._kind, _editable(services, old), sent.raw().get("Operations"))
        return self._changed(services, desk.people, old, Fields(resource))

    def delete(self, principal_id: str, request: Request, services: Given, desk: Desk) -> Response:
        """No resource any more."""
        desk.people.delete(self._meant(request, services, principal_id).principal_id)
        return Response(status_code=204)

    def _changed(self, services: Services, people: People, old: PrincipalRecord, sent: Fields) -> Response:
        draft = reading.read(sent, old)
        changed = people.change(draft.principal, members=draft.members, groups=draft.groups)
        return answer(_shown(services.store.principals, changed))

    def _meant(self, request: Request, services: Services, principal_id: str) -> PrincipalRecord:
        """The one that is to be changed, which the audit log is told of."""
        found = self._found(services, principal_id)
        note(request, resources.PLACES[self._kind], found.principal_id)
        return found

    def _found(self, services: Services, principal_id: str) -> PrincipalRecord:
        number = as_whole(principal_id)
        found = services.store.principals.get(number) if number is not None else None
        if found is None or found.kind is not self._kind:
            raise NotFound(f"The {_WORDS[self._kind]} with the id {principal_id[:100]!r} does not exist.")
        return found


for _kind in PrincipalKind:
    Endpoints(_kind).add_to(router)


def _shown(known: directory.Known, principal: PrincipalRecord) -> Json:
    members = known.members(principal.principal_id) if principal.kind is PrincipalKind.GROUP else ()
    return resources.shown(principal, directory.groups_of(known, principal), members)


def _all(services: Services, kind: PrincipalKind) -> list[Json]:
    """Every resource of a kind, by id, from a few questions however many they are."""
    read = directory.read(services.store.principals)
    known = directory.Listed(read)
    return [_shown(known, each) for each in sorted(read.of(kind), key=lambda record: record.principal_id)]


def _editable(services: Services, principal: PrincipalRecord) -> Json:
    """What a patch starts from, with members and direct groups."""
    store = services.store.principals
    found = resources.editable(principal)
    found["groups"] = _references(store.groups_of(principal.principal_id))
    if principal.kind is PrincipalKind.GROUP:
        found["members"] = _references(store.members(principal.principal_id))
    return found


def _references(principals: Sequence[PrincipalRecord]) -> list[Json]:
    return [{"value": str(each.principal_id), "display": each.display_name or each.name} for each in principals]
