"""Why something waits, as sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.engine.waiting import listed
from brickyard.errors import NotFound, Unavailable
from tests.engine.house import FAILED, SUCCESS, House, condition, loop, notebook, run_job


def sentences(house: House, run_id: int) -> dict[str, str]:
    house.settle()
    return dict(house.engine.commands.waiting(run_id))


def test_a_task_waits_for_those_that_it_needs(house: House) -> None:
    run_id = house.run(notebook("a"), notebook("b"), notebook("c", "a", "b"), notebook("d", "c"))
    house.sink.started(house.workers.wait_for("a").attempt_id, 1)
    assert sentences(house, run_id) == {
        "b": "Its worker starts.",
        "c": "Waits for a and b.",
        "d": "Waits for c.",
    }
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    assert sentences(house, run_id)["c"] == "Waits for b."


def test_a_chosen_task_waits_for_one_behind_tasks_that_were_not_chosen(house: House) -> None:
    chain = (notebook("a"), notebook("b", "a"), notebook("c", "b"), notebook("d", "c"))
    run_id = house.run_now(house.job(*chain), only=["a", "d"])
    house.sink.started(house.workers.wait_for("a").attempt_id, 1)
    assert sentences(house, run_id) == {"d": "Waits for a."}


def test_a_task_waits_for_a_place(tmp_path: Path) -> None:
    house = House(tmp_path, max_running=2).start()
    try:
        runs = [house.run(*(notebook(f"t{n}") for n in range(4))) for _ in range(2)]
        house.settle()
        assert sentences(house, runs[0]) == {
            "t0": "Its worker starts.",
            "t1": "Its worker starts.",
            "t2": "Waits for a place: 2 of 2 attempts run on this server; no attempts of this run and 1 other run is"
            " before it.",
            "t3": "Waits for a place: 2 of 2 attempts run on this server; 1 attempt of this run and 1 other run is"
            " before it.",
        }
    finally:
        house.stop()


def test_a_task_waits_for_its_retry(house: House) -> None:
    house.script(a=FAILED)
    run_id = house.run(notebook("a", max_retries=1, min_retry_interval_millis=60_000))
    house.until(run_id, lambda run: run.latest["a"].life_cycle == "WAITING_FOR_RETRY")
    assert sentences(house, run_id) == {"a": "Retries at 2023-11-14 22:14:20 UTC."}


def test_a_loop_counts_its_iterations(house: House) -> None:
    run_id = house.run(loop("each", "[1, 2, 3, 4]", notebook("one"), concurrency=2))
    house.workers.finish(house.workers.wait_for("one").attempt_id)
    house.workers.wait_for("one", 3)
    assert sentences(house, run_id) == {
        "each": "1 of 4 iterations are over, 2 run.",
        "one[1]": "Its worker starts.",
        "one[2]": "Its worker starts.",
    }


def test_a_task_waits_for_the_run_that_it_has_started(house: House) -> None:
    other = house.job(notebook("leaf"))
    run_id = house.run(run_job("call", other))
    child = house.workers.wait_for("leaf").context.run_id
    house.until(run_id, lambda run: run.latest["call"].life_cycle == "RUNNING")
    assert sentences(house, run_id) == {"call": f"Waits for run {child} of job {other}, which is RUNNING."}


def test_a_run_waits_in_the_queue(house: House) -> None:
    job = house.job(notebook("a"), max_concurrent_runs=2)
    runs = [house.run_now(job) for _ in range(4)]
    text = "Queued due to reaching maximum concurrent runs of 2."
    holders = f"Runs {runs[0]} and {runs[1]} hold the places"
    assert sentences(house, runs[2]) == {"run": f"{text} {holders}; no runs wait before it."}
    assert sentences(house, runs[3]) == {"run": f"{text} {holders}; 1 run waits before it."}


def test_a_run_waits_for_the_only_one(house: House) -> None:
    job = house.job(notebook("a"))
    first, second = house.run_now(job), house.run_now(job)
    assert sentences(house, second) == {
        "run": f"Queued due to reaching maximum concurrent runs of 1. Run {first} holds the place;"
        " no runs wait before it."
    }


def test_what_is_stopped_says_so(house: House) -> None:
    house.workers.obey = False
    run_id = house.run(notebook("a"))
    house.workers.wait_for("a")
    house.cancel(run_id)
    assert sentences(house, run_id) == {"a": "It is being stopped."}


def test_nothing_waits_in_a_run_that_is_over(house: House) -> None:
    run_id = house.run(condition("check", "1", "EQUAL_TO", "1"))
    house.ended(run_id)
    assert sentences(house, run_id) == {}


def test_a_run_that_does_not_exist_is_refused(house: House) -> None:
    with pytest.raises(NotFound, match="Run 5 does not exist"):
        house.engine.commands.waiting(5)


def test_a_server_that_moves_no_runs_says_so(tmp_path: Path) -> None:
    house = House(tmp_path)
    run_id = house.run(notebook("a"))
    with pytest.raises(Unavailable, match="not running"):
        house.engine.commands.waiting(run_id)
    house.stop()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "t0"),
        (2, "t0 and t1"),
        (6, "t0, t1, t2, t3, t4 and t5"),
        (7, "t0, t1, t2, t3, t4 and 2 more"),
        (1000, "t0, t1, t2, t3, t4 and 995 more"),
    ],
    ids=str,
)
def test_long_lists_are_cut(count: int, text: str) -> None:
    assert listed([f"t{number}" for number in range(count)]) == text


def test_a_question_that_fails_is_told_to_the_asker_and_runs_go_on(house: House) -> None:
    with pytest.raises(ZeroDivisionError):
        house.engine._loop.ask(lambda: 1 // 0, timeout=5.0)
    house.engine.check()
    house.script(a=SUCCESS)
    assert house.ended(house.run(notebook("a"))).latest["a"].ending is not None
