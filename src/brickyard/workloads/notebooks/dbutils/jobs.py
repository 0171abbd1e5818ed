"""`dbutils.jobs.taskValues`: values that one task of a run hands to later ones."""

from __future__ import annotations

import json
from typing import Any

from brickyard.workloads.bridge import AskError
from brickyard.workloads.messages import GetTaskValue, SetTaskValue
from brickyard.workloads.notebooks.dbutils.utility import Utility
from brickyard.workloads.notebooks.scope import Scope

MAX_VALUE = 48 * 1024
"""Bytes of JSON; the limit of Databricks."""


class TaskValueUtility(Utility):
    """Values that one task of a run hands to later ones: anything that is JSON, at most 48 KiB."""

    path = "dbutils.jobs.taskValues"

    def __init__(self, scope: Scope) -> None:
        self._bridge = scope.bridge
        self._in_job = scope.assignment.context.run_id != 0

    def set(self, key: str, value: Any) -> None:
        """Keep a value under a key. Outside of a job run nothing happens.

        Raises:
            TypeError: the key is no text, or the value cannot be written as JSON.
            ValueError: the key is empty, or the value is larger than 48 KiB as JSON.
        """
        _check_text("key", key)
        try:
            text = json.dumps(value, allow_nan=False)
        except TypeError as error:
            raise TypeError(f"The task value {key!r} cannot be written as JSON: {error}") from None
        except ValueError as error:
            raise ValueError(f"The task value {key!r} cannot be written as JSON: {error}") from None
        if len(text.encode()) > MAX_VALUE:
            raise ValueError(
                f"The task value {key!r} has {len(text.encode()):,} bytes as JSON; {MAX_VALUE:,} (48 KiB) are allowed. "
                f"Write large data to a table or a volume and hand on its name."
            )
        if self._in_job:
            self._bridge.ask(SetTaskValue(key=key, json=text))

    def get(self, taskKey: str, key: str, default: Any = None, debugValue: Any = None) -> Any:
        """The value that a task has set, with the type it had.

        Where the task or the key is unknown: `default`. Outside of a job run: `debugValue`.

        Raises:
            ValueError: there is no such value and no default.
            TypeError: outside of a job run, without `debugValue`.
        """
        _check_text("taskKey", taskKey)
        _check_text("key", key)
        if not self._in_job:
            if debugValue is None:
                raise TypeError(
                    "Must pass debugValue when calling get outside of a job context. debugValue cannot be None."
                )
            return debugValue
        try:
            text = self._bridge.ask(GetTaskValue(task_key=taskKey, key=key))
            why = f"The task {taskKey!r} has set no task value {key!r}"
        except AskError as error:
            text, why = None, str(error)
        if text is not None:
            return json.loads(text)
        if default is None:
            raise ValueError(f"{why}, and no default was given.")
        return default


class JobUtility(Utility):
    """What belongs to the job run that this notebook is a part of."""

    path = "dbutils.jobs"

    def __init__(self, scope: Scope) -> None:
        self.taskValues = TaskValueUtility(scope)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} of a task value must be str, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} of a task value must not be empty")
