"""A run as it stands, made ready to be shown: its tasks in order, with state, attempt, duration and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brickyard.surfaces.cli.output import duration, is_over, result_of

Json = Mapping[str, Any]
MARKS = {
    "SUCCESS": "✔",
    "SUCCESS_WITH_FAILURES": "✔",
    "FAILED": "✘",
    "TIMEDOUT": "✘",
    "INTERNAL_ERROR": "✘",
    "CANCELED": "■",
    "RUNNING": "▶",
    "PENDING": "▷",
    "WAITING_FOR_RETRY": "↻",
}
OTHER_MARK = "○"
FAILED = frozenset({"FAILED", "TIMEDOUT", "INTERNAL_ERROR"})
SKIPPED = frozenset({"EXCLUDED", "UPSTREAM_FAILED", "UPSTREAM_CANCELED", "DISABLED", "SKIPPED"})
"""Results of tasks that were never tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """What is shown of one task: its newest attempt."""

    key: str
    task_run_id: int
    word: str
    """Its result, or where it stands."""
    attempt: int
    over: bool
    started_ms: int
    ended_ms: int
    reason: str
    after: tuple[str, ...]
    waited_for: tuple[str, ...] = ()
    """Of a skipped task: how those ended that it waited for, as `key: RESULT`."""

    @property
    def has_run(self) -> bool:
        """True once an attempt began; a task that is skipped, or cancelled while it waits, has a single moment."""
        if self.word in SKIPPED or (self.word == "CANCELED" and self.started_ms == self.ended_ms):
            return False
        return bool(self.started_ms or self.attempt)

    @property
    def why(self) -> str:
        """The reason of its state; of a skipped task with what it waited for."""
        blamed = f"({', '.join(self.waited_for)})" if self.waited_for else ""
        return f"{self.reason} {blamed}".strip()

    def took_ms(self, now_ms: int) -> int:
        """How long it has run, or ran; 0 where it never started."""
        if not self.started_ms:
            return 0
        return max((self.ended_ms or now_ms) - self.started_ms, 0)

    def text(self, now_ms: int | None) -> str:
        """The line without colours and without the key; with no time also without how long it took."""
        parts = [self.word]
        if self.attempt:
            parts.append(f"attempt {self.attempt + 1}")
        took = 0 if now_ms is None else self.took_ms(now_ms)
        if took:
            parts.append(duration(took))
        if self.why and self.word != "SUCCESS":
            parts.append(self.why)
        return "  ".join(parts)


def newest_attempts(run: Json) -> list[Json]:
    """One entry for each task: its newest attempt, in the order of the job."""
    newest: dict[str, Json] = {}
    for task in run.get("tasks") or []:
        known = newest.get(task["task_key"])
        if known is None or task.get("attempt_number", 0) >= known.get("attempt_number", 0):
            newest[task["task_key"]] = task
    return list(newest.values())


def lines_of(run: Json) -> list[TaskLine]:
    """The tasks of a run, ready to be shown."""
    newest = newest_attempts(run)
    words = {task["task_key"]: result_of(task) for task in newest}
    return [_line(task, words) for task in newest]


def _line(task: Json, words: Mapping[str, str]) -> TaskLine:
    state = task.get("state") or {}
    after = tuple(edge["task_key"] for edge in task.get("depends_on") or [])
    skipped = words[task["task_key"]] in SKIPPED
    return TaskLine(
        key=task["task_key"],
        task_run_id=int(task.get("run_id", 0)),
        word=result_of(task),
        attempt=int(task.get("attempt_number") or 0),
        over=is_over(task),
        started_ms=int(task.get("start_time") or 0),
        ended_ms=int(task.get("end_time") or 0),
        reason=str(state.get("state_message") or state.get("queue_reason") or ""),
        after=after,
        waited_for=tuple(f"{key}: {words[key]}" for key in after if skipped and key in words),
    )


def parents(lines: Sequence[TaskLine]) -> dict[str, str | None]:
    """Where each task hangs in the tree: below the deepest task that it waits for."""
    by_key = {line.key: line for line in lines}
    depths: dict[str, int] = {}

    def depth(key: str) -> int:
        if key not in depths:
            depths[key] = 0  # The server accepts no cycle; this only keeps a strange answer from hanging us.
            above = [depth(other) for other in by_key[key].after if other in by_key]
            depths[key] = 1 + max(above, default=-1)
        return depths[key]

    for key in by_key:
        depth(key)
    return {
        line.key: max((key for key in line.after if key in by_key), key=lambda key: depths[key], default=None)
        for line in lines
    }


def headline(run: Json, *, brief: bool = False) -> str:
    """The line that stands for the whole run; `brief` leaves out the reason."""
    name = run.get("run_name") or "run"
    message = (run.get("state") or {}).get("state_message") or ""
    word = result_of(run)
    text = f"{name} (run {run.get('run_id')}): {word}"
    return f"{text}  {message}" if message and word != "SUCCESS" and not brief else text


def succeeded(run: Json) -> bool:
    """True where the run is over and nothing that counts went wrong."""
    return result_of(run) in {"SUCCESS", "SUCCESS_WITH_FAILURES"}
