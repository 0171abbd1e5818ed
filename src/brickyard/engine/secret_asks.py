"""Secrets that code asks for by `dbutils.secrets`: read with the rights of whoever it acts as."""

from __future__ import annotations

import base64
from typing import Any

from brickyard.access.actions import Action
from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType, reaches
from brickyard.access.refs import Ref
from brickyard.engine.access.gate import Gate
from brickyard.errors import NotFound
from brickyard.ports import SecretStore
from brickyard.workloads.messages import GetSecret, ListSecrets


class SecretAsks:
    """The answers to questions of workers about secrets."""

    def __init__(self, secrets: SecretStore, gate: Gate) -> None:
        self._secrets = secrets
        self._gate = gate

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
        self._gate.check(who, Action.SECRET_READ, ref)
        if isinstance(body, GetSecret):
            return base64.b64encode(self._secrets.get(scope, body.key)).decode("ascii")
        return [key for key, _ in self._secrets.keys(scope)]

    def _may_read(self, who: Identity, scope: str) -> bool:
        kind = ObjectType.SECRET_SCOPES
        return reaches(kind, self._gate.level(who, kind, scope), "READ")
