"""Commands that start runs: of a job, or of settings sent along. Nothing is stored before all of it was checked."""

from __future__ import annotations

import contextlib

from brickyard.engine.access.acting import run_as_of
from brickyard.engine.admission import Admission
from brickyard.engine.births import Births
from brickyard.engine.commands import StartRequest
from brickyard.engine.job_commands import JobCommands
from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.jobs.graph import named, selection
from brickyard.jobs.parameters import check_overrides
from brickyard.jobs.settings import parse, parse_submit
from brickyard.jobs.tasks import JobSettings
from brickyard.ports import Ids, RunStore
from brickyard.records import JobRecord, Json, RunRecord
from brickyard.runs import plan
from brickyard.runs.events import RunCreated
from brickyard.runs.states import RunType

MAX_TOKEN = 64


class RunCommands:
    """Starts runs. Safe to use from any thread."""

    def __init__(self, *, store: RunStore, jobs: JobCommands, births: Births, admission: Admission, ids: Ids) -> None:
        self._store = store
        self._jobs = jobs
        self._births = births
        self._admission = admission
        self._ids = ids
        self._parsed: dict[int, tuple[int, JobSettings]] = {}

    def run_now(self, job_id: int, request: StartRequest, *, user: str) -> int:
        """Start a run of a job; its id. A known token gives the run that it belongs to.

        Raises:
            NotFound: there is no such job.
            InvalidParameterValue: parameters, token or selection are not allowed.
        """
        token = request.idempotency_token if request.is_internal else _token_of(user, request.idempotency_token)
        known = self._known(token)
        if known is not None:
            return known
        job = self._jobs.get(job_id)
        settings, version = self._settings(job)
        settings = self._jobs.rights.policies.job(settings)
        check_overrides(settings, request.parameters, request.overriding)
        chosen = selection(settings.tasks, request.only) if request.only else None
        run = self._births.new_run(
            job_id=job_id,
            run_type=RunType.JOB_RUN,
            plan=plan.of(settings.tasks, named(request.only)),
            timeout_ms=settings.timeout_seconds * 1000,
            trigger=request.trigger,
            selection=chosen,
        )
        record = RunRecord(
            run_id=run.run_id,
            job_id=job_id,
            name=settings.name if request.run_name is None else request.run_name,
            creator=user,
            settings_by_repair={0: settings.raw},
            parameters_by_repair={0: dict(request.parameters)} if request.parameters else {},
            overriding=request.overriding,
            idempotency_token=token,
            parent_attempt_id=request.parent_attempt_id,
            trigger_info=request.trigger_info,
            versions_by_repair={0: version},
            run_as=self._jobs.rights.acting.of_job(job),
        )
        may_wait = settings.queue_enabled if request.queue_enabled is None else request.queue_enabled
        first = self._admission.enter(job_id, run.run_id, limit=settings.max_concurrent_runs, may_wait=may_wait)
        stored = None
        try:
            stored = self._births.store(record, settings, run, first)
        finally:
            if stored == run.run_id:
                self._admission.stored(run.run_id)
            else:
                # Refused, or the same token came first on another thread: the place was taken for nothing.
                self._admission.leave(job_id, run.run_id)
        return stored

    def job_changed(self, job_id: int) -> None:
        """A job was changed, or deleted: how many of its runs may be active holds for the runs that wait, too."""
        with contextlib.suppress(NotFound):
            settings, _ = self._settings(self._jobs.get(job_id))
            self._admission.change_limit(job_id, settings.max_concurrent_runs)

    def submit(self, body: Json, *, user: str) -> int:
        """Start a one-time run; its id.

        Raises:
            InvalidParameterValue, FeatureDisabled: the settings are not allowed.
            PermissionDenied: they are not allowed to this user.
        """
        settings = parse_submit(self._jobs.rights.policies.filled(body))
        token = _token_of(user, body.get("idempotency_token"))
        known = self._known(token)
        if known is not None:
            return known
        access = self._jobs.rights.check_new(user, settings)
        settings = self._jobs.rights.policies.job(settings)
        run = self._births.new_run(
            job_id=self._ids.next_id(),
            run_type=RunType.SUBMIT_RUN,
            plan=plan.of(settings.tasks),
            timeout_ms=settings.timeout_seconds * 1000,
        )
        record = RunRecord(
            run_id=run.run_id,
            job_id=run.job_id,
            name=settings.name,
            creator=user,
            settings_by_repair={0: settings.raw},
            idempotency_token=token,
            run_as=run_as_of(settings.raw) or user,
        )
        return self._births.store(record, settings, run, RunCreated(), access)

    def _known(self, token: str | None) -> int | None:
        return self._store.by_token(token) if token else None

    def _settings(self, job: JobRecord) -> tuple[JobSettings, int]:
        """The job's settings, parsed once for each version, and that version."""
        version, settings = self._parsed.get(job.job_id, (0, None))
        if settings is None or version != job.version:
            settings = parse(job.settings)
            self._parsed[job.job_id] = (job.version, settings)
        return settings, job.version


def _token_of(user: str, sent: str | None) -> str | None:
    """The token under which a client's request is known: one of its user, so nobody finds or takes that of another."""
    if not sent:
        return None
    if len(sent) > MAX_TOKEN:
        raise InvalidParameterValue(f"idempotency_token has {len(sent)} characters; at most {MAX_TOKEN} are allowed.")
    return f"user:{len(user)}:{user}:{sent}"
