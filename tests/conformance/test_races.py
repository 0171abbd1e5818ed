"""Several servers on one database: each request has one winner and the others hear of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from brickyard.errors import AlreadyExists, Conflict
from brickyard.records import Commit, RunFilter
from brickyard.runs.events import AttemptStarted
from tests.conformance.conftest import Open
from tests.conformance.samples import commit_of, create, new_job, new_run, plan_of


def test_of_many_requests_with_one_token_one_makes_a_run(lasting: str, opening: Open) -> None:
    stores = [opening(lasting) for _ in range(2)]

    def start(number: int) -> int | None:
        store = stores[number % 2]
        try:
            return create(store, idempotency_token="once").run.run_id
        except AlreadyExists:
            return store.runs.by_token("once")

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(start, range(24)))
    assert answers == set(stores[0].runs.find(RunFilter(), offset=0, limit=10))
    assert len(answers) == 1


def test_of_two_servers_that_decide_on_one_run_one_wins(lasting: str, opening: Open) -> None:
    stores = [opening(lasting) for _ in range(2)]
    for _ in range(10):
        run = create(stores[0], new_run(plan_of(a=[]))).run
        commit = commit_of(run, AttemptStarted(run.attempts[0].attempt_id))

        def store_it(number: int, commit: Commit = commit) -> bool:
            try:
                stores[number].runs.commit([commit])
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(store_it, range(2))) == [False, True]
        assert len(stores[0].runs.history(run.run_id)) == 3


def test_batches_in_opposite_orders_do_not_block_each_other(lasting: str, opening: Open) -> None:
    stores = [opening(lasting) for _ in range(2)]
    runs = [create(stores[0], new_run(plan_of(a=[], b=[]))).run for _ in range(20)]
    batches = [
        [commit_of(run, AttemptStarted(run.latest[key].attempt_id)) for run in order]
        for key, order in (("a", runs), ("b", runs[::-1]))
    ]

    def store_it(number: int) -> None:
        stores[number].runs.commit(batches[number])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(store_it, range(2), timeout=30))
    for run in runs:
        loaded = stores[1].runs.load(run.run_id)
        assert loaded is not None
        assert [attempt.life_cycle for attempt in loaded.attempts] == ["RUNNING", "RUNNING"]
        assert [entry.seq for entry in stores[0].runs.history(run.run_id)] == [1, 2, 3, 4, 5]


def test_every_replacement_of_a_job_is_a_version_or_a_conflict(lasting: str, opening: Open) -> None:
    stores = [opening(lasting) for _ in range(2)]
    job = new_job()
    stores[0].jobs.create(job)

    def replace(number: int) -> int:
        try:
            return stores[number % 2].jobs.replace(job.job_id, {"name": str(number)}, by="me", at_ms=number).version
        except Conflict:
            return 0

    with ThreadPoolExecutor(4) as pool:
        versions = [version for version in pool.map(replace, range(12)) if version]
    assert sorted(versions) == list(range(2, len(versions) + 2))
    found = stores[0].jobs.get(job.job_id)
    assert found is not None
    assert found.version == max(versions)
