"""Which files are not what they were when a run's tasks ran them, and how they differ."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from functools import lru_cache

from brickyard.engine.repair_outlook import CodeChange
from brickyard.runs.model import Run
from brickyard.settings import Settings
from brickyard.workloads import code, folder, places
from brickyard.workloads.messages import Paths

DIFF_LINES = 40
"""So many lines of a difference are shown."""
DIFF_BYTES = 256 * 1024
"""Larger files are compared by their hashes only."""
_LOOKED_AT = 3
"""So many of a task's newest attempts are asked for code: those that were skipped ran none."""
_GONE = "The file is not there any more."


class CodeSince:
    """Compares the files that attempts have listed with those of now.

    What is no file of the workspace (the text of a query, a wheel, a checkout of Git, which never changes) is not
    compared.
    """

    def __init__(self, settings: Settings) -> None:
        self._attempts = settings.attempts
        self._paths = Paths(
            workspace=str(settings.workspace),
            volumes=str(settings.volumes),
            dbfs=str(settings.dbfs),
            warehouse=str(settings.warehouse),
        )

    def changes(self, run: Run) -> tuple[CodeChange, ...]:
        """A change for each file of each task that is not what it was at the task's newest attempt."""
        # Many tasks share files: each is read once for all of them, so that they are compared with the same content.
        now = lru_cache(maxsize=None)(self._read)
        return tuple(
            self._change(task_key, entry, now(entry.path))
            for task_key, listed in self._listed(run)
            for entry in listed
            if _is_file(entry.path) and _hash(now(entry.path)) != entry.sha256
        )

    def _listed(self, run: Run) -> Iterator[tuple[str, list[code.Entry]]]:
        """By task, and by the nested task of each loop: what its newest attempt that had code ran."""
        asked: dict[str, int] = {}
        for attempt in reversed(run.attempts):
            key = attempt.task_key
            if asked.get(key, 0) >= _LOOKED_AT:
                continue
            asked[key] = asked.get(key, 0) + 1
            listed = code.entries(folder.of(self._attempts, attempt.attempt_id))
            if listed:
                asked[key] = _LOOKED_AT
                yield key, listed

    def _read(self, path: str) -> bytes | None:
        try:
            return places.real(path, self._paths).read_bytes()
        except (OSError, places.BadPathError):
            return None

    def _change(self, task_key: str, entry: code.Entry, now: bytes | None) -> CodeChange:
        before = code.read(self._attempts, entry.sha256)
        return CodeChange(
            task_key=task_key,
            path=entry.path,
            before=entry.sha256,
            after=_hash(now),
            note=_GONE if now is None else "",
            diff=tuple(_diff(before, now)) if before is not None and now is not None else (),
        )


def _is_file(path: str) -> bool:
    return path.startswith("/") and not path.startswith(places.CHECKOUTS)


def _hash(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _diff(before: bytes, now: bytes) -> Iterator[str]:
    """The beginning of a unified diff, without its head; nothing for what is large or no text."""
    if max(len(before), len(now)) > DIFF_BYTES:
        return
    try:
        old, new = before.decode().splitlines(), now.decode().splitlines()
    except UnicodeDecodeError:
        return
    lines = list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]
    yield from lines[:DIFF_LINES]
    if len(lines) > DIFF_LINES:
        yield f"… {len(lines) - DIFF_LINES} more lines"
