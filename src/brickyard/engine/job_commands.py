"""Commands on jobs: they change what is declared, and start nothing."""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.errors import NotFound
from brickyard.jobs.settings import merge, parse
from brickyard.ports import Clock, Ids, JobRecord, JobStore, Json


class JobCommands:
    """Creates, changes and deletes jobs. Safe to use from any thread."""

    def __init__(self, store: JobStore, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def create(self, settings: Json, *, user: str) -> int:
        """Keep a new job; its id.

        Raises:
            InvalidParameterValue, FeatureDisabled: the settings are not allowed; nothing is kept.
        """
        checked = parse(settings)
        job = JobRecord(job_id=self._ids.next_id(), settings=checked.raw, creator=user, created_ms=self._clock.now_ms())
        self._store.create(job)
        return job.job_id

    def reset(self, job_id: int, settings: Json, *, user: str) -> None:
        """Replace all settings of a job. Runs that have begun keep theirs."""
        self.get(job_id)
        self._replace(job_id, settings, user)

    def update(self, job_id: int, new_settings: Json | None, fields_to_remove: Sequence[str], *, user: str) -> None:
        """Change and remove some settings of a job."""
        job = self.get(job_id)
        if new_settings is not None or fields_to_remove:
            self._replace(job_id, merge(job.settings, new_settings or {}, fields_to_remove), user)

    def delete(self, job_id: int) -> None:
        """Delete the job; its runs stay."""
        if not self._store.delete(job_id):
            raise _missing(job_id)

    def get(self, job_id: int) -> JobRecord:
        """The job.

        Raises:
            NotFound: there is none.
        """
        job = self._store.get(job_id)
        if job is None:
            raise _missing(job_id)
        return job

    def _replace(self, job_id: int, settings: Json, user: str) -> None:
        self._store.replace(job_id, parse(settings).raw, by=user, at_ms=self._clock.now_ms())


def _missing(job_id: int) -> NotFound:
    return NotFound(f"Job {job_id} does not exist.")
