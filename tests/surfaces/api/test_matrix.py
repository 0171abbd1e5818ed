"""Who gets how far: every route, asked by every role for an object of its own and for a stranger's.

What the table of actions says is compared with what the server does: routes, their finders, tokens, access lists and
the gate are the real ones. Only what comes behind the gate is not done: whoever is let through is told so.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from brickyard.access.actions import RULES, Action, Role, Rule, concerns_object, needed
from brickyard.access.identity import Identity
from brickyard.access.levels import LEVELS, ObjectType
from brickyard.access.refs import Ref
from brickyard.engine.access.gate import Gate
from brickyard.errors import BrickyardError
from brickyard.storage.store import open_store
from brickyard.surfaces.api import allowed, faults
from brickyard.surfaces.api.access import OPEN_PATHS, authenticate
from brickyard.surfaces.api.allowed import declared
from tests.surfaces.api.house import HandClock, build_house
from tests.surfaces.api.matrix_world import CASES, FOREIGN, OWN, PEOPLE, TOKENS, World, built, level_of
from tests.surfaces.api.walking import walked

ROLES = ("nobody", *PEOPLE[:-1], "admin", *TOKENS)
THROUGH, HIDDEN, DENIED, UNKNOWN = "let through", "as if it were not there", "denied", "not known"
_PLACES = re.compile("place")
"""Finders of places where something is to be made: there a stranger is told that it is not for him."""
_PERSONAL = frozenset({"statements_routes.statement_in_path"})
"""Finders of what is there for its maker alone, whoever may use the object that it was made with."""
_OF_RUN = re.compile(r"finders\.(task_)?run_")
BASE = "http://127.0.0.1"
_BODIES = {"POST", "PUT", "PATCH"}


class Passed(BrickyardError):
    """The gate has let somebody through."""

    code: ClassVar[str] = "PASSED"
    status: ClassVar[int] = 299


class Turnstile(Gate):
    """The gate, behind which there is nothing."""

    def check(self, who: Identity, action: Action, ref: Ref | None = None) -> None:
        super().check(who, action, ref)
        raise Passed


@dataclass(frozen=True)
class Case:
    """One route with what it declares."""

    method: str
    template: str
    action: Action
    finder: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("matrix")
    store = open_store("sqlite://", key_file=folder / "key", clock=HandClock())
    house = build_house(folder, store)
    yield built(house)
    store.close()


@pytest.fixture(scope="module")
def app(world: World) -> FastAPI:
    made = world.house.app(BASE)
    made.state.services = replace(made.state.services, gate=Turnstile(world.house.store))
    return made


def cases(app: FastAPI) -> list[Case]:
    """Every route that asks for a token, with each of its methods."""
    found = []
    for prefix, route in walked(app):
        if prefix + route.path in OPEN_PATHS:
            continue
        action = allowed.action_of(route)
        assert action is not None, f"{route.path} declares nothing"
        path = prefix + route.path
        finder = "finding.find_warehouse" if "/permissions/sql/warehouses/" in path else _finder(route)
        found += [Case(method, path, action, finder) for method in sorted(route.methods or ())]
    return found


def _finder(route: APIRoute) -> str:
    (check,) = [each for each in route.dependant.dependencies if each.call in allowed._ACTIONS]
    call = next(each.call for each in check.dependencies if each.name == "ref")
    assert call is not None
    return f"{call.__module__.rpartition('.')[2]}.{call.__qualname__}"


# ------------------------------------------------------------------------------------------------- what the table says


def expected(case: Case, role: str, which: str) -> str:
    """How far a role gets by the table."""
    rule = RULES[case.action]
    if role == "nobody":
        return UNKNOWN
    person = "owner" if role in TOKENS else role
    if case.finder in _PERSONAL and person != "admin" and (person, which) != ("owner", OWN):
        return HIDDEN
    if role in TOKENS and not rule.in_run:
        return DENIED
    if not concerns_object(case.action):
        return DENIED if rule.role is Role.ADMIN and role != "admin" else THROUGH
    kind = kind_of(case, rule)
    if role in TOKENS and kind is ObjectType.JOBS:
        return THROUGH if _is_of_token(case, role, which) else _hidden(case)
    return THROUGH if role == "admin" else _by_level(case, rule, kind, _level(person, kind, which))


def _level(person: str, kind: ObjectType, which: str) -> str:
    return level_of(person, kind) if which == OWN or kind is ObjectType.TOKENS else ""


def kind_of(case: Case, rule: Rule) -> ObjectType:
    if rule.kind is not None:
        return rule.kind
    return ObjectType.WAREHOUSES if case.finder == "finding.find_warehouse" else ObjectType.JOBS


def _is_of_token(case: Case, role: str, which: str) -> bool:
    """Its own run, or the job of it; other runs of the job it does not reach."""
    if role == TOKENS[2]:
        return which == FOREIGN
    return which == OWN and (role == TOKENS[0] or not _OF_RUN.match(case.finder))


def _by_level(case: Case, rule: Rule, kind: ObjectType, has: str) -> str:
    wanted, order = needed(rule, kind), LEVELS[kind]
    if not has:
        return _hidden(case)
    return THROUGH if wanted and order.index(has) >= order.index(wanted) else DENIED


def _hidden(case: Case) -> str:
    return DENIED if _PLACES.search(case.finder) else HIDDEN


# ------------------------------------------------------------------------------------------------ what the server does


async def found(client: httpx.AsyncClient, world: World, case: Case, role: str, which: str) -> str:
    parts = world.ask(case.finder, which)
    names = {"full_name": "a.b", "name": "a", "version": "1", "index": "0", **parts.get("path", {})}
    path = re.sub(r"{(\w+)(:path)?}", lambda match: str(names.get(match[1], 1)).lstrip("/"), case.template)
    sent: dict[str, Any] = {"params": parts.get("query"), "headers": world.headers[role]}
    if case.method in _BODIES:
        sent["json"] = parts.get("json", {})
    answer = await client.request(case.method, path, **sent)
    if answer.status_code in {400, 404}:
        said = answer.json()["message"] if answer.content else "does not exist"
        assert re.search("does not exist|doesn't exist|was not found", said), (str(case), role, which, said)
        return HIDDEN
    return {299: THROUGH, 401: UNKNOWN, 403: DENIED}.get(answer.status_code, f"{answer.status_code} {answer.text}")


def test_every_route_names_its_object_in_a_way_that_is_asked_here(app: FastAPI) -> None:
    """A new route with another way needs a case; a case without a route is none."""
    assert {case.finder for case in cases(app)} == set(CASES)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_exactly_as_far_as_the_table_says(world: World, app: FastAPI, role: str) -> None:
    async def ask() -> list[str]:
        wrong = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
            for case in cases(app):
                for which in (OWN, FOREIGN) if concerns_object(case.action) else (OWN,):
                    wanted = expected(case, role, which)
                    got = await found(client, world, case, role, which)
                    if got != wanted:
                        wrong.append(f"{case} by {role}, {which}: {got}, and the table says {wanted}")
        return wrong

    assert asyncio.run(ask()) == []


def test_every_action_of_the_table_is_that_of_a_route_or_of_what_runs_inside_a_job(app: FastAPI) -> None:
    """A right that nothing asks for would be a promise that nobody keeps."""
    assert set(Action) - {case.action for case in cases(app)} <= {Action.FILES_RUN}


def test_a_route_that_declares_nothing_is_not_served(world: World, app: FastAPI) -> None:
    made = FastAPI(dependencies=[Depends(authenticate), Depends(declared)])
    made.state.services, made.state.reception = app.state.services, app.state.reception
    faults.install(made)
    made.get("/api/forgotten")(lambda: "secrets")

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url=BASE) as client:
            return await client.get("/api/forgotten", headers=world.headers["admin"])

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["message"]) == (403, "Nobody may use this endpoint.")


@pytest.mark.parametrize("role", TOKENS)
def test_the_token_of_a_task_changes_no_job_and_starts_nothing(role: str) -> None:
    """Said by the table itself: nothing that changes jobs, runs, people or the installation is for tasks."""
    for action in (
        Action.JOB_CREATE,
        Action.JOB_EDIT,
        Action.JOB_OWN,
        Action.JOB_RUN,
        Action.JOB_LIST,
        Action.RUN_LIST,
        Action.RUN_SUBMIT,
        Action.PERMISSIONS_VIEW,
        Action.PERMISSIONS_CHANGE,
        Action.PEOPLE_VIEW,
        Action.PEOPLE_CHANGE,
        Action.OWN_TOKENS,
        Action.TOKEN_CREATE,
        Action.SECRET_WRITE,
        Action.SECRET_MANAGE,
        Action.ADMINISTER,
        Action.AUDIT_VIEW,
    ):
        assert not RULES[action].in_run, (role, action)
