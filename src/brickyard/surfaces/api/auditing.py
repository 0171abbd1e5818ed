"""What of the traffic goes into the audit log: what changes something, what was refused, and what leaves the house.

An event says who asked for what, and how it ended. Of a body it has the names of the fields at most, of a query
nothing, so no secret and no value gets into the log. What a caller may choose is escaped: no line can be forged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brickyard.access.actions import Action
from brickyard.engine.access.audit import Witness, escaped
from brickyard.ports import Clock
from brickyard.records import AuditEvent
from brickyard.surfaces.api.allowed import action_of

REFUSED: Final = frozenset({401, 403, 421, 429})
"""An answer with one of these is recorded whatever was asked."""
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ONLY_READ: Final = frozenset(
    {
        Action.KNOW_ONESELF,
        Action.JOB_LIST,
        Action.JOB_VIEW,
        Action.RUN_LIST,
        Action.CLUSTER_LIST,
        Action.CATALOGUE,
        Action.FILES_READ,
        Action.SCOPE_LIST,
        Action.WAREHOUSE_LIST,
        Action.QUERY_VIEW,
        Action.PEOPLE_VIEW,
        Action.PERMISSIONS_VIEW,
        Action.AUDIT_VIEW,
    }
)
"""Actions that change nothing, also where the method is POST."""
_MAX_NAMES: Final = 40
_MAX_NAME: Final = 60
_MAX_FAULT: Final = 64 * 1024
"""Bytes of an answer that are looked at for its error code."""


class AuditDoor:
    """ASGI middleware around everything else: it sees also what the front door refuses."""

    def __init__(self, app: ASGIApp, *, witness: Witness, clock: Clock) -> None:
        self._app = app
        self._witness = witness
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and record it before the end of its answer is sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        seen = _Answer()

        async def watched(message: Message) -> None:
            if seen.see(message):
                self._record(scope, seen)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            if not seen.whole:
                self._record(scope, seen)

    def _record(self, scope: Scope, seen: _Answer) -> None:
        action = _declared(scope)
        if _worth_it(scope, action, seen.status):
            self._witness(_event(scope, action, seen, self._clock.now_ms()))


class _Answer:
    """What is seen of an answer. Without one the client has gone."""

    def __init__(self) -> None:
        self.status = 499
        self.request_id = ""
        self.error_code = ""
        self.whole = False

    def see(self, message: Message) -> bool:
        """Take note of a part of the answer; true for its end."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            self.request_id = MutableHeaders(scope=message).get("x-request-id", "")
        elif self.status >= 400 and not self.error_code:
            self.error_code = _code(message.get("body", b""))
        ends = message["type"] == "http.response.body" and not message.get("more_body", False)
        self.whole = self.whole or ends
        return ends


def _declared(scope: Scope) -> Action | None:
    route = scope.get("route")
    return action_of(route) if isinstance(route, APIRoute) else None


def _worth_it(scope: Scope, action: Action | None, status: int) -> bool:
    if status in REFUSED:
        return True
    if action is None:
        # An open route that came to know who it was: somebody has signed in.
        return bool(scope["state"].get("user_name"))
    if scope["method"] not in _READING:
        return action not in _ONLY_READ
    return status < 400 and (action is Action.SECRET_READ or _template(scope).endswith("/export"))


def _event(scope: Scope, action: Action | None, seen: _Answer, at_ms: int) -> AuditEvent:
    state: dict[str, Any] = scope["state"]
    run_id = state.get("run_id", 0)
    fields = _names(state.get("fields", ()))
    return AuditEvent(
        at_ms=at_ms,
        user_name=escaped(state.get("user_name", "")),
        action=action.value if action else "",
        request=f"{escaped(scope['method'])} {_template(scope) or '(no endpoint)'}",
        object=escaped(str(state.get("ref") or "")),
        status=seen.status,
        error_code=escaped(seen.error_code),
        request_id=seen.request_id,
        source_ip=(scope.get("client") or ("",))[0],
        details={**({"fields": fields} if fields else {}), **({"run_id": run_id} if run_id else {})},
    )


def _names(fields: Iterable[str]) -> list[str]:
    known = list(fields)
    cut = [escaped(name[:_MAX_NAME]) for name in known[:_MAX_NAMES]]
    return [*cut, f"and {len(known) - _MAX_NAMES} more"] if len(known) > _MAX_NAMES else cut


def _template(scope: Scope) -> str:
    """The path of the route, without what was asked; "" where the request got to none."""
    route, path = scope.get("route"), str(scope["path"])
    if not isinstance(route, APIRoute):
        return ""
    # A route of a router within a router knows the end of its path only; what is before it is no parameter.
    ends = (place for place, each in enumerate(path) if each == "/" and route.path_regex.match(path[place:]))
    return path[: next(ends, 0)] + route.path


def _code(body: bytes) -> str:
    try:
        fault = msgspec.json.decode(body[:_MAX_FAULT])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    if not isinstance(fault, dict):
        return ""
    # The second is OAuth's form, the third SCIM's; clients of the service call such an error by its status.
    scim = f"SCIM_{fault['status']}" if "status" in fault else ""
    return str(fault.get("error_code") or fault.get("error") or scim)
