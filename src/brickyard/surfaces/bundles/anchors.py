"""Top-level keys of a YAML file that only hold what other places use, by an anchor and its aliases.

Templates keep a cluster there (`new_cluster: &new_cluster`) that the tasks below merge in (`<<: *new_cluster`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = Any
"""A node of ruamel.yaml's graph; an alias is the very node that it stands for."""


def holders(root: Node) -> set[str]:
    """The keys whose value, or a part of it, is used below another key of the same mapping."""
    found, below = set[str](), set[int]()
    for key, value in reversed(root.value):  # an alias always comes after its anchor
        held = {id(node) for node in _anchored(value)}
        if held & below:
            found.add(str(key.value))
        below |= held
    return found


def _anchored(node: Node) -> Iterator[Node]:
    """All nodes with an anchor, each once."""
    waiting, seen = [node], set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if found.anchor:
            yield found
        if found.id == "mapping":
            waiting += [part for pair in found.value for part in pair]
        elif found.id == "sequence":
            waiting += found.value
