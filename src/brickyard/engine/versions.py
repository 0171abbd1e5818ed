"""The versions of a job: what it was, what changed, and back again."""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.errors import NotFound
from brickyard.jobs.difference import Difference, differences
from brickyard.ports import JobStore
from brickyard.records import JobVersion


class JobVersions:
    """Reads the versions of jobs. Safe to use from any thread."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    def all(self, job_id: int) -> Sequence[JobVersion]:
        """Every version, newest first.

        Raises:
            NotFound: there is no such job; a deleted job has no versions.
        """
        found = self._store.versions(job_id)
        if not found:
            raise NotFound(f"Job {job_id} does not exist.")
        return found

    def get(self, job_id: int, version: int) -> JobVersion:
        """One version.

        Raises:
            NotFound: there is no such job, or it has no such version; the text says which it has.
        """
        found = self._store.version(job_id, version)
        if found is None:
            newest = self.all(job_id)[0].version
            has = f"versions 1 to {newest}" if newest > 1 else "version 1 only"
            raise NotFound(f"Job {job_id} has no version {version}; it has {has}.")
        return found

    def pair(self, job_id: int, before: int | None, after: int | None) -> tuple[JobVersion, JobVersion]:
        """Two versions to compare: without `after` the newest, without `before` the one before `after`.

        The first version has none before it, so it is compared with itself.

        Raises:
            NotFound: as `get`.
        """
        new = self.all(job_id)[0] if after is None else self.get(job_id, after)
        old = self.get(job_id, max(1, new.version - 1) if before is None else before)
        return old, new

    def diff(self, job_id: int, before: int | None, after: int | None) -> tuple[Difference, ...]:
        """What changed between two versions, chosen as by `pair`."""
        old, new = self.pair(job_id, before, after)
        return differences(old.settings, new.settings)
