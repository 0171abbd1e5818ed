"""The values of secrets that the settings of clusters refer to."""

from __future__ import annotations

from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.jobs.tasks import ClusterSpec
from brickyard.ports import SecretStore
from brickyard.workloads import secret_references


class ClusterSecrets:
    """Looks references up. Their values are handed to processes and are never stored."""

    def __init__(self, secrets: SecretStore) -> None:
        self._secrets = secrets

    def values(self, spec: ClusterSpec | None) -> dict[str, str]:
        """By reference, as it is written: the secret's text.

        Raises:
            InvalidParameterValue: a secret does not exist, or is no text.
        """
        if spec is None:
            return {}
        wanted = secret_references.found(spec.spark_env_vars, spec.spark_conf)
        return {reference: self._value(reference, *place) for reference, place in wanted.items()}

    def _value(self, reference: str, scope: str, key: str) -> str:
        try:
            return self._secrets.get(scope, key).decode()
        except NotFound as missing:
            raise InvalidParameterValue(f"The cluster's settings refer to {reference}: {missing.message}") from None
        except UnicodeDecodeError:
            words = "the secret is no text, and cannot be a setting."
            raise InvalidParameterValue(f"The cluster's settings refer to {reference}: {words}") from None
