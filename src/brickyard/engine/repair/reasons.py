"""Why a repair runs a task again or keeps it, as sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from brickyard.engine.repair.choice import Choice
from brickyard.runs.model import Attempt, needs
from brickyard.runs.states import Result

GONE = "The job has no such task any more; its attempts stay in the history of the run."
_NEW = "The job has got it since the run began"
_LONGEST = 200
_SAID = {
    Result.SUCCESS: "succeeded",
    Result.SUCCESS_WITH_FAILURES: "succeeded",
    Result.FAILED: "failed",
    Result.TIMEDOUT: "ran out of time",
    Result.CANCELED: "was cancelled",
    Result.EXCLUDED: "was excluded by its conditions",
    Result.DISABLED: "was not part of the run",
    Result.UPSTREAM_FAILED: "was skipped",
    Result.UPSTREAM_CANCELED: "was skipped",
    Result.MAXIMUM_CONCURRENT_RUNS_REACHED: "was skipped",
}
_HARMED = frozenset({Result.FAILED, Result.TIMEDOUT, Result.CANCELED, Result.UPSTREAM_FAILED, Result.UPSTREAM_CANCELED})


def again(choice: Choice, key: str, named: frozenset[str], errors: Mapping[int, str]) -> str:
    """Why a task of the choice runs again."""
    last = choice.run.latest.get(key)
    if key in named:
        return f"It was asked for by name; it {_what_happened(choice, last, errors)}."
    if last is None:
        return f"{_NEW}."
    if last.ending is None or last.ending.result in _HARMED:
        return f"It {_what_happened(choice, last, errors)}."
    return f"It comes after {_and(_above_that_run(choice, key))}, which {_runs(choice, key)} again."


def kept(choice: Choice, key: str, errors: Mapping[int, str]) -> str:
    """Why a task that the job has is kept as it is."""
    last = choice.run.latest.get(key)
    if last is None:
        return f"{_NEW}, and the repair does not ask for it: it stays out of this run."
    if choice.plan[key].disabled:
        return "It is disabled; only its name in rerun_tasks would run it."
    result = last.ending.result if last.ending else None
    if result in _HARMED:
        return f"It {_what_happened(choice, last, errors)}, and the repair does not ask for it."
    above = _above_that_run(choice, key)
    behind = (
        f" It comes after {_and(above)}, which {_runs(choice, key)} again; rerun_dependent_tasks would run it too."
        if above
        else ""
    )
    if result is Result.SUCCESS:
        return f"It succeeded: its output and its task values are kept.{behind}"
    if result is Result.DISABLED:
        return f"{last.ending.message if last.ending and last.ending.message else 'It was disabled.'}{behind}"
    return f"It {_what_happened(choice, last, errors)}, which is no failure.{behind}"


def _what_happened(choice: Choice, last: Attempt | None, errors: Mapping[int, str]) -> str:
    """How a task ended, as the rest of a sentence that begins with "It"."""
    if last is None:
        return "never had an attempt in this run"
    if last.ending is None:
        return "did not end"
    result = last.ending.result
    if result in {Result.UPSTREAM_FAILED, Result.UPSTREAM_CANCELED}:
        return f"was skipped because {_blamed(choice, last.task_key)}"
    if result in {Result.FAILED, Result.TIMEDOUT}:
        said = _brief(errors.get(last.attempt_id) or last.ending.message)
        return f"{_SAID[result]}: {said}" if said else _SAID[result]
    return _SAID[result]


def _blamed(choice: Choice, key: str) -> str:
    """The tasks before it that were the reason, each with what became of it."""
    latest = choice.run.latest
    ends = [(above, latest[above].ending) for above in needs(choice.plan[key]) if above in latest]
    blamed = [f"{above} {_SAID[ending.result]}" for above, ending in ends if ending and ending.result in _HARMED]
    return _and(blamed) or "a task before it failed"


def _above_that_run(choice: Choice, key: str) -> list[str]:
    return [above for above in needs(choice.plan[key]) if above in choice.keys]


def _runs(choice: Choice, key: str) -> str:
    return "run" if len(_above_that_run(choice, key)) > 1 else "runs"


def _and(words: Iterable[str]) -> str:
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _brief(text: str) -> str:
    """The first line of an error, without the point that the sentence adds."""
    line = text.strip().partition("\n")[0].rstrip(". ")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
