"""Looks at a repair before it is asked for: what would run, and what has changed since that run and the last good."""

from __future__ import annotations

from brickyard.engine.commands import RepairRequest
from brickyard.engine.repair.choice import Choice, RepairChoices
from brickyard.engine.repair.code_since import CodeSince
from brickyard.engine.repair.last_good import last_good
from brickyard.engine.repair.outlook import RepairPlan, Since
from brickyard.engine.repair.plan import tasks_of
from brickyard.engine.repair.since import effective, since
from brickyard.errors import NotFound
from brickyard.jobs.overriding import over
from brickyard.ports import RunStore
from brickyard.records import Json, RunRecord
from brickyard.runs.model import Run
from brickyard.runs.states import RunType


class RepairPlans:
    """Makes plans of repairs. Changes nothing. Safe to use from any thread."""

    def __init__(self, *, choices: RepairChoices, runs: RunStore, code: CodeSince) -> None:
        self._choices = choices
        self._runs = runs
        self._code = code

    def plan(self, run_id: int, request: RepairRequest) -> RepairPlan:
        """What the repair would do; refused as the repair would be.

        `latest_repair_id` may be missing: then the latest is meant.

        Raises:
            NotFound, InvalidState, InvalidParameterValue: as `RepairChoices.choose`.
        """
        choice = self._choices.look(run_id, request)
        run, record = choice.run, self._record(run_id)
        parameters = self._parameters(choice, record, request)
        good = last_good(self._runs, run.job_id, besides=run_id) if run.run_type is RunType.JOB_RUN else None
        return RepairPlan(
            run_id=run_id,
            job_id=run.job_id,
            latest_repair_id=run.repairs[-1].repair_id if run.repairs else 0,
            tasks=tasks_of(choice, frozenset(request.rerun_tasks), self._errors(run)),
            since_run=self._since(choice, run, record, parameters),
            since_good=self._since(choice, good, self._record(good.run_id), parameters) if good else None,
        )

    def _since(self, choice: Choice, run: Run, record: RunRecord, parameters: Json) -> Since:
        return since(
            record,
            len(run.repairs),
            ended_ms=run.ended_ms,
            settings=choice.settings.raw,
            version=choice.job_version,
            parameters=parameters,
            code=self._code.changes(run),
        )

    def _parameters(self, choice: Choice, record: RunRecord, request: RepairRequest) -> Json:
        """Those of the repair: its own over those that the run was started with."""
        given = {**record.parameters_by_repair.get(0, {}), **request.parameters}
        return effective(choice.settings.raw, given, over(record.overriding, request.overriding))

    def _errors(self, run: Run) -> dict[int, str]:
        ids = [attempt.attempt_id for attempt in run.latest.values() if attempt.is_terminal]
        return {key: outcome.error for key, outcome in self._runs.outcomes(ids).items() if outcome.error}

    def _record(self, run_id: int) -> RunRecord:
        record = self._runs.record(run_id)
        if record is None:
            raise NotFound(f"Run {run_id} does not exist.")
        return record
