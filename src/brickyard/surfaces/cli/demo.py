"""`brickyard demo`: the medallion example, from deployment to its gold tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from brickyard.errors import NotFound
from brickyard.surfaces.bundles import deploy, resolve
from brickyard.surfaces.cli.follow import exit_values, follow_to_end
from brickyard.surfaces.cli.output import AsJson, counted, duration, emit_json, print_table, say
from brickyard.surfaces.cli.progress import lines_of, succeeded
from brickyard.surfaces.cli.session import Session, connected

JOB, CHECK = "medallion", "check"
PLACES = (
    Path(__file__).parents[2] / "examples" / "medallion",  # as installed from a wheel
    Path(__file__).parents[4] / "examples" / "medallion",  # as cloned
)


def demo(
    keep_server: Annotated[bool, typer.Option("--keep-server", help="Leave the server running.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the medallion pipeline on the shipped data: bronze, silver, two gold tables, check."""
    half = resolve.draft(example_folder(), None)
    with connected() as session:
        client = session.client
        bundle = resolve.complete(half, client.me(), client.host)
        done = deploy.deploy(client, bundle)
        if not as_json:
            files = done.files
            say(
                f"Deployed {bundle.name}: {counted(len(files.uploaded), 'file')} uploaded, {files.unchanged} unchanged."
            )
        run_id = client.run_now(done.jobs[JOB])
        run = follow_to_end(session, run_id, as_json=as_json)
        if succeeded(run):
            _tell(session, run, as_json=as_json)
        if keep_server:
            session.keep_server()
    raise typer.Exit(0 if succeeded(run) else 1)


def example_folder() -> Path:
    """Where the example lies.

    Raises:
        NotFound: neither in the package nor in the repository.
    """
    for place in PLACES:
        if (place / "databricks.yml").is_file():
            return place
    raise NotFound(f"The example is missing; it should be in {PLACES[0]}. Install Brickyard again.")


def _tell(session: Session, run: dict[str, Any], *, as_json: bool) -> None:
    result = json.loads(exit_values(session.client, run, [CHECK]).get(CHECK, "{}"))
    cost = session.client.run_cost(int(run["run_id"]))
    if as_json:
        emit_json({"run_id": run["run_id"], **result, "cost": cost})
        return
    for name, table in result.get("gold", {}).items():
        say()
        print_table(table["columns"], [[_cell(value) for value in row] for row in table["rows"]], title=name)
    say()
    print_table(("rows", "count"), list(result.get("counts", {}).items()))
    shares = {task["task_key"]: task for task in cost.get("tasks", [])}
    say()
    print_table(
        ("task", "took", "DBU", "USD"),
        [
            (line.key, duration(line.took_ms(line.ended_ms)), *_share(shares.get(line.key, {})))
            for line in lines_of(run)
        ],
    )
    dbu, usd = _share(cost)
    say()
    say(f"At list prices this run would have cost {usd} USD ({dbu} DBU).")
    if session.is_temporary:
        say("To look at it: brickyard server, which listens on http://127.0.0.1:8484,")
        say(f"and then, in another terminal: brickyard runs get {run['run_id']}")
    else:
        say(f"To look at it: brickyard runs get {run['run_id']} (brickyard server is running)")


def _share(cost: dict[str, Any]) -> tuple[str, str]:
    return f"{float(cost.get('dbu') or 0):.6f}", f"{float(cost.get('usd') or 0):.6f}"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
