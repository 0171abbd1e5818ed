"""`dbutils` as a notebook has it: each part works, or is refused by name with its reason."""

from __future__ import annotations

from typing import Any

from brickyard.workloads.notebooks.dbutils.data import DataUtility
from brickyard.workloads.notebooks.dbutils.fs import FileSystemUtility
from brickyard.workloads.notebooks.dbutils.jobs import JobUtility
from brickyard.workloads.notebooks.dbutils.library import LibraryUtility
from brickyard.workloads.notebooks.dbutils.notebook import NotebookUtility
from brickyard.workloads.notebooks.dbutils.refused import REASONS, RefusedUtility
from brickyard.workloads.notebooks.dbutils.secrets import SecretUtility
from brickyard.workloads.notebooks.dbutils.utility import Utility
from brickyard.workloads.notebooks.dbutils.widgets import WidgetUtility
from brickyard.workloads.notebooks.scope import Scope


class DBUtils(Utility):
    """Utilities of a notebook. Ask each part for its own `help()`."""

    def __init__(self, scope: Scope) -> None:
        self.widgets = WidgetUtility(scope)
        self.jobs = JobUtility(scope)
        self.notebook = NotebookUtility(scope)
        self.fs = FileSystemUtility(scope)
        self.secrets = SecretUtility(scope)
        self.library = LibraryUtility()
        self.data = DataUtility(scope)
        self._refused = {name: RefusedUtility(name) for name in REASONS}

    def __getattr__(self, name: str) -> Any:
        refused: dict[str, RefusedUtility] = self.__dict__.get("_refused", {})
        return refused[name] if name in refused else super().__getattr__(name)

    def members(self) -> list[str]:
        return sorted(name for name in vars(self) if not name.startswith("_"))

    @property
    def entry_point(self) -> object:
        """The way to the context that libraries of Databricks take."""
        return self.notebook.entry_point
