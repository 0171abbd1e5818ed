"""Lists that hold only what somebody may see: the same as to look at everything, and leave out the rest."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from sqlalchemy import text

from brickyard.access.identity import USERS, Identity, PrincipalKind
from brickyard.access.levels import OWNER, ObjectType
from brickyard.records import AclEntry, BackfillRecord, PrincipalRecord, QueryRecord, RunFilter
from brickyard.runs.states import RunType
from brickyard.storage import seen_runs
from brickyard.storage.migrations.versions import v0003_people
from brickyard.storage.store import SqlStore
from tests.conformance.samples import create, finished, new_job, new_run

EVE = Identity(name="eve", kind=PrincipalKind.USER, groups=frozenset({USERS, "miners"}))
ROBOT = Identity(name="eve", kind=PrincipalKind.SERVICE_PRINCIPAL, groups=frozenset({USERS}))


def grant(store: SqlStore, job_id: int, *entries: AclEntry) -> None:
    store.acls.replace(ObjectType.JOBS, str(job_id), entries)


def user(name: str, level: str = "CAN_VIEW") -> AclEntry:
    return AclEntry(PrincipalKind.USER, name, level)


def group(name: str, level: str = "CAN_VIEW") -> AclEntry:
    return AclEntry(PrincipalKind.GROUP, name, level)


def test_whoever_makes_a_job_owns_it(store: SqlStore) -> None:
    job = new_job()
    store.jobs.create(job)
    assert store.acls.entries(ObjectType.JOBS, str(job.job_id)) == [user(job.creator, OWNER)]


def test_a_service_principal_owns_as_what_it_is(store: SqlStore) -> None:
    kind = PrincipalKind.SERVICE_PRINCIPAL
    store.principals.add(PrincipalRecord(principal_id=7, kind=kind, name="me"))
    job = new_job()
    store.jobs.create(job)
    assert store.acls.entries(ObjectType.JOBS, str(job.job_id)) == [AclEntry(kind, "me", OWNER)]


def test_whoever_submits_a_run_owns_it_and_a_run_of_a_job_has_that_of_its_job(store: SqlStore) -> None:
    submitted = create(store, new_run(job_id=71, run_type=RunType.SUBMIT_RUN)).run
    create(store, new_run(job_id=72))
    assert [entry.level for entry in store.acls.entries(ObjectType.JOBS, str(submitted.job_id))] == [OWNER]
    assert list(store.acls.entries(ObjectType.JOBS, "72")) == []


def test_of_a_deleted_job_the_owner_still_sees_the_runs(store: SqlStore) -> None:
    job = new_job()
    store.jobs.create(job)
    grant(store, job.job_id, user("me", OWNER), user("eve"), group("miners"))
    assert store.jobs.delete(job.job_id)
    assert store.acls.entries(ObjectType.JOBS, str(job.job_id)) == [user("me", OWNER)]


def test_jobs_are_seen_by_name_and_by_group(store: SqlStore) -> None:
    jobs = [new_job(f"job {number}", created_ms=number) for number in range(5)]
    for job in jobs:
        store.jobs.create(job)
    grant(store, jobs[1].job_id, user("eve"))
    grant(store, jobs[2].job_id, group("miners"), user("eve", "CAN_MANAGE"))
    grant(store, jobs[3].job_id, group("eve"), user("miners"), AclEntry(ROBOT.kind, "eve", "CAN_VIEW"))
    assert store.jobs.find(name=None, offset=0, limit=9, seen_by=EVE) == [jobs[2], jobs[1]]
    assert store.jobs.find(name=None, offset=1, limit=9, seen_by=EVE) == [jobs[1]]
    assert store.jobs.find(name="job 2", offset=0, limit=9, seen_by=EVE) == [jobs[2]]
    assert store.jobs.find(name="job 4", offset=0, limit=9, seen_by=EVE) == []
    assert store.jobs.find(name=None, offset=0, limit=9, seen_by=ROBOT) == [jobs[3]]


def test_an_entry_of_another_kind_of_object_shows_no_job(store: SqlStore) -> None:
    job = new_job()
    store.jobs.create(job)
    store.acls.replace(ObjectType.CLUSTERS, str(job.job_id), [user("eve", "CAN_MANAGE")])
    assert store.jobs.find(name=None, offset=0, limit=9, seen_by=EVE) == []


def query(query_id: str, owner: str) -> QueryRecord:
    return QueryRecord(
        query_id=query_id, display_name=query_id, query_text="SELECT 1", owner=owner, created_ms=1, updated_ms=1
    )


def test_queries_are_seen_by_their_owner_unless_they_were_handed_over(store: SqlStore) -> None:
    for query_id, owner in (("a", "eve"), ("b", "me"), ("c", "eve"), ("d", "me")):
        store.queries.save(query(query_id, owner))
    store.acls.replace(ObjectType.QUERIES, "c", [user("me", OWNER)])
    store.acls.replace(ObjectType.QUERIES, "d", [group("miners", "CAN_RUN")])
    found = store.queries.find(offset=0, limit=9, seen_by=EVE)
    assert [each.query_id for each in found] == ["d", "a"]


def test_backfills_are_seen_with_their_job(store: SqlStore) -> None:
    for backfill_id, job_id in ((1, 10), (2, 20), (3, 10)):
        record = BackfillRecord(
            backfill_id=backfill_id, job_id=job_id, creator="me", created_ms=backfill_id, spec={"zone": "UTC"}
        )
        store.backfills.create(record, [])
    grant(store, 10, user("eve"))
    assert [each.backfill_id for each in store.backfills.find(seen_by=EVE)] == [3, 1]
    assert store.backfills.find(20, seen_by=EVE) == []


# ------------------------------------------------------------------------------------------------------------ runs

FILTERS: list[dict[str, Any]] = [
    {},
    {"active_only": True},
    {"completed_only": True},
    {"run_type": "SUBMIT_RUN"},
    {"run_type": "JOB_RUN", "completed_only": True},
    {"start_from_ms": 30, "start_to_ms": 60},
    {"job_id": 5},
]


def populated(store: SqlStore, chance: random.Random) -> set[int]:
    """Runs of twenty jobs, many at the same moment; the jobs that Eve may see."""
    for _ in range(150):
        job_id, at_ms = chance.randint(1, 20), chance.randint(1, 90)
        kind = RunType.SUBMIT_RUN if job_id > 15 else RunType.JOB_RUN
        make = finished if chance.random() < 0.9 else create
        make(store, new_run(job_id=job_id, run_type=kind, created_ms=at_ms), at_ms)
    seen = {job_id for job_id in range(1, 21) if chance.random() < 0.4} | {5}
    for job_id in seen:
        grant(store, job_id, chance.choice([user("eve"), group("miners")]), user("me", OWNER))
    return seen


def expected(store: SqlStore, where: RunFilter, seen: set[int]) -> list[int]:
    everything = store.runs.find(where, offset=0, limit=10_000)
    records = store.runs.records(everything)
    return [run_id for run_id in everything if records[run_id].job_id in seen]


@pytest.mark.parametrize("few", [0, 64], ids=["newest of all first", "by job"])
def test_runs_are_those_of_all_without_those_of_other_jobs(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Also where the newest runs of all do not fill the page, and where it lies deep."""
    monkeypatch.setattr(seen_runs, "_FEW", few)
    monkeypatch.setattr(seen_runs, "_WINDOWS", (1, 2))
    monkeypatch.setattr(seen_runs, "_DEEP", 40)
    monkeypatch.setattr(seen_runs, "_DEEP_OF_FEW", 50)
    seen = populated(store, random.Random(few))  # noqa: S311 - no secret
    for where in FILTERS:
        asked = RunFilter(**where)
        wanted = expected(store, asked, seen)
        for offset, limit in itertools.product((0, 5, 39), (3, 21)):
            found = store.runs.find(asked, offset=offset, limit=limit, seen_by=EVE)
            assert list(found) == wanted[offset : offset + limit], (where, offset, limit)


def test_who_may_see_nothing_sees_nothing(store: SqlStore) -> None:
    populated(store, random.Random(1))  # noqa: S311 - as above
    nobody = Identity(name="nobody", kind=PrincipalKind.USER, groups=frozenset({USERS}))
    for where in FILTERS:
        assert list(store.runs.find(RunFilter(**where), offset=0, limit=20, seen_by=nobody)) == []


def test_the_migration_gives_old_jobs_and_old_runs_their_makers(store: SqlStore) -> None:
    """The statements of the migration, on a database that has jobs and runs without owners."""
    job = new_job()
    store.jobs.create(job)
    create(store, new_run(job_id=job.job_id))
    submitted = create(store, new_run(job_id=77, run_type=RunType.SUBMIT_RUN)).run

    def again(connection: Any) -> None:
        connection.execute(text("DELETE FROM acl_entries"))
        for statement in v0003_people._OWNERS:
            connection.execute(text(statement))

    store._db.write(again)
    for job_id in (job.job_id, submitted.job_id):
        assert [entry.level for entry in store.acls.entries(ObjectType.JOBS, str(job_id))] == [OWNER]
