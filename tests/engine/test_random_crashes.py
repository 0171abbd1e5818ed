"""Random graphs on a server that dies at a random write: its heir ends the run as the independent model says."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from brickyard.engine.commands import StartRequest
from brickyard.errors import Unavailable
from brickyard.ports import Store
from brickyard.workloads.messages import Outcome
from tests.engine.house import FAILED, LOST, SUCCESS, House, notebook, states
from tests.engine.test_recovery import Crash, CrashingStore, Town
from tests.unit.runs import reference
from tests.unit.runs.reference import ModelTask
from tests.unit.runs.test_random_runs import graphs

CONFIG = Outcome(status="failed", error="no such value", error_code="INVALID_RUN_CONFIGURATION", started_ms=1)
OUTCOMES = {"ok": SUCCESS, "fail": FAILED, "lost": LOST, "config": CONFIG}
PLAIN = {"timeout": "fail", "cancel": "ok"}
"""Time stands still and nobody cancels in these tests."""


def as_task(task: ModelTask) -> dict[str, Any]:
    return notebook(task.key, *task.needs, run_if=task.run_if, max_retries=task.retries, disabled=task.disabled)


def run_until_crash(town: Town, job: int, request: StartRequest, at: int, *, after: bool) -> None:
    first = town.house(lambda store: cast(Store, CrashingStore(store, at, after=after))).start()
    try:
        first.ended(first.engine.commands.run_now(job, request, user="ada"))
    except (Crash, Unavailable):
        pass
    finally:
        first.stop()


def run_to_the_end(house: House, job: int, request: StartRequest) -> tuple[dict[str, str], dict[str, int], str]:
    """Results and numbers of attempts by task, and the result of the run."""
    run = house.ended(house.engine.commands.run_now(job, request, user="ada"))
    counts: dict[str, int] = {}
    for attempt in run.attempts:
        counts[attempt.task_key] = counts.get(attempt.task_key, 0) + 1
    assert run.ending is not None
    return states(run), counts, run.ending.result.value


@settings(max_examples=20, deadline=None)
@given(graphs(), st.integers(1, 12), st.booleans())
def test_a_crash_changes_nothing_of_what_comes_out(tasks: dict[str, ModelTask], at: int, after: bool) -> None:
    for task in tasks.values():
        task.script = [PLAIN.get(word, word) for word in task.script]
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder))
        town.land.scripts.update({key: [OUTCOMES[w] for w in task.script] for key, task in tasks.items()})
        before = town.house()
        job = before.job(*map(as_task, tasks.values()))
        before.stop()
        request = StartRequest(idempotency_token="once")
        run_until_crash(town, job, request, at, after=after)
        heir = town.house().start()
        try:
            found = run_to_the_end(heir, job, request)
        finally:
            heir.stop()
        results, counts = reference.evaluate(tasks)
        assert found == (results, counts, reference.run_result(tasks, results))
        ran = [attempt_id for _, attempt_id in town.land.ran]
        assert len(set(ran)) == len(ran), "an attempt was run twice"
