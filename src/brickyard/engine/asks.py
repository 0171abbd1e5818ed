"""Answers what only the server knows. Called on threads of compute; an answer may take as long as it needs.

A worker that was cut off repeats its asks, so each is safe to answer twice.
"""

from __future__ import annotations

from typing import Any, assert_never

from brickyard.engine.active import ActiveRuns
from brickyard.engine.children import Children
from brickyard.engine.compute_asks import ComputeAsks
from brickyard.engine.metastore_asks import MetastoreAsks
from brickyard.engine.provisions import Provisions
from brickyard.engine.run_identities import RunIdentities
from brickyard.engine.run_tokens import RunTokens
from brickyard.engine.secret_asks import SecretAsks
from brickyard.engine.task_values import TaskValues
from brickyard.errors import InvalidState
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
    PrepareCheckout,
    PrepareEnvironment,
    PutSchema,
    PutTable,
    RunNotebook,
    SetTaskValue,
)
from brickyard.workloads.session_messages import EndCommand, NextCommand


class Asks:
    """One method per subject; the match proves that none is forgotten."""

    def __init__(
        self,
        *,
        active: ActiveRuns,
        task_values: TaskValues,
        secrets: SecretAsks,
        identities: RunIdentities,
        tokens: RunTokens,
        metastore: MetastoreAsks,
        compute: ComputeAsks,
        children: Children,
        provisions: Provisions,
    ) -> None:
        self._active = active
        self._task_values = task_values
        self._secrets = secrets
        self._identities = identities
        self._tokens = tokens
        self._metastore = metastore
        self._compute = compute
        self._children = children
        self._provisions = provisions

    def answer(self, attempt_id: int, ask_id: int, body: Body) -> Any:
        """The answer, ready for JSON.

        Raises:
            BrickyardError: refused; text and code are for the worker.
        """
        match body:
            case GetCompute() | ExplainCompute() | GetClusterSecrets():
                return self._ask_compute(attempt_id, body)
            case SetTaskValue() | GetTaskValue():
                return self._task_value(attempt_id, body)
            case GetSecret() | ListSecrets():
                return self._secrets.answer(self._identities.of(attempt_id), body)
            case GetToken():
                return self._tokens.issue(attempt_id)
            case RunNotebook():
                return self._children.run(attempt_id, ask_id, body)
            case PrepareEnvironment():
                return self._provisions.environment(attempt_id)
            case PrepareCheckout():
                return self._provisions.checkout(attempt_id)
            case LookupTables() | ListTables() | ListSchemas() | PutTable() | DropTable() | PutSchema() | DropSchema():
                return self._metastore.answer(body)
            case NextCommand() | EndCommand():
                raise InvalidState("A task performs no commands of a session.")
            case _:
                assert_never(body)

    def _ask_compute(self, attempt_id: int, body: GetCompute | ExplainCompute | GetClusterSecrets) -> Any:
        match body:
            case GetCompute():
                return self._compute.acquire(attempt_id)
            case ExplainCompute():
                return self._compute.explain(attempt_id)
            case GetClusterSecrets():
                return self._compute.secrets(attempt_id)

    def _task_value(self, attempt_id: int, body: SetTaskValue | GetTaskValue) -> str | None:
        run, attempt = self._active.of_attempt(attempt_id)
        if isinstance(body, GetTaskValue):
            return self._task_values.get(run.run_id, body.task_key, body.key)
        self._task_values.set(run, attempt, body.key, body.json)
        return None
