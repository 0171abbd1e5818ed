"""What `{{…}}` references mean for one attempt. Nothing is read from the store before a reference asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from brickyard.engine.details import Details
from brickyard.engine.loop_inputs import LoopInputs
from brickyard.jobs.parameters import Scope, Upstream, job_parameters
from brickyard.jobs.tasks import NotebookTask, SqlTask, Task
from brickyard.ports import Clock, Store, TaskValueStore
from brickyard.runs.model import Attempt, Run
from brickyard.runs.states import Result


class Scopes:
    """Builds scopes of attempts."""

    def __init__(
        self, store: Store, inputs: LoopInputs, clock: Clock, *, workspace_id: int, workspace_url: str
    ) -> None:
        self._store = store
        self._inputs = inputs
        self._clock = clock
        self.workspace_id = workspace_id
        self._workspace_url = workspace_url

    def of_attempt(self, run: Run, attempt: Attempt, details: Details) -> Scope:
        """What references mean to this attempt.

        Raises:
            InvalidParameterValue: the default of a job parameter refers to what has no value.
        """
        task = details.tasks[attempt.task_key]
        base = self._of_run(run, details)
        return replace(
            base,
            parameters=job_parameters(details.settings, details.overrides, base),
            task_key=attempt.task_key,
            task_run_id=attempt.attempt_id,
            execution_count=attempt.number + 1,
            notebook_path=_notebook_path(task),
            tasks=EndedTasks(self._store, run, details),
            now_ms=self._clock.now_ms(),
            input=self._inputs.element(attempt.loop_id, attempt.iteration) if attempt.iteration >= 0 else None,
        )

    def _of_run(self, run: Run, details: Details) -> Scope:
        return Scope(
            job_id=run.job_id,
            job_name=details.settings.name,
            run_id=run.run_id,
            repair_count=len(run.repairs),
            start_ms=run.started_ms,
            trigger_ms=run.created_ms,
            trigger_type=run.trigger.value,
            workspace_id=self.workspace_id,
            workspace_url=self._workspace_url,
            # Job parameters are resolved anew for each attempt; all attempts of a run must see the same values.
            now_ms=run.started_ms,
        ).started_by(details.record.trigger_info)


def _notebook_path(task: Task | None) -> str:
    return task.work.notebook_path if task and isinstance(task.work, NotebookTask) else ""


class EndedTasks(Mapping[str, Upstream]):
    """The ended tasks of a run by key, each made when it is asked for."""

    def __init__(self, store: Store, run: Run, details: Details) -> None:
        self._store = store
        self._run = run
        self._details = details

    def __getitem__(self, key: str) -> Upstream:
        attempt = self._run.latest[key]
        if attempt.ending is None:
            raise KeyError(key)
        task = self._details.tasks.get(key)
        return Upstream(
            run_id=attempt.attempt_id,
            result_state=attempt.ending.result,
            error_code="" if attempt.ending.result is Result.SUCCESS else attempt.ending.code.value,
            execution_count=attempt.number + 1,
            notebook_path=_notebook_path(task),
            values=ValuesOf(self._store.task_values, self._run.run_id, key),
            output=self._output(attempt) if task and isinstance(task.work, SqlTask) else "",
        )

    def __iter__(self) -> Iterator[str]:
        return (key for key, attempt in self._run.latest.items() if attempt.ending is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _output(self, attempt: Attempt) -> str:
        outcome = self._store.runs.outcome(attempt.attempt_id)
        return outcome.table if outcome else ""


class ValuesOf(Mapping[str, str]):
    """The task values of one task, each read when it is asked for: a loop asks once for every iteration."""

    def __init__(self, store: TaskValueStore, run_id: int, task_key: str) -> None:
        self._store = store
        self._run_id = run_id
        self._task_key = task_key

    def __getitem__(self, key: str) -> str:
        value = self._store.get(self._run_id, self._task_key, key)
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return (key for owner, key in self._store.all(self._run_id) if owner == self._task_key)

    def __len__(self) -> int:
        return sum(1 for _ in self)
