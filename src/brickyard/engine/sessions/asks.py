"""Answers what the workers of sessions ask. Called on threads of compute; an answer may take as long as it needs."""

from __future__ import annotations

import base64
from typing import Any, assert_never

import msgspec

from brickyard.access.levels import ObjectType, reaches
from brickyard.engine.access.gate import Gate
from brickyard.engine.metastore_asks import MetastoreAsks
from brickyard.engine.sessions.live import LiveSessions
from brickyard.errors import InvalidState, NotFound
from brickyard.ports import Environments, PrincipalStore, SecretStore
from brickyard.workloads.messages import (
    Body,
    DropSchema,
    DropTable,
    ExplainCompute,
    GetClusterSecrets,
    GetCompute,
    GetSecret,
    GetTaskValue,
    ListSchemas,
    ListSecrets,
    ListTables,
    LookupTables,
    Outcome,
    PrepareCheckout,
    PrepareEnvironment,
    PutSchema,
    PutTable,
    RunNotebook,
    SetTaskValue,
)
from brickyard.workloads.session_messages import EndCommand, NextCommand


class SessionReports:
    """What the workers of sessions ask and report. The match proves that no question is forgotten."""

    def __init__(
        self,
        *,
        sessions: LiveSessions,
        secrets: SecretStore,
        metastore: MetastoreAsks,
        environments: Environments,
        gate: Gate,
        principals: PrincipalStore,
    ) -> None:
        self._sessions = sessions
        self._secrets = secrets
        self._metastore = metastore
        self._environments = environments
        self._gate = gate
        self._principals = principals

    def knows(self, attempt_id: int) -> bool:
        """Whether this is a session's worker, and no task's."""
        return self._sessions.knows(attempt_id)

    def ended(self, attempt_id: int, outcome: Outcome) -> None:
        """The worker is gone."""
        self._sessions.ended(attempt_id, outcome)

    def answer(self, attempt_id: int, body: Body) -> Any:
        """The answer, ready for JSON.

        Raises:
            BrickyardError: refused; text and code are for the worker.
        """
        match body:
            case NextCommand():
                return self._sessions.next_command(attempt_id)
            case EndCommand():
                return self._sessions.end_command(attempt_id, body)
            case GetCompute() | ExplainCompute() | PrepareEnvironment() | GetClusterSecrets():
                return self._provide(attempt_id, body)
            case GetSecret() | ListSecrets():
                return self._secret(attempt_id, body)
            case SetTaskValue() | GetTaskValue():
                raise InvalidState("Task values belong to the tasks of a job; here no job runs.")
            case RunNotebook():
                raise InvalidState("dbutils.notebook.run belongs to the tasks of a job; here no job runs. Use %run.")
            case PrepareCheckout():
                raise InvalidState("A session has no Git source.")
            case LookupTables() | ListTables() | ListSchemas() | PutTable() | DropTable() | PutSchema() | DropSchema():
                return self._metastore.answer(body)
            case _:
                assert_never(body)

    def _provide(
        self, attempt_id: int, body: GetCompute | ExplainCompute | PrepareEnvironment | GetClusterSecrets
    ) -> Any:
        request = self._sessions.request(attempt_id)
        match body:
            case GetCompute():
                return msgspec.to_builtins(request.compute.acquire())
            case ExplainCompute():
                return request.compute.explain()
            case PrepareEnvironment():
                return str(self._environments.prepare(request.requirements))
            case GetClusterSecrets():
                return dict(request.secrets)

    def _secret(self, attempt_id: int, body: GetSecret | ListSecrets) -> Any:
        if isinstance(body, ListSecrets) and body.scope is None:
            return [scope for scope in self._secrets.scopes() if self._may_read(attempt_id, scope)]
        scope = body.scope or ""
        if not self._may_read(attempt_id, scope):
            raise NotFound(f"Scope {scope[:128]} does not exist.")
        if isinstance(body, GetSecret):
            return base64.b64encode(self._secrets.get(scope, body.key)).decode("ascii")
        return [key for key, _ in self._secrets.keys(scope)]

    def _may_read(self, attempt_id: int, scope: str) -> bool:
        who = self._principals.identity(self._sessions.request(attempt_id).user_name)
        kind = ObjectType.SECRET_SCOPES
        return who is not None and reaches(kind, self._gate.level(who, kind, scope), "READ")
