"""What a repair will run, what it keeps and why, and what has changed: for people, before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brickyard.surfaces.cli.output import clock_time, print_table, say
from brickyard.surfaces.cli.versions import difference_lines

Json = Mapping[str, Any]
_NAMED = 20
"""So many tasks or iterations are named in a line; the others are counted."""
_DOES = {"run": "runs again", "keep": "is kept", "gone": "is gone"}


def wish(wanted: Sequence[str], parameters: Mapping[str, str], *, dependents: bool) -> dict[str, Any]:
    """The body of `runs/repair` but for the ids; with no task wanted by name, all that did not succeed run again."""
    body: dict[str, Any] = {"rerun_tasks": list(wanted)} if wanted else {"rerun_all_failed_tasks": True}
    if dependents:
        body["rerun_dependent_tasks"] = True
    if parameters:
        body["job_parameters"] = dict(parameters)
    return body


def request(plan: Json, wished: Json) -> dict[str, Any]:
    """The body of `runs/repair` for a wish, once its plan is known."""
    latest = {"latest_repair_id": plan["latest_repair_id"]} if plan["latest_repair_id"] else {}
    return {"run_id": plan["run_id"], **wished, **latest}


def say_summary(plan: Json) -> None:
    """What runs again and what is kept, in two lines."""
    again = [_summed(task) for task in plan["tasks"] if task["action"] == "run"]
    kept = [task["task_key"] for task in plan["tasks"] if task["action"] == "keep"]
    say(f"runs again: {_named(again)}")
    say(f"kept:       {_named(kept) or 'nothing'}")


def print_plan(plan: Json) -> None:
    """Every task with what becomes of it and why, then what has changed since the run and since the last good one."""
    rows = [(task["task_key"], _DOES[task["action"]], _why(task)) for task in plan["tasks"]]
    print_table(("task", "plan", "why"), rows)
    say()
    print_since(plan["since_run"], "this run")
    good = plan["since_good"]
    if good:
        print_since(good, f"the last good run, {good['run_id']} of {clock_time(good['ended_ms'])}")
    else:
        say("No run of this job has ended well yet, so there is none to compare with.")


def print_since(since: Json, what: str) -> None:
    """What has changed since a run."""
    old, new = since["from_version"], since["to_version"]
    versions = f" (version {old} -> {new})" if old != new and old else f" (version {new})" if new else ""
    lines = list(_changes(since))
    say(f"Changed since {what}{versions}:" if lines else f"Nothing has changed since {what}{versions}.")
    for line in lines:
        say(line)


def _changes(since: Json) -> Iterator[str]:
    for title, found in (("settings", since["settings"]), ("parameters", since["parameters"])):
        for line in difference_lines(found):
            yield f"  {title:<11}{line}"
    for change in since["code"]:
        note = f"  {change['note']}" if change["note"] else ""
        yield f"  {'code':<11}~ {change['path']} (task {change['task_key']}){note}"
        for line in change["diff"]:
            yield f"      {line}"


def _why(task: Json) -> str:
    return f"{task['reason']}{_iterations(task)}"


def _iterations(task: Json) -> str:
    found = task["iterations"]
    if not found:
        return ""
    again = [str(index) for index in found["again"]]
    if not again:
        return f" With the same inputs, all of its {found['total']} iterations are kept; with others, all run."
    runs = "run" if len(again) > 1 else "runs"
    return (
        f" With the same inputs, {len(again)} of its {found['total']} iterations {runs} again"
        f" (index {_named(again)}) and {len(found['kept'])} are kept; with others, all run."
    )


def _summed(task: Json) -> str:
    found = task["iterations"]
    return f"{task['task_key']} ({len(found['again'])} of {found['total']} iterations)" if found else task["task_key"]


def _named(words: Sequence[str]) -> str:
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more
