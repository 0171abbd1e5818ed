"""`brickyard runs …`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.export import export
from brickyard.surfaces.cli.failures import MOST_TASKS, failure_of, output_lines
from brickyard.surfaces.cli.follow import follow_to_end, labelled, report
from brickyard.surfaces.cli.inputs import listed, parameters
from brickyard.surfaces.cli.jobs import job_id_of
from brickyard.surfaces.cli.output import AsJson, clock_time, duration, emit_json, print_table, result_of, say
from brickyard.surfaces.cli.pinned import code_hashes, versions_line
from brickyard.surfaces.cli.progress import FAILED, SKIPPED, TaskLine, headline, lines_of
from brickyard.surfaces.cli.repair import print_plan, request, say_summary, wish
from brickyard.surfaces.cli.returns import returned
from brickyard.surfaces.cli.session import connected, lasting
from brickyard.surfaces.cli.usage import Commands, Params
from brickyard.surfaces.cli.why import moves, waiting_line, why
from brickyard.surfaces.client import Client

app = Commands(help="Runs: what ran, and how it went.", no_args_is_help=True)
Run = Annotated[int, typer.Argument(metavar="RUN", help="The run's id.", min=1)]
app.command("why")(why)
app.command("export")(export)
Task = Annotated[str | None, typer.Option("--task", metavar="TASK", help="Only this task.")]


@app.command("list")
def list_runs(
    job: Annotated[str | None, typer.Option(metavar="JOB", help="Only runs of this job (id or name).")] = None,
    active: Annotated[bool, typer.Option("--active", help="Only runs that are not over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, metavar="NUMBER", help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the runs, newest first."""
    with connected() as session:
        job_id = None if job is None else job_id_of(session.client, job)
        runs = list(session.client.list_runs(job_id=job_id, active_only=active, limit=limit))
    if as_json:
        emit_json(runs)
        return
    rows = [
        (run["run_id"], run.get("run_name", ""), result_of(run), clock_time(run.get("start_time")), _took(run))
        for run in runs
    ]
    print_table(("run", "name", "state", "started", "took"), rows) if rows else say("There are no runs.")


@app.command("get")
def get_run(run_id: Run, as_json: AsJson = False) -> None:
    """Show a run: each task with its state, and for a failure the cell, the line and the message."""
    with connected() as session:
        run = session.client.get_run(run_id, history=True)
        run |= children_of(session.client, run)
        lines = lines_of(run)
        failed = [line for line in lines if line.word in FAILED]
        outputs = {line.key: session.client.task_output(line.task_run_id) for line in failed if as_json}
        reports = [] if as_json else [failure_of(session.client, line) for line in failed[:MOST_TASKS]]
        whole = int(run.get("job_run_id") or run_id)
        pinned = session.client.pinned(whole)
        waiting = [] if moves(run) else session.client.waiting(whole)
    if as_json:
        failures = {key: output.get("error") for key, output in outputs.items()}
        emit_json({**run, "failures": failures, "pinned": pinned, "waiting": waiting})
        return
    say(headline(run))
    if waiting:
        say(waiting_line(whole, waiting))
    code = code_hashes(pinned)
    print_table(
        ("task", "task run", "state", "attempt", "took", "code", "reason"),
        [
            (
                line.label,
                line.task_run_id,
                line.word,
                line.attempt + 1 if line.has_run else "-",
                duration(line.took_ms(line.ended_ms)) if line.has_run and line.ended_ms else "-",
                code.get(line.task_run_id, "-"),
                "  ".join(part for part in (line.detail, line.why) if part),
            )
            for line in lines
        ],
    )
    say(versions_line(pinned))
    for report_lines in reports:
        say("\n".join(report_lines))


@app.command("logs")
def logs(run_id: Run, task: Task = None, as_json: AsJson = False) -> None:
    """Print what the tasks wrote, cell by cell, and where one failed."""
    with connected() as session:
        lines = _chosen(lines_of(session.client.get_run(run_id)), task)
        outputs = {line.key: session.client.task_output(line.task_run_id) for line in lines}
        reports = {
            line.key: failure_of(session.client, line, with_output=False) for line in lines if line.word in FAILED
        }
    if as_json:
        emit_json(outputs)
        return
    for line in lines:
        say("  ".join(filter(None, (f"── {line.label}", line.word, line.detail, line.why * (line.word in SKIPPED)))))
        for text in output_lines(outputs[line.key]):
            say(text)
        if line.key in reports:
            say("\n".join(reports[line.key]))


@app.command("output")
def output(run_id: Run, task: Task = None, as_json: AsJson = False) -> None:
    """Print what the tasks returned: exit values of notebooks, logs of scripts, rows of SQL."""
    with connected() as session:
        lines = _chosen(lines_of(session.client.get_run(run_id)), task)
        found = {line.key: session.client.run_output(line.task_run_id) for line in lines if line.over}
    if as_json:
        emit_json(found)
        return
    for key, value in found.items():
        result = returned(value) or value.get("error") or value.get("info") or ""
        say(result if task else labelled(key, result))


@app.command("cancel")
def cancel(run_id: Run, as_json: AsJson = False) -> None:
    """Stop a run, or one task run."""
    with connected() as session:
        session.client.cancel_run(run_id)
    emit_json({"run_id": run_id}) if as_json else say(f"Run {run_id} is being cancelled.")


@app.command("repair")
def repair(  # noqa: PLR0917 - one for each option; typer calls it by name
    run_id: Run,
    plan_only: Annotated[bool, typer.Option("--plan", help="Only show what would run, and what has changed.")] = False,
    rerun_tasks: Annotated[
        str | None, typer.Option(metavar="TASKS", help="These tasks: a,b. Default: all failed and skipped.")
    ] = None,
    dependents: Annotated[bool, typer.Option("--dependents", help="Also all tasks after them.")] = False,
    params: Params = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the repair's id and leave.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run failed and skipped tasks of an ended run again; what succeeded is kept."""
    wished = wish(listed(rerun_tasks), parameters(params), dependents=dependents)
    with lasting() if no_wait else connected() as session:
        client = session.client
        plan = client.plan_repair(run_id, wished)
        if plan_only:
            emit_json(plan) if as_json else print_plan(plan)
            return
        if not as_json:
            say_summary(plan)
        repair_id = client.repair_run(request(plan, wished))
        if no_wait:
            emit_json({"repair_id": repair_id}) if as_json else say(str(repair_id))
            return
        report(session, follow_to_end(session, run_id, as_json=as_json), as_json=as_json)


def children_of(client: Client, run: dict[str, Any]) -> dict[str, Any]:
    """The runs that tasks of the run have started, where it has tasks that run other jobs."""
    if not any("run_job_task" in task for task in run.get("tasks") or []):
        return {}
    return {"children": client.children(int(run.get("job_run_id") or run["run_id"]))}


def _took(run: dict[str, object]) -> str:
    took = run.get("run_duration") or 0
    return duration(float(str(took))) if took else "-"


def _chosen(lines: list[TaskLine], task: str | None) -> list[TaskLine]:
    chosen = [line for line in lines if task in {None, line.key}]
    if not chosen:
        raise InvalidParameterValue(
            f"The run has no task {task!r}. Its tasks: {', '.join(line.key for line in lines)}."
        )
    return chosen
