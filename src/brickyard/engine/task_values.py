"""Task values: what a task hands to later tasks of its run.

Source: docs of Databricks "Use task values"; 48 KiB of JSON each, 250 per run. The refusal in iterations is worded as
the service words it.
"""

from __future__ import annotations

import json

from brickyard.errors import InvalidParameterValue, InvalidState
from brickyard.ports import TaskValueStore
from brickyard.runs.model import Attempt, Run

MAX_CHARACTERS = 48 * 1024
MAX_PER_RUN = 250
MAX_KEY = 512


class TaskValues:
    """Checks and keeps task values."""

    def __init__(self, store: TaskValueStore) -> None:
        self._store = store

    def get(self, run_id: int, task_key: str, key: str) -> str | None:
        """The JSON text of a value, or None where there is none."""
        return self._store.get(run_id, task_key, key)

    def set(self, run: Run, attempt: Attempt, key: str, text: str) -> None:
        """Keep a value; the same key again overwrites.

        Raises:
            InvalidParameterValue: the key or the value is not allowed, or the attempt is an iteration of a loop.
            InvalidState: another attempt has taken over the task, or this one is over.
        """
        if attempt.iteration >= 0:
            raise InvalidParameterValue(
                f"Run {attempt.attempt_id} is an iteration of a For each run; setting task values is not supported for"
                " iterations."
            )
        if attempt.is_terminal or run.latest[attempt.task_key].attempt_id != attempt.attempt_id:
            raise InvalidState(f"Task run {attempt.attempt_id} is over; it cannot set task values any more.")
        _check(key, text)
        values = self._store.all(run.run_id)
        if (attempt.task_key, key) not in values and len(values) >= MAX_PER_RUN:
            raise InvalidParameterValue(
                f"Task value {key!r} cannot be set: the run has {len(values)}; at most {MAX_PER_RUN} are allowed."
            )
        self._store.set(run.run_id, attempt.task_key, key, text)


def _check(key: str, text: str) -> None:
    if not key or len(key) > MAX_KEY or "\x00" in key:
        raise InvalidParameterValue(
            f"The key of a task value is {key[:50]!r}; it must have 1 to {MAX_KEY} characters, and no NUL."
        )
    if len(text) > MAX_CHARACTERS:
        raise InvalidParameterValue(
            f"Task value {key!r} has {len(text)} characters as JSON; at most {MAX_CHARACTERS} (48 KiB) are allowed."
        )
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise InvalidParameterValue(f"Task value {key!r} is not valid JSON: {error}.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
