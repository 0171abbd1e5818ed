"""What a cell shows, as nbformat outputs within limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from brickyard.workloads.notebooks.json_values import jsonable
from brickyard.workloads.notebooks.redact import Redactor

MAX_TEXT = 1024 * 1024
"""Characters of printed text that a cell keeps; the middle is left out, the log has all."""
MAX_RICH = 20 * 1024 * 1024
"""Characters of tables, plots and HTML that a cell keeps."""
MAX_OUTPUTS = 2000
"""Outputs that a cell keeps."""


class _Stream:
    """Text of one stream: the head and, where it is too long, the tail."""

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self._half = max(limit // 2, 1)
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._dropped = 0

    @property
    def size(self) -> int:
        return self._head_size + self._tail_size

    def write(self, text: str) -> None:
        room = self._half - self._head_size
        if room > 0:
            self._head.append(text[:room])
            self._head_size += len(self._head[-1])
            text = text[room:]
        if not text:
            return
        self._tail.append(text)
        self._tail_size += len(text)
        while self._tail_size - len(self._tail[0]) >= self._half:
            gone = len(self._tail.popleft())
            self._tail_size -= gone
            self._dropped += gone

    def text(self) -> str:
        tail = "".join(self._tail)
        cut = max(len(tail) - self._half, 0)
        dropped = self._dropped + cut
        mark = f"\n… {dropped:,} characters left out here; the whole text is in {self.name}.log …\n" if dropped else ""
        return "".join(self._head) + mark + tail[cut:]


class CellOutputs:
    """Collects the outputs of one cell. The caller holds its own lock."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._items: list[_Stream | dict[str, Any]] = []
        self._displays: dict[str, dict[str, Any]] = {}
        self._rich_size = 0
        self._left_out = 0
        self._clear_next = False

    def write(self, name: str, text: str) -> None:
        """Printed text, already redacted."""
        self._clear_if_asked()
        last = self._items[-1] if self._items else None
        if isinstance(last, _Stream) and last.name == name:
            last.write(text)
            return
        if self._full():
            return
        used = sum(item.size for item in self._items if isinstance(item, _Stream))
        stream = _Stream(name, max(MAX_TEXT - used, 2048))
        stream.write(text)
        self._items.append(stream)

    def show(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any], *, display_id: str = "", result: int = 0
    ) -> None:
        """A rich output; with `result` it is the value of the cell's last line."""
        self._clear_if_asked()
        output: dict[str, Any] = {"output_type": "display_data", "data": dict(data), "metadata": dict(metadata)}
        if result:
            output |= {"output_type": "execute_result", "execution_count": result}
        output = self._redactor.value(jsonable(output))
        self._rich_size += sum(len(str(value)) for value in output["data"].values())
        if self._full():
            return
        self._items.append(output)
        if display_id:
            self._displays[display_id] = output

    def update(self, display_id: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Replace an output that was shown under this id; of an unknown id: nothing happens, as in Jupyter."""
        if display_id in self._displays:
            self._displays[display_id].update(
                self._redactor.value(jsonable({"data": dict(data), "metadata": dict(metadata)}))
            )

    def fail(self, name: str, value: str, trace: str) -> None:
        """The error that ended the cell."""
        lines = [self._redactor.text(line) for line in trace.split("\n")]
        self._items.append(
            {"output_type": "error", "ename": name, "evalue": self._redactor.text(value), "traceback": lines}
        )

    def clear(self, *, wait: bool) -> None:
        """Forget what was shown; with `wait` not before something new comes."""
        self._clear_next = wait
        if not wait:
            self._items.clear()
            self._rich_size = 0

    def items(self) -> list[dict[str, Any]]:
        """The outputs as nbformat has them."""
        found = [
            item if isinstance(item, dict) else {"output_type": "stream", "name": item.name, "text": item.text()}
            for item in self._items
        ]
        if self._left_out:
            text = f"… {self._left_out:,} more outputs of this cell are not kept: a cell keeps at most "
            text += f"{MAX_OUTPUTS:,} outputs and {MAX_RICH // 2**20} MB …\n"
            found.append({"output_type": "stream", "name": "stderr", "text": text})
        return found

    def _full(self) -> bool:
        if len(self._items) < MAX_OUTPUTS and self._rich_size <= MAX_RICH:
            return False
        self._left_out += 1
        return True

    def _clear_if_asked(self) -> None:
        if self._clear_next:
            self.clear(wait=False)
