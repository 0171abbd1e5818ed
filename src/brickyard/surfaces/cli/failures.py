"""What went wrong in a task: the cell, the line, the message, and the last lines that it wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brickyard.surfaces.cli.output import say
from brickyard.surfaces.cli.progress import FAILED, OTHER_MARK, SKIPPED, TaskLine, lines_of
from brickyard.surfaces.client import ApiError, Client

Json = Mapping[str, Any]
STREAMS = ("stdout_tail", "stderr_tail")
LAST_LINES = 12
AROUND = 2
"""Lines of source shown before and after the one that failed."""
MOST_TASKS = 10
"""Failed tasks, and skipped ones, that are told of one by one."""
MOST_ITERATIONS = 10
"""Failed iterations of a loop that are told of one by one."""


def print_failures(client: Client, run: Json) -> None:
    """Print every failed task of a run, and why others were skipped because of them."""
    lines = lines_of(run)
    failed = [line for line in lines if line.word in FAILED]
    for line in failed[:MOST_TASKS]:
        say()
        for text in failure_of(client, line):
            say(text)
    if len(failed) > MOST_TASKS:
        say()
        say(f"… and {len(failed) - MOST_TASKS:,} more tasks failed: brickyard runs get {run['run_id']}")
    skipped = [line for line in lines if line.word in SKIPPED]
    if skipped and failed:
        say()
        for line in skipped[:MOST_TASKS]:
            say(f"{OTHER_MARK} {line.key}: {line.word}  {line.why}")
        if len(skipped) > MOST_TASKS:
            say(f"… and {len(skipped) - MOST_TASKS:,} more were skipped")


def failure_of(client: Client, line: TaskLine, *, with_output: bool = True) -> list[str]:
    """The report of one failed task: of a loop with its failed iterations, of a run-job task with the run it started.

    It is asked for at the server; where that does not give it, the reason is all that is told.
    """
    if line.is_loop:
        counts = f"  ({line.detail})" if line.detail else ""
        return [f"✘ {line.key}: {line.reason}{counts}", *_iteration_lines(client, line.task_run_id)]
    try:
        output = client.task_output(line.task_run_id)
    except ApiError as error:
        return [f"✘ {line.key}: {line.reason} (its output cannot be read: {error.message})"]
    found = failure_lines(line.key, output, line.reason, with_output=with_output)
    return [*found, f"  {line.detail}"] if line.detail else found


def _iteration_lines(client: Client, loop_id: int) -> Iterator[str]:
    """The first failed iterations, each with its input and its error."""
    found = client.iterations(loop_id, failed=True, limit=MOST_ITERATIONS)
    for iteration in found["iterations"]:
        output = client.task_output(int(iteration["task_run_id"]))
        message = (output.get("error") or {}).get("message") or iteration["message"]
        shown = f"input {iteration['input']}" if iteration["input"] else "input not known"
        yield f"  [{iteration['iteration']}] {shown}: {message}  (brickyard runs get {iteration['task_run_id']})"
    if found["has_more"]:
        yield "  … and more"


def failure_lines(key: str, output: Json, reason: str = "", *, with_output: bool = True) -> list[str]:
    """The report of one failed task, from its output."""
    error = output.get("error") or {}
    message = str(error.get("message") or reason or "failed without a message")
    found = [f"✘ {key}: {message}"]
    if error.get("cell") is not None:
        found += _cell_lines(output.get("cells") or [], int(error["cell"]), error)
    written = _last_lines(output) if with_output else []
    if written:
        found += ["  last lines of output:", *(f"    {line}" for line in written)]
    return found


def output_lines(output: Json) -> list[str]:
    """Everything that a task wrote, cell by cell, as plain text."""
    found: list[str] = []
    for cell in output.get("cells") or []:
        texts = [_plain(part) for part in cell.get("outputs") or []]
        texts = [text for text in texts if text.strip()]
        if texts:
            title = cell.get("title") or ""
            found.append(f"[{cell.get('index', 0) + 1}]" + (f" {title}" if title else ""))
            found += [line for text in texts for line in text.rstrip("\n").splitlines()]
    if not found:
        found = [line for name in STREAMS for line in str(output.get(name) or "").splitlines()]
    return found


def _plain(part: Json) -> str:
    if part.get("output_type") == "stream":
        return _joined(part.get("text", ""))
    if part.get("output_type") == "error":
        return ""  # The report of the failure says it better.
    return _joined((part.get("data") or {}).get("text/plain", ""))


def _joined(text: object) -> str:
    return "".join(text) if isinstance(text, list) else str(text)


def _cell_lines(cells: Sequence[Json], index: int, error: Json) -> list[str]:
    title = error.get("cell_title") or ""
    number = int(error.get("line") or 0)
    place = f"  in cell {index + 1}" + (f" “{title}”" if title else "") + (f", line {number}" if number else "")
    source = next((str(cell.get("source", "")) for cell in cells if cell.get("index") == index), "")
    lines = source.splitlines()
    if not 0 < number <= len(lines):
        return [place]
    shown = range(max(number - AROUND, 1), min(number + AROUND, len(lines)) + 1)
    return [place, *(f"  {'→' if at == number else ' '} {at:>3} | {lines[at - 1]}" for at in shown)]


def _last_lines(output: Json) -> list[str]:
    """Of a notebook what its cells printed, of everything else what the process wrote."""
    text = "".join(
        _joined(part.get("text", ""))
        for entry in output.get("cells") or []
        for part in entry.get("outputs") or []
        if part.get("output_type") == "stream"
    )
    text = text or "\n".join(str(output.get(name) or "") for name in STREAMS)
    return [line for line in text.splitlines() if line.strip()][-LAST_LINES:]
