"""What storing costs: commits of run decisions and list pages, on a SQLite file.

`python -m bench.storage_bench [RUNS]`: with RUNS, also list pages over that many runs.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

from sqlalchemy import text

from brickyard.clock import SystemClock
from brickyard.records import Commit, RunFilter, RunRecord
from brickyard.runs.decide import Decision, decide
from brickyard.runs.endings import succeeded
from brickyard.runs.events import AttemptEnded, AttemptStarted, RunCreated
from brickyard.runs.model import Run, TaskPlan
from brickyard.storage.store import SqlStore, open_store
from brickyard.workloads.messages import Outcome

T = TypeVar("T")

_ids = itertools.count(1000)


def _new_run(tasks: int) -> tuple[RunRecord, Decision]:
    run_id = next(_ids)
    plan = {f"task_{number}": TaskPlan(key=f"task_{number}") for number in range(tasks)}
    run = Run(run_id=run_id, job_id=run_id % 97, plan=plan, created_ms=1)
    record = RunRecord(
        run_id=run_id, job_id=run.job_id, name="bench", creator="me", settings_by_repair={0: {"name": "bench"}}
    )
    return record, decide(run, RunCreated(), 1, lambda: next(_ids))


def _begin(run: Run) -> Commit:
    started = decide(run, AttemptStarted(run.attempts[0].attempt_id), 2, lambda: next(_ids))
    return Commit(before=run, decision=started, at_ms=2)


def _end(run: Run) -> Commit:
    attempt_id = run.attempts[0].attempt_id
    ended = decide(run, AttemptEnded(attempt_id, succeeded()), 3, lambda: next(_ids))
    return Commit(before=run, decision=ended, at_ms=3, outcome=(attempt_id, Outcome(status="success")))


def _report(name: str, seconds: list[float], budget_ms: float) -> None:
    cuts = quantiles(seconds, n=100, method="inclusive")
    print(f"{name:46} median {cuts[49] * 1000:8.3f} ms   p99 {cuts[98] * 1000:8.3f} ms   budget {budget_ms:g} ms")


def _timed(work: Callable[[T], object], given: Iterable[T]) -> list[float]:
    seconds = []
    for each in given:
        begun = time.perf_counter()
        work(each)
        seconds.append(time.perf_counter() - begun)
    return seconds


def _hundreds(commits: list[Commit]) -> list[list[Commit]]:
    return [commits[first : first + 100] for first in range(0, len(commits), 100)]


def measure_small(store: SqlStore) -> None:
    """Runs of two tasks: one change, a hundred changes at once, loading and forgetting."""
    runs = store.runs
    created = [_new_run(2) for _ in range(1200)]
    _report("create, 2 tasks", _timed(lambda new: runs.create(new[0], new[1], 1), created), 2)
    begins = [_begin(decision.run) for _, decision in created]
    _report("commit, attempt started", _timed(lambda one: runs.commit([one]), begins[:200]), 0.6)
    _report("commit, 100 attempts started", _timed(runs.commit, _hundreds(begins[200:])), 4)
    ends = [_end(one.decision.run) for one in begins]
    _report("commit, attempt ended", _timed(lambda one: runs.commit([one]), ends[:200]), 0.6)
    _report("commit, 100 attempts ended", _timed(runs.commit, _hundreds(ends[200:])), 4)
    _report("load, 2 tasks", _timed(lambda new: runs.load(new[0].run_id), created), 0.6)
    _report("performed", _timed(lambda new: runs.performed(new[0].run_id, new[1].effects), created), 0.3)


def measure_large(store: SqlStore) -> None:
    """Runs of two hundred tasks."""
    runs = store.runs
    created = [_new_run(200) for _ in range(20)]
    _report("create, 200 tasks", _timed(lambda new: runs.create(new[0], new[1], 1), created), 15)
    begins = [_begin(decision.run) for _, decision in created]
    _report("commit, one attempt of 200", _timed(lambda one: runs.commit([one]), begins), 0.6)
    _report("load, 200 tasks", _timed(lambda new: runs.load(new[0].run_id), created), 10)


_FILL = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO runs (run_id, job_id, run_type, trigger_type, name, creator, life_cycle, result, code, message,
  cancelled_or_timed_out, timeout_ms, created_ms, started_ms, ended_ms, listed_ms, cancel_requested, timed_out,
  revision)
SELECT 1000000000 + n, n % 10000, CASE n % 50 WHEN 0 THEN 'SUBMIT_RUN' ELSE 'JOB_RUN' END, 'PERIODIC', 'job', 'me',
  'TERMINATED', 'SUCCESS', 'SUCCESS', '', false, 0, n, n, n + 5, n, false, false, 1 FROM numbers
"""


def measure_pages(store: SqlStore, count: int) -> None:
    """List pages over many runs."""
    with _announced(f"filling in {count} runs"):
        store._db.write(lambda connection: connection.execute(text(_FILL), {"count": count}))  # noqa: SLF001 - bulk
    filters = {
        "newest": RunFilter(),
        "of a job": RunFilter(job_id=77),
        "active": RunFilter(active_only=True),
        "active of a job": RunFilter(active_only=True, job_id=77),
        "completed": RunFilter(completed_only=True),
        "submitted": RunFilter(run_type="SUBMIT_RUN"),
        "in a span of time": RunFilter(start_from_ms=count // 2, start_to_ms=count // 2 + 10_000),
    }
    for name, where in filters.items():
        seconds = _timed(lambda page: store.runs.find(page, offset=0, limit=25), [where] * 100)
        _report(f"list page, {name}", seconds, 50)
    deep = _timed(lambda page: store.runs.find(page, offset=10_000, limit=25), [RunFilter()] * 20)
    _report("list page, 10,000 runs down", deep, 50)


@contextmanager
def _announced(what: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - begun:.1f} s")


def main(count: int) -> None:
    """Measure on a new database in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = open_store(f"sqlite:///{place / 'bench.db'}", key_file=place / "key", clock=SystemClock())
        measure_small(store)
        measure_large(store)
        if count:
            measure_pages(store, count)
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
