"""Commands on jobs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from brickyard.errors import BrickyardError, InvalidParameterValue, NotFound
from tests.engine.house import SUCCESS, House, notebook


def test_a_job_is_kept_as_sent_with_defaults(house: House) -> None:
    job_id = house.job(notebook("a"))
    job = house.store.jobs.get(job_id)
    assert job is not None
    assert (job.settings["name"], job.creator, job.created_ms) == ("nightly", "ada@example.org", house.clock.ms)
    assert job.settings["max_concurrent_runs"] == 1


@pytest.mark.parametrize(
    "tasks",
    [
        [notebook("a", "b"), notebook("b", "a")],
        [notebook("a", "ghost")],
        [notebook("a"), notebook("a")],
        [notebook("a", parameters={"x": "{{job.parameters.nope}}"})],
    ],
)
def test_a_job_that_cannot_run_is_refused_at_once(house: House, tasks: list[dict[str, object]]) -> None:
    with pytest.raises(InvalidParameterValue):
        house.job(*tasks)
    assert house.store.jobs.find(name=None, offset=0, limit=10) == []


def test_an_update_changes_the_next_run_and_not_the_one_that_goes(house: House) -> None:
    job = house.job(notebook("a"), max_concurrent_runs=2)
    first = house.run_now(job)
    house.engine.commands.update_job(job, {"tasks": [notebook("b")], "name": "hourly"}, [], user="bob")
    second = house.run_now(job)
    assert list(house.load(first).plan) == ["a"]
    assert "b" in house.load(second).plan
    house.engine.commands.update_job(job, None, [], user="bob")
    changed = house.store.jobs.get(job)
    assert changed is not None
    assert (changed.settings["name"], changed.creator) == ("hourly", "ada@example.org")


def test_a_reset_replaces_everything(house: House) -> None:
    job = house.job(notebook("a"), description="old")
    house.engine.commands.reset_job(job, {"name": "new", "tasks": [notebook("z")]}, user="ada")
    record = house.store.jobs.get(job)
    assert record is not None
    assert record.settings.get("description", "") == ""
    house.script(z=SUCCESS)
    assert list(house.ended(house.run_now(job)).plan) == ["z"]


def test_a_change_that_is_wrong_leaves_the_job_as_it_was(house: House) -> None:
    job = house.job(notebook("a"))
    before = house.store.jobs.get(job)
    with pytest.raises(BrickyardError):
        house.engine.commands.update_job(job, {"tasks": [notebook("a", "a")]}, [], user="ada")
    assert house.store.jobs.get(job) == before


def test_commands_on_an_unknown_job_are_refused(house: House) -> None:
    commands = house.engine.commands
    calls: list[Callable[[], None]] = [
        lambda: commands.reset_job(9, {"name": "x", "tasks": []}, user="ada"),
        lambda: commands.update_job(9, {"name": "x"}, [], user="ada"),
        lambda: commands.delete_job(9, user="ada"),
        lambda: commands.cancel_all(9, user="ada"),
    ]
    for call in calls:
        with pytest.raises(NotFound, match=r"^Job 9 does not exist\.$"):
            call()
