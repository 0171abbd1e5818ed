"""The last run of a job that ended well."""

from __future__ import annotations

from brickyard.ports import RunStore
from brickyard.records import RunFilter
from brickyard.runs.model import Run
from brickyard.runs.states import Result

SEARCHED = 100
"""So many of the job's newest runs are looked at."""
_PAGE = 20


def last_good(runs: RunStore, job_id: int, *, besides: int) -> Run | None:
    """The newest run of the job with the result SUCCESS, but not the run `besides`; None where there is none.

    Only the newest `SEARCHED` runs that are over are looked at.
    """
    where = RunFilter(job_id=job_id, completed_only=True)
    for offset in range(0, SEARCHED, _PAGE):
        found = runs.find(where, offset=offset, limit=_PAGE)
        heads = runs.load_many(found, attempts="none")
        for run_id in found:
            head = heads.get(run_id)
            if head and run_id != besides and head.ending and head.ending.result is Result.SUCCESS:
                return runs.load(run_id)
        if len(found) < _PAGE:
            return None
    return None
