"""`dbutils.widgets`."""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.workloads.notebooks.dbutils.utility import Utility
from brickyard.workloads.notebooks.scope import Scope


class WidgetUtility(Utility):
    """Parameters of the notebook. A parameter of the task beats the default that is given here."""

    path = "dbutils.widgets"

    def __init__(self, scope: Scope) -> None:
        self._widgets = scope.widgets

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:
        """A widget with free text."""
        self._widgets.define("text", name, defaultValue, (), label)

    def dropdown(
        self,
        name: str,
        defaultValue: str,
        choices: Sequence[str],
        label: str | None = None,
    ) -> None:
        """A widget with one of several values; the default is one of them."""
        self._widgets.define("dropdown", name, defaultValue, choices, label)

    def combobox(
        self,
        name: str,
        defaultValue: str,
        choices: Sequence[str],
        label: str | None = None,
    ) -> None:
        """A widget with one of several values or free text."""
        self._widgets.define("combobox", name, defaultValue, choices, label)

    def multiselect(
        self,
        name: str,
        defaultValue: str,
        choices: Sequence[str],
        label: str | None = None,
    ) -> None:
        """A widget with any of several values, joined by commas."""
        self._widgets.define("multiselect", name, defaultValue, choices, label)

    def get(self, name: str) -> str:
        """The value of a widget."""
        return self._widgets.get(name)

    def getAll(self) -> dict[str, str]:
        """The values of all widgets by name."""
        return self._widgets.all()

    def getArgument(self, name: str, defaultValue: str | None = None) -> str | None:
        """The value of a widget, or the default where there is no such widget. Deprecated by Databricks: use `get`."""
        if name not in self._widgets and defaultValue is not None:
            return defaultValue
        return self._widgets.get(name)

    def remove(self, name: str) -> None:
        """Forget a widget."""
        self._widgets.remove(name)

    def removeAll(self) -> None:
        """Forget all widgets."""
        self._widgets.remove_all()
