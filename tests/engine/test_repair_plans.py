"""The plan of a repair: each task with what becomes of it and why, and what has changed since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brickyard.engine.commands import RepairRequest
from brickyard.engine.repair.code_since import DIFF_LINES
from brickyard.engine.repair.outlook import Action, PlannedTask, RepairPlan
from brickyard.errors import InvalidParameterValue, InvalidState, NotFound
from brickyard.jobs.difference import Change, Difference
from brickyard.workloads import folder
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Outcome
from tests.engine.house import FAILED, SUCCESS, USER, House, condition, edge, loop, notebook, run_job

FAILED_TASKS: dict[str, Any] = {"rerun_all_failed_tasks": True}


def plan(house: House, run_id: int, **request: Any) -> RepairPlan:
    return house.engine.commands.plan_repair(run_id, RepairRequest(**(request or FAILED_TASKS)))


def by_key(found: RepairPlan) -> dict[str, PlannedTask]:
    return {task.task_key: task for task in found.tasks}


def said(found: RepairPlan) -> dict[str, tuple[str, str]]:
    return {task.task_key: (task.action.value, task.reason) for task in found.tasks}


KEPT = "It succeeded: its output and its task values are kept."


# ---------------------------------------------------------------------------------------------------- what runs


def test_every_task_has_its_reason(house: House) -> None:
    house.script(a=SUCCESS, b=FAILED, x=SUCCESS)
    run_id = house.run(
        notebook("a"),
        notebook("b", "a"),
        notebook("c", "b"),
        notebook("d", "c"),
        notebook("x", "a"),
        notebook("off", disabled=True),
    )
    run = house.ended(run_id)
    found = plan(house, run_id)
    assert said(found) == {
        "a": ("keep", KEPT),
        "b": ("run", "It failed: ValueError: bad row."),
        "c": ("run", "It was skipped because b failed."),
        "d": ("run", "It was skipped because c was skipped."),
        "x": ("keep", KEPT),
        "off": ("keep", "It is disabled; only its name in rerun_tasks would run it."),
    }
    assert [task.task_run_id for task in found.tasks] == [run.latest[key].attempt_id for key in said(found)]
    assert [task.result for task in found.tasks][:3] == ["SUCCESS", "FAILED", "UPSTREAM_FAILED"]
    assert house.load(run_id) == run


def test_the_plan_is_what_the_repair_then_does(house: House) -> None:
    house.script(a=SUCCESS, b=[FAILED, SUCCESS], c=SUCCESS)
    run_id = house.run(notebook("a"), notebook("b", "a"), notebook("c", "b"))
    house.ended(run_id)
    planned = {task.task_key for task in plan(house, run_id).tasks if task.action is Action.RUN}
    house.land.ran.clear()
    house.repair(run_id, rerun_all_failed_tasks=True)
    house.ended(run_id)
    assert {key for key, _ in house.land.ran} == planned == {"b", "c"}


def test_tasks_that_are_named_and_those_after_them(house: House) -> None:
    house.script(a=SUCCESS, b=SUCCESS, c=SUCCESS)
    run_id = house.run(notebook("a"), notebook("b", "a"), notebook("c", "a", "b"))
    house.ended(run_id)
    assert said(plan(house, run_id, rerun_tasks=["a"], rerun_dependent_tasks=True)) == {
        "a": ("run", "It was asked for by name; it succeeded."),
        "b": ("run", "It comes after a, which runs again."),
        "c": ("run", "It comes after a and b, which run again."),
    }
    behind = f"{KEPT} It comes after a, which runs again; rerun_dependent_tasks would run it too."
    assert said(plan(house, run_id, rerun_tasks=["a"]))["c"] == ("keep", behind)


def test_what_failed_and_is_not_asked_for_stays_as_it_is(house: House) -> None:
    house.script(a=FAILED, b=FAILED)
    run_id = house.run(notebook("a"), notebook("b"), notebook("c", "b"))
    house.ended(run_id)
    found = said(plan(house, run_id, rerun_tasks=["a"]))
    assert found["b"] == ("keep", "It failed: ValueError: bad row, and the repair does not ask for it.")
    assert found["c"] == ("keep", "It was skipped because b failed, and the repair does not ask for it.")


def test_tasks_that_came_and_went(house: House) -> None:
    house.script(a=FAILED, old=FAILED)
    job_id = house.job(notebook("a"), notebook("old"))
    run_id = house.run_now(job_id)
    house.ended(run_id)
    tasks = [notebook("a"), notebook("new")]
    house.engine.commands.reset_job(job_id, {"name": "nightly", "tasks": tasks}, user=USER)
    assert said(plan(house, run_id)) == {
        "a": ("run", "It failed: ValueError: bad row."),
        "new": ("run", "The job has got it since the run began."),
        "old": ("gone", "The job has no such task any more; its attempts stay in the history of the run."),
    }
    out = "The job has got it since the run began, and the repair does not ask for it: it stays out of this run."
    assert said(plan(house, run_id, rerun_tasks=["a"]))["new"] == ("keep", out)


def test_cancelled_timed_out_excluded_and_unselected_tasks(house: House) -> None:
    run_id = house.run(notebook("slow", timeout_seconds=60), notebook("after", "slow"))
    house.workers.wait_for("slow")
    house.sink.started(house.workers.wait_for("slow").attempt_id, 1)
    house.settle()
    house.advance(61)
    house.ended(run_id)
    found = said(plan(house, run_id))
    assert found["slow"][1].startswith("It ran out of time")
    assert found["after"] == ("run", "It was skipped because slow ran out of time.")

    house.script(yes=FAILED)
    check = condition("check", "1", "EQUAL_TO", "1")
    branches = [notebook(key, depends_on=[edge("check", key)]) for key in ("true", "false")]
    house.script(true=FAILED)
    branched = house.run(check, *branches)
    house.ended(branched)
    found = said(plan(house, branched))
    assert found["check"] == ("keep", KEPT)
    assert found["false"] == ("keep", "It was excluded by its conditions, which is no failure.")

    partial = house.run_now(house.job(notebook("a"), notebook("true", "a")), only=["true"])
    house.ended(partial)
    assert said(plan(house, partial))["a"] == ("keep", "This task was not selected in the partial run.")

    cancelled = house.run(notebook("b"), notebook("c", "b"))
    house.workers.wait_for("b")
    house.cancel(cancelled)
    house.ended(cancelled)
    assert said(plan(house, cancelled))["b"] == ("run", "It was cancelled.")


def test_a_loop_says_which_iterations_run_again(house: House) -> None:
    house.script(one=[SUCCESS, FAILED, SUCCESS, FAILED, SUCCESS, FAILED])
    run_id = house.run(loop("each", "[10, 20, 30, 40]", notebook("one")))
    house.ended(run_id)
    found = by_key(plan(house, run_id))["each"].iterations
    assert found is not None
    assert (found.total, found.again, found.kept) == (4, (1, 3), (0, 2))
    house.repair(run_id, rerun_all_failed_tasks=True)
    house.ended(run_id)
    found = by_key(plan(house, run_id))["each"].iterations
    assert found is not None
    assert (found.total, found.again, found.kept) == (4, (3,), (0, 1, 2))


def test_a_loop_that_never_began_has_no_iterations_to_keep(house: House) -> None:
    house.script(a=FAILED)
    run_id = house.run(notebook("a"), loop("each", "[1]", notebook("one"), "a"))
    house.ended(run_id)
    assert by_key(plan(house, run_id))["each"].iterations is None


def test_a_run_job_task_is_planned_like_any_other(house: House) -> None:
    house.script(inner=FAILED)
    other = house.job(notebook("inner"))
    run_id = house.run(run_job("call", other), notebook("after", "call"))
    house.ended(run_id)
    found = said(plan(house, run_id))
    assert found["call"][0] == "run"
    assert found["call"][1].startswith("It failed")
    assert found["after"] == ("run", "It was skipped because call failed.")


# --------------------------------------------------------------------------------------------- what has changed


def test_settings_and_parameters_are_compared_with_the_run_and_the_last_good_one(house: House) -> None:
    house.script(a=[SUCCESS, FAILED])
    declared = [{"name": "day", "default": "monday"}]
    job_id = house.job(notebook("a"), parameters=declared)
    good = house.run_now(job_id)
    house.ended(good)
    house.engine.commands.update_job(job_id, {"tasks": [notebook("a", max_retries=0)]}, [], user=USER)
    house.script(a=FAILED)
    run_id = house.run_now(job_id, parameters={"day": "tuesday"})
    house.ended(run_id)
    house.engine.commands.update_job(job_id, {"description": "mended"}, [], user=USER)

    found = plan(house, run_id, rerun_all_failed_tasks=True, parameters={"n": "1"})
    assert (found.since_run.from_version, found.since_run.to_version) == (2, 3)
    assert found.since_run.settings == (Difference("description", Change.ADDED, after="mended"),)
    assert found.since_run.parameters == (Difference("job_parameters/n", Change.ADDED, after="1"),)
    assert found.since_good is not None
    assert (found.since_good.run_id, found.since_good.from_version) == (good, 1)
    assert [item.path for item in found.since_good.settings] == ["tasks/a/max_retries", "description"]
    assert [(item.path, item.before, item.after) for item in found.since_good.parameters] == [
        ("job_parameters/day", "monday", "tuesday"),
        ("job_parameters/n", None, "1"),
    ]


def test_after_a_repair_its_parameters_and_settings_are_what_is_compared(house: House) -> None:
    house.script(a=FAILED)
    run_id = house.run(notebook("a", parameters={"x": "0"}))
    house.ended(run_id)
    house.repair(run_id, rerun_all_failed_tasks=True, overriding={"notebook_params": {"x": "1"}})
    house.ended(run_id)
    found = plan(house, run_id)
    assert found.latest_repair_id == house.load(run_id).repairs[-1].repair_id
    assert found.since_run.parameters == (
        Difference("notebook_params", Change.REMOVED, before={"x": "1"}),
    )  # without them a repair returns to those of the start: there were none


def test_a_good_run_is_a_good_one_of_the_same_job_and_the_newest(house: House) -> None:
    house.script(a=SUCCESS)
    others = house.job(notebook("a"))
    house.ended(house.run_now(others))
    job_id = house.job(notebook("a"))
    house.script(a=FAILED)
    run_id = house.run_now(job_id)
    house.ended(run_id)
    assert plan(house, run_id).since_good is None
    house.script(a=SUCCESS)
    for _ in range(2):
        house.clock.ms += 1000
        newest = house.run_now(job_id)
        house.ended(newest)
    found = plan(house, run_id).since_good
    assert found is not None
    assert found.run_id == newest


def test_a_submitted_run_has_no_versions_and_no_good_one(house: House) -> None:
    house.script(a=FAILED)
    run_id = house.engine.commands.submit({"tasks": [notebook("a")]}, user=USER)
    house.ended(run_id)
    found = plan(house, run_id)
    assert (found.since_run.from_version, found.since_run.to_version, found.since_run.settings) == (0, 0, ())
    assert found.since_good is None


# -------------------------------------------------------------------------------------------------------- code


def run_with_code(house: House, files: dict[str, str], *, outcome: Outcome = FAILED) -> int:
    """A run of task `a` whose worker has listed these files of the workspace."""
    for path, text in files.items():
        file = house.settings.workspace / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    run_id = house.run(notebook("a"))
    attempt_id = house.workers.wait_for("a").attempt_id
    log = CodeLog(folder.of(house.settings.attempts, attempt_id))
    for path, text in files.items():
        log.add(path, text.encode())
    house.workers.finish(attempt_id, outcome)
    house.ended(run_id)
    return run_id


def test_a_changed_file_is_shown_with_what_changed_in_it(house: House) -> None:
    run_id = run_with_code(house, {"/Shared/a.py": "one\ntwo\n", "/Shared/lib.py": "same\n"})
    assert plan(house, run_id).since_run.code == ()
    (house.settings.workspace / "Shared" / "a.py").write_text("one\nthree\n")
    (change,) = plan(house, run_id).since_run.code
    assert (change.task_key, change.path, change.note) == ("a", "/Shared/a.py", "")
    assert change.before != change.after
    assert change.diff == ("@@ -1,2 +1,2 @@", " one", "-two", "+three")


def test_a_file_that_is_gone_says_so(house: House) -> None:
    run_id = run_with_code(house, {"/Shared/a.py": "one\n"})
    (house.settings.workspace / "Shared" / "a.py").unlink()
    (change,) = plan(house, run_id).since_run.code
    assert (change.after, change.note, change.diff) == ("", "The file is not there any more.", ())


@pytest.mark.parametrize(
    ("text", "lines"),
    [("x\n" * 200, DIFF_LINES + 1), ("x" * 300_000, 0), ("\udcff", 0)],
    ids=["long", "large", "no-text"],
)
def test_what_is_long_large_or_no_text_is_cut(house: House, text: str, lines: int) -> None:
    run_id = run_with_code(house, {"/Shared/a.py": "one\n"})
    (house.settings.workspace / "Shared" / "a.py").write_bytes(text.encode("utf-8", "surrogateescape"))
    (change,) = plan(house, run_id).since_run.code
    assert len(change.diff) == lines
    assert not lines or change.diff[-1] == "… 162 more lines"


def test_a_link_out_of_the_workspace_is_not_followed(house: House, tmp_path: Path) -> None:
    run_id = run_with_code(house, {"/Shared/a.py": "one\n"})
    place = house.settings.workspace / "Shared" / "a.py"
    place.unlink()
    (tmp_path / "elsewhere.py").write_text("nobody's business\n")
    place.symlink_to(tmp_path / "elsewhere.py")
    (change,) = plan(house, run_id).since_run.code
    assert (change.after, change.diff) == ("", ())


def test_a_list_of_files_that_cannot_be_read_keeps_nothing_from_being_planned(house: House) -> None:
    run_id = run_with_code(house, {"/Shared/a.py": "one\n"})
    attempt = folder.of(house.settings.attempts, house.workers.wait_for("a").attempt_id)
    (attempt / folder.CODE).write_text("no list")
    assert plan(house, run_id).since_run.code == ()


def test_what_is_no_file_of_the_workspace_is_not_compared(house: House) -> None:
    run_id = run_with_code(house, {"/Shared/a.py": "one\n"})
    log = CodeLog(folder.of(house.settings.attempts, house.workers.wait_for("a").attempt_id))
    log.add("<query 7>", b"SELECT 1")
    log.add("/Repos/.internal/r/abc/x.py", b"old")
    assert plan(house, run_id).since_run.code == ()


def test_a_task_that_was_skipped_in_a_repair_is_compared_with_what_it_last_ran(house: House) -> None:
    run_id = run_with_code(house, {"/Shared/a.py": "one\n"})
    run = house.load(run_id)
    house.script(pre=FAILED)
    tasks = [notebook("pre"), notebook("a", "pre")]
    house.engine.commands.reset_job(run.job_id, {"name": "nightly", "tasks": tasks}, user=USER)
    house.repair(run_id, rerun_all_failed_tasks=True)
    house.ended(run_id)
    (house.settings.workspace / "Shared" / "a.py").write_text("two\n")
    assert [change.path for change in plan(house, run_id).since_run.code] == ["/Shared/a.py"]


# ----------------------------------------------------------------------------------------------------- refusals


def test_a_plan_is_refused_as_the_repair_would_be(house: House) -> None:
    run_id = house.run(notebook("a"))
    with pytest.raises(InvalidState, match="still active"):
        plan(house, run_id)
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    house.ended(run_id)
    with pytest.raises(InvalidParameterValue, match="there is nothing to repair"):
        plan(house, run_id)
    with pytest.raises(InvalidParameterValue, match="'b', which is no task of the job"):
        plan(house, run_id, rerun_tasks=["b"])
    with pytest.raises(InvalidParameterValue, match="latest_repair_id is 7"):
        plan(house, run_id, rerun_tasks=["a"], latest_repair_id=7)
    with pytest.raises(NotFound, match="Run 5 does not exist"):
        plan(house, 5)
    house.engine.commands.delete_job(house.load(run_id).job_id, user=USER)
    with pytest.raises(NotFound, match="cannot be repaired"):
        plan(house, run_id, rerun_tasks=["a"])
