"""The values of secrets that the settings of clusters refer to."""

from __future__ import annotations

from brickyard.access.levels import ObjectType, reaches
from brickyard.engine.access.gate import Gate
from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.jobs.tasks import ClusterSpec
from brickyard.ports import PrincipalStore, SecretStore
from brickyard.workloads import secret_references


class ClusterSecrets:
    """Looks references up. Their values are handed to processes and are never stored."""

    def __init__(self, secrets: SecretStore, principals: PrincipalStore, gate: Gate) -> None:
        self._secrets = secrets
        self._principals = principals
        self._gate = gate

    def values(self, spec: ClusterSpec | None, reader: str) -> dict[str, str]:
        """By reference, as it is written: the secret's text, as `reader` (a user's name) may read it.

        Raises:
            InvalidParameterValue: a secret does not exist, is no text, or may not be read.
        """
        if spec is None:
            return {}
        wanted = secret_references.found(spec.spark_env_vars, spec.spark_conf)
        return {reference: self._value(reference, *place, reader) for reference, place in wanted.items()}

    def _value(self, reference: str, scope: str, key: str, reader: str) -> str:
        if not self._may_read(reader, scope):
            raise _unusable(reference, f"{reader} may not read the scope {scope}, or there is none.")
        try:
            return self._secrets.get(scope, key).decode()
        except NotFound as missing:
            raise _unusable(reference, missing.message) from None
        except UnicodeDecodeError:
            raise _unusable(reference, "the secret is no text, and cannot be a setting.") from None

    def _may_read(self, reader: str, scope: str) -> bool:
        who = self._principals.identity(reader)
        kind = ObjectType.SECRET_SCOPES
        return who is not None and reaches(kind, self._gate.level(who, kind, scope), "READ")


def _unusable(reference: str, why: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"The cluster's settings refer to {reference}: {why}")
