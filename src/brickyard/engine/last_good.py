"""The last run of a job that ended well."""

from __future__ import annotations

from brickyard.ports import RunFilter, RunStore
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
        loaded = runs.load_many(found)
        for run_id in found:
            run = loaded.get(run_id)
            if run and run_id != besides and run.ending and run.ending.result is Result.SUCCESS:
                return run
        if len(found) < _PAGE:
            return None
    return None
