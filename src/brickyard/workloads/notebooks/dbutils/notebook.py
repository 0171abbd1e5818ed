"""`dbutils.notebook`: run other notebooks, leave this one, ask where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import msgspec

from brickyard.workloads.bridge import AskError
from brickyard.workloads.messages import ChildAnswer, RunNotebook
from brickyard.workloads.notebooks.control import NotebookExit
from brickyard.workloads.notebooks.dbutils.context import Context
from brickyard.workloads.notebooks.dbutils.utility import Utility
from brickyard.workloads.notebooks.files import absolute_path
from brickyard.workloads.notebooks.scope import Scope


class WorkflowException(Exception):
    """A notebook that was started by `dbutils.notebook.run` did not end in success. The name is Databricks'."""


class _Entry:
    """What stands for the Java gateway on the way to the context."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def getDbutils(self) -> _Entry:
        return self

    def notebook(self) -> _Entry:
        return self

    def getContext(self) -> Context:
        return Context(self._scope)


class NotebookUtility(Utility):
    """Run other notebooks, leave this one, ask where it runs."""

    path = "dbutils.notebook"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.entry_point = _Entry(scope)

    def members(self) -> list[str]:
        return ["entry_point", "exit", "getContext", "run"]

    def help(self, name: str | None = None) -> None:
        if name == "entry_point":
            print(f"{self.path}.entry_point.getDbutils().notebook().getContext(): the same as getContext()")
        else:
            super().help(name)

    def run(self, path: str, timeout_seconds: int, arguments: Mapping[str, str] | None = None) -> str | None:
        """Run another notebook as a run of its own on the same compute, wait for it, return its exit value.

        `timeout_seconds` 0 is no limit. `arguments` are its widgets. May be called from several threads at once.

        Raises:
            TypeError: an argument is not of the right type.
            ValueError: `timeout_seconds` is negative.
            WorkflowException: the notebook failed, was cancelled or took too long; the text has its error.
        """
        request = RunNotebook(
            path=absolute_path(_text("path", path), base=self._scope.here),
            timeout_seconds=_seconds(timeout_seconds),
            arguments=_arguments(arguments),
        )
        try:
            answer = msgspec.convert(self._scope.bridge.ask(request), ChildAnswer)
        except AskError as error:
            raise WorkflowException(f"The notebook {request.path} could not be run: {error}") from None
        match answer.status:
            case "success":
                return answer.exit_value
            case "timedout":
                raise WorkflowException(
                    f"The notebook {request.path} (run {answer.run_id}) took longer than {timeout_seconds} seconds"
                )
            case ending:
                raise WorkflowException(f"The notebook {request.path} (run {answer.run_id}) {ending}: {answer.error}")

    def exit(self, value: object = "") -> NoReturn:
        """End this notebook here, in success, with a value for whoever started it."""
        text = "" if value is None else str(value)
        print(f"Notebook exited: {text}")
        raise NotebookExit(text)

    def getContext(self) -> Context:
        """The facts of this run."""
        return Context(self._scope)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} of dbutils.notebook.run must be str, not {type(value).__name__}")
    return value


def _seconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"timeout_seconds of dbutils.notebook.run must be int, not {type(value).__name__}")
    if value < 0:
        raise ValueError(f"timeout_seconds of dbutils.notebook.run is {value}; it must be 0 (no limit) or more")
    return value


def _arguments(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(f"arguments of dbutils.notebook.run must be a dict, not {type(given).__name__}")
    for name, value in given.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(
                f"arguments of dbutils.notebook.run must be str: {name!r} is {value!r} ({type(value).__name__})"
            )
    return dict(given)
