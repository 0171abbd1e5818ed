"""Who owns an object whose access list names no owner: whoever made it."""

from __future__ import annotations

from brickyard.access.levels import ObjectType
from brickyard.ports import Store
from brickyard.records import RunFilter


class Owners:
    """Reads makers from the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, kind: ObjectType, object_id: str) -> str:
        """The name of the owner; "" where the object is not there."""
        match kind:
            case ObjectType.JOBS:
                return self._of_job(int(object_id))
            case ObjectType.QUERIES:
                query = self._store.queries.get(object_id)
                return query.owner if query else ""
            case _:
                document = self._store.documents.get(kind, object_id)
                return document.owner if document else ""

    def _of_job(self, job_id: int) -> str:
        job = self._store.jobs.get(job_id)
        if job is not None:
            return job.creator
        # A run that was submitted has a job id of its own, and no job; of a deleted job the runs stay.
        newest = self._store.runs.find(RunFilter(job_id=job_id), offset=0, limit=1)
        record = self._store.runs.record(newest[0]) if newest else None
        return record.creator if record else ""
