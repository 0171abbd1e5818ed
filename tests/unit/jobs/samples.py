"""Short ways to write down jobs, tasks and scopes for tests."""

from __future__ import annotations

from typing import Any

from brickyard.jobs.references import Scope, Upstream
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import Dependency, JobSettings, NotebookTask, Task

CLUSTER: dict[str, Any] = {"spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1}


def raw_task(key: str, *depends_on: str, **more: Any) -> dict[str, Any]:
    """A notebook task as JSON."""
    task: dict[str, Any] = {"task_key": key, "notebook_task": {"notebook_path": f"/Workspace/{key}"}, **more}
    if depends_on:
        task["depends_on"] = [{"task_key": name} for name in depends_on]
    return task


def with_parameters(key: str, *depends_on: str, **parameters: str) -> dict[str, Any]:
    """A notebook task as JSON with these base parameters."""
    return raw_task(
        key, *depends_on, notebook_task={"notebook_path": f"/Workspace/{key}", "base_parameters": parameters}
    )


def script(key: str, *parameters: str) -> dict[str, Any]:
    """A script task as JSON."""
    return {
        "task_key": key,
        "spark_python_task": {"python_file": "/Workspace/x.py", "parameters": list(parameters)},
    }


def loop(key: str, nested: dict[str, Any], *depends_on: str, inputs: str = "[1, 2]", **more: Any) -> dict[str, Any]:
    """A loop as JSON."""
    task: dict[str, Any] = {"task_key": key, "for_each_task": {"inputs": inputs, "task": nested}, **more}
    if depends_on:
        task["depends_on"] = [{"task_key": name} for name in depends_on]
    return task


def condition(key: str, *depends_on: str, left: str = "1", right: str = "1", op: str = "EQUAL_TO") -> dict[str, Any]:
    """A condition as JSON."""
    task = {"task_key": key, "condition_task": {"op": op, "left": left, "right": right}}
    return {**task, "depends_on": [{"task_key": name} for name in depends_on]} if depends_on else task


def sql(key: str, *depends_on: str, **parameters: str) -> dict[str, Any]:
    """A SQL file task as JSON."""
    task = {
        "task_key": key,
        "sql_task": {"warehouse_id": "w", "file": {"path": f"/Workspace/{key}.sql"}, "parameters": parameters},
    }
    return {**task, "depends_on": [{"task_key": name} for name in depends_on]} if depends_on else task


def wheel(key: str, **more: Any) -> dict[str, Any]:
    """A wheel task as JSON."""
    return {"task_key": key, "python_wheel_task": {"package_name": "etl", "entry_point": "main", **more}}


def raw_job(*tasks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The settings of a job as JSON."""
    return {"name": "nightly", "tasks": list(tasks or [raw_task("a")]), **more}


def job(*tasks: dict[str, Any], **more: Any) -> JobSettings:
    """The settings of a job, checked."""
    return parse(raw_job(*tasks, **more))


def plain_task(key: str, *depends_on: str) -> Task:
    """A task without going through JSON; its dependencies need not exist."""
    return Task(key=key, work=NotebookTask(notebook_path="/n"), depends_on=tuple(Dependency(d) for d in depends_on))


def scope(**more: Any) -> Scope:
    """A task run on Monday 2026-11-23, 14:05:09.042 UTC, of a run that began at 00:00:00.007."""
    given: dict[str, Any] = {
        "job_id": 7,
        "job_name": "nightly",
        "run_id": 90,
        "start_ms": 1_795_392_000_007,
        "trigger_ms": 1_795_391_999_999,
        "task_key": "t",
        "task_run_id": 91,
        "now_ms": 1_795_442_709_042,
        **more,
    }
    return Scope(**given)


def upstream(**more: Any) -> Upstream:
    """A task that has succeeded."""
    return Upstream(**{"run_id": 95, "result_state": "SUCCESS", **more})


def differences(sent: Any, read: Any, path: str = "") -> list[str]:
    """What a tool would report as drift: everything that was sent and reads back otherwise."""
    if isinstance(sent, dict):
        return [d for name in sent for d in differences(sent[name], read.get(name), f"{path}.{name}")]
    if isinstance(sent, list) and len(sent) == len(read):
        return [d for n, pair in enumerate(zip(sent, read, strict=True)) for d in differences(*pair, f"{path}[{n}]")]
    return [] if sent == read else [f"{path}: {sent!r} reads as {read!r}"]
