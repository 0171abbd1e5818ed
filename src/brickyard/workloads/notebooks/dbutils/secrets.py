"""`dbutils.secrets`. Every value that is read is redacted in all outputs from then on."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

from brickyard.workloads.bridge import AskError
from brickyard.workloads.messages import GetSecret, ListSecrets
from brickyard.workloads.notebooks.dbutils.utility import Utility
from brickyard.workloads.notebooks.scope import Scope


class SecretError(Exception):
    """A secret could not be read; the text names scope and key."""


class SecretMetadata(NamedTuple):
    """A secret without its value."""

    key: str


class SecretScope(NamedTuple):
    """A scope of secrets."""

    name: str

    def getName(self) -> str:
        return self.name


class SecretUtility(Utility):
    """Secrets. Their values are replaced by [REDACTED] in everything that the notebook shows."""

    path = "dbutils.secrets"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get(self, scope: str, key: str) -> str:
        """The secret as text.

        Raises:
            SecretError: there is no such scope or key, or its value is no UTF-8.
        """
        try:
            return self.getBytes(scope, key).decode()
        except UnicodeDecodeError:
            raise SecretError(f"The secret {key!r} of the scope {scope!r} is no UTF-8 text; use getBytes") from None

    def getBytes(self, scope: str, key: str) -> bytes:
        """The secret as bytes.

        Raises:
            SecretError: there is no such scope or key.
        """
        _check(scope=scope, key=key)
        try:
            value = base64.b64decode(self._scope.bridge.ask(GetSecret(scope=scope, key=key)))
        except AskError as error:
            raise SecretError(f"Secret does not exist with scope: {scope} and key: {key} ({error})") from None
        self._scope.redactor.add(value)
        return value

    def list(self, scope: str) -> Sequence[SecretMetadata]:
        """The keys of a scope.

        Raises:
            SecretError: there is no such scope.
        """
        _check(scope=scope)
        try:
            return [SecretMetadata(key) for key in self._scope.bridge.ask(ListSecrets(scope=scope))]
        except AskError as error:
            raise SecretError(f"Secret scope {scope} cannot be listed: {error}") from None

    def listScopes(self) -> Sequence[SecretScope]:
        """All scopes."""
        return [SecretScope(name) for name in self._scope.bridge.ask(ListSecrets())]


def _check(**values: object) -> None:
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise TypeError(f"{name} of a secret must be a str that is not empty, not {value!r}")
