"""Secrets that code asks for by `dbutils.secrets`: read with the rights of whoever it acts as."""

from __future__ import annotations

import base64
from typing import Any

from brickyard.access.actions import Action
from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType, reaches
from brickyard.access.refs import Ref
from brickyard.engine.access.audit import Witness, escaped
from brickyard.engine.access.gate import Gate
from brickyard.errors import BrickyardError, NotFound
from brickyard.ports import Clock, SecretStore
from brickyard.records import AuditEvent
from brickyard.workloads.messages import GetSecret, ListSecrets


class SecretAsks:
    """The answers to questions of workers about secrets."""

    def __init__(
        self, secrets: SecretStore, gate: Gate, *, witness: Witness | None = None, clock: Clock | None = None
    ) -> None:
        """Reads go into the audit log where there is a `witness`, which then needs the `clock`."""
        self._secrets = secrets
        self._gate = gate
        self._witness = witness
        self._clock = clock

    def answer(self, who: Identity, body: GetSecret | ListSecrets) -> Any:
        """The value as base64, the keys of a scope, or the names of the scopes that may be read.

        Raises:
            NotFound: there is no such scope or key, or it may not even be seen.
            PermissionDenied: it may not be read.
        """
        if isinstance(body, ListSecrets) and body.scope is None:
            return [scope for scope in self._secrets.scopes() if self._may_read(who, scope)]
        scope = body.scope or ""
        missing = NotFound(f"Scope {scope[:128]} does not exist.")
        ref = Ref(kind=ObjectType.SECRET_SCOPES, object_id=scope, missing=missing)
        if isinstance(body, GetSecret):
            return self._value(who, ref, body.key)
        self._gate.check(who, Action.SECRET_READ, ref)
        return [key for key, _ in self._secrets.keys(scope)]

    def _value(self, who: Identity, ref: Ref, key: str) -> str:
        try:
            self._gate.check(who, Action.SECRET_READ, ref)
            value = self._secrets.get(ref.object_id, key)
        except BrickyardError as error:
            self._tell(who, ref, error.status, error.code)
            raise
        self._tell(who, ref, 200, "")
        return base64.b64encode(value).decode("ascii")

    def _tell(self, who: Identity, ref: Ref, status: int, code: str) -> None:
        if self._witness is not None and self._clock is not None:
            event = AuditEvent(
                at_ms=self._clock.now_ms(),
                user_name=escaped(who.name),
                action=Action.SECRET_READ.value,
                request="dbutils.secrets.get",
                object=escaped(str(ref)),
                status=status,
                error_code=code,
                details={"run_id": who.run_id} if who.run_id else {},
            )
            self._witness(event)

    def _may_read(self, who: Identity, scope: str) -> bool:
        kind = ObjectType.SECRET_SCOPES
        return reaches(kind, self._gate.level(who, kind, scope), "READ")
