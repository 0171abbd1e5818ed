"""Random graphs, random work, random order of events: the result is that of the independent model."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from brickyard.jobs.tasks import Dependency, RunIf
from brickyard.runs import endings
from brickyard.runs.events import AttemptEnded, AttemptStarted, CancelRequested, RetryDue, TimeoutDue
from brickyard.runs.model import Attempt, TaskPlan
from brickyard.runs.repair import select
from brickyard.runs.states import Code, LifeCycle
from tests.unit.runs import reference
from tests.unit.runs.playing import Player, assert_consistent
from tests.unit.runs.reference import ModelTask

WORDS = st.sampled_from(["ok", "ok", "fail", "lost", "config", "timeout", "cancel"])
SCRIPTS = st.lists(WORDS, min_size=1, max_size=4)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, ModelTask]:
    """Up to seven tasks; each may depend on any that stand before it."""
    tasks: dict[str, ModelTask] = {}
    for index in range(draw(st.integers(1, 7))):
        key = f"t{index}"
        tasks[key] = ModelTask(
            key=key,
            needs=sorted(draw(st.sets(st.sampled_from(sorted(tasks)), max_size=3))) if tasks else [],
            run_if=draw(st.sampled_from(sorted(RunIf))),
            retries=draw(st.integers(0, 2)),
            retry_on_timeout=draw(st.booleans()),
            disabled=draw(st.integers(0, 9)) == 0,
            script=draw(SCRIPTS),
            repair_script=draw(SCRIPTS),
        )
    return tasks


def plan_of(tasks: dict[str, ModelTask], interval_ms: int) -> list[TaskPlan]:
    return [
        TaskPlan(
            key=task.key,
            depends_on=tuple(Dependency(need) for need in task.needs),
            run_if=RunIf(task.run_if),
            max_retries=task.retries,
            retry_on_timeout=task.retry_on_timeout,
            min_retry_interval_ms=interval_ms,
            timeout_ms=60_000,
            disabled=task.disabled,
        )
        for task in tasks.values()
    ]


class World:
    """Workers and timers that do what the tasks' scripts say, in an order drawn by hypothesis."""

    def __init__(self, tasks: dict[str, ModelTask], player: Player) -> None:
        self.tasks = tasks
        self.player = player

    def word(self, attempt: Attempt) -> str:
        task = self.tasks[attempt.task_key]
        script = task.repair_script if attempt.repair else task.script
        earlier = sum(a.repair == attempt.repair for a in self.player.attempts(attempt.task_key)) - 1
        return script[min(earlier, len(script) - 1)]

    def step(self, attempt: Attempt) -> None:
        """Let the next thing happen to an attempt that is alive."""
        match attempt.life_cycle:
            case LifeCycle.WAITING_FOR_RETRY:
                self.player.play(RetryDue(attempt.attempt_id))
            case LifeCycle.PENDING:
                self.player.play(AttemptStarted(attempt.attempt_id))
            case LifeCycle.RUNNING:
                self.act(attempt)
            case LifeCycle.TERMINATING:
                self.player.play(AttemptEnded(attempt.attempt_id, endings.failed("it was interrupted")))

    def act(self, attempt: Attempt) -> None:
        match self.word(attempt):
            case "ok":
                self.player.play(AttemptEnded(attempt.attempt_id, endings.succeeded()))
            case "fail":
                self.player.play(AttemptEnded(attempt.attempt_id, endings.failed()))
            case "lost":
                ending = endings.broken(Code.DRIVER_ERROR, "The worker vanished.")
                self.player.play(AttemptEnded(attempt.attempt_id, ending))
            case "config":
                ending = endings.broken(Code.INVALID_RUN_CONFIGURATION, "No such value.")
                self.player.play(AttemptEnded(attempt.attempt_id, ending))
            case "timeout":
                self.player.play(TimeoutDue(attempt.attempt_id))
            case "cancel":
                self.player.play(CancelRequested(attempt.attempt_id))

    def late_event(self, attempt: Attempt) -> None:
        """Whatever is reported of an attempt that is over changes nothing."""
        for event in (
            AttemptStarted(attempt.attempt_id),
            AttemptEnded(attempt.attempt_id, endings.failed()),
            TimeoutDue(attempt.attempt_id),
            RetryDue(attempt.attempt_id),
            CancelRequested(attempt.attempt_id),
        ):
            assert not self.player.play(event).changed

    def alive(self) -> list[Attempt]:
        return [
            attempt
            for attempt in self.player.run.attempts
            if not attempt.is_terminal and attempt.life_cycle is not LifeCycle.BLOCKED
        ]


def play_to_the_end(world: World, data: st.DataObject) -> None:
    player = world.player
    for _ in range(300):
        assert_consistent(player.run)
        alive = world.alive()
        if not alive:
            break
        player.now_ms += data.draw(st.integers(0, 3_000), label="ms")
        world.step(data.draw(st.sampled_from(alive), label="attempt"))
        over = [attempt for attempt in player.run.attempts if attempt.is_terminal]
        if over and data.draw(st.integers(0, 9), label="late") == 0:
            world.late_event(data.draw(st.sampled_from(over), label="old"))
    assert player.run.life_cycle.is_terminal, "no attempt is left, but the run goes on"


def results_of(player: Player) -> dict[str, str]:
    return {key: attempt.ending.result.value for key, attempt in player.run.latest.items() if attempt.ending}


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from([0, 500]), st.data())
def test_a_run_and_its_repair_end_as_the_model_says(
    tasks: dict[str, ModelTask], interval_ms: int, data: st.DataObject
) -> None:
    player = Player(*plan_of(tasks, interval_ms)).create()
    play_to_the_end(World(tasks, player), data)

    results, counts = reference.evaluate(tasks)
    if set(results.values()) == {"DISABLED"}:
        assert player.result == "SKIPPED/DISABLED"
        assert results_of(player) == results
        return
    assert results_of(player) == results
    assert {key: len(player.attempts(key)) for key in tasks} == counts
    assert player.result.split("/")[1] == reference.run_result(tasks, results)
    assert player.clusters_ended() == 1

    again = reference.failed_tasks(tasks, results)
    if not again:
        return
    assert select(player.run, player.run.plan, rerun_all_failed_tasks=True) == again
    player.repair(*again)
    play_to_the_end(World(tasks, player), data)
    repaired, _ = reference.evaluate(tasks, again, results)
    assert results_of(player) == repaired
    assert player.result.split("/")[1] == reference.run_result(tasks, repaired)
    assert player.clusters_ended() == 2


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 15), st.sampled_from(["cancel", "timeout"]), st.data())
def test_a_stopped_run_starts_nothing_more_and_waits_for_what_runs(
    tasks: dict[str, ModelTask], steps: int, how: str, data: st.DataObject
) -> None:
    player = Player(*plan_of(tasks, 500), timeout_ms=1_000 if how == "timeout" else 0).create()
    world = World(tasks, player)
    for _ in range(steps):
        if alive := world.alive():
            world.step(data.draw(st.sampled_from(alive)))
    if player.run.life_cycle.is_terminal:
        return
    started = len(player.started())
    player.now_ms += 1_000
    player.cancel() if how == "cancel" else player.timeout()
    alive = world.alive()
    assert {attempt.life_cycle for attempt in alive} <= {LifeCycle.TERMINATING}
    assert player.run.life_cycle.is_terminal == (not alive)
    play_to_the_end(world, data)
    assert len(player.started()) == started
    assert player.result == ("TERMINATED/CANCELED" if how == "cancel" else "TERMINATED/TIMEDOUT")
    assert player.run.ending is not None
    assert player.run.ending.cancelled_or_timed_out
    assert player.clusters_ended() == 1
