"""Replace `${…}` in a configuration. `{{…}}` is the job's own language and is left alone.

A text that is one reference takes the value with its type; a reference inside of a text must give a plain value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles.marks import Block, BundleError, Items, Mark, Step, describe, steps

REFERENCE = re.compile(r"\$\{([A-Za-z][\w-]*(?:\.[\w-]+|\[\d+\])*)\}")
MAX_TEXT = 1_000_000
MAX_OPEN = 100

Keep = Callable[[str], bool]


class Interpolator:
    """Resolves references against one configuration; each is worked out once.

    `names` maps the first word of a reference to what it means: `var`, `bundle`, `workspace`, `resources`.
    References for which `keep` is true are left as they stand.
    """

    def __init__(self, names: Block, keep: Keep = lambda _: False) -> None:
        self._names = names
        self._keep = keep
        self._done: dict[str, Any] = {}
        self._open: list[str] = []

    def apply(self, value: Any, at: Mark | None = None) -> Any:
        """A copy of a value with its references replaced.

        Raises:
            BundleError: an unknown reference, a cycle (with its path), or a list or mapping inside of a text.
        """
        if isinstance(value, Block):
            block = Block(value.at)
            for key, entry in value.items():
                block.put(key, self.apply(entry, value.mark(key)), value.mark(key))
            return block
        if isinstance(value, Items):
            items = Items()
            for entry, mark in zip(value, value.marks, strict=True):
                items.add(self.apply(entry, mark or at), mark)
            return items
        return self._text(value, at) if isinstance(value, str) and "${" in value else value

    def _text(self, text: str, at: Mark | None) -> Any:
        whole = REFERENCE.fullmatch(text)
        if whole:
            return text if self._keep(whole[1]) else self._resolved(whole[1], at)
        result = REFERENCE.sub(lambda found: self._inside(found, at), text)
        if len(result) > MAX_TEXT:
            raise BundleError(f"the text grows beyond {MAX_TEXT:,} characters.", at)
        return result

    def _inside(self, found: re.Match[str], at: Mark | None) -> str:
        if self._keep(found[1]):
            return found[0]
        value = self._resolved(found[1], at)
        if isinstance(value, Block | Items) or value is None:
            raise BundleError(f"${{{found[1]}}} is {describe(value)} and cannot stand inside of a text.", at)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _resolved(self, reference: str, at: Mark | None) -> Any:
        if reference in self._open:
            path = " -> ".join([*self._open[self._open.index(reference) :], reference])
            raise BundleError(f"the references form a cycle: {path}.", at)
        if len(self._open) >= MAX_OPEN:
            raise BundleError(f"${{{reference}}}: references lead to others more than {MAX_OPEN} times.", at)
        if reference not in self._done:
            self._open.append(reference)
            self._done[reference] = self.apply(self._lookup(reference, at), at)
            self._open.pop()
        return self._done[reference]

    def _lookup(self, reference: str, at: Mark | None) -> Any:
        value: Any = self._names
        path = steps(reference)
        for place, step in enumerate(path):
            if isinstance(value, str) and "${" in value:
                value = self._text(value, at)
            value = _step(value, step, reference, path[:place], at)
        return value


def _step(value: Any, step: Step, reference: str, before: list[Step], at: Mark | None) -> Any:
    if isinstance(value, Block) and isinstance(step, str):
        if step in value:
            return value[step]
        where = ".".join(map(str, before)) or "a reference"
        hint, known = nearest(step, value), ", ".join(list(value)[:20]) or "nothing"
        raise BundleError(
            f"${{{reference}}} is unknown: {where} has no {step!r}.{hint} Known: {known}.",
            at,
        )
    if isinstance(value, Items) and isinstance(step, int):
        if step < len(value):
            return value[step]
        raise BundleError(f"${{{reference}}} is unknown: the list has {len(value)} items.", at)
    raise BundleError(f"${{{reference}}} is unknown: {'.'.join(map(str, before))} is {describe(value)}.", at)
