"""`brickyard runs export`: what a notebook task did, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.output import AsJson, emit_json, say
from brickyard.surfaces.cli.progress import TaskLine, lines_of
from brickyard.surfaces.cli.session import connected
from brickyard.surfaces.client import Client
from brickyard.surfaces.export import ipynb

_SUFFIXES = (".html", ".ipynb")


def export(
    run_id: Annotated[int, typer.Argument(metavar="RUN", help="The run's id.", min=1)],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="A file.html or a file.ipynb.")],
    task: Annotated[str | None, typer.Option("--task", metavar="TASK", help="This task of the run.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the notebook that a task ran, with its outputs, to a file that opens offline."""
    if output.suffix not in _SUFFIXES:
        raise InvalidParameterValue(f"--output is {str(output)!r}; it must end with {' or '.join(_SUFFIXES)}.")
    with connected() as session:
        line = _chosen(lines_of(session.client.get_run(run_id)), task)
        content = _content(session.client, line, output.suffix)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidParameterValue(f"--output {str(output)!r} cannot be written: {error.strerror}.") from None
    if as_json:
        emit_json({"run_id": line.task_run_id, "task_key": line.key, "file": str(output)})
    else:
        say(f"Task {line.label} is in {output}.")


def _content(client: Client, line: TaskLine, suffix: str) -> bytes:
    # The server says of a task that cannot be exported why, whatever the form.
    page = client.export_run(line.task_run_id)
    return page.encode() if suffix == ".html" else ipynb.notebook(client.task_output(line.task_run_id)["cells"])


def _chosen(lines: list[TaskLine], task: str | None) -> TaskLine:
    chosen = [line for line in lines if task in {None, line.key}]
    keys = ", ".join(line.key for line in lines)
    if not chosen:
        raise InvalidParameterValue(f"The run has no task {task!r}. Its tasks: {keys}.")
    if len(chosen) > 1:
        raise InvalidParameterValue(f"The run has several tasks; name one with --task: {keys}.")
    return chosen[0]
