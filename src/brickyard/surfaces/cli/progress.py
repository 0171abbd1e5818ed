"""A run as it stands, made ready to be shown: its tasks in order, with state, attempt, duration and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brickyard.surfaces.cli.kinds import detail_of, milestone_of, outcome_of, word_of
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
    detail: str = ""
    """Of a loop its counts, of a run-job task the run that it started."""
    outcome: str = ""
    """Of a condition that was evaluated: "true" or "false"."""
    milestone: int = 0
    """Of a loop: how many tenths of it are done."""
    is_loop: bool = False

    @property
    def label(self) -> str:
        """The task's key; of a condition with its outcome."""
        return f"{self.key} -> {self.outcome}" if self.outcome else self.key

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
        if self.detail:
            parts.append(self.detail)
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
    words = {task["task_key"]: word_of(task) for task in newest}
    children = run.get("children") or []
    return [_line(task, words, children) for task in newest]


def _line(task: Json, words: Mapping[str, str], children: Sequence[Json]) -> TaskLine:
    state = task.get("state") or {}
    after = tuple(edge["task_key"] for edge in task.get("depends_on") or [])
    word = result_of(task)
    # A disabled task was never going to run: what became of those before it is not the reason.
    blames = word in SKIPPED and word != "DISABLED"
    return TaskLine(
        key=task["task_key"],
        task_run_id=int(task.get("run_id", 0)),
        word=word,
        attempt=int(task.get("attempt_number") or 0),
        over=is_over(task),
        started_ms=int(task.get("start_time") or 0),
        ended_ms=int(task.get("end_time") or 0),
        reason=str(state.get("state_message") or state.get("queue_reason") or ""),
        after=after,
        waited_for=tuple(f"{key}: {words[key]}" for key in after if blames and key in words),
        detail=detail_of(task, children),
        outcome=outcome_of(task),
        milestone=milestone_of(task),
        is_loop="for_each_task" in task,
    )


_FIRST = ("FAILED", "TIMEDOUT", "INTERNAL_ERROR", "RUNNING", "TERMINATING", "WAITING_FOR_RETRY")
"""What somebody who looks at a large run wants to see, in this order."""


def counts_of(run: Json, lines: Sequence[TaskLine]) -> dict[str, int]:
    """How many tasks have which result or state, those of interest first; all tasks, also where few are shown."""
    counts = dict(run.get("task_counts") or Counter(line.word for line in lines))
    ordered = [word for word in _FIRST if word in counts]
    return {word: counts[word] for word in [*ordered, *sorted(set(counts) - set(ordered))]}


def counts_line(counts: Mapping[str, int]) -> str:
    """`1,000 tasks: 2 FAILED, 3 RUNNING, 995 SUCCESS`."""
    shown = ", ".join(f"{number:,} {word}" for word, number in counts.items())
    return f"{sum(counts.values()):,} tasks: {shown}"


def urgent(lines: Sequence[TaskLine]) -> list[TaskLine]:
    """Of a large run the tasks that failed, then those that run."""
    return sorted((line for line in lines if line.word in _FIRST), key=lambda line: _FIRST.index(line.word))


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
