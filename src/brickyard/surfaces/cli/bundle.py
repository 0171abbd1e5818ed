"""`brickyard bundle …`: a project of jobs in a `databricks.yml`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles import deploy as deploying
from brickyard.surfaces.bundles import destroy as destroying
from brickyard.surfaces.bundles import load, plan, resolve, state, summary
from brickyard.surfaces.bundles.resolve import Bundle
from brickyard.surfaces.bundles.sync import Changes
from brickyard.surfaces.cli.follow import follow_to_end, report
from brickyard.surfaces.cli.inputs import listed, pairs, parameters
from brickyard.surfaces.cli.output import counted, emit_json, note, print_table, say
from brickyard.surfaces.cli.session import Session, connected, lasting
from brickyard.surfaces.cli.usage import Commands, NoWait, Only, Params

app = Commands(help="A project of jobs in a databricks.yml.", no_args_is_help=True)
Target = Annotated[
    str | None, typer.Option("--target", "-t", metavar="NAME", help="The target; default: the one that says so.")
]
Vars = Annotated[
    list[str] | None, typer.Option("--var", metavar="NAME=VALUE", help="A variable of the bundle; may be repeated.")
]
Output = Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="text or json.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as -o json.")]
ForceLock = Annotated[bool, typer.Option("--force-lock", help="Take the lock of a deployment that was cut off.")]
Approve = Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")]
SIGNS = {plan.CREATE: "+", plan.UPDATE: "~", plan.DELETE: "-", plan.UNCHANGED: "="}


@contextmanager
def opened(
    target: str | None, variables: list[str] | None, session: Callable[[], AbstractContextManager[Session]] = connected
) -> Iterator[tuple[Session, Bundle]]:
    """A session and the bundle of the current folder. The files are checked before a server is looked for."""
    half = resolve.draft(load.find_root(Path.cwd()), target, pairs(variables or [], "--var"))
    with session() as made:
        yield made, resolve.complete(half, made.client.me(), made.client.host)


@app.command("validate")
def validate(target: Target = None, variables: Vars = None, output: Output = "text", as_json: AsJson = False) -> None:
    """Check everything; nothing is changed."""
    wants_json = _json(output, as_json)
    with opened(target, variables) as (_, bundle):
        deploying.deployment_order(bundle)
    if wants_json:
        bundle.packages.show_local()
        emit_json(summary.as_json(bundle))
        return
    _say_head(bundle)
    for notice in bundle.notices:
        say(f"Note: {notice}")
    _say_artifacts(bundle)
    jobs = f"{counted(len(bundle.jobs), 'job')}: {', '.join(bundle.jobs)}" if bundle.jobs else "The bundle has no jobs"
    say(f"{jobs}. All is well.")


@app.command("plan")
def plan_command(
    target: Target = None, variables: Vars = None, output: Output = "text", as_json: AsJson = False
) -> None:
    """Show what a deployment would change, job by job."""
    wants_json = _json(output, as_json)
    with opened(target, variables) as (session, bundle):
        known = state.read_state(session.client, bundle.path("state_path"))
        steps = plan.plan(session.client, bundle, known)
    if wants_json:
        emit_json([{name: getattr(step, name) for name in step.__slots__} for step in steps])
        return
    _say_artifacts(bundle)
    _say_steps(steps, whole=True)


@app.command("deploy")
def deploy(  # noqa: PLR0917 - one for each option; typer calls it by name
    target: Target = None,
    variables: Vars = None,
    force_lock: ForceLock = False,
    auto_approve: Approve = False,  # noqa: ARG001 - a deployment never asks; other command lines give this option
    output: Output = "text",
    as_json: AsJson = False,
) -> None:
    """Upload changed files; create, change and delete jobs."""
    wants_json = _json(output, as_json)
    with opened(target, variables) as (session, bundle):
        done = deploying.deploy(session.client, bundle, force_lock=force_lock, tell=note)
    if wants_json:
        emit_json(summary.as_json(bundle, done.jobs))
        return
    for notice in bundle.notices:
        note(f"Note: {notice}")
    _say_files(bundle, done.files)
    _say_wheels(bundle, done.wheels)
    _say_steps(done.steps)
    say(f"Deployed {bundle.name} ({bundle.target}).")


@app.command("sync")
def sync(target: Target = None, variables: Vars = None, output: Output = "text", as_json: AsJson = False) -> None:
    """Upload changed files and leave the jobs alone."""
    wants_json = _json(output, as_json)
    with opened(target, variables) as (session, bundle):
        changes = deploying.sync_files(session.client, bundle)
    if wants_json:
        emit_json({"uploaded": changes.uploaded, "deleted": changes.deleted, "unchanged": changes.unchanged})
        return
    _say_files(bundle, changes)


@app.command("run")
def run(  # noqa: PLR0917 - one for each option; typer calls it by name
    key: Annotated[str, typer.Argument(metavar="KEY", help="The job's key in resources.jobs.")],
    target: Target = None,
    variables: Vars = None,
    params: Params = None,
    only: Only = None,
    no_wait: NoWait = False,
    output: Output = "text",
    as_json: AsJson = False,
) -> None:
    """Run a deployed job and follow it."""
    wants_json = _json(output, as_json)
    given = parameters(params)
    with opened(target, variables, lasting if no_wait else connected) as (session, bundle):
        job_id = deployed_job(session, bundle, key)
        run_id = session.client.run_now(job_id, parameters=given, only=listed(only))
        if no_wait:
            emit_json({"run_id": run_id}) if wants_json else say(str(run_id))
            return
        report(session, follow_to_end(session, run_id, as_json=wants_json), as_json=wants_json)


@app.command("summary")
def summarise(target: Target = None, variables: Vars = None, output: Output = "text", as_json: AsJson = False) -> None:
    """Show what is deployed and where."""
    wants_json = _json(output, as_json)
    with opened(target, variables) as (session, bundle):
        known = state.read_state(session.client, bundle.path("state_path"))
    if wants_json:
        emit_json(summary.as_json(bundle, known.jobs))
        return
    _say_head(bundle)
    rows = [(key, bundle.jobs.block(key).text("name"), known.jobs.get(key, "not deployed")) for key in bundle.jobs]
    print_table(("key", "name", "job"), rows)


@app.command("destroy")
def destroy(  # noqa: PLR0917 - one for each option; typer calls it by name
    target: Target = None,
    variables: Vars = None,
    force_lock: ForceLock = False,
    auto_approve: Approve = False,
    output: Output = "text",
    as_json: AsJson = False,
) -> None:
    """Delete the bundle's jobs and files. Tables and finished runs stay."""
    wants_json = _json(output, as_json)
    with opened(target, variables) as (session, bundle):
        if not auto_approve:
            question = f"Delete all jobs of {bundle.name} ({bundle.target}) and {bundle.path('root_path')}?"
            typer.confirm(question, abort=True, err=True)
        deleted = destroying.destroy(session.client, bundle, force_lock=force_lock)
    emit_json({"deleted": deleted}) if wants_json else say(f"Deleted: {', '.join(deleted) or 'nothing was deployed'}.")


def deployed_job(session: Session, bundle: Bundle, key: str) -> int:
    """The id of a job of the bundle.

    Raises:
        InvalidParameterValue: the bundle has no such job, or it is not deployed.
    """
    if key not in bundle.jobs:
        known = ", ".join(bundle.jobs) or "none"
        raise InvalidParameterValue(f"The bundle has no job {key!r}.{nearest(key, bundle.jobs)} Its jobs: {known}.")
    ids = state.read_state(session.client, bundle.path("state_path")).jobs
    if key not in ids:
        raise InvalidParameterValue(f"Job {key!r} is not deployed to {bundle.target}. First: brickyard bundle deploy")
    return ids[key]


def _json(output: str, as_json: bool) -> bool:
    if output not in {"text", "json"}:
        raise InvalidParameterValue(f"--output is {output!r}; it must be text or json.")
    return as_json or output == "json"


def _say_head(bundle: Bundle) -> None:
    say(f"Name:   {bundle.name}")
    say(f"Target: {bundle.target}")
    say(f"Server: {bundle.host}")
    say(f"User:   {bundle.user_name}")
    say(f"Path:   {bundle.path('root_path')}")


def _say_files(bundle: Bundle, changes: Changes) -> None:
    say(
        f"Files: {len(changes.uploaded)} uploaded, {changes.unchanged} unchanged, {len(changes.deleted)} deleted "
        f"({bundle.path('file_path')})"
    )


def _say_artifacts(bundle: Bundle) -> None:
    for artifact in bundle.packages.artifacts:
        say(f"Artifact {artifact.key}: {artifact.summary}")


def _say_wheels(bundle: Bundle, changes: Changes) -> None:
    if changes.uploaded or changes.deleted or changes.unchanged:
        say(
            f"Wheels: {len(changes.uploaded)} uploaded, {changes.unchanged} unchanged, "
            f"{len(changes.deleted)} deleted ({bundle.packages.target})"
        )


def _say_steps(steps: list[plan.Step], *, whole: bool = False) -> None:
    for step in steps:
        say(f"{SIGNS[step.action]} job {step.key}: {step.action}" + (f" ({step.name})" if step.name else ""))
        for line in step.differences if whole else ():
            say(f"    {line}")
