"""`brickyard jobs history|diff|restore`: the versions of a job."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from brickyard.surfaces.cli.jobs import Job, job_id_of
from brickyard.surfaces.cli.output import AsJson, clock_time, counted, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected

_MARKS = {"added": "+", "removed": "-", "changed": "~", "reordered": "~"}
_SHOWN = 160
"""Characters of a value in a line for people; JSON has all of it."""


def history(
    job: Job,
    limit: Annotated[int, typer.Option(min=1, max=10_000, metavar="NUMBER", help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the versions of a job, newest first: who saved them, when, and what changed."""
    with connected() as session:
        found = list(session.client.job_versions(job_id_of(session.client, job), limit=limit))
    if as_json:
        emit_json(found)
        return
    rows = [(item["version"], clock_time(item["at_ms"]), item["author"], _changed(item)) for item in found]
    print_table(("version", "saved", "by", "changed"), rows)


def diff(
    job: Job,
    before: Annotated[
        int | None, typer.Argument(metavar="[FROM]", help="A version. Default: the one before TO.", min=1)
    ] = None,
    after: Annotated[int | None, typer.Argument(metavar="[TO]", help="A version. Default: the newest.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two versions of a job: + added, - removed, ~ changed."""
    with connected() as session:
        found = session.client.job_diff(job_id_of(session.client, job), before, after)
    if as_json:
        emit_json(found)
        return
    old, new = found["from"], found["to"]
    if before is None and old["version"] == new["version"]:
        say(f"{_named(new)} is the first: there is none before it.")
        return
    say(f"{_named(old)} -> {_named(new)}")
    lines = difference_lines(found["differences"])
    say("\n".join(lines) if lines else "The settings are the same.")


def restore(
    job: Job,
    version: Annotated[int, typer.Argument(metavar="VERSION", help="The version to go back to.", min=1)],
    as_json: AsJson = False,
) -> None:
    """Give a job the settings of an earlier version, as a new version. They are checked by today's rules."""
    with connected() as session:
        found = session.client.restore_job(job_id_of(session.client, job), version)
    if as_json:
        emit_json(found)
        return
    named = f"Job {found['job_id']}"
    if not found["changed"]:
        say(f"{named} has the settings of version {version} already; it stays at version {found['version']}.")
        return
    say(f"{named} is at version {found['version']} now, with the settings of version {version}:")
    say("\n".join(difference_lines(found["differences"])))


def difference_lines(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Differences for people, a line each."""
    return [_line(item) for item in found]


def _line(item: Mapping[str, Any]) -> str:
    head = f"{_MARKS[item['change']]} {item['path']}: "
    match item["change"]:
        case "added":
            return head + _value(item["to"])
        case "removed":
            return head + _value(item["from"])
        case "reordered":
            return f"{head}order {', '.join(item['from'])} -> {', '.join(item['to'])}"
        case _:
            return f"{head}{_value(item['from'])} -> {_value(item['to'])}"


def _value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _named(version: Mapping[str, Any]) -> str:
    return f"version {version['version']} ({version['author']}, {clock_time(version['at_ms'])})"


def _changed(item: Mapping[str, Any]) -> str:
    paths = list(item["paths"])
    if not paths:
        return "created" if item["version"] == 1 else "-"
    more = item["changes"] - len(paths)
    return ", ".join(paths) + (f" and {counted(more, 'more place')}" if more > 0 else "")
