"""`dbutils.notebook.run`: a child run on the compute of its parent."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from brickyard.errors import InvalidState, Unavailable
from brickyard.workloads.messages import GetCompute, NotebookWork, Outcome, PrepareEnvironment, RunNotebook
from tests.engine.house import CANCELLED, FAILED, House, notebook, result, states

CHILD = RunNotebook(path="/Workspace/child", arguments={"day": "{{not.a.reference}}"})
EXITED = Outcome(status="success", started_ms=1, ended_ms=2, exit_value="42 rows")


class Caller:
    """A worker's thread that waits for the answer of its ask."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._threads = ThreadPoolExecutor(8)

    def ask(self, key: str, body: RunNotebook = CHILD, ask_id: int = 1) -> Future[Any]:
        return self._threads.submit(self.house.ask, key, body, ask_id)

    def close(self) -> None:
        self._threads.shutdown()


@pytest.fixture
def caller(house: House) -> Any:
    made = Caller(house)
    yield made
    house.engine.stop()
    made.close()


def test_the_child_runs_and_its_exit_value_comes_back(house: House, caller: Caller) -> None:
    run_id = house.run(notebook("parent"))
    answer = caller.ask("parent")
    child = house.workers.wait_for("notebook")
    assert child.work == NotebookWork(path="/Workspace/child", parameters={"day": "{{not.a.reference}}"})
    house.workers.finish(child.attempt_id, EXITED)
    assert answer.result(20) == {"run_id": child.context.run_id, "status": "success", "exit_value": "42 rows"}
    run = house.load(child.context.run_id)
    assert (run.run_type, run.job_id) == ("WORKFLOW_RUN", house.load(run_id).job_id)
    record = house.store.runs.record(run.run_id)
    assert record is not None
    assert record.parent_attempt_id == house.workers.wait_for("parent").attempt_id


def test_the_same_ask_again_waits_for_the_same_child(house: House, caller: Caller) -> None:
    house.run(notebook("parent"))
    first = caller.ask("parent")
    child = house.workers.wait_for("notebook")
    second = caller.ask("parent")
    other = caller.ask("parent", ask_id=2)
    house.workers.finish(child.attempt_id, EXITED)
    assert first.result(20) == second.result(20)
    house.workers.finish(house.workers.wait_for("notebook", 2).attempt_id)
    assert other.result(20)["run_id"] != first.result(20)["run_id"]
    assert len([key for key, _ in house.land.ran if key == "notebook"]) == 2


def test_a_failed_child_tells_its_error(house: House, caller: Caller) -> None:
    house.script(notebook=FAILED)
    house.run(notebook("parent"))
    answer = caller.ask("parent").result(20)
    assert (answer["status"], answer["error"]) == ("failed", "ValueError: bad row")


def test_a_child_has_a_time_limit(house: House, caller: Caller) -> None:
    house.run(notebook("parent"))
    answer = caller.ask("parent", RunNotebook(path="/Workspace/child", timeout_seconds=60))
    house.workers.wait_for("notebook")
    house.settle()
    house.advance(60)
    assert answer.result(20)["status"] == "timedout"


def test_children_use_the_compute_of_their_parent(house: House, caller: Caller) -> None:
    run_id = house.run(notebook("parent", new_cluster={"spark_version": "16.4.x-scala2.12", "num_workers": 1}))
    answer = caller.ask("parent")
    parent, child = house.workers.wait_for("parent"), house.workers.wait_for("notebook")
    house.ask("parent", GetCompute())
    house.ask("notebook", GetCompute())
    (grandchild_asked) = caller._threads.submit(house.sink.ask, child.attempt_id, 1, CHILD)
    grandchild = house.workers.wait_for("notebook", 2)
    house.sink.ask(grandchild.attempt_id, 9, GetCompute())
    assert {(request.run_id, request.key) for request in house.clusters.requests} == {
        (run_id, f"task:{parent.attempt_id}")
    }
    house.workers.finish(grandchild.attempt_id)
    house.workers.finish(child.attempt_id)
    assert grandchild_asked.result(20)["status"] == answer.result(20)["status"] == "success"
    house.settle()
    assert house.clusters.ended_runs == [], "a child ends no clusters"


def test_children_end_with_their_parent(house: House, caller: Caller) -> None:
    run_id = house.run(notebook("parent"))
    answer = caller.ask("parent")
    child = house.workers.wait_for("notebook")
    house.workers.finish(house.workers.wait_for("parent").attempt_id, FAILED)
    assert states(house.ended(run_id)) == {"parent": "FAILED"}
    assert result(house.ended(child.context.run_id)) == "TERMINATED/CANCELED"
    assert answer.result(20)["status"] == "cancelled"


def test_children_are_stopped_with_their_parent_and_no_new_ones_start(house: House, caller: Caller) -> None:
    house.workers.obey = False
    run_id = house.run(notebook("parent"))
    answer = caller.ask("parent")
    child = house.workers.wait_for("notebook")
    parent = house.workers.wait_for("parent")
    house.cancel(run_id)
    house.settle()
    assert sorted(attempt_id for attempt_id, _ in house.workers.stopped) == [parent.attempt_id, child.attempt_id]
    with pytest.raises(InvalidState, match="being stopped"):
        house.ask("parent", CHILD, ask_id=5)
    house.workers.finish(child.attempt_id, CANCELLED)
    house.workers.finish(parent.attempt_id, CANCELLED)
    assert answer.result(20)["status"] == "cancelled"
    assert result(house.ended(run_id)) == "TERMINATED/CANCELED"


def test_parents_that_hold_every_place_do_not_starve_their_children(house: House) -> None:
    small = House(house.home, max_running=1).start()
    caller = Caller(small)
    small.run(notebook("parent"))
    answer = caller.ask("parent")
    small.workers.finish(small.workers.wait_for("notebook").attempt_id, EXITED)
    assert answer.result(20)["exit_value"] == "42 rows"
    small.stop()
    caller.close()


def test_a_child_cannot_be_repaired_by_itself(house: House, caller: Caller) -> None:
    house.script(notebook=FAILED)
    house.run(notebook("parent"))
    child_run = caller.ask("parent").result(20)["run_id"]
    with pytest.raises(InvalidState, match="repair the run of that notebook"):
        house.repair(child_run, rerun_all_failed_tasks=True)


def test_a_stopping_server_leaves_the_child_to_the_next_one(house: House, caller: Caller) -> None:
    house.run(notebook("parent"))
    answer = caller.ask("parent")
    house.workers.wait_for("notebook")
    house.engine.stop()
    with pytest.raises(Unavailable, match="stopping"):
        answer.result(20)


def test_the_next_server_finds_the_child_by_the_same_ask(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'b.db'}"
    first = House(tmp_path, url=url).start()
    caller = Caller(first)
    run_id = first.run(notebook("parent"))
    answer = caller.ask("parent")
    child, parent = first.workers.wait_for("notebook"), first.workers.wait_for("parent")
    first.settle()
    first.stop()
    assert isinstance(answer.exception(20), Unavailable)
    caller.close()
    second = House(tmp_path, url=url, land=first.land, clock=first.clock, ids=first.ids).start()
    threads = ThreadPoolExecutor(1)
    again = threads.submit(second.sink.ask, parent.attempt_id, 1, CHILD)
    second.workers.finish(child.attempt_id, EXITED)
    assert again.result(20)["exit_value"] == "42 rows"
    second.workers.finish(parent.attempt_id)
    assert result(second.ended(run_id)) == "TERMINATED/SUCCESS"
    threads.shutdown()
    second.stop()


def test_a_child_has_the_packages_and_the_variables_of_its_parent(house: House, caller: Caller) -> None:
    cluster = {"spark_version": "15.4.x-scala2.12", "num_workers": 0, "spark_env_vars": {"STAGE": "test"}}
    house.run(notebook("parent", libraries=[{"pypi": {"package": "tabulate"}}], new_cluster=cluster))
    caller.ask("parent")
    child = house.workers.wait_for("notebook")
    assert (child.requirements, child.environment) == (["tabulate"], {"STAGE": "test"})
    house.ask("notebook", PrepareEnvironment())
    assert house.environments.asked == [["tabulate"]]
    house.workers.finish(child.attempt_id)
