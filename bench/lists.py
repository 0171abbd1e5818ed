"""Lists of a large installation: 10,000 jobs and 1,000,000 runs, in SQLite and in PostgreSQL.

`python -m bench.lists [RUNS]`. Times are those of the whole application, from a request to the end of its answer,
without a network. The database takes about 1.2 GB in the temporary folder and is gone afterwards.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from statistics import quantiles
from typing import Any

import httpx
from sqlalchemy import Connection, Table, text
from tests.conformance.postgres_server import programs, running

from bench.jobs import Row
from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.access.tokens import digest
from brickyard.main import Brickyard, build
from brickyard.records import AclEntry, Commit, JobRecord, PrincipalRecord, RunRecord, TokenInfo
from brickyard.runs.decide import decide
from brickyard.runs.endings import succeeded
from brickyard.runs.events import AttemptEnded, AttemptStarted, RunCreated
from brickyard.runs.model import Run, TaskPlan
from brickyard.settings import read
from brickyard.storage.access_tables import ACL_ENTRIES
from brickyard.storage.store import SqlStore
from brickyard.storage.tables import ATTEMPTS, JOB_VERSIONS, JOBS, OUTCOMES, RUN_PLANS, RUN_SETTINGS, RUNS
from brickyard.workloads.messages import Outcome

BASE = "http://127.0.0.1:8484"
N_JOBS = 10_000
N_RUNS = 1_000_000
BUDGET = "p99 ≤ 50 ms"
_FIRST_JOB, _FIRST_RUN, _FIRST_ATTEMPT = 10**9, 2 * 10**9, 4 * 10**9
_FIRST_MS = 1_800_000_000_000
_CHUNK = 50_000
_ASKED = 200
"""Requests of each kind in a round."""
_ROUNDS = 5
"""The round with the lowest p99 counts: other programs on the machine make the others slower."""
_MEMBER = "member@example.com"
_SHARE = 100
"""Jobs that the member may see."""
_SERIES = "WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i + 1 < :size) SELECT i FROM c"
"""The numbers from 0 on, in the SQL of both."""
SETTINGS = {
    "name": "nightly",
    "tasks": [
        {"task_key": "load", "notebook_task": {"notebook_path": "/Shared/load", "base_parameters": {"day": "1"}}},
        {"task_key": "report", "notebook_task": {"notebook_path": "/Shared/r"}, "depends_on": [{"task_key": "load"}]},
    ],
}


def sqlite_lists() -> list[Row]:
    """The lists over a SQLite file."""
    return _measure("SQLite", None, N_RUNS)


def postgres_lists() -> list[Row]:
    """The lists over PostgreSQL; nothing where this machine has no server program."""
    folder = programs()
    if folder is None:
        return []
    with running(folder) as server:
        return _measure("PostgreSQL", server.new_database(), N_RUNS)


def _measure(name: str, url: str | None, runs: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as home:
        environ = {"BRICKYARD_HOME": home, **({"BRICKYARD_DATABASE_URL": url} if url else {})}
        brickyard = build(read(environ), BASE)
        try:
            store = brickyard.store
            assert isinstance(store, SqlStore)
            begun = time.perf_counter()
            _fill(store, runs)
            print(f"{name}: {runs:,} runs filled in after {time.perf_counter() - begun:.0f} s", flush=True)
            tokens = {"admin": brickyard.token, f"member of {_SHARE} jobs": _member(store)}
            return [row for who, token in tokens.items() for row in _rows(f"{name}, {who}", brickyard, token, runs)]
        finally:
            brickyard.store.close()


# ------------------------------------------------------------------------------------------------------------ filling


def _fill(store: SqlStore, runs: int) -> None:
    """One job with one run that has ended, and then copies of their rows, made by the database itself."""
    job_id = _template(store)
    run_id = job_id + 1
    ids = {"run_id": f"{_FIRST_RUN} + n"}
    attempt = {"run_id": ids["run_id"], "attempt_id": f"{_FIRST_ATTEMPT} + n * 10 + t.attempt_id - {run_id}"}
    moved = {name: f"t.{name} + n * 1000" for name in ("created_ms", "started_ms", "ended_ms")}
    job = {"job_id": f"{_FIRST_JOB} + n", "created_ms": "t.created_ms + n"}
    its = f"t.run_id = {run_id}"
    _copy(store, JOBS, job, f"t.job_id = {job_id}", N_JOBS)
    _copy(store, JOB_VERSIONS, {"job_id": job["job_id"]}, f"t.job_id = {job_id}", N_JOBS)
    owned = f"t.object_type = 'jobs' AND t.object_id = '{job_id}'"
    _copy(store, ACL_ENTRIES, {"object_id": f"CAST({_FIRST_JOB} + n AS TEXT)"}, owned, N_JOBS)
    listed = {"listed_ms": "t.listed_ms + n * 1000"}
    _copy(store, RUNS, {**ids, **moved, **listed, "job_id": f"{_FIRST_JOB} + n % {N_JOBS}"}, its, runs)
    for table in (RUN_PLANS, RUN_SETTINGS):
        _copy(store, table, {"run_id": ids["run_id"]}, its, runs)
    _copy(store, ATTEMPTS, {**attempt, **moved}, its, runs)
    of_run = f"t.attempt_id BETWEEN {run_id + 1} AND {run_id + 2}"
    _copy(store, OUTCOMES, {"attempt_id": attempt["attempt_id"]}, of_run, runs)
    store._db.write(lambda connection: connection.execute(text("ANALYZE")))  # noqa: SLF001 - as the databases do in time


def _template(store: SqlStore) -> int:
    """A job and one run of it that has ended; the id of the job."""
    numbers = iter(range(1001, 2000))
    job_id, run_id = 1000, 1001
    assert next(numbers) == run_id
    store.jobs.create(JobRecord(job_id=job_id, settings=SETTINGS, creator="me", created_ms=_FIRST_MS))
    plan = {"load": TaskPlan(key="load"), "report": TaskPlan(key="report", depends_on=())}
    run = Run(run_id=run_id, job_id=job_id, plan=plan, created_ms=_FIRST_MS)
    record = RunRecord(run_id=run_id, job_id=job_id, name="nightly", creator="me", settings_by_repair={0: SETTINGS})
    decision = decide(run, RunCreated(), _FIRST_MS, lambda: next(numbers))
    store.runs.create(record, decision, _FIRST_MS)
    for attempt in decision.run.attempts:
        for event in (AttemptStarted(attempt.attempt_id), AttemptEnded(attempt.attempt_id, succeeded())):
            before = store.runs.load(run_id)
            assert before is not None
            decision = decide(before, event, _FIRST_MS + 5, lambda: next(numbers))
            ended = isinstance(event, AttemptEnded)
            outcome = (attempt.attempt_id, Outcome(status="success", started_ms=_FIRST_MS, ended_ms=_FIRST_MS + 5))
            commit = Commit(before=before, decision=decision, at_ms=_FIRST_MS + 5, outcome=outcome if ended else None)
            store.runs.commit([commit])
    return job_id


def _copy(store: SqlStore, table: Table, changed: dict[str, str], where: str, count: int) -> None:
    """Copy the rows of the template `count` times; in `changed` how columns follow from n."""
    columns = [column.name for column in table.columns if not (column.identity and column.primary_key)]
    values = ", ".join(changed.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    for first in range(0, count, _CHUNK):
        series = f"SELECT {first} + i AS n FROM ({_SERIES}) AS s"  # noqa: S608 - numbers of our own
        size = min(_CHUNK, count - first)
        statement = (
            f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} t, ({series}) m WHERE {where}"  # noqa: S608
        )
        store._db.write(lambda connection, sql=statement, size=size: _run(connection, sql, size))  # type: ignore[misc]  # noqa: SLF001


def _run(connection: Connection, sql: str, size: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text(sql), {"size": size})


def _member(store: SqlStore) -> str:
    """Somebody who may see some jobs, spread over all; the token."""
    store.principals.add(PrincipalRecord(principal_id=77, kind=PrincipalKind.USER, name=_MEMBER))
    info = TokenInfo(token_id="1", user_name=_MEMBER, comment="", created_ms=0, expires_ms=0)  # noqa: S106 - no secret
    store.tokens.add(info, digest("bench"))
    for number in range(0, N_JOBS, N_JOBS // _SHARE):
        job = str(_FIRST_JOB + number)
        entries = store.acls.entries(ObjectType.JOBS, job)
        store.acls.replace(ObjectType.JOBS, job, [*entries, AclEntry(PrincipalKind.USER, _MEMBER, "CAN_VIEW")])
    return "bench"


# ---------------------------------------------------------------------------------------------------------- measuring


def _questions(runs: int) -> Iterator[tuple[str, Sequence[tuple[str, dict[str, Any]]]]]:
    """Kinds of requests, each many times with other values. The member sees every hundredth job."""
    chance = random.Random(7)  # noqa: S311 - the same questions each time
    step = N_JOBS // _SHARE
    jobs = [_FIRST_JOB + step * chance.randrange(_SHARE) for _ in range(_ASKED)]
    ids = [_FIRST_RUN + step * chance.randrange(runs // step) for _ in range(_ASKED)]
    yield "jobs/list", [("list", {"limit": 25, "offset": chance.randrange(0, 75)}) for _ in range(_ASKED)]
    yield "jobs/list with tasks", [("list", {"limit": 100, "expand_tasks": "true"})] * _ASKED
    yield "runs/list", [("runs/list", {"limit": 25})] * _ASKED
    yield "runs/list with tasks", [("runs/list", {"limit": 25, "expand_tasks": "true"})] * _ASKED
    yield "runs/list of a job", [("runs/list", {"limit": 25, "job_id": job}) for job in jobs]
    yield "runs/list, active", [("runs/list", {"limit": 25, "active_only": "true"})] * _ASKED
    yield "runs/get", [("runs/get", {"run_id": run_id, "include_history": "true"}) for run_id in ids]


def _rows(name: str, brickyard: Brickyard, token: str, runs: int) -> Iterator[Row]:
    for kind, asked in _questions(runs):
        used = time.process_time()
        rounds = [asyncio.run(_ask(brickyard, token, asked)) for _ in range(_ROUNDS)]
        used = (time.process_time() - used) / (_ROUNDS * len(asked))
        cuts = min((quantiles(each, n=100, method="inclusive") for each in rounds), key=lambda cuts: cuts[98])
        figure = f"p99 {cuts[98] * 1000:.1f} ms, median {cuts[49] * 1000:.1f} ms; processor {used * 1000:.1f} ms"
        row = (f"{kind}; {name}, {runs:,} runs", figure, BUDGET, "-")
        print("|", " | ".join(row), "|", flush=True)
        yield row


async def _ask(brickyard: Brickyard, token: str, asked: Sequence[tuple[str, dict[str, Any]]]) -> list[float]:
    seconds = []
    transport, headers = httpx.ASGITransport(brickyard.app), {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers, timeout=60) as client:
        for path, query in [asked[0], *asked]:
            begun = time.perf_counter()
            answer = await client.get(f"/api/2.2/jobs/{path}", params=query)
            seconds.append(time.perf_counter() - begun)
            assert answer.status_code == 200, answer.text
    return seconds[1:]


if __name__ == "__main__":
    N_RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else N_RUNS
    for measure in (sqlite_lists, postgres_lists):
        measure()
