"""Whose rights runs have: kept at the start, looked at when tasks start, and handed to what they start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import OWNER, ObjectType
from brickyard.engine.backfill.door import BackfillRequest
from brickyard.engine.commands import StartRequest
from brickyard.engine.job_runs import token_of
from brickyard.errors import InvalidParameterValue, PermissionDenied
from brickyard.records import AclEntry, PrincipalRecord, RunRecord
from brickyard.workloads.messages import RunNotebook
from tests.engine.house import SUCCESS, USER, House, notebook, result, run_job
from tests.engine.test_job_runs import child_of, message

EVE, MAX = "eve@example.org", "max@example.org"


@pytest.fixture
def people(house: House) -> dict[str, PrincipalRecord]:
    """Two users who may run all notebooks, and have no further rights."""
    everybody = AclEntry(PrincipalKind.GROUP, "users", "CAN_RUN")
    house.store.acls.replace(ObjectType.FILES, "/", [everybody])
    records = {
        name: PrincipalRecord(principal_id=90 + at, kind=PrincipalKind.USER, name=name)
        for at, name in enumerate((EVE, MAX))
    }
    for record in records.values():
        house.store.principals.add(record)
    return records


def job_of(house: House, user: str, *tasks: dict[str, Any], **fields: Any) -> int:
    return house.engine.commands.create_job({"name": "j", "tasks": list(tasks), **fields}, user=user)


def start(house: House, job_id: int, user: str, **request: Any) -> int:
    return house.engine.commands.run_now(job_id, StartRequest(**request), user=user)


def grant(house: House, job_id: int, **levels: str) -> None:
    names = {"eve": EVE, "max": MAX, "ada": USER}
    entries = [AclEntry(PrincipalKind.USER, names[name], level) for name, level in levels.items()]
    house.store.acls.replace(ObjectType.JOBS, str(job_id), entries)


def record(house: House, run_id: int) -> RunRecord:
    found = house.store.runs.record(run_id)
    assert found is not None
    return found


def test_a_run_acts_as_the_owner_of_its_job_whoever_starts_it(house: House, people: object) -> None:
    job_id = job_of(house, EVE, notebook("a"))
    run_id = start(house, job_id, MAX)
    assert (record(house, run_id).creator, record(house, run_id).identity) == (MAX, EVE)
    assert house.workers.wait_for("a").context.user_name == EVE


def test_what_a_run_acts_as_is_kept_from_its_start_on(house: House, people: object) -> None:
    job_id = job_of(house, EVE, notebook("a"), notebook("b", "a"))
    run_id = start(house, job_id, EVE)
    grant(house, job_id, max=OWNER)
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    assert house.workers.wait_for("b").context.user_name == EVE
    assert record(house, start(house, job_id, EVE)).identity == MAX
    assert record(house, run_id).identity == EVE


def test_a_submitted_run_acts_as_who_submits_it_or_as_it_says(house: House, people: object) -> None:
    body = {"run_name": "once", "tasks": [notebook("a")]}
    mine = house.engine.commands.submit(body, user=EVE)
    named = house.engine.commands.submit({**body, "run_as": {"user_name": EVE}}, user=USER)
    assert [record(house, run_id).identity for run_id in (mine, named)] == [EVE, EVE]


def test_a_repair_acts_as_the_run_did(house: House, people: object) -> None:
    job_id = job_of(house, EVE, notebook("a"))
    run_id = start(house, job_id, EVE)
    house.engine.commands.cancel(run_id, user=EVE)
    house.ended(run_id)
    grant(house, job_id, max=OWNER)
    house.repair(run_id, rerun_all_failed_tasks=True)
    assert house.workers.wait_for("a", 2).context.user_name == EVE


@pytest.mark.parametrize("how", ["inactive", "deleted"])
def test_a_run_of_somebody_who_is_gone_fails_at_its_start_and_says_why(
    house: House, people: dict[str, PrincipalRecord], how: str
) -> None:
    job_id = job_of(house, EVE, notebook("a"))
    if how == "inactive":
        house.store.principals.save(replace(people[EVE], active=False))
    else:
        house.store.principals.delete(people[EVE].principal_id)
    run = house.ended(start(house, job_id, USER))
    assert result(run) == "INTERNAL_ERROR/FAILED"
    assert f"The run acts as {EVE}, who is no active user of this server." in message(run, "a")
    assert house.workers.started == []


def test_who_is_gone_in_the_middle_of_a_run_starts_no_further_task(
    house: House, people: dict[str, PrincipalRecord]
) -> None:
    """A few seconds later: that somebody is there is not asked anew for each of a thousand tasks."""
    run_id = start(house, job_of(house, EVE, notebook("a"), notebook("b", "a")), EVE)
    first = house.workers.wait_for("a")
    house.store.principals.save(replace(people[EVE], active=False))
    house.advance(10)
    house.workers.finish(first.attempt_id)
    run = house.ended(run_id)
    assert "no active user" in message(run, "b")


# ------------------------------------------------------------------------------------------------- what runs start


def test_a_run_job_task_starts_what_its_runs_identity_may_start(house: House, people: object) -> None:
    other = job_of(house, USER, notebook("leaf"))
    grant(house, other, ada=OWNER, eve="CAN_MANAGE_RUN")
    run_id = start(house, job_of(house, EVE, run_job("call", other)), EVE)
    house.workers.wait_for("leaf")
    child = record(house, child_of(house, run_id).run_id)
    assert (child.creator, child.identity) == (EVE, USER), "the other job has rights of its own"


@pytest.mark.parametrize(("level", "text"), [("CAN_VIEW", "does not have Manage Run"), ("", "does not exist")])
def test_a_right_that_was_taken_away_since_ends_the_task(house: House, people: object, level: str, text: str) -> None:
    other = job_of(house, USER, notebook("leaf"))
    grant(house, other, ada=OWNER, eve="CAN_MANAGE_RUN")
    job_id = job_of(house, EVE, run_job("call", other))
    grant(house, other, ada=OWNER, **({"eve": level} if level else {}))
    run = house.ended(start(house, job_id, EVE))
    assert result(run) == "INTERNAL_ERROR/FAILED"
    assert text in message(run)
    assert house.workers.started == []


def test_who_may_start_a_job_gets_no_further_by_it(house: House, people: object) -> None:
    """The other job is started with the rights of the run, and not with those of who asked for it."""
    other = job_of(house, USER, notebook("leaf"))
    grant(house, other, ada=OWNER, eve="CAN_MANAGE_RUN")
    job_id = job_of(house, EVE, run_job("call", other))
    grant(house, other, ada=OWNER)
    grant(house, job_id, eve=OWNER, ada="CAN_MANAGE_RUN")
    run = house.ended(start(house, job_id, USER))
    assert f"Job {other} does not exist." in message(run)


def test_a_notebooks_child_acts_as_its_parent(house: House, people: object) -> None:
    start(house, job_of(house, EVE, notebook("parent")), MAX)
    house.workers.wait_for("parent")
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(house.ask, "parent", RunNotebook(path="/Workspace/child"))
        child = house.workers.wait_for("notebook")
        assert child.context.user_name == EVE
        assert record(house, child.context.run_id).identity == EVE
        house.workers.finish(child.attempt_id, SUCCESS)
        asking.result(20)


def test_a_backfill_stops_where_its_maker_may_no_longer_start_the_job(house: House, people: object) -> None:
    job_id = job_of(house, USER, notebook("a"))
    grant(house, job_id, ada=OWNER, eve="CAN_MANAGE_RUN")
    wanted = BackfillRequest.of_spec(
        {"from": "2026-01-01", "to": "2026-01-03", "every": "1d", "zone": "UTC", "order": "oldest", "parallel": 1,
         "rerun": "failed", "max_runs": 5, "parameters": {}}
    )  # fmt: skip
    backfill_id = house.engine.commands.backfills.create(job_id, wanted, user=EVE)
    first = house.workers.wait_for("a")
    grant(house, job_id, ada=OWNER)
    house.workers.finish(first.attempt_id)
    seen, found = -1, house.store.backfills.get(backfill_id)
    while found is not None and found.state == "RUNNING":
        found = house.engine.commands.backfills.watch(backfill_id, seen=seen, timeout=20)
        seen = found.revision
    assert found is not None
    assert (found.state, found.reason) == ("PAUSED", f"A run was refused: Job {job_id} does not exist.")
    assert len(house.workers.started) == 1


# ------------------------------------------------------------------------------------------------------------ tokens


def test_an_idempotency_token_is_that_of_its_user(house: House, people: object) -> None:
    job_id = job_of(house, EVE, notebook("a"), max_concurrent_runs=9)
    runs = [start(house, job_id, user, idempotency_token="t") for user in (EVE, EVE, MAX)]
    assert runs[0] == runs[1] != runs[2]


def test_nobody_takes_the_place_of_a_run_that_the_engine_starts(house: House, people: object) -> None:
    """Else a task would take a stranger's run for that of its job."""
    other = job_of(house, USER, notebook("leaf"))
    mine = job_of(house, EVE, notebook("a"), max_concurrent_runs=50)
    guessed = [start(house, mine, EVE, idempotency_token=token_of(number)) for number in range(1001, 1040)]
    run_id = house.run(run_job("call", other))
    house.workers.wait_for("leaf")
    assert child_of(house, run_id).run_id not in guessed
    assert child_of(house, run_id).job_id == other


def test_a_token_that_is_too_long_is_refused_by_the_length_that_was_sent(house: House, people: object) -> None:
    job_id = job_of(house, EVE, notebook("a"), max_concurrent_runs=9)
    start(house, job_id, EVE, idempotency_token="x" * 64)
    with pytest.raises(InvalidParameterValue, match="has 65 characters; at most 64"):
        start(house, job_id, EVE, idempotency_token="x" * 65)


def test_a_user_who_is_gone_makes_no_jobs_that_need_rights(house: House) -> None:
    other = house.job(notebook("leaf"))
    with pytest.raises(PermissionDenied, match="nobody is no active user"):
        job_of(house, "nobody", run_job("call", other))
