"""Answers what the workers of sessions ask. Called on threads of compute; an answer may take as long as it needs."""

from __future__ import annotations

from typing import Any, assert_never

import msgspec

from brickyard.engine.metastore_asks import MetastoreAsks
from brickyard.engine.secret_asks import SecretAsks
from brickyard.engine.sessions.live import LiveSessions
from brickyard.errors import InvalidState, PermissionDenied
from brickyard.ports import Environments, PrincipalStore
from brickyard.workloads.messages import (
    Body,
    DropSchema,
    DropTable,
    ExplainCompute,
    GetClusterSecrets,
    GetCompute,
    GetSecret,
    GetTaskValue,
    GetToken,
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
        secrets: SecretAsks,
        metastore: MetastoreAsks,
        environments: Environments,
        principals: PrincipalStore,
    ) -> None:
        self._sessions = sessions
        self._secrets = secrets
        self._metastore = metastore
        self._environments = environments
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
            case GetToken():
                raise InvalidState(
                    "Tokens are given to the tasks of a job; here no job runs. Give the client one of yours."
                )
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
        name = self._sessions.request(attempt_id).user_name
        who = self._principals.identity(name)
        if who is None:
            raise PermissionDenied(f"The session is that of {name}, who is no active user of this server.")
        return self._secrets.answer(who, body)
