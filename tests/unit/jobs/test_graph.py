"""The graph of tasks: cycles, orders, and what lies above and below."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.graph import Ancestry, downstream, find_cycle, selection, topological, upstream
from brickyard.jobs.tasks import Task
from tests.unit.jobs.samples import plain_task

Edges = Mapping[str, Sequence[str]]

NODES = [f"n{number}" for number in range(7)]


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Any directed graph of up to seven nodes."""
    nodes = NODES[: draw(st.integers(1, len(NODES)))]
    return {node: draw(st.lists(st.sampled_from(nodes), unique=True, max_size=4)) for node in nodes}


@st.composite
def dags(draw: st.DrawFn) -> list[Task]:
    """Tasks without a cycle, in any order."""
    count = draw(st.integers(1, len(NODES)))
    tasks = [plain_task(NODES[0])]
    for number in range(1, count):
        needs = draw(st.lists(st.sampled_from(NODES[:number]), unique=True))
        tasks.append(plain_task(NODES[number], *needs))
    return draw(st.permutations(tasks))


def reachable(edges: Edges) -> dict[str, set[str]]:
    """Who can be reached from whom, by the slow and plain way: grow until nothing changes."""
    reach = {node: set(targets) for node, targets in edges.items()}
    while True:
        grown = {
            node: targets.union(*(reach.get(target, set()) for target in targets)) for node, targets in reach.items()
        }
        if grown == reach:
            return reach
        reach = grown


def needs(tasks: Sequence[Task]) -> dict[str, list[str]]:
    return {task.key: [dependency.task_key for dependency in task.depends_on] for task in tasks}


# ------------------------------------------------------------------------------------------------------ cycles


@given(graphs())
def test_a_cycle_is_found_exactly_where_a_node_reaches_itself(edges: dict[str, list[str]]) -> None:
    has_cycle = any(node in targets for node, targets in reachable(edges).items())
    assert (find_cycle(edges) is not None) == has_cycle


@given(graphs())
def test_a_found_cycle_walks_along_edges_and_meets_no_node_twice(edges: dict[str, list[str]]) -> None:
    cycle = find_cycle(edges)
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        assert all(after in edges[before] for before, after in pairwise(cycle))


@pytest.mark.parametrize(
    ("edges", "cycle"),
    [
        ({}, None),
        ({"a": ["a"]}, ("a", "a")),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, ("a", "b", "c", "a")),
        ({"x": ["b"], "b": ["c"], "c": ["b"]}, ("b", "c", "b")),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, None),
        ({"a": ["elsewhere"]}, None),
    ],
)
def test_known_graphs(edges: Edges, cycle: tuple[str, ...] | None) -> None:
    assert find_cycle(edges) == cycle


def test_a_circle_of_a_hundred_thousand_is_found_without_recursion() -> None:
    count = 100_000
    edges = {str(n): [str((n + 1) % count)] for n in range(count)}
    began = time.process_time()
    cycle = find_cycle(edges)
    assert cycle is not None
    assert len(cycle) == count + 1
    assert time.process_time() - began < 2


def test_many_paths_to_one_node_are_walked_once() -> None:
    """Ladder of diamonds: 2^200 paths."""
    edges: dict[str, list[str]] = {}
    for n in range(200):
        edges |= {f"a{n}": [f"b{n}", f"c{n}"], f"b{n}": [f"a{n + 1}"], f"c{n}": [f"a{n + 1}"]}
    assert find_cycle(edges) is None


# ------------------------------------------------------------------------------------------------------ orders


@given(dags())
def test_every_task_comes_after_what_it_needs(tasks: list[Task]) -> None:
    order = [task.key for task in topological(tasks)]
    assert sorted(order) == sorted(task.key for task in tasks)
    for task in tasks:
        assert all(order.index(d.task_key) < order.index(task.key) for d in task.depends_on)


def test_an_order_that_is_right_already_is_kept() -> None:
    tasks = [plain_task("z"), plain_task("m"), plain_task("a", "z"), plain_task("b", "m", "a")]
    assert topological(tasks) == tuple(tasks)


def test_a_repeated_dependency_counts_once() -> None:
    tasks = [plain_task("b", "a", "a"), plain_task("a")]
    assert [task.key for task in topological(tasks)] == ["a", "b"]


def test_tasks_in_a_circle_have_no_order() -> None:
    with pytest.raises(ValueError, match="circle"):
        topological([plain_task("a", "b"), plain_task("b", "a")])


# ------------------------------------------------------------------------------------------- above and below


@given(dags(), st.sets(st.sampled_from(NODES)))
def test_upstream_is_what_can_be_reached_along_dependencies(tasks: list[Task], keys: set[str]) -> None:
    keys &= {task.key for task in tasks}
    reach = reachable(needs(tasks))
    assert upstream(tasks, keys) == set().union(*(reach[key] for key in keys))


@given(dags(), st.sets(st.sampled_from(NODES)))
def test_downstream_is_the_reverse_of_upstream(tasks: list[Task], keys: set[str]) -> None:
    keys &= {task.key for task in tasks}
    reach = reachable(needs(tasks))
    assert downstream(tasks, keys) == {task.key for task in tasks if reach[task.key] & keys}


@given(dags())
def test_ancestry_answers_as_upstream_does(tasks: list[Task]) -> None:
    ancestry = Ancestry(tasks)
    for task in tasks:
        above = upstream(tasks, [task.key])
        assert above == {other.key for other in tasks if ancestry.is_upstream(other.key, task.key)}


def test_a_fan_of_ten_thousand_is_walked_at_once() -> None:
    middle = [plain_task(f"m{n}", "first") for n in range(10_000)]
    tasks = [plain_task("first"), *middle, plain_task("last", *(task.key for task in middle))]
    began = time.process_time()
    assert len(downstream(tasks, ["first"])) == 10_001
    assert len(upstream(tasks, ["last"])) == 10_001
    assert topological(tasks)[-1].key == "last"
    assert time.process_time() - began < 2


# --------------------------------------------------------------------------------------------------- selection

DIAMOND = [plain_task("a"), plain_task("b", "a"), plain_task("c", "a"), plain_task("d", "b", "c"), plain_task("e")]


@pytest.mark.parametrize(
    ("only", "chosen"),
    [
        ([], ""),
        (["b"], "b"),
        (["+b"], "ab"),
        (["b+"], "bd"),
        (["+b+"], "abd"),
        (["+d"], "abcd"),
        (["a+"], "abcd"),
        (["b", "e"], "be"),
        (["+b", "c+"], "abcd"),
        (["b", "b"], "b"),
    ],
)
def test_selection(only: list[str], chosen: str) -> None:
    assert selection(DIAMOND, only) == set(chosen)


@pytest.mark.parametrize("entry", ["bb", "+", "", "++b", "b++", "b c", "*"])
def test_a_selector_that_names_no_task(entry: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        selection(DIAMOND, ["a", entry])
    assert caught.value.message.startswith(f"only[1] is {entry!r}: the job has no task")
    assert "Allowed are 'key', '+key', 'key+' and '+key+'." in caught.value.message
