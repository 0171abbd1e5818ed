"""Whole runs through the engine: what starts, in which order, and how it ends in the store."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.records import Commit
from brickyard.workloads.messages import Outcome
from tests.engine.house import FAILED, LOST, SUCCESS, House, keys, notebook, result, states


def test_tasks_run_in_the_order_of_their_dependencies(house: House) -> None:
    house.script(bronze=SUCCESS, silver=SUCCESS, gold=SUCCESS)
    run = house.ended(house.run(notebook("gold", "silver"), notebook("silver", "bronze"), notebook("bronze")))
    assert result(run) == "TERMINATED/SUCCESS"
    assert keys(house.workers.started) == ["bronze", "silver", "gold"]
    assert house.load(run.run_id) == run


def test_independent_tasks_run_at_the_same_time(house: House) -> None:
    run_id = house.run(notebook("a"), notebook("b", "a"), notebook("c", "a"), notebook("d", "b", "c"))
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    left, right = house.workers.wait_for("b"), house.workers.wait_for("c")
    house.settle()
    assert states(house.load(run_id)) == {"a": "SUCCESS", "b": "PENDING", "c": "PENDING", "d": "BLOCKED"}
    house.workers.finish(left.attempt_id)
    house.workers.finish(right.attempt_id)
    house.workers.finish(house.workers.wait_for("d").attempt_id)
    assert result(house.ended(run_id)) == "TERMINATED/SUCCESS"


def test_a_failure_skips_what_stands_behind_it_and_nothing_else(house: House) -> None:
    house.script(a=SUCCESS, b=FAILED, side=SUCCESS)
    run_id = house.run(notebook("a"), notebook("b", "a"), notebook("c", "b"), notebook("side", "a"))
    run = house.ended(run_id)
    assert states(run) == {"a": "SUCCESS", "b": "FAILED", "c": "UPSTREAM_FAILED", "side": "SUCCESS"}
    assert result(run) == "INTERNAL_ERROR/FAILED"
    outcome = house.store.runs.outcome(run.latest["b"].attempt_id)
    assert outcome == FAILED


def test_a_clean_up_task_makes_a_success_with_failures(house: House) -> None:
    house.script(a=FAILED, b=SUCCESS)
    run = house.ended(house.run(notebook("a"), notebook("b", "a", run_if="ALL_DONE")))
    assert result(run) == "TERMINATED/SUCCESS_WITH_FAILURES"


def test_a_lost_worker_breaks_the_task_with_its_reason(house: House) -> None:
    house.script(a=LOST)
    run = house.ended(house.run(notebook("a")))
    ending = run.latest["a"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.code) == ("INTERNAL_ERROR", "DRIVER_ERROR")
    assert "likely out of memory" in ending.message


def test_a_missing_notebook_is_reported_with_its_code(house: House) -> None:
    gone = Outcome(status="failed", error="Notebook /x does not exist.", error_code="RESOURCE_NOT_FOUND")
    house.script(a=gone)
    ending = house.ended(house.run(notebook("a"))).latest["a"].ending
    assert ending is not None
    assert (ending.life_cycle, ending.code, ending.message) == (
        "INTERNAL_ERROR",
        "RESOURCE_NOT_FOUND",
        "Notebook /x does not exist.",
    )


def test_an_unknown_code_of_a_worker_is_no_new_word_of_the_api(house: House) -> None:
    house.script(a=Outcome(status="failed", error="x", error_code="OF_A_LATER_VERSION"))
    ending = house.ended(house.run(notebook("a"))).latest["a"].ending
    assert ending is not None
    assert ending.code == "RUN_EXECUTION_ERROR"


def test_a_run_can_be_submitted_without_a_job(house: House) -> None:
    house.script(only=SUCCESS)
    body = {"run_name": "once", "tasks": [{"task_key": "only", "notebook_task": {"notebook_path": "/Workspace/x"}}]}
    run_id = house.engine.commands.submit(body, user="ada")
    run = house.ended(run_id)
    assert (run.run_type, result(run)) == ("SUBMIT_RUN", "TERMINATED/SUCCESS")
    record = house.store.runs.record(run_id)
    assert record is not None
    assert (record.name, record.creator) == ("once", "ada")
    assert house.store.jobs.get(run.job_id) is None


def test_only_runs_the_selected_tasks(house: House) -> None:
    house.script(b=SUCCESS)
    job = house.job(notebook("a"), notebook("b", "a"))
    run = house.ended(house.run_now(job, only=["b"]))
    assert states(run) == {"a": "DISABLED", "b": "SUCCESS"}


def test_a_selection_of_an_unknown_task_is_refused(house: House) -> None:
    with pytest.raises(InvalidParameterValue, match="ghost"):
        house.run_now(house.job(notebook("a")), only=["ghost"])


def test_a_run_of_an_unknown_job_is_refused(house: House) -> None:
    with pytest.raises(NotFound, match=r"^Job 5 does not exist\.$"):
        house.run_now(5)


def test_observers_hear_everything_in_order(house: House) -> None:
    house.script(a=SUCCESS)
    house.ended(house.run(notebook("a")))
    house.settle()
    assert house.listener.kinds() == ["run.started", "task.started", "task.ended", "run.ended"]
    assert result(house.listener.heard[-1].run) == "TERMINATED/SUCCESS"


def test_cells_are_told_to_observers(house: House) -> None:
    house.run(notebook("a"))
    attempt_id = house.workers.wait_for("a").attempt_id
    house.sink.cell_ended(attempt_id, 3, "ok")
    house.sink.cell_ended(999_999, 3, "ok")
    (heard,) = [told for told in house.listener.heard if told.kind == "cell.ok"]
    assert heard.attempt_id == attempt_id


def test_an_observer_with_a_fault_stops_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_announcement: object) -> None:
        raise ValueError("an observer's own fault")

    monkeypatch.setattr(house.listener, "hear", fail)
    house.script(a=SUCCESS)
    assert result(house.ended(house.run(notebook("a")))) == "TERMINATED/SUCCESS"


def test_clusters_end_with_the_run(house: House) -> None:
    house.script(a=SUCCESS)
    run_id = house.run(notebook("a"))
    house.ended(run_id)
    house.engine.stop()
    assert house.clusters.ended_runs == [run_id]


def test_the_history_of_a_run_is_kept(house: House) -> None:
    house.script(a=SUCCESS)
    run_id = house.run(notebook("a"))
    house.ended(run_id)
    told = [(entry.transition.subject, entry.transition.after) for entry in house.store.runs.history(run_id)]
    assert told == [
        ("run", "RUNNING"),
        ("a", "PENDING"),
        ("a", "RUNNING"),
        ("a", "TERMINATED"),
        ("run", "TERMINATED"),
    ]


def test_no_more_attempts_run_than_the_limit_and_runs_take_turns(house: House) -> None:
    small = House(house.home, max_running=2).start()
    try:
        wide = small.run(*[notebook(f"w{i}") for i in range(5)])
        narrow = small.run(notebook("n"))
        small.settle()
        assert keys(small.workers.started) == ["w0", "w1"]
        small.workers.finish(small.workers.wait_for("w0").attempt_id)
        small.workers.wait_for("w2")
        small.workers.finish(small.workers.wait_for("w1").attempt_id)
        small.workers.wait_for("n")
        assert keys(small.workers.started) == ["w0", "w1", "w2", "n"]
        for key in ("w2", "n", "w3", "w4"):
            small.workers.finish(small.workers.wait_for(key).attempt_id)
        assert result(small.ended(wide)) == result(small.ended(narrow)) == "TERMINATED/SUCCESS"
    finally:
        small.stop()


def test_events_that_wait_together_are_stored_by_one_transaction(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    commit = house.store.runs.commit

    def counted(commits: Sequence[Commit]) -> None:
        sizes.append(len(commits))
        commit(commits)

    monkeypatch.setattr(house.store.runs, "commit", counted)
    house.script(first=SUCCESS, **{f"m{i}": SUCCESS for i in range(50)})
    run = house.ended(house.run(notebook("first"), *[notebook(f"m{i}", "first") for i in range(50)]))
    assert result(run) == "TERMINATED/SUCCESS"
    assert len(sizes) <= 4, f"102 events were stored by {len(sizes)} transactions"
    assert max(sizes) == 100


def test_watching_an_ended_run_answers_at_once(house: House) -> None:
    house.script(a=SUCCESS)
    run_id = house.run(notebook("a"))
    house.ended(run_id)
    version, run = house.engine.commands.watch(run_id, seen=0, timeout=0)
    assert run.life_cycle.is_terminal
    assert house.engine.commands.watch(run_id, seen=version, timeout=0)[0] == version


def test_watching_an_unknown_run_is_refused(house: House) -> None:
    with pytest.raises(NotFound, match=r"^Run 77 does not exist\.$"):
        house.engine.commands.watch(77, seen=0, timeout=0)
