"""The widgets of one notebook: values that a task's parameters set and its code reads. Always text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

MAX_DEFAULT = 2048
"""Bytes; the limit of Databricks."""

Kind = Literal["text", "dropdown", "combobox", "multiselect"]


class InputWidgetNotDefined(Exception):
    """A widget was read that is not defined. The name and the text are those of Databricks."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No input widget named {name} is defined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """A widget as the notebook defined it."""

    kind: Kind
    name: str
    default: str
    choices: tuple[str, ...] = ()
    label: str = ""


class Widgets:
    """A parameter of the task beats the default of the widget, and is there without any definition."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = dict(parameters)
        self._defined: dict[str, Widget] = {}
        self._removed: set[str] = set()

    def define(
        self, kind: Kind, name: str, default: str, choices: Sequence[str] = (), label: str | None = None
    ) -> None:
        """Define a widget, or define it anew.

        Raises:
            TypeError: an argument is no text.
            ValueError: an argument is not allowed; the text names it.
        """
        for what, value in (("name", name), ("defaultValue", default), *(("choices", choice) for choice in choices)):
            if not isinstance(value, str):
                raise TypeError(f"{what} of the widget {name!r} must be str, not {type(value).__name__}")
        if not name:
            raise ValueError("A widget needs a name that is not empty")
        if len(default.encode()) > MAX_DEFAULT:
            raise ValueError(
                f"defaultValue of the widget {name!r} has {len(default.encode())} bytes; {MAX_DEFAULT} are allowed"
            )
        if kind == "dropdown" and default not in choices:
            raise ValueError(
                f"defaultValue {default!r} of the dropdown {name!r} is not among its choices {list(choices)}"
            )
        if kind == "multiselect":
            strange = [part for part in default.split(",") if part and default not in choices and part not in choices]
            if strange:
                raise ValueError(
                    f"defaultValue {default!r} of the multiselect {name!r} is not among its choices {list(choices)}"
                )
        self._defined[name] = Widget(kind=kind, name=name, default=default, choices=tuple(choices), label=label or name)
        self._removed.discard(name)

    def get(self, name: str) -> str:
        """The value of a widget.

        Raises:
            InputWidgetNotDefined: there is neither a widget nor a parameter of this name.
        """
        if name not in self:
            raise InputWidgetNotDefined(name)
        return self._parameters[name] if name in self._parameters else self._defined[name].default

    def all(self) -> dict[str, str]:
        """Every value by name."""
        return {name: self.get(name) for name in self}

    def remove(self, name: str) -> None:
        """Forget a widget. A parameter of the task shows again once the widget is defined again.

        Raises:
            InputWidgetNotDefined: there is none.
        """
        if name not in self:
            raise InputWidgetNotDefined(name)
        self._defined.pop(name, None)
        self._removed.add(name)

    def remove_all(self) -> None:
        """`remove` every widget."""
        for name in list(self):
            self.remove(name)

    @contextmanager
    def given(self, values: Mapping[str, str]) -> Iterator[None]:
        """Beat the parameters with these values for a while, as `%run notebook $name="value"` does."""
        before = self._parameters
        self._parameters = {**before, **values}
        try:
            yield
        finally:
            self._parameters = before

    def __contains__(self, name: object) -> bool:
        return name not in self._removed and (name in self._parameters or name in self._defined)

    def __iter__(self) -> Iterator[str]:
        return iter([name for name in {**self._parameters, **self._defined} if name not in self._removed])
