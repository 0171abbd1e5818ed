"""The inputs of loops that have begun, by loop: each iteration reads its own."""

from __future__ import annotations

import threading
from collections import OrderedDict

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.loops import parse_inputs
from brickyard.ports import RunStore

_KEPT = 200


class LoopInputs:
    """Remembers the parsed inputs of the loops that were used last; the others are read from the store again.

    They are kept as the resolved values of the loop's attempt. Safe to use from any thread.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._inputs: OrderedDict[int, tuple[str, ...]] = OrderedDict()

    def put(self, loop_id: int, inputs: tuple[str, ...]) -> None:
        """Remember the inputs of a loop: the JSON text of each element."""
        with self._lock:
            self._inputs[loop_id] = inputs
            self._inputs.move_to_end(loop_id)
            while len(self._inputs) > _KEPT:
                self._inputs.popitem(last=False)

    def of(self, loop_id: int) -> tuple[str, ...] | None:
        """The inputs of a loop, or None where it has not begun."""
        with self._lock:
            found = self._inputs.get(loop_id)
        if found is None:
            values = self._store.resolved(loop_id)
            if values is None:
                return None
            found = parse_inputs(values["for_each_task"]["inputs"])
            self.put(loop_id, found)
        return found

    def element(self, loop_id: int, index: int) -> str:
        """The JSON text of one element.

        Raises:
            InvalidParameterValue: the loop has no such element.
        """
        inputs = self.of(loop_id) or ()
        if index >= len(inputs):
            raise InvalidParameterValue(f"Iteration {index} has no input: the loop has {len(inputs)}.")
        return inputs[index]
