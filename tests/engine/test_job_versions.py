"""Versions of jobs through the engine: what makes one, what restores one, and what runs keep of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue, NotFound
from tests.engine.house import FAILED, SUCCESS, USER, House, notebook


def versions(house: House, job_id: int) -> list[tuple[int, str]]:
    return [(found.version, found.author) for found in house.store.jobs.versions(job_id)]


def save(house: House, job_id: int, *tasks: dict[str, Any], user: str = USER, **fields: Any) -> None:
    house.engine.commands.reset_job(job_id, {"name": "nightly", "tasks": list(tasks), **fields}, user=user)


def test_each_saved_change_is_a_version_with_author_and_time(house: House) -> None:
    job_id = house.job(notebook("a"))
    house.clock.ms += 5000
    save(house, job_id, notebook("a"), notebook("b"), user="grace")
    house.engine.commands.update_job(job_id, {"description": "x"}, [], user="linus")
    assert versions(house, job_id) == [(3, "linus"), (2, "grace"), (1, USER)]
    newest, _, oldest = house.store.jobs.versions(job_id)
    assert newest.at_ms - oldest.at_ms == 5000


def test_what_changes_nothing_makes_no_version(house: House) -> None:
    job_id = house.job(notebook("a"))
    save(house, job_id, notebook("a"))
    house.engine.commands.update_job(job_id, None, [], user=USER)
    house.engine.commands.update_job(job_id, {}, ["description"], user=USER)
    house.engine.commands.update_job(job_id, {"name": "nightly"}, [], user=USER)
    assert versions(house, job_id) == [(1, USER)]


def test_restoring_is_a_new_version_with_the_old_settings(house: House) -> None:
    job_id = house.job(notebook("a"))
    save(house, job_id, notebook("b"))
    assert house.engine.commands.restore_job(job_id, 1, user="grace") == 3
    first, third = house.store.jobs.version(job_id, 1), house.store.jobs.version(job_id, 3)
    assert first is not None
    assert third is not None
    assert third.settings == first.settings
    assert third.author == "grace"
    assert house.engine.commands.restore_job(job_id, 1, user="grace") == 3
    assert house.engine.commands.restore_job(job_id, 3, user="grace") == 3


def test_what_is_not_allowed_any_more_is_not_restored(house: House) -> None:
    """A version that was written by other rules: today's refuse it, and the job stays as it is."""
    job_id = house.job(notebook("a"))
    old = {"name": "nightly", "tasks": [{**notebook("a"), "run_if": "WHENEVER"}]}
    house.store.jobs.replace(job_id, old, by=USER, at_ms=1)
    save(house, job_id, notebook("b"))
    with pytest.raises(InvalidParameterValue, match=r"run_if is 'WHENEVER'; allowed is ALL_SUCCESS"):
        house.engine.commands.restore_job(job_id, 2, user=USER)
    assert [number for number, _ in versions(house, job_id)] == [3, 2, 1]


def test_versions_that_do_not_exist_are_named(house: House) -> None:
    job_id = house.job(notebook("a"))
    with pytest.raises(NotFound, match=f"Job {job_id} has no version 2; it has version 1 only."):
        house.engine.commands.restore_job(job_id, 2, user=USER)
    with pytest.raises(NotFound, match="Job 5 does not exist"):
        house.engine.commands.restore_job(5, 1, user=USER)
    house.engine.commands.delete_job(job_id, user=USER)
    with pytest.raises(NotFound, match=f"Job {job_id} does not exist"):
        house.engine.commands.restore_job(job_id, 1, user=USER)


def test_changes_at_the_same_time_lose_none(house: House) -> None:
    job_id = house.job(notebook("a"))
    threads = [
        threading.Thread(
            target=house.engine.commands.update_job,
            args=(job_id, {"tasks": [notebook(key)]}, []),
            kwargs={"user": USER},
        )
        for key in "bcdefgh"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job = house.store.jobs.get(job_id)
    assert job is not None
    assert job.version == 8
    assert {task["task_key"] for task in job.settings["tasks"]} == set("abcdefgh")


def test_a_repair_is_pinned_to_the_version_that_it_ran_under(house: House) -> None:
    house.script(a=[FAILED, FAILED, SUCCESS])
    job_id = house.job(notebook("a"))
    run_id = house.run_now(job_id)
    house.ended(run_id)
    save(house, job_id, notebook("a", path="/Workspace/mended"))
    first = house.repair(run_id, rerun_all_failed_tasks=True)
    house.ended(run_id)
    house.repair(run_id, rerun_all_failed_tasks=True, latest_repair_id=first)
    house.ended(run_id)
    record = house.store.runs.record(run_id)
    assert record is not None
    assert {number: record.versions_by_repair[number] for number in (1, 2)} == {1: 2, 2: 2}
