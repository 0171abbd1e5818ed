"""The graph of a job's tasks. Everything here is iterative and near linear: chains of thousands are fine."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.field import nearest
from brickyard.jobs.tasks import Task


def find_cycle(edges: Mapping[str, Collection[str]]) -> tuple[str, ...] | None:
    """A cycle of the graph, its first node repeated at the end (`a b c a`), or None where there is none.

    Args:
        edges: for each node the nodes that it points to. Nodes that are only pointed to may be absent.
    """
    done: set[str] = set()
    for root in edges:
        if root in done:
            continue
        path = [root]
        on_path = {root: 0}
        following = [iter(edges[root])]
        while following:
            for node in following[-1]:
                if node in on_path:
                    return (*path[on_path[node] :], node)
                if node not in done:
                    on_path[node] = len(path)
                    path.append(node)
                    following.append(iter(edges.get(node, ())))
                    break
            else:
                following.pop()
                ended = path.pop()
                del on_path[ended]
                done.add(ended)
    return None


def topological(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """The tasks with every task after all that it depends on; among the possible orders the one nearest to the given.

    Raises:
        ValueError: the tasks have a cycle; settings were not checked.
    """
    position = {task.key: index for index, task in enumerate(tasks)}
    waits = [len({d.task_key for d in task.depends_on}) for task in tasks]
    dependents = _dependents(tasks)
    ready = [index for index, count in enumerate(waits) if count == 0]
    order: list[Task] = []
    while ready:
        task = tasks[heapq.heappop(ready)]
        order.append(task)
        for key in dependents[task.key]:
            index = position[key]
            waits[index] -= 1
            if waits[index] == 0:
                heapq.heappush(ready, index)
    if len(order) != len(tasks):
        raise ValueError("the tasks depend on each other in a circle")
    return tuple(order)


def upstream(tasks: Sequence[Task], keys: Iterable[str]) -> frozenset[str]:
    """All tasks that these depend on, directly or through others; they themselves only where one needs another."""
    needs = {task.key: [d.task_key for d in task.depends_on] for task in tasks}
    return reach(keys, needs.__getitem__)


def downstream(tasks: Sequence[Task], keys: Iterable[str]) -> frozenset[str]:
    """All tasks that depend on these, directly or through others; they themselves only where one needs another."""
    return reach(keys, _dependents(tasks).__getitem__)


def selection(tasks: Sequence[Task], only: Sequence[str]) -> frozenset[str]:
    """The tasks that run-now's `only` asks for: `key`, `+key` (and all upstream), `key+` (and all downstream), `+key+`.

    Raises:
        InvalidParameterValue: an entry names no task of the job.
    """
    known = {task.key for task in tasks}
    chosen: set[str] = set()
    above: set[str] = set()
    below: set[str] = set()
    for index, entry in enumerate(only):
        key = entry.removeprefix("+").removesuffix("+")
        if key not in known:
            raise InvalidParameterValue(f"only[{index}] is {entry!r}: {_unselectable(tasks, key)}")
        chosen.add(key)
        if entry.startswith("+"):
            above.add(key)
        if entry.endswith("+"):
            below.add(key)
    return frozenset(chosen) | upstream(tasks, above) | downstream(tasks, below)


def named(only: Sequence[str]) -> frozenset[str]:
    """The tasks that run-now's `only` names itself, and does not only reach with `+`."""
    return frozenset(entry.removeprefix("+").removesuffix("+") for entry in only)


def _unselectable(tasks: Sequence[Task], key: str) -> str:
    loop = next((task.key for task in tasks if task.nested is not None and task.nested.key == key), None)
    if loop is not None:
        return f"{key!r} is the nested task of the loop {loop!r} and runs with it; name {loop!r}."
    hint = nearest(key, [task.key for task in tasks])
    return f"the job has no task {key!r}.{hint} Allowed are 'key', '+key', 'key+' and '+key+'."


class Ancestry:
    """Answers "is this task upstream of that one?" for many pairs: one bit set for each task."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        """Raises ValueError where the tasks have a cycle."""
        self._bit = {task.key: 1 << index for index, task in enumerate(tasks)}
        self._above: dict[str, int] = {}
        for task in topological(tasks):
            bits = 0
            for dependency in task.depends_on:
                bits |= self._bit[dependency.task_key] | self._above[dependency.task_key]
            self._above[task.key] = bits

    def is_upstream(self, key: str, of: str) -> bool:
        """True where the task `of` depends on the task `key`, directly or through others."""
        return bool(self._above[of] & self._bit[key])


def _dependents(tasks: Sequence[Task]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {task.key: [] for task in tasks}
    for task in tasks:
        for key in dict.fromkeys(dependency.task_key for dependency in task.depends_on):
            result[key].append(task.key)
    return result


def reach(start: Iterable[str], following: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """All that can be reached from `start` in one step or more; what is in `start` only where a step leads there."""
    found: set[str] = set()
    queue = list(start)
    while queue:
        for node in following(queue.pop()):
            if node not in found:
                found.add(node)
                queue.append(node)
    return frozenset(found)
