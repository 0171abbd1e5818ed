"""Jobs and the versions of their settings."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from brickyard.errors import AlreadyExists, NotFound
from brickyard.storage.store import SqlStore
from brickyard.storage.tables import JOB_VERSIONS
from tests.conformance.samples import finished, new_job, new_run


def test_a_job_comes_back_as_it_was_sent(store: SqlStore) -> None:
    job = new_job()
    store.jobs.create(job)
    assert store.jobs.get(job.job_id) == job


def test_settings_keep_their_order(store: SqlStore) -> None:
    job = new_job(settings={"z": 1, "a": {"y": 1, "b": [1, 2.5, None, True]}, "name": "x"})
    store.jobs.create(job)
    found = store.jobs.get(job.job_id)
    assert found is not None
    assert list(found.settings) == ["z", "a", "name"]
    assert list(found.settings["a"]) == ["y", "b"]


def test_a_known_id_is_refused(store: SqlStore) -> None:
    job = new_job()
    store.jobs.create(job)
    with pytest.raises(AlreadyExists, match=str(job.job_id)):
        store.jobs.create(new_job("other", job_id=job.job_id))
    assert store.jobs.get(job.job_id) == job


def test_newest_first_in_pages(store: SqlStore) -> None:
    jobs = [new_job(f"job {number}", created_ms=number // 2) for number in range(5)]
    for job in jobs:
        store.jobs.create(job)
    assert list(store.jobs.find(name=None, offset=0, limit=10)) == jobs[::-1]
    assert list(store.jobs.find(name=None, offset=1, limit=2)) == [jobs[3], jobs[2]]
    assert list(store.jobs.find(name=None, offset=5, limit=2)) == []


@pytest.mark.parametrize("asked", ["Größe", "GRÖSSE", "größe"])
def test_names_are_found_without_regard_to_case(store: SqlStore, asked: str) -> None:
    job = new_job("Größe")
    store.jobs.create(job)
    store.jobs.create(new_job("Größen"))
    assert list(store.jobs.find(name=asked, offset=0, limit=10)) == [job]


@pytest.mark.parametrize("asked", ["%", "_", "' OR '1'='1", "night%", ""])
def test_names_are_no_patterns(store: SqlStore, asked: str) -> None:
    store.jobs.create(new_job())
    assert list(store.jobs.find(name=asked, offset=0, limit=10)) == []


def test_replacing_makes_the_next_version(store: SqlStore) -> None:
    job = new_job()
    store.jobs.create(job)
    replaced = store.jobs.replace(job.job_id, {"name": "New"}, by="you", at_ms=9)
    assert (replaced.version, replaced.settings, replaced.creator) == (2, {"name": "New"}, "me")
    assert store.jobs.get(job.job_id) == replaced
    assert list(store.jobs.find(name="new", offset=0, limit=1)) == [replaced]
    assert list(store.jobs.find(name="nightly", offset=0, limit=1)) == []


def test_versions_tell_who_wrote_what_and_when(store: SqlStore) -> None:
    job = new_job(settings={"name": "a"})
    store.jobs.create(job)
    store.jobs.replace(job.job_id, {"name": "b"}, by="you", at_ms=9)
    with store._db.read() as connection:
        columns = JOB_VERSIONS.c
        question = select(columns.version, columns.author, columns.at_ms, columns.settings)
        found = connection.execute(question.where(columns.job_id == job.job_id).order_by(columns.version)).all()
    assert [tuple(row) for row in found] == [(1, "me", 5, '{"name":"a"}'), (2, "you", 9, '{"name":"b"}')]


def test_replacing_what_is_not_there(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="12"):
        store.jobs.replace(12, {}, by="me", at_ms=1)


def test_deleting_keeps_the_runs(store: SqlStore) -> None:
    job = new_job()
    store.jobs.create(job)
    run = finished(store, new_run(job_id=job.job_id))
    assert store.jobs.delete(job.job_id) is True
    assert store.jobs.delete(job.job_id) is False
    assert store.jobs.get(job.job_id) is None
    assert store.runs.load(run.run_id) == run
