"""`brickyard backfills …`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from brickyard.surfaces.cli.backfill_view import counts_text, follow, headline, range_text, say_failures
from brickyard.surfaces.cli.jobs import job_id_of
from brickyard.surfaces.cli.output import AsJson, clock_time, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected, lasting
from brickyard.surfaces.cli.usage import Commands
from brickyard.surfaces.client import Client

app = Commands(help="Backfills: a run of a job for each interval of a range.", no_args_is_help=True)
Backfill = Annotated[int, typer.Argument(metavar="BACKFILL", help="The backfill's id.")]


@app.command("list")
def list_backfills(
    job: Annotated[str | None, typer.Option(metavar="JOB", help="Only those of this job: its id, or its name.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the backfills, newest first."""
    with connected() as session:
        job_id = job_id_of(session.client, job) if job else None
        found = list(session.client.list_backfills(job_id))
    if as_json:
        emit_json(found)
        return
    rows = [
        (item["backfill_id"], item["job_id"], item["state"], item["from"], item["to"], item["every"], counts_text(item))
        for item in found
    ]
    columns = ("backfill", "job", "state", "from", "to", "every", "intervals")
    print_table(columns, rows) if rows else say("There are no backfills.")


@app.command("get")
def get_backfill(
    backfill_id: Backfill,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it is over.")] = False,
    intervals: Annotated[bool, typer.Option("--intervals", help="List every interval.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a backfill and how far it is."""
    with connected() as session:
        if watch:
            follow(session, backfill_id, as_json=as_json)
        found = session.client.get_backfill(backfill_id)
        listed = list(session.client.backfill_intervals(backfill_id)) if intervals else []
        if as_json:
            emit_json({**found, "interval_list": listed} if intervals else found)
            return
        _say_backfill(session.client, found)
    if listed:
        rows = [(item["at"], item["outcome"], item["run_id"] or "-", _why(item)) for item in listed]
        print_table(("interval", "outcome", "run", "why"), rows)


@app.command("pause")
def pause(backfill_id: Backfill, as_json: AsJson = False) -> None:
    """Begin no more runs; those that are active go on."""
    _change(backfill_id, "pause", as_json=as_json)


@app.command("resume")
def resume(backfill_id: Backfill, as_json: AsJson = False) -> None:
    """Go on with a backfill that is paused."""
    _change(backfill_id, "resume", as_json=as_json)


@app.command("cancel")
def cancel(
    backfill_id: Backfill,
    cancel_runs: Annotated[bool, typer.Option("--cancel-runs", help="Also cancel the runs that are active.")] = False,
    as_json: AsJson = False,
) -> None:
    """Begin no more runs, for ever."""
    _change(backfill_id, "cancel", as_json=as_json, cancel_runs=cancel_runs)


@app.command("retry")
def retry(
    backfill_id: Backfill,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the new backfill's id and leave.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run what has not succeeded again, as a new backfill of the same range."""
    with lasting() if no_wait else connected() as session:
        made = int(session.client.change_backfill(backfill_id, "retry")["backfill_id"])
        if no_wait:
            emit_json({"backfill_id": made}) if as_json else say(str(made))
            return
        follow(session, made, as_json=as_json)


def _change(backfill_id: int, verb: str, *, as_json: bool, **body: bool) -> None:
    with connected() as session:
        found = session.client.change_backfill(backfill_id, verb, **body)
    if as_json:
        emit_json(found)
        return
    say(headline(found))
    say(counts_text(found))


def _say_backfill(client: Client, found: dict[str, Any]) -> None:
    say(f"{headline(found)}, created {clock_time(found['created_ms'])} by {found['creator']}")
    say(range_text(found))
    for name, value in found["parameters"].items():
        say(f"  {name} = {value}")
    say(f"{found['intervals']['total']} intervals: {counts_text(found)}")
    if found["waiting_for"]:
        say(f"waiting: {found['waiting_for']}")
    say_failures(client, found)


def _why(item: dict[str, Any]) -> str:
    return str(item["reason"] or item["result"])
