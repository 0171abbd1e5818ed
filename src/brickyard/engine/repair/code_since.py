"""Which files are not what they were when a run's tasks ran them, and how they differ."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from brickyard.engine.repair.outlook import CodeChange
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


@dataclass(frozen=True, slots=True)
class _Content:
    sha256: str = ""
    """Empty: there is no such file."""
    content: bytes | None = None
    """None: there is none, or it is large."""


_NOTHING = _Content()


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
        self._roots = [root.resolve() for root in (settings.workspace, settings.volumes, settings.dbfs)]

    def changes(self, run: Run) -> tuple[CodeChange, ...]:
        """A change for each file of each task that is not what it was at the task's newest attempt."""
        # Many tasks share files: each is read once for all of them, so that they are compared with the same content.
        now = lru_cache(maxsize=None)(self._now)
        return tuple(
            self._change(task_key, entry, now(entry.path))
            for task_key, listed in self._listed(run)
            for entry in listed
            if _is_file(entry.path) and now(entry.path).sha256 != entry.sha256
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

    def _now(self, path: str) -> _Content:
        """The file as it is now. The list of files was written beside user code, so it is not trusted."""
        try:
            file = places.real(path, self._paths).resolve()
            if not file.is_file() or not any(file.is_relative_to(root) for root in self._roots):
                return _NOTHING
            if file.stat().st_size > DIFF_BYTES:
                with file.open("rb") as stream:
                    return _Content(hashlib.file_digest(stream, "sha256").hexdigest())
            content = file.read_bytes()
        except (OSError, places.BadPathError):
            return _NOTHING
        return _Content(hashlib.sha256(content).hexdigest(), content)

    def _change(self, task_key: str, entry: code.Entry, now: _Content) -> CodeChange:
        before = code.read(self._attempts, entry.sha256)
        return CodeChange(
            task_key=task_key,
            path=entry.path,
            before=entry.sha256,
            after=now.sha256,
            note="" if now.sha256 else _GONE,
            diff=tuple(_diff(before, now.content)) if before is not None and now.content is not None else (),
        )


def _is_file(path: str) -> bool:
    return path.startswith("/") and not path.startswith(places.CHECKOUTS)


def _diff(before: bytes, now: bytes) -> Iterator[str]:
    """The beginning of a unified diff, without its head; nothing for what is large or no text."""
    if len(before) > DIFF_BYTES:
        return
    try:
        old, new = before.decode().splitlines(), now.decode().splitlines()
    except UnicodeDecodeError:
        return
    lines = list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]
    yield from lines[:DIFF_LINES]
    if len(lines) > DIFF_LINES:
        yield f"… {len(lines) - DIFF_LINES} more lines"
