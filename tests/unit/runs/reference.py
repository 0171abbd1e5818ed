"""An independent model of a run: no events, no states in between, only what must come out. Plain fixpoint.

It shares no rule with `brickyard.runs`: strings for results, its own truth table, its own leaf rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

GOOD, SKIPPED_FINE = {"SUCCESS"}, {"EXCLUDED", "DISABLED"}
FAILED, CANCELLED = {"FAILED", "TIMEDOUT", "UPSTREAM_FAILED"}, {"CANCELED", "UPSTREAM_CANCELED"}


@dataclass
class ModelTask:
    """A task and what each of its attempts will do: `ok`, `fail`, `lost`, `config`, `timeout` or `cancel`."""

    key: str
    needs: Sequence[str]
    run_if: str
    retries: int
    retry_on_timeout: bool
    disabled: bool
    script: Sequence[str]
    repair_script: Sequence[str] = field(default_factory=lambda: ["ok"])


RESULT = {"ok": "SUCCESS", "fail": "FAILED", "lost": "FAILED", "config": "FAILED", "timeout": "TIMEDOUT"}


def play(task: ModelTask, script: Sequence[str]) -> tuple[str, int]:
    """The task's result and the number of its attempts, if it runs."""
    count = 0
    while True:
        word = script[min(count, len(script) - 1)]
        count += 1
        again = word in {"fail", "lost"} or (word == "timeout" and task.retry_on_timeout)
        if not again or count > task.retries:
            return RESULT.get(word, "CANCELED"), count


def verdict(task: ModelTask, found: Sequence[str]) -> str:
    """The word `run`, or the result of a task that is skipped."""
    good = sum(r in GOOD for r in found)
    fine = sum(r in SKIPPED_FINE for r in found)
    failed = sum(r in FAILED for r in found)
    cancelled = sum(r in CANCELLED for r in found)
    if not found:
        return "run"
    if fine == len(found):
        return "EXCLUDED"
    bad = failed + cancelled
    goes = {
        "ALL_SUCCESS": bad == 0,
        "NONE_FAILED": bad == 0,
        "AT_LEAST_ONE_SUCCESS": good > 0,
        "ALL_DONE": True,
        "AT_LEAST_ONE_FAILED": bad > 0,
        "ALL_FAILED": good == fine == 0,
    }[task.run_if]
    if goes:
        return "run"
    if task.run_if in {"AT_LEAST_ONE_FAILED", "ALL_FAILED"}:
        return "EXCLUDED"
    return "UPSTREAM_FAILED" if failed else "UPSTREAM_CANCELED"


def evaluate(
    tasks: Mapping[str, ModelTask], again: frozenset[str] | None = None, before: Mapping[str, str] | None = None
) -> tuple[dict[str, str], dict[str, int]]:
    """Results and numbers of attempts by task; with `again` and `before` those of a repair."""
    results = {} if again is None else {key: r for key, r in (before or {}).items() if key not in again}
    counts: dict[str, int] = {}
    while len(results) < len(tasks):
        for key, task in tasks.items():
            if key in results or any(need not in results for need in task.needs):
                continue
            behind = any(results[need] == "DISABLED" for need in task.needs)
            if behind or (task.disabled and again is None):
                results[key], counts[key] = "DISABLED", 1
                continue
            said = verdict(task, [results[need] for need in task.needs])
            if said != "run":
                results[key], counts[key] = said, 1
            else:
                results[key], counts[key] = play(task, task.script if again is None else task.repair_script)
    return results, counts


def run_result(tasks: Mapping[str, ModelTask], results: Mapping[str, str]) -> str:
    """The result of the run by the leaf rule."""
    leaves = [
        key for key in tasks if all(results[other] == "DISABLED" for other, task in tasks.items() if key in task.needs)
    ]
    if any(results[key] in FAILED for key in leaves):
        return "FAILED"
    if any(results[key] in CANCELLED for key in leaves):
        return "CANCELED"
    if any(result in {"FAILED", "TIMEDOUT", "CANCELED"} for result in results.values()):
        return "SUCCESS_WITH_FAILURES"
    return "SUCCESS"


def failed_tasks(tasks: Mapping[str, ModelTask], results: Mapping[str, str]) -> frozenset[str]:
    """What a repair of all failed tasks runs again."""
    kept = GOOD | SKIPPED_FINE
    return frozenset(key for key, result in results.items() if result not in kept and not tasks[key].disabled)
