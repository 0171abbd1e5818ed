"""Parts of `dbutils` that have no meaning here: known by name, refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from brickyard.workloads.notebooks.dbutils.utility import Utility

REASONS: Mapping[str, str] = {
    "credentials": "it hands out roles of a cloud account. Use dbutils.secrets.",
    "meta": "it is internal to Databricks.",
    "preview": "it is internal to Databricks.",
    "api": "it is internal to Databricks. Use the REST API with databricks-sdk.",
}


class RefusedUtility(Utility):
    """A part of dbutils that is refused here."""

    def help(self, name: str | None = None) -> None:  # noqa: ARG002 -- the reason is one for all members
        """Print why it is refused."""
        print(f"{self._path} is refused here: {self._reason}")

    def __init__(self, name: str) -> None:
        self._path = f"dbutils.{name}"
        self._reason = REASONS[name]

    def members(self) -> list[str]:
        return []

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotImplementedError(f"{self._path}.{name} is refused here: {self._reason}")
