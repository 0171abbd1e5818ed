"""What a run was declared with, parsed once: its record, its settings by repair, its effective parameters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from brickyard.errors import NotFound
from brickyard.jobs.overriding import over
from brickyard.jobs.parameters import all_tasks
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import JobSettings, NotebookTask, Task
from brickyard.ports import RunStore
from brickyard.records import Json, RunRecord

_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A run as declared, seen by one of its repairs (0: the original run)."""

    record: RunRecord
    settings: JobSettings
    overrides: Mapping[str, str]
    """Job parameters that were given: those of the repair over those of the start."""
    overriding: Json = field(default_factory=dict)
    """Legacy overrides that were given: those of the repair over those of the start."""
    tasks: Mapping[str, Task] = field(default_factory=dict)
    """By key, the nested tasks of loops included: their keys are unique in the job."""


class DetailsCache:
    """Remembers the details of runs that were used last. Safe to use from any thread."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[int, int], Details] = OrderedDict()

    def get(self, run_id: int, repair: int = 0) -> Details:
        """The details of a run.

        Raises:
            NotFound: there is no such run.
        """
        found = self._kept.get((run_id, repair))
        if found is None:
            record = self._store.record(run_id)
            if record is None:
                raise NotFound(f"Run {run_id} does not exist.")
            found = self.put(record, _parsed(record, repair), repair)
        return found

    def put(self, record: RunRecord, settings: JobSettings, repair: int = 0) -> Details:
        """Remember the details of a run whose settings are parsed already."""
        overrides = {**record.parameters_by_repair.get(0, {}), **record.parameters_by_repair.get(repair, {})}
        details = Details(
            record=record,
            settings=settings,
            overrides=overrides,
            overriding=over(record.overriding, record.overriding_by_repair.get(repair, {})),
            tasks={task.key: task for task in all_tasks(settings)},
        )
        self._kept[record.run_id, repair] = details
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return details


def _parsed(record: RunRecord, repair: int) -> JobSettings:
    raw = record.settings_by_repair[repair]
    return child_settings(raw) if record.cluster_scope is not None else parse(raw)


def child_settings(raw: Json) -> JobSettings:
    """The settings of a run that a notebook started: one notebook, whose arguments are values and no templates."""
    (task,) = raw["tasks"]
    notebook = task["notebook_task"]
    work = NotebookTask(notebook_path=notebook["notebook_path"], base_parameters=notebook["base_parameters"])
    return JobSettings(name=raw["name"], tasks=(Task(key=task["task_key"], work=work),), raw=raw)
