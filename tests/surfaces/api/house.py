"""A server with the real store and the real rules of runs, in which the test plays the workers.

Nothing happens here by itself: a run goes on when the test says that an attempt has ended, at a time that the test sets.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from brickyard.access.identity import PrincipalKind
from brickyard.access.tokens import digest
from brickyard.compute.checkouts import GitCheckouts
from brickyard.engine.access.acting import run_as_of
from brickyard.engine.access.founding import found
from brickyard.engine.access.gate import Gate
from brickyard.engine.access.job_rights import JobRights
from brickyard.engine.active import ActiveRuns
from brickyard.engine.backfill.bell import BackfillBell
from brickyard.engine.backfill.commands import BackfillCommands
from brickyard.engine.backfill.news import BackfillNews
from brickyard.engine.cluster_secrets import ClusterSecrets
from brickyard.engine.clusters.existing import ClustersInUse
from brickyard.engine.clusters.part import AllPurposePart
from brickyard.engine.commands import RepairRequest, StartRequest
from brickyard.engine.details import DetailsCache
from brickyard.engine.job_commands import JobCommands
from brickyard.engine.outcomes import ending_of
from brickyard.engine.repair.choice import RepairChoices
from brickyard.engine.repair.code_since import CodeSince
from brickyard.engine.repair.outlook import RepairPlan
from brickyard.engine.repair.plans import RepairPlans
from brickyard.engine.sql_part import SqlPart
from brickyard.errors import InvalidParameterValue, Unavailable
from brickyard.jobs import settings as job_settings
from brickyard.jobs.tasks import JobSettings
from brickyard.ports import Store
from brickyard.records import (
    AclEntry,
    ClusterRecord,
    Commit,
    JobRecord,
    Json,
    PrincipalRecord,
    RepairFacts,
    RunRecord,
    TokenInfo,
)
from brickyard.runs import plan, repair
from brickyard.runs.decide import decide
from brickyard.runs.events import AttemptEnded, AttemptStarted, CancelRequested, Event, RepairRequested, RunCreated
from brickyard.runs.model import Run
from brickyard.runs.states import LifeCycle, RunType
from brickyard.settings import Settings, read
from brickyard.surfaces.api.app import create_app
from brickyard.surfaces.api.services import Services
from brickyard.workloads import folder
from brickyard.workloads.messages import Outcome
from tests.hand_engines import HandEngines
from tests.hand_environments import HandEnvironments
from tests.hand_sessions import HandSessions

TOKEN = "dapi-of-the-tests"
USER = "ada@example.com"
WORKSPACE_ID = 4711
START_MS = 1_800_000_000_000


@dataclass
class HandClock:
    """Time that the test moves."""

    ms: int = START_MS

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


@dataclass
class CountingIds:
    """Ids in a row; tokens that are all different."""

    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))

    def next_id(self) -> int:
        return next(self.numbers)

    def token(self, nbytes: int = 24) -> str:
        return f"{next(self.numbers):0{2 * nbytes}x}"


class HandCommands:
    """`Commands` that decide and store, and leave the work to the test."""

    def __init__(self, store: Store, clock: HandClock, ids: CountingIds, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.versions: dict[int, int] = {}
        self.rights = JobRights(store, Gate(store))
        self.jobs = JobCommands(store.jobs, self.rights, clock, ids)
        self.backfills = BackfillCommands(
            store=store.backfills,
            jobs=self.jobs,
            bell=BackfillBell(),
            news=BackfillNews(clock),
            clock=clock,
            ids=ids,
        )
        self.waits: dict[int, list[tuple[str, str]]] = {}
        """By run: what `waiting` answers."""
        self.first: Event = RunCreated()
        self.born: dict[str, Any] = {}
        """Further fields of the runs that are started."""
        self.recorded: dict[str, Any] = {}
        """Further fields of their records."""

    def create_job(self, settings: Json, *, user: str) -> int:
        return self.jobs.create(settings, user=user)

    def reset_job(self, job_id: int, settings: Json, *, user: str) -> None:
        self.jobs.reset(job_id, settings, user=user)

    def update_job(self, job_id: int, new_settings: Json | None, fields_to_remove: Sequence[str], *, user: str) -> None:
        self.jobs.update(job_id, new_settings, fields_to_remove, user=user)

    def restore_job(self, job_id: int, version: int, *, user: str) -> int:
        return self.jobs.restore(job_id, version, user=user)

    def delete_job(self, job_id: int, *, user: str) -> None:
        self._job(job_id)
        self.store.jobs.delete(job_id)

    def run_now(self, job_id: int, request: StartRequest, *, user: str) -> int:
        parsed = job_settings.parse(self._job(job_id).settings)
        self.recorded["run_as"] = self.rights.acting.of_job(self._job(job_id))
        return self._start(job_id, parsed, RunType.JOB_RUN, request, user=user)

    def submit(self, body: Json, *, user: str) -> int:
        parsed = job_settings.parse_submit(body)
        access = self.rights.check_new(user, parsed)
        self.recorded["run_as"] = run_as_of(parsed.raw) or user
        return self._start(self.ids.next_id(), parsed, RunType.SUBMIT_RUN, StartRequest(), user=user, access=access)

    def cancel(self, run_id: int, *, user: str) -> None:
        parent = self.store.runs.run_of_attempt(run_id)
        self.apply(parent or run_id, CancelRequested(run_id if parent else None))

    def cancel_all(self, job_id: int, *, user: str) -> None:
        for run_id in self.store.runs.active():
            if self.run(run_id).job_id == job_id:
                self.cancel(run_id, user=user)

    def repair(self, run_id: int, request: RepairRequest, *, user: str) -> int:
        run = self.run(run_id)
        parsed = job_settings.parse(self._job(run.job_id).settings)
        tasks = plan.of(parsed.tasks)
        keys = repair.select(
            run,
            tasks,
            rerun_tasks=request.rerun_tasks,
            rerun_all_failed_tasks=request.rerun_all_failed_tasks,
            rerun_dependent_tasks=request.rerun_dependent_tasks,
            latest_repair_id=request.latest_repair_id,
        )
        repair_id = self.ids.next_id()
        event = RepairRequested(repair_id, keys, tasks)
        facts = RepairFacts(number=len(run.repairs) + 1, settings=parsed.raw, parameters=request.parameters)
        self.apply(run_id, event, repair=facts)
        return repair_id

    def plan_repair(self, run_id: int, request: RepairRequest) -> RepairPlan:
        runs = self.store.runs
        choices = RepairChoices(
            load=runs.load, details=DetailsCache(runs), jobs=self.store.jobs, policies=self.rights.policies
        )
        code = CodeSince(self.settings)
        return RepairPlans(choices=choices, runs=runs, code=code).plan(run_id, request)

    def delete_run(self, run_id: int, *, user: str) -> None:
        if not self.run(run_id).life_cycle.is_terminal:
            raise InvalidParameterValue(f"Run {run_id} is active.")
        self.store.runs.delete(run_id)

    def watch(self, run_id: int, *, seen: int, timeout: float) -> tuple[int, Run]:
        return self.versions.get(run_id, 0), self.run(run_id)

    def waiting(self, run_id: int) -> Sequence[tuple[str, str]]:
        self.run(run_id)
        return self.waits.get(run_id, [])

    def run(self, run_id: int) -> Run:
        found = self.store.runs.load(run_id)
        if found is None:
            raise InvalidParameterValue(f"Run {run_id} does not exist.")
        return found

    def apply(self, run_id: int, event: Event, **more: Any) -> None:
        """Decide and store; `more` are fields of `Commit`."""
        before = self.run(run_id)
        decision = decide(before, event, self.clock.ms, self.ids.next_id)
        self.store.runs.commit([Commit(before=before, decision=decision, at_ms=self.clock.ms, **more)])
        self.versions[run_id] = self.versions.get(run_id, 0) + 1

    def _job(self, job_id: int) -> JobRecord:
        found = self.store.jobs.get(job_id)
        if found is None:
            raise InvalidParameterValue(f"Job {job_id} does not exist.")
        return found

    def _start(
        self,
        job_id: int,
        parsed: JobSettings,
        kind: RunType,
        request: StartRequest,
        *,
        user: str,
        access: Sequence[AclEntry] = (),
    ) -> int:
        run = Run(
            run_id=self.ids.next_id(),
            job_id=job_id,
            run_type=kind,
            plan=plan.of(parsed.tasks),
            created_ms=self.clock.ms,
            selection=frozenset(request.only) if request.only else None,
            **self.born,
        )
        record = RunRecord(
            run_id=run.run_id,
            job_id=job_id,
            name=parsed.name,
            creator=user,
            settings_by_repair={0: parsed.raw},
            parameters_by_repair={0: request.parameters},
            overriding=request.overriding,
            idempotency_token=request.idempotency_token,
            **self.recorded,
        )
        decision = decide(run, self.first, self.clock.ms, self.ids.next_id)
        self.store.runs.create(record, decision, self.clock.ms, access)
        return run.run_id


@dataclass
class House:
    """The parts of the server, and a client that has a token."""

    store: Store
    settings: Settings
    clock: HandClock
    ids: CountingIds
    commands: HandCommands
    client: httpx.Client = field(init=False)
    sick: str = ""
    """Why the server cannot take work; "" while it can."""
    sessions: HandSessions = field(default_factory=HandSessions)
    sql: SqlPart = field(init=False)
    engines: HandEngines = field(init=False)
    environments: HandEnvironments = field(default_factory=HandEnvironments)
    all_purpose: AllPurposePart = field(init=False)
    checkouts: GitCheckouts = field(init=False)

    def __post_init__(self) -> None:
        self.engines = HandEngines(self.store.clusters, self.clock)
        self.sql = SqlPart(
            store=self.store,
            clusters=self.engines,
            sessions=self.sessions,
            clock=self.clock,
            ids=self.ids,
            settings=self.settings,
        )
        gate = Gate(self.store)
        self.checkouts = GitCheckouts(self.settings.checkouts, self.clock)
        runs = self.store.runs
        self.all_purpose = AllPurposePart(
            store=self.store,
            clusters=self.engines,
            environments=self.environments,
            sessions=self.sessions,
            last_command_ms=lambda _: 0,
            secrets=ClusterSecrets(self.store.secrets, self.store.principals, gate),
            in_use=ClustersInUse(ActiveRuns(runs), DetailsCache(runs)),
            clock=self.clock,
            ids=self.ids,
            settings=self.settings,
        )

    def app(self, url: str) -> FastAPI:
        """The application for this URL."""
        return create_app(
            Services(
                commands=self.commands,
                store=self.store,
                gate=Gate(self.store),
                all_purpose=self.all_purpose.commands,
                sessions=self.sessions,
                checkouts=self.checkouts,
                statements=self.sql.statements,
                warehouses=self.sql.warehouses,
                settings=self.settings,
                clock=self.clock,
                ids=self.ids,
                workspace_id=WORKSPACE_ID,
                url=url,
                health=self._health,
            )
        )

    def person(self, name: str, *groups: str, kind: PrincipalKind = PrincipalKind.USER) -> dict[str, str]:
        """Make a user (or service principal) in these groups, which are made where needed; the headers to ask as it."""
        people = self.store.principals
        new = PrincipalRecord(principal_id=self.ids.next_id(), kind=kind, name=name)
        people.add(new)
        for group in groups:
            if people.named(PrincipalKind.GROUP, group) is None:
                record = PrincipalRecord(principal_id=self.ids.next_id(), kind=PrincipalKind.GROUP, name=group)
                people.add(record)
            found_group = people.named(PrincipalKind.GROUP, group)
            assert found_group is not None
            members = [each.principal_id for each in people.members(found_group.principal_id)]
            people.set_members(found_group.principal_id, [*members, new.principal_id])
        token = f"dapi-of-{name}"
        info = TokenInfo(token_id=token, user_name=name, comment="", created_ms=0, expires_ms=0)
        self.store.tokens.add(info, digest(token))
        return {"Authorization": f"Bearer {token}"}

    def _health(self) -> None:
        if self.sick:
            raise Unavailable(self.sick)

    # --------------------------------------------------------------------------------------------- asking the API

    def get(self, path: str, /, **query: Any) -> Any:
        """The JSON answer of a GET that must succeed."""
        return self._ok(self.client.get(path, params=query))

    def post(self, path: str, /, **body: Any) -> Any:
        """The JSON answer of a POST that must succeed."""
        return self._ok(self.client.post(path, json=body))

    def refused(self, method: str, path: str, **parts: Any) -> tuple[int, str, str]:
        """Status, error code and message of a request that must be refused."""
        answer = self.client.request(method, path, **parts)
        body = answer.json()
        assert set(body) == {"error_code", "message", "details"}, body
        return answer.status_code, body["error_code"], body["message"]

    def _ok(self, answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()

    # -------------------------------------------------------------------------------------------- playing workers

    def start_run(self, *tasks: Mapping[str, Any], name: str = "nightly", **more: Any) -> int:
        """A run of a new job with these tasks."""
        job = self.post("/api/2.2/jobs/create", name=name, tasks=list(tasks), **more)
        return int(self.post("/api/2.2/jobs/run-now", job_id=job["job_id"])["run_id"])

    def attempt_of(self, run_id: int, key: str) -> int:
        """The newest task run of a task."""
        return self.commands.run(run_id).latest[key].attempt_id

    def begin(self, run_id: int, key: str) -> int:
        """A worker begins with the task; the task run id."""
        attempt_id = self.attempt_of(run_id, key)
        if self.commands.run(run_id).latest[key].life_cycle is LifeCycle.PENDING:
            self.commands.apply(run_id, AttemptStarted(attempt_id))
        return attempt_id

    def end(self, run_id: int, key: str, *, seconds: int = 10, **outcome: Any) -> int:
        """The task runs for some seconds and ends with this outcome; the task run id."""
        attempt_id = self.begin(run_id, key)
        begun = self.clock.ms + 1000
        self.clock.ms += seconds * 1000
        told = Outcome(**{"status": "success", "started_ms": begun, "ended_ms": self.clock.ms, **outcome})
        self.commands.apply(run_id, AttemptEnded(attempt_id, ending_of(told)), outcome=(attempt_id, told))
        return attempt_id

    def folder_of(self, attempt_id: int) -> Path:
        """The attempt's folder, made."""
        place = folder.of(self.settings.attempts, attempt_id)
        place.mkdir(parents=True, exist_ok=True)
        return place

    def cluster(self, run_id: int, key: str, **more: Any) -> ClusterRecord:
        """A cluster of the run that is up since now."""
        made = ClusterRecord(
            cluster_id=f"1122-000000-{self.ids.next_id()}",
            name=f"job-{key}",
            state="RUNNING",
            run_id=run_id,
            job_id=self.commands.run(run_id).job_id,
            key=key,
            created_ms=self.clock.ms,
            ready_ms=self.clock.ms,
            **{"spec": None, **more},
        )
        self.store.clusters.save(made)
        return made

    def end_cluster(self, cluster: ClusterRecord) -> ClusterRecord:
        """The cluster ends now, because its run did."""
        ended = replace(
            cluster,
            state="TERMINATED",
            ended_ms=self.clock.ms,
            reason="The run is over.",
            reason_code="JOB_FINISHED",
        )
        self.store.clusters.save(ended)
        return ended


def task(key: str, *needs: str, **more: Any) -> dict[str, Any]:
    """A notebook task that depends on the tasks named."""
    edges = {"depends_on": [{"task_key": need} for need in needs]} if needs else {}
    return {"task_key": key, "notebook_task": {"notebook_path": f"/Shared/{key}"}, **edges, **more}


def build_house(home: Path, store: Store) -> House:
    """A house whose user has the token `TOKEN`."""
    clock, ids = HandClock(), CountingIds()
    settings = read({"BRICKYARD_HOME": str(home)})
    found(store.principals, USER, clock, CountingIds(itertools.count(1)))
    store.tokens.add(
        TokenInfo(token_id="first", user_name=USER, comment="tests", created_ms=clock.ms, expires_ms=0), digest(TOKEN)
    )
    return House(
        store=store,
        settings=settings,
        clock=clock,
        ids=ids,
        commands=HandCommands(store, clock, ids, settings),
    )
