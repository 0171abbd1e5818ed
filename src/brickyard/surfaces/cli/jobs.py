"""`brickyard jobs …`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.follow import follow_to_end, report
from brickyard.surfaces.cli.inputs import listed, parameters
from brickyard.surfaces.cli.output import AsJson, clock_time, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected, lasting
from brickyard.surfaces.cli.usage import Commands, NoWait, Only, Params
from brickyard.surfaces.client import Client

app = Commands(help="Jobs: what may run.", no_args_is_help=True)
Job = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, or its name.")]


def job_id_of(client: Client, job: str) -> int:
    """The id of a job that is named by id or by name.

    Raises:
        InvalidParameterValue: no job, or several, have this name.
    """
    if job.isdigit():
        return int(job)
    found = [int(item["job_id"]) for item in client.list_jobs(job)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidParameterValue(f"{len(found)} jobs are named {job!r}; give an id: {', '.join(map(str, found))}.")
    raise InvalidParameterValue(f"No job is named {job!r}. To see all jobs: brickyard jobs list")


@app.command("list")
def list_jobs(
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Only jobs of this name, whatever the case.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the jobs, newest first."""
    with connected() as session:
        jobs = list(session.client.list_jobs(name))
    if as_json:
        emit_json(jobs)
        return
    rows = [(item["job_id"], item["settings"].get("name", ""), clock_time(item.get("created_time"))) for item in jobs]
    print_table(("job", "name", "created"), rows) if rows else say("There are no jobs.")


@app.command("get")
def get_job(job: Job, as_json: AsJson = False) -> None:
    """Show a job with its settings."""
    with connected() as session:
        found = session.client.get_job(job_id_of(session.client, job))
        if as_json:
            emit_json(found)
            return
        owner = _owner(session.client.permissions("jobs", str(found["job_id"])))
    settings = found["settings"]
    say(f"{settings.get('name')} (job {found['job_id']}), created {clock_time(found.get('created_time'))}")
    say(f"owner: {owner or '(gone)'}, runs as: {found['run_as_user_name']}")
    rows = [
        (task["task_key"], _kind(task), ", ".join(edge["task_key"] for edge in task.get("depends_on") or []))
        for task in settings.get("tasks") or []
    ]
    print_table(("task", "kind", "depends on"), rows)
    parameters = settings.get("parameters") or []
    if parameters:
        print_table(("parameter", "default"), [(item["name"], item.get("default", "")) for item in parameters])


@app.command("run-now")
def run_now(
    job: Job,
    params: Params = None,
    only: Only = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Run a job and follow it."""
    given = parameters(params)
    with lasting() if no_wait else connected() as session:
        client = session.client
        run_id = client.run_now(job_id_of(client, job), parameters=given, only=listed(only))
        if no_wait:
            emit_json({"run_id": run_id}) if as_json else say(str(run_id))
            return
        report(session, follow_to_end(session, run_id, as_json=as_json), as_json=as_json)


@app.command("create")
def create_job(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON with the job's settings; - reads standard input.")],
    as_json: AsJson = False,
) -> None:
    """Create a job from its settings."""
    settings = read_json(file)
    with connected() as session:
        job_id = session.client.create_job(settings)
    emit_json({"job_id": job_id}) if as_json else say(str(job_id))


@app.command("delete")
def delete_job(job: Job, as_json: AsJson = False) -> None:
    """Delete a job; its runs stay."""
    with connected() as session:
        job_id = job_id_of(session.client, job)
        session.client.delete_job(job_id)
    emit_json({"job_id": job_id}) if as_json else say(f"Job {job_id} is deleted.")


def read_json(file: str) -> dict[str, Any]:
    """A JSON object from a file or from standard input.

    Raises:
        InvalidParameterValue: it cannot be read, or is no JSON object; the text says where.
    """
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidParameterValue(f"{file} cannot be read: {error.strerror}.") from None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidParameterValue(f"{file}:{error.lineno}:{error.colno}: not JSON: {error.msg}.") from None
    if not isinstance(value, dict):
        raise InvalidParameterValue(f"{file} holds a {type(value).__name__}; a JSON object is needed.")
    return value


def _owner(permissions: dict[str, Any]) -> str:
    for entry in permissions["access_control_list"]:
        if any(each["permission_level"] == "IS_OWNER" for each in entry["all_permissions"]):
            return str(entry.get("user_name") or entry.get("service_principal_name"))
    return ""


def _kind(task: dict[str, Any]) -> str:
    kinds = [name.removesuffix("_task") for name in task if name.endswith("_task")]
    return kinds[0] if kinds else ""
