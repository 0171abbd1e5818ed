"""`brickyard jobs backfill`: run a job for each interval of a range."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from brickyard.surfaces.cli.backfill_view import follow
from brickyard.surfaces.cli.inputs import parameters
from brickyard.surfaces.cli.jobs import Job, job_id_of
from brickyard.surfaces.cli.output import AsJson, counted, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected, lasting
from brickyard.surfaces.cli.usage import Params

Json = dict[str, Any]


def backfill(  # noqa: PLR0917 - one for each option; typer calls it by name
    job: Job,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="Start: 2026-01-01 or 2026-01-01T06:00.")],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="End; no interval starts here or later.")],
    every: Annotated[str, typer.Option(metavar="STEP", help="One interval: 15m, 1h, 1d, 1w, 1mo.")],
    params: Params = None,
    zone: Annotated[str, typer.Option(metavar="ZONE", help="Whose calendar counts: Europe/Berlin.")] = "UTC",
    order: Annotated[str, typer.Option(metavar="ORDER", help="oldest or newest first.")] = "oldest",
    parallel: Annotated[int, typer.Option(metavar="N", help="How many runs at once.")] = 1,
    rerun: Annotated[
        str, typer.Option(metavar="WHICH", help="Intervals that ran before: missing, failed (missing too) or all.")
    ] = "failed",
    most: Annotated[int, typer.Option("--max", metavar="N", help="Refuse to start more runs, up to 10000.")] = 100,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would run.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the backfill's id and leave.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a job for each interval of a range; {{backfill.iso_date}} in a parameter is the interval's start."""
    body = {
        "from": start,
        "to": end,
        "every": every,
        "zone": zone,
        "parameters": parameters(params),
        "order": order,
        "parallel": parallel,
        "rerun": rerun,
        "max_runs": most,
        "dry_run": dry_run,
    }
    with lasting() if no_wait else connected() as session:
        made = session.client.create_backfill(job_id_of(session.client, job), body)
        if dry_run:
            emit_json(made) if as_json else say_plan(made)
            return
        backfill_id = int(made["backfill_id"])
        if no_wait:
            emit_json({"backfill_id": backfill_id}) if as_json else say(str(backfill_id))
            return
        follow(session, backfill_id, as_json=as_json)


def say_plan(plan: Json) -> None:
    """What a dry run found, interval by interval."""
    names = sorted({name for each in plan["intervals"] for name in each["parameters"]})
    rows = [
        (each["at"], each["action"], *(each["parameters"].get(name, "") for name in names), each["reason"])
        for each in plan["intervals"]
    ]
    print_table(("interval", "action", *names, "why"), rows)
    kept = f", {plan['kept']} kept" if plan["kept"] else ""
    say(f"This would start {counted(plan['runs'], 'run')}{kept}. Nothing was started.")
