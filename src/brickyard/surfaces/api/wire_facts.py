"""What the wire forms of one run are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from brickyard.records import ClusterRecord, Json, RunRecord
from brickyard.runs.loops import LoopStats
from brickyard.runs.model import Attempt, Run
from brickyard.workloads.messages import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of one run, as far as it is to be shown."""

    run: Run
    """Its attempts may be those of tasks only, without the iterations of loops."""
    record: RunRecord
    url: str
    workspace_id: int
    clusters: Sequence[ClusterRecord] = ()
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    """By attempt id, where an attempt has ended."""
    resolved: Mapping[int, Json] = field(default_factory=dict)
    """By attempt id: the values that the task's references had."""
    loops: Mapping[int, LoopStats] = field(default_factory=dict)
    """By attempt id of a loop: how its iterations stand."""
    definitions: dict[int, dict[str, Json]] = field(default_factory=dict, compare=False, repr=False)
    """By number of the settings, then by key: the definitions of tasks. Filled when one is asked for."""

    def settings(self, repair: int) -> Json:
        """The settings that the attempts of this repair were started with."""
        return self.record.settings_by_repair[self._number(repair)]

    def task(self, attempt: Attempt) -> Json:
        """The definition of the attempt's task; a task that a later edit removed is shown by its key alone."""
        number = self._number(attempt.repair)
        if number not in self.definitions:
            self.definitions[number] = _definitions(self.record.settings_by_repair[number])
        return dict(self.definitions[number].get(attempt.task_key) or {"task_key": attempt.task_key})

    def commit(self, repair: int) -> str:
        """The Git commit that tasks of this repair were read from; "" while it is not known."""
        known = self.record.commits_by_repair
        return next((known[number] for number in sorted(known, reverse=True) if number <= repair), "")

    def version(self, repair: int) -> int | None:
        """The version of the job that this repair ran under; None for a run without a job."""
        known = self.record.versions_by_repair
        return next((known[number] for number in sorted(known, reverse=True) if number <= repair), None)

    def page_url(self, run_id: int) -> str:
        """The address of a run or task run, in the form that clients take apart (`/run/<digits>`)."""
        return f"{self.url}/?o={self.workspace_id}#job/{self.run.job_id}/run/{run_id}"

    def _number(self, repair: int) -> int:
        return max(number for number in self.record.settings_by_repair if number <= repair)


def _definitions(settings: Json) -> dict[str, Json]:
    """Every task by its key, and every nested task, whose key is unique among them."""
    found: dict[str, Json] = {}
    for task in settings.get("tasks", ()):
        found[task.get("task_key", "")] = task
        nested = task.get("for_each_task", {}).get("task")
        if nested:
            found.setdefault(nested.get("task_key", ""), nested)
    return found


def git_source(settings: Json, commit: str) -> dict[str, Any]:
    """The Git source of the settings, with the commit that was read once that is known; {} where there is none."""
    source = settings.get("git_source")
    if not source:
        return {}
    snapshot = {"git_snapshot": {"used_commit": commit}} if commit else {}
    return {"git_source": {**source, **snapshot}}
