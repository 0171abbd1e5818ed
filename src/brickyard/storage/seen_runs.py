"""Pages of `runs/list` for somebody who may see some jobs only.

Who may see few jobs is answered from the newest runs of each of them. For all others the newest runs of all are looked
at; where those do not fill the page, the jobs are ranked by their newest run: the first N runs are all of the first N
jobs. So a page costs about the same for whoever sees all jobs but one, and for whoever sees one of ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, select

from brickyard.access.identity import Identity
from brickyard.records import RunFilter
from brickyard.storage import visible
from brickyard.storage.run_reading import find_statement
from brickyard.storage.tables import RUNS

_FEW = 64
"""So many jobs are asked one after the other."""
_WINDOWS = (4, 40, 200)
"""How many of the newest runs of all are looked at, in pages."""
_DEEP_OF_FEW = 1_000
_DEEP = 100
"""A page that ends behind so many runs is read from the list of all, where depth costs everybody."""

Row = tuple[int, int]
"""Time in the list, and run id."""


def find(connection: Connection, where: RunFilter, who: Identity, offset: int, limit: int) -> Sequence[int]:
    """Ids of the runs of one page."""
    end = offset + limit
    if where.job_id is None and not where.active_only:
        few = connection.execute(visible.jobs(who).limit(_FEW + 1)).scalars().all()
        if len(few) <= _FEW and end <= _DEEP_OF_FEW:
            return _ids(_of_jobs(connection, where, set(few), end), offset, end)
        if end <= _DEEP:
            return _of_many(connection, where, who, end)[offset:]
    # Not the bare column: with it SQLite would read every run of these jobs, and sort them.
    seen = find_statement(where).where((RUNS.c.job_id + 0).in_(visible.jobs(who)))
    return connection.execute(seen.offset(offset).limit(limit)).scalars().all()


def _of_many(connection: Connection, where: RunFilter, who: Identity, end: int) -> Sequence[int]:
    for pages in _WINDOWS:
        recent = connection.execute(_window(where, who, pages * end).limit(end)).scalars().all()
        if len(recent) == end:
            return recent
    beyond = find_statement(where).offset(_WINDOWS[-1] * end).limit(1)
    if connection.execute(beyond).first() is None:
        return recent
    ranked = _newest_by_job(connection, where, who, end)
    found = _of_jobs(connection, where, [job_id for job_id, _ in ranked], end)
    if len(ranked) == end:
        found |= _at(connection, where, who, ranked[-1][1])
    return _ids(found, 0, end)


def _window(where: RunFilter, who: Identity, size: int) -> Select[Any]:
    """The newest runs of all, without those that are not to be seen."""
    ordered = find_statement(where).with_only_columns(RUNS.c.run_id, RUNS.c.listed_ms, RUNS.c.job_id)
    newest = ordered.limit(size).subquery()
    question = select(newest.c.run_id).where(newest.c.job_id.in_(visible.jobs(who)))
    return question.order_by(newest.c.listed_ms.desc(), newest.c.run_id.desc())


def _of_jobs(connection: Connection, where: RunFilter, job_ids: Iterable[int], end: int) -> set[Row]:
    """The newest runs of each of these jobs. Compiled once, because a job's share of the time is small."""
    of_job = find_statement(where).with_only_columns(RUNS.c.listed_ms, RUNS.c.run_id)
    of_job = of_job.where(RUNS.c.job_id == bindparam("of_job", type_=BigInteger)).limit(end)
    compiled = of_job.compile(dialect=connection.dialect)
    found: set[Row] = set()
    for job_id in job_ids:
        values = compiled.construct_params({"of_job": job_id})
        found.update((row[0], row[1]) for row in connection.exec_driver_sql(str(compiled), values))
    return found


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


def _ids(found: set[Row], offset: int, end: int) -> list[int]:
    return [run_id for _, run_id in sorted(found, reverse=True)[offset:end]]
