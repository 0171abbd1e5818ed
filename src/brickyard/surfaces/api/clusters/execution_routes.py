"""`/api/1.2/contexts` and `/api/1.2/commands`: code that is run on an all-purpose cluster, piece by piece.

Source: databricks-sdk 0.156, command execution. Names are in camel case here and nowhere else.
"""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.access.refs import Ref
from brickyard.errors import FeatureDisabled, InvalidState, NotFound
from brickyard.ports.sessions import SessionInfo, SessionState
from brickyard.surfaces.api import finders
from brickyard.surfaces.api.access import Asker, Caller
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query, Sent
from brickyard.surfaces.api.clusters.wire_commands import Language, command_body
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.services import Given, Services
from brickyard.workloads.session_messages import SessionCommand

router = APIRouter(prefix="/api/1.2", tags=["Command execution"])

_REFUSED = {"scala": "there is no JVM", "r": "there is no R"}
_STATES = {SessionState.PENDING: "Pending", SessionState.RUNNING: "Running", SessionState.ERROR: "Error"}


def cluster_sent(sent: Sent, services: Given) -> Ref:
    """The `clusterId` of the body."""
    return finders.cluster(services, sent.text("clusterId"))


def cluster_asked(query: Query, services: Given) -> Ref:
    """The `clusterId` of the query."""
    return finders.cluster(services, query.text("clusterId"))


_SENT = [allow(Action.CLUSTER_VIEW, cluster_sent)]
_ASKED = [allow(Action.CLUSTER_VIEW, cluster_asked)]


@router.post("/contexts/create", dependencies=_SENT)
def create_context(sent: Sent, services: Given, asker: Asker) -> Response:
    """Open a shell on a running cluster; answers at once with its id."""
    sent.only("clusterId", "language")
    _language(sent, "python")
    request = services.all_purpose.existing.session(sent.text("clusterId"), asker.user_name)
    return answer({"id": services.sessions.open(request)})


@router.get("/contexts/status", dependencies=_ASKED)
def context_status(query: Query, services: Given, asker: Asker) -> Response:
    """Whether a shell is ready."""
    context = _context(services, query.only("clusterId", "contextId"), asker)
    return answer({"id": context.session_id, "status": _STATES[context.state]})


@router.post("/contexts/destroy", dependencies=_SENT)
def destroy_context(sent: Sent, services: Given, asker: Asker) -> Response:
    """End a shell, and whatever runs in it."""
    context = _context(services, sent.only("clusterId", "contextId"), asker)
    services.sessions.close(context.session_id, "The context was destroyed.")
    return answer({"id": context.session_id})


@router.post("/commands/execute", dependencies=_SENT)
def execute(sent: Sent, services: Given, asker: Asker) -> Response:
    """Have a command performed after those that wait already; answers at once with its id."""
    sent.only("clusterId", "contextId", "language", "command")
    context = _context(services, sent, asker)
    command = SessionCommand(language=_language(sent, "python"), text=sent.text("command", ""))
    return answer({"id": services.sessions.execute(context.session_id, command)})


@router.get("/commands/status", dependencies=_ASKED)
def command_status(query: Query, services: Given, asker: Asker) -> Response:
    """How a command is, and what it gave."""
    context = _context(services, query.only("clusterId", "contextId", "commandId"), asker)
    return answer(command_body(services.sessions.command(context.session_id, query.text("commandId"))))


@router.post("/commands/cancel", dependencies=_SENT)
def cancel(sent: Sent, services: Given, asker: Asker) -> Response:
    """Interrupt a command, or take it out of the line."""
    context = _context(services, sent.only("clusterId", "contextId", "commandId"), asker)
    services.sessions.cancel(context.session_id, sent.text("commandId"))
    return answer({"id": sent.text("commandId")})


def _context(services: Services, fields: Fields, asker: Caller) -> SessionInfo:
    """A shell of this cluster and of this caller: what stands in it is nobody else's.

    Raises:
        NotFound: there is none.
        InvalidState: the cluster has no engine any more.
    """
    session_id = fields.text("contextId")
    found = services.sessions.info(session_id)
    if found.host != fields.text("clusterId") or found.user_name != asker.user_name:
        raise NotFound(f"Context {session_id[:100]!r} does not exist.")
    cluster = services.all_purpose.get(found.host)
    if cluster.state != "RUNNING":
        raise InvalidState(f"Cluster {found.host} is {cluster.state}. {cluster.state_message}".rstrip())
    return found


def _language(fields: Fields, default: str) -> Language:
    language = fields.choice("language", ["python", "sql", "scala", "r"], default)
    if language in _REFUSED:
        raise FeatureDisabled(f"language is {language!r}; it cannot run here: {_REFUSED[language]}. Use python or sql.")
    return cast("Language", language)
