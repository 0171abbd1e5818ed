"""Jobs and the versions of their settings. Implements `ports.JobStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from brickyard.access.identity import Identity
from brickyard.access.levels import OWNER, ObjectType
from brickyard.errors import AlreadyExists, Conflict, NotFound
from brickyard.records import AclEntry, JobRecord, JobVersion, Json
from brickyard.storage import rows, visible
from brickyard.storage.access_tables import ACL_ENTRIES
from brickyard.storage.database import Database
from brickyard.storage.tables import JOB_VERSIONS, JOBS


class SqlJobStore:
    """Implements `ports.JobStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(self, job: JobRecord, access: Sequence[AclEntry] = ()) -> None:
        """Store a new job, its first version and its access list.

        Raises:
            AlreadyExists: the job id is taken.
        """
        try:
            self._db.write(lambda connection: _insert(connection, job, access))
        except IntegrityError as error:
            raise AlreadyExists(f"Job {job.job_id} exists already.") from error

    def get(self, job_id: int) -> JobRecord | None:
        with self._db.read() as connection:
            return _get(connection, job_id)

    def find(
        self, *, name: str | None, offset: int, limit: int, seen_by: Identity | None = None
    ) -> Sequence[JobRecord]:
        question = select(JOBS).order_by(JOBS.c.created_ms.desc(), JOBS.c.job_id.desc()).offset(offset).limit(limit)
        if name is not None:
            question = question.where(JOBS.c.name_folded == name.casefold())
        if seen_by is not None:
            question = question.where(JOBS.c.job_id.in_(visible.jobs(seen_by)))
        with self._db.read() as connection:
            return [_record(row) for row in connection.execute(question)]

    def replace(self, job_id: int, settings: Json, *, by: str, at_ms: int) -> JobRecord:
        """Store new settings as the next version.

        Raises:
            NotFound: there is no such job.
            Conflict: somebody else replaced them at the same time.
        """
        return self._db.write(lambda connection: _replace(connection, job_id, settings, by, at_ms))

    def delete(self, job_id: int) -> bool:
        """Delete a job, its versions and, but for the owner, its access list; its runs stay. False where none is."""
        return self._db.write(lambda connection: _delete(connection, job_id))

    def versions(self, job_id: int) -> Sequence[JobVersion]:
        question = select(JOB_VERSIONS).where(JOB_VERSIONS.c.job_id == job_id).order_by(JOB_VERSIONS.c.version.desc())
        with self._db.read() as connection:
            return [_version(row) for row in connection.execute(question)]

    def version(self, job_id: int, version: int) -> JobVersion | None:
        question = select(JOB_VERSIONS).where(JOB_VERSIONS.c.job_id == job_id, JOB_VERSIONS.c.version == version)
        with self._db.read() as connection:
            row = connection.execute(question).one_or_none()
        return None if row is None else _version(row)


def _insert(connection: Connection, job: JobRecord, access: Sequence[AclEntry]) -> None:
    settings = rows.to_json(job.settings)
    connection.execute(
        insert(JOBS).values(
            job_id=job.job_id,
            name_folded=_folded_name(job.settings),
            creator=job.creator,
            created_ms=job.created_ms,
            version=job.version,
            settings=settings,
        )
    )
    version = {"job_id": job.job_id, "version": job.version, "author": job.creator, "at_ms": job.created_ms}
    connection.execute(insert(JOB_VERSIONS).values(version | {"settings": settings}))
    visible.write_first(connection, job.job_id, job.creator, access)


def _delete(connection: Connection, job_id: int) -> bool:
    entries = ACL_ENTRIES.c
    mine = (entries.object_type == ObjectType.JOBS.value) & (entries.object_id == str(job_id))
    gone = connection.execute(delete(JOBS).where(JOBS.c.job_id == job_id)).rowcount > 0
    if gone:
        connection.execute(delete(ACL_ENTRIES).where(mine, entries.level != OWNER))
    return gone


def _replace(connection: Connection, job_id: int, settings: Json, by: str, at_ms: int) -> JobRecord:
    old = _get(connection, job_id)
    if old is None:
        raise NotFound(f"Job {job_id} does not exist.")
    text, version = rows.to_json(settings), old.version + 1
    changed = connection.execute(
        update(JOBS)
        .where(JOBS.c.job_id == job_id, JOBS.c.version == old.version)
        .values(settings=text, version=version, name_folded=_folded_name(settings))
    )
    if changed.rowcount != 1:
        raise Conflict(f"Job {job_id} was changed by somebody else at the same time; try again.")
    values = {"job_id": job_id, "version": version, "author": by, "at_ms": at_ms, "settings": text}
    connection.execute(insert(JOB_VERSIONS).values(values))
    return JobRecord(
        job_id=job_id,
        settings=rows.from_json(text),
        creator=old.creator,
        created_ms=old.created_ms,
        version=version,
    )


def _get(connection: Connection, job_id: int) -> JobRecord | None:
    row = connection.execute(select(JOBS).where(JOBS.c.job_id == job_id)).one_or_none()
    return None if row is None else _record(row)


def _record(row: Any) -> JobRecord:
    return JobRecord(
        job_id=row.job_id,
        settings=rows.from_json(row.settings),
        creator=row.creator,
        created_ms=row.created_ms,
        version=row.version,
    )


def _version(row: Any) -> JobVersion:
    return JobVersion(
        job_id=row.job_id,
        version=row.version,
        author=row.author,
        at_ms=row.at_ms,
        settings=rows.from_json(row.settings),
    )


def _folded_name(settings: Json) -> str:
    return str(settings.get("name", "")).casefold()
