"""Pages of `runs/list` for somebody who may see some jobs only.

Where the jobs that they may see have recent runs, the page is among the newest runs of all. Where it is not, the jobs
are ranked by their newest run: the first N runs are all of the first N jobs. So a page costs about the same for whoever
sees all jobs but one, and for whoever sees one of ten thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, func, select

from brickyard.access.identity import Identity
from brickyard.records import RunFilter
from brickyard.storage import visible
from brickyard.storage.run_reading import find_statement
from brickyard.storage.tables import RUNS

_FEW = 64
"""So many jobs are asked one after the other, before the newest runs of all are looked at."""
_WINDOW = 5_000
_DEEP = 100
"""A page that ends behind so many runs is read from the list of all, where depth costs everybody."""

Row = tuple[int, int]
"""Time in the list, and run id."""


def find(connection: Connection, where: RunFilter, who: Identity, offset: int, limit: int) -> Sequence[int]:
    """Ids of the runs of one page."""
    end = offset + limit
    if where.job_id is not None or where.active_only or end > _DEEP:
        return connection.execute(_scan(where, who).offset(offset).limit(limit)).scalars().all()
    mine = visible.jobs(who).subquery()
    if connection.execute(select(func.count()).select_from(mine)).scalar_one() > _FEW:
        recent = connection.execute(_scan(where, who, window=_WINDOW).limit(end)).scalars().all()
        if len(recent) == end:
            return recent[offset:]
    return [run_id for _, run_id in _ranked(connection, where, who, end)[offset:]]


def _scan(where: RunFilter, who: Identity, window: int = 0) -> Select[Any]:
    """All runs in their order, or the newest of them, without those that are not to be seen."""
    ordered = find_statement(where)
    if window:
        newest = ordered.with_only_columns(RUNS.c.run_id, RUNS.c.listed_ms, RUNS.c.job_id).limit(window).subquery()
        question = select(newest.c.run_id).where(newest.c.job_id.in_(visible.jobs(who)))
        return question.order_by(newest.c.listed_ms.desc(), newest.c.run_id.desc())
    # Not the bare column: with it SQLite would read every run of these jobs, and sort them.
    return ordered.where((RUNS.c.job_id + 0).in_(visible.jobs(who)))


def _ranked(connection: Connection, where: RunFilter, who: Identity, end: int) -> list[Row]:
    ranked = _newest_by_job(connection, where, who, end)
    found: set[Row] = set()
    for job_id, _ in ranked:
        of_job = find_statement(replace(where, job_id=job_id)).with_only_columns(RUNS.c.listed_ms, RUNS.c.run_id)
        found.update((row.listed_ms, row.run_id) for row in connection.execute(of_job.limit(end)))
    if len(ranked) == end:
        found.update(_at(connection, where, who, ranked[-1][1]))
    return sorted(found, reverse=True)[:end]


def _newest_by_job(connection: Connection, where: RunFilter, who: Identity, end: int) -> list[tuple[int, int]]:
    """The jobs whose newest runs are the newest: (job id, time in the list)."""
    mine = visible.jobs(who).distinct().subquery()
    job_id = mine.c[0]
    newest = (
        find_statement(where).with_only_columns(RUNS.c.listed_ms).where(RUNS.c.job_id == job_id).limit(1)
    ).scalar_subquery()
    ranks = select(job_id.label("job_id"), newest.correlate(mine).label("newest")).subquery()
    question = select(ranks).where(ranks.c.newest.is_not(None)).order_by(ranks.c.newest.desc()).limit(end)
    return [(row.job_id, row.newest) for row in connection.execute(question)]


def _at(connection: Connection, where: RunFilter, who: Identity, listed_ms: int) -> set[Row]:
    """Runs of one moment: which of their jobs are among the first is not said by the time alone."""
    question = find_statement(where).where(RUNS.c.listed_ms == listed_ms, RUNS.c.job_id.in_(visible.jobs(who)))
    return {(listed_ms, run_id) for run_id in connection.execute(question).scalars()}
