"""`brickyard run PATH`: one notebook or script, with its project, as a one-time run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.follow import follow_to_end, report
from brickyard.surfaces.cli.inputs import parameters
from brickyard.surfaces.cli.output import AsJson, counted, emit_json, note, say
from brickyard.surfaces.cli.project import Target, bring, target_of
from brickyard.surfaces.cli.session import connected, lasting
from brickyard.surfaces.cli.usage import NoWait, Params

KEY = "main"


def run(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A .py, .ipynb or .sql notebook, or a Python script.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="WORD", help="Words for a script's sys.argv.")
    ] = None,
    params: Params = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Run one notebook or script; prints what it returns."""
    target = target_of(path)
    task = _task(target, parameters(params), arguments or [])
    with lasting() if no_wait else connected() as session:
        client = session.client
        folder, changes = bring(client, target, str(client.me()["userName"]))
        note(f"{target.root}: {counted(len(changes.uploaded), 'file')} uploaded, {changes.unchanged} unchanged")
        run_id = client.submit({"run_name": target.file.name, "tasks": [_placed(task, f"{folder}/{target.inner}")]})
        if no_wait:
            emit_json({"run_id": run_id}) if as_json else say(str(run_id))
            return
        report(session, follow_to_end(session, run_id, as_json=as_json), as_json=as_json, whole=True)


def _task(target: Target, widgets: dict[str, str], arguments: list[str]) -> dict[str, Any]:
    if target.is_notebook:
        if arguments:
            raise InvalidParameterValue(f"{target.file.name} is a notebook: give its parameters with -p name=value.")
        return {"task_key": KEY, "notebook_task": {"base_parameters": widgets}}
    if widgets:
        raise InvalidParameterValue(
            f"{target.file.name} is a script and has no widgets: give its words after the path. The first "
            "line of a notebook is '# Databricks notebook source'."
        )
    return {"task_key": KEY, "spark_python_task": {"parameters": arguments}}


def _placed(task: dict[str, Any], path: str) -> dict[str, Any]:
    if "notebook_task" in task:
        return {**task, "notebook_task": {**task["notebook_task"], "notebook_path": path}}
    return {**task, "spark_python_task": {**task["spark_python_task"], "python_file": path}}
