"""Random graphs of all kinds of tasks on a server that dies at a random write: its heir ends the run all the same.

What a run without a crash comes to is proven elsewhere against an independent model (`tests/unit/runs`).
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from brickyard.engine.commands import StartRequest
from brickyard.errors import Unavailable
from brickyard.jobs.tasks import RunIf
from brickyard.ports import Store
from brickyard.runs.model import Run
from brickyard.workloads.messages import Outcome
from tests.engine.house import FAILED, LOST, SUCCESS, House, condition, loop, notebook, run_job, states
from tests.engine.test_recovery import Crash, CrashingStore, Town

CONFIG = Outcome(status="failed", error="no such value", error_code="INVALID_RUN_CONFIGURATION", started_ms=1)
OUTCOMES = st.lists(st.sampled_from([SUCCESS, SUCCESS, FAILED, LOST, CONFIG]), min_size=1, max_size=3)
REQUEST = StartRequest(idempotency_token="once")


@dataclass(frozen=True)
class Node:
    """One task of a random graph."""

    key: str
    kind: str
    needs: list[dict[str, str]]
    run_if: str
    script: list[Outcome]
    number: int
    """Retries; for a condition, an operand; for a loop, how many inputs."""
    disabled: bool


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    nodes: list[Node] = []
    for index in range(draw(st.integers(1, 6))):
        earlier = draw(st.lists(st.sampled_from(nodes), unique_by=lambda node: node.key, max_size=3)) if nodes else []
        nodes.append(
            Node(
                key=f"t{index}",
                kind=draw(st.sampled_from(["notebook", "notebook", "condition", "loop", "run_job"])),
                needs=[_edge(draw, node) for node in earlier],
                run_if=draw(st.sampled_from(RunIf)).value,
                script=draw(OUTCOMES),
                number=draw(st.integers(0, 3)),
                disabled=draw(st.integers(0, 9)) == 0,
            )
        )
    return nodes


def _edge(draw: st.DrawFn, node: Node) -> dict[str, str]:
    if node.kind == "condition" and draw(st.booleans()):
        return {"task_key": node.key, "outcome": draw(st.sampled_from(["true", "false"]))}
    return {"task_key": node.key}


def declare(house: House, nodes: list[Node]) -> int:
    """The job of a graph, and the jobs that it runs."""
    return house.job(*(_task(house, node) for node in nodes))


def _task(house: House, node: Node) -> dict[str, Any]:
    rules: dict[str, Any] = {"depends_on": node.needs, "run_if": node.run_if, "disabled": node.disabled}
    leaf = f"{node.key}_leaf"
    match node.kind:
        case "condition":
            return condition(node.key, str(node.number), "GREATER_THAN", "1", **rules)
        case "loop":
            house.land.scripts[leaf] = list(node.script)
            return loop(node.key, json.dumps(list(range(node.number))), notebook(leaf, max_retries=1), **rules)
        case "run_job":
            house.land.scripts[leaf] = list(node.script)
            return run_job(node.key, house.job(notebook(leaf)), max_retries=node.number % 2, **rules)
        case _:
            house.land.scripts[node.key] = list(node.script)
            return notebook(node.key, max_retries=node.number, **rules)


def run_until_crash(town: Town, job: int, at: int, *, after: bool) -> None:
    house = town.house(lambda store: cast(Store, CrashingStore(store, at, after=after))).start()
    runs = cast(CrashingStore, house.store).runs
    try:
        run_id = house.engine.commands.run_now(job, REQUEST, user="ada")
        seen, over = 0, False
        while not (over or runs.crashed):
            seen, run = house.engine.commands.watch(run_id, seen=seen, timeout=0.05)
            over = run.life_cycle.is_terminal
    except (Crash, Unavailable):
        pass
    finally:
        house.stop()


def story(nodes: list[Node], at: int, *, after: bool) -> tuple[object, ...]:
    """What comes out of a graph with a crash at its nth write; 0 is without."""
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder))
        first = town.house()
        job = declare(first, nodes)
        first.stop()
        if at:
            run_until_crash(town, job, at, after=after)
        heir = town.house().start()
        try:
            run = heir.ended(heir.engine.commands.run_now(job, REQUEST, user="ada"))
            ran = [attempt_id for _, attempt_id in town.land.ran]
            assert len(set(ran)) == len(ran), "an attempt was run twice"
            return states(run), _attempts(run), Counter(key for key, _ in town.land.ran), _ending(run)
        finally:
            heir.stop()


def _attempts(run: Run) -> Counter[tuple[str, str, str]]:
    """(slot, result, outcome of a condition) of every attempt."""
    return Counter(
        (attempt.slot, attempt.ending.result.value, attempt.ending.outcome)
        for attempt in run.attempts
        if attempt.ending
    )


def _ending(run: Run) -> tuple[str, str]:
    assert run.ending is not None
    return run.ending.result.value, run.ending.code.value


@settings(max_examples=25, deadline=None)
@given(graphs(), st.integers(1, 20), st.booleans())
def test_a_crash_changes_nothing_of_what_comes_out(nodes: list[Node], at: int, after: bool) -> None:
    assert story(nodes, at, after=after) == story(nodes, 0, after=False)
