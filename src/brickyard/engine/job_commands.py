"""Commands on jobs: they change what is declared, and start nothing."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from brickyard.engine import job_circles
from brickyard.engine.access.job_rights import JobRights
from brickyard.engine.versions import JobVersions
from brickyard.errors import NotFound
from brickyard.jobs.settings import merge, parse
from brickyard.ports import Clock, Ids, JobStore
from brickyard.records import JobRecord, Json


class JobCommands:
    """Creates, changes and deletes jobs. Safe to use from any thread."""

    def __init__(self, store: JobStore, rights: JobRights, clock: Clock, ids: Ids) -> None:
        self._store = store
        self.rights = rights
        self._clock = clock
        self._ids = ids
        self._versions = JobVersions(store)
        self._lock = threading.Lock()

    def create(self, settings: Json, *, user: str) -> int:
        """Keep a new job; its id.

        Raises:
            InvalidParameterValue, FeatureDisabled: the settings are not allowed; nothing is kept.
            PermissionDenied: they are not allowed to this user.
        """
        checked = parse(self.rights.policies.filled(settings))
        access = self.rights.check_new(user, checked)
        job_circles.check(self._store, None, checked)
        job = JobRecord(job_id=self._ids.next_id(), settings=checked.raw, creator=user, created_ms=self._clock.now_ms())
        self._store.create(job, access)
        return job.job_id

    def reset(self, job_id: int, settings: Json, *, user: str) -> int:
        """Replace all settings of a job; its version now. Runs that have begun keep theirs.

        Settings that are those that the job has already make no new version.
        """
        with self._lock:
            return self._replace(self.get(job_id), settings, user)

    def update(self, job_id: int, new_settings: Json | None, fields_to_remove: Sequence[str], *, user: str) -> int:
        """Change and remove some settings of a job; its version now, as by `reset`."""
        with self._lock:
            job = self.get(job_id)
            if new_settings is None and not fields_to_remove:
                return job.version
            return self._replace(job, merge(job.settings, new_settings or {}, fields_to_remove), user)

    def restore(self, job_id: int, version: int, *, user: str) -> int:
        """Give a job the settings of an earlier version, checked anew; its version now, as by `reset`.

        Raises:
            NotFound: there is no such job, or no such version of it.
            InvalidParameterValue, FeatureDisabled: what was allowed then is not allowed now; nothing is changed.
        """
        with self._lock:
            return self._replace(self.get(job_id), self._versions.get(job_id, version).settings, user)

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

    def _replace(self, job: JobRecord, settings: Json, user: str) -> int:
        checked = parse(self.rights.policies.filled(settings))
        self.rights.check_changed(user, job, checked)
        if checked.raw == job.settings:
            return job.version
        job_circles.check(self._store, job.job_id, checked)
        return self._store.replace(job.job_id, checked.raw, by=user, at_ms=self._clock.now_ms()).version


def _missing(job_id: int) -> NotFound:
    return NotFound(f"Job {job_id} does not exist.")
