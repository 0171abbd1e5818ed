"""The engine: all loops of the server behind one lifecycle, and the one place where its parts are joined."""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.engine.access.audit import Witness
from brickyard.engine.access.gate import Gate
from brickyard.engine.access.job_rights import JobRights
from brickyard.engine.active import ActiveRuns
from brickyard.engine.admission import Admission
from brickyard.engine.aftermath import Aftermath
from brickyard.engine.asks import Asks
from brickyard.engine.automatic_starts import AutomaticStarts
from brickyard.engine.backfill.bell import BackfillBell
from brickyard.engine.backfill.part import BackfillPart
from brickyard.engine.backfill.runs import BackfillRuns
from brickyard.engine.births import Births
from brickyard.engine.children import Children
from brickyard.engine.cluster_secrets import ClusterSecrets
from brickyard.engine.clusters.existing import ClustersInUse
from brickyard.engine.clusters.part import AllPurposePart
from brickyard.engine.compute_asks import ComputeAsks
from brickyard.engine.details import DetailsCache
from brickyard.engine.effects import Effects
from brickyard.engine.git_logins import GitLogins
from brickyard.engine.job_commands import JobCommands
from brickyard.engine.ledger import Ledger
from brickyard.engine.mail import Mail
from brickyard.engine.metastore_asks import MetastoreAsks
from brickyard.engine.provisions import Provisions
from brickyard.engine.recovery import Recovery
from brickyard.engine.repair.choice import RepairChoices
from brickyard.engine.repair.code_since import CodeSince
from brickyard.engine.repair.commands import RepairCommands
from brickyard.engine.repair.plans import RepairPlans
from brickyard.engine.reports import WorkerReports
from brickyard.engine.run_commands import RunCommands
from brickyard.engine.run_identities import RunIdentities
from brickyard.engine.run_loop import RunLoop
from brickyard.engine.run_tokens import RunTokens
from brickyard.engine.secret_asks import SecretAsks
from brickyard.engine.service_commands import EngineCommands
from brickyard.engine.sessions.asks import SessionReports
from brickyard.engine.sessions.assignments import SessionAssignments
from brickyard.engine.sessions.live import LiveSessions
from brickyard.engine.sink import EngineSink
from brickyard.engine.slots import Slots
from brickyard.engine.starter import Starter
from brickyard.engine.task_values import TaskValues
from brickyard.engine.timers import Timers
from brickyard.engine.waiting import Waiting
from brickyard.engine.watch import Watches
from brickyard.engine.work_parts import WorkParts
from brickyard.ports import Checkouts, Clock, Clusters, Environments, Ids, Observer, Store, Workers
from brickyard.runs.events import RunCreated
from brickyard.settings import Settings


class Engine:
    """Implements `ports.Service`. `commands` is the door for surfaces; the sink is the one for workers."""

    commands: EngineCommands

    def __init__(
        self,
        *,
        store: Store,
        workers: Workers,
        clusters: Clusters,
        environments: Environments,
        checkouts: Checkouts,
        observers: Sequence[Observer],
        clock: Clock,
        ids: Ids,
        settings: Settings,
        sink: EngineSink,
        workspace_url: str,
        witness: Witness | None = None,
    ) -> None:
        self._witness = witness
        self._store, self._workers, self._sink = store, workers, sink
        self._clock, self._ids, self._settings = clock, ids, settings
        self._started = False
        # Memory and threads.
        self._active = ActiveRuns(store.runs)
        self._details = DetailsCache(store.runs)
        self._watches = Watches(clock)
        self._timers = Timers(clock)
        self._ledger = Ledger(store.runs, clock)
        self._loop = RunLoop(
            store.runs, active=self._active, timers=self._timers, ledger=self._ledger, clock=clock, ids=ids
        )
        self.sessions = self._make_sessions(workers, workspace_url)
        self._cluster_secrets = ClusterSecrets(store.secrets, store.principals, Gate(store))
        self._all_purpose = AllPurposePart(
            store=store,
            clusters=clusters,
            environments=environments,
            sessions=self.sessions,
            last_command_ms=self.sessions.used_ms,
            secrets=self._cluster_secrets,
            in_use=ClustersInUse(self._active, self._details),
            clock=clock,
            ids=ids,
            settings=settings,
        )
        self.all_purpose = self._all_purpose.commands
        # Rules of who may run, and what hangs on a run.
        self._admission = Admission(lambda run_id: self._loop.post(Mail(run_id=run_id, event=RunCreated())))
        self._births = Births(
            store=store.runs, active=self._active, details=self._details, loop=self._loop, clock=clock, ids=ids
        )
        self._compute = ComputeAsks(
            clusters, self._active, self._details, existing=self._all_purpose.existing, secrets=self._cluster_secrets
        )
        self._children = Children(
            store=store.runs,
            active=self._active,
            details=self._details,
            births=self._births,
            loop=self._loop,
            watches=self._watches,
        )
        # Hands, ears and doors.
        self._work = WorkParts(
            store=store,
            active=self._active,
            details=self._details,
            loop=self._loop,
            clock=clock,
            ids=ids,
            settings=settings,
            ended=sink.ended,
            workspace_url=workspace_url,
            existing=self._all_purpose.existing,
        )
        self._starter = self._make_starter()
        self._bell = BackfillBell()
        self._identities = RunIdentities(store)
        self._tokens = RunTokens(store, self._active, self._identities, clock, ids)
        self._effects = self._make_effects([*observers, self._bell, self._tokens])
        self._loop.join_parts(self._effects, self._work.payloads, self._watches)
        self._reports = self._make_reports(environments, checkouts)
        rights = JobRights(store, Gate(store))
        jobs = JobCommands(self._store.jobs, rights, self._clock, self._ids)
        runs = RunCommands(
            store=self._store.runs, jobs=jobs, births=self._births, admission=self._admission, ids=self._ids
        )
        starts = AutomaticStarts(runs, rights)
        self._work.job_runs.join(starts)
        self._backfills = self._make_backfills(jobs, starts)
        self.commands = self._make_commands(jobs, runs)

    # --------------------------------------------------------------------------------------------- lifecycle

    def start(self) -> None:
        """Take up what an earlier server left, and begin to move runs. The workers and clusters are started already."""
        if self._started:
            return
        self._started = True
        self.sessions.start()
        self._all_purpose.start()
        self._recovery().recover()
        self._tokens.recover()
        self._loop.start()
        self._sink.bind(self._reports)
        self._backfills.loop.start()

    def stop(self) -> None:
        """Stop moving runs. Attempts go on; their ends are found by the next engine on the same database."""
        self._watches.close("The server is stopping.")
        self._backfills.loop.stop()
        self._work.job_runs.shut_down()
        self._compute.stop()
        # Tasks that go on need their clusters; without any, nothing of the server stays behind.
        self._all_purpose.stop(keep_engines=self._workers.running > 0)
        self._loop.stop()

    def check(self) -> None:
        """Whether runs are being moved.

        Raises:
            Unavailable: they are not; the text says why.
        """
        self._loop.check()
        self._backfills.loop.check()
        self._all_purpose.idle.check()

    def poke(self) -> None:
        """Look at the timers again now: for clocks that were moved by hand."""
        self._loop.poke()

    # --------------------------------------------------------------------------------------------- the parts

    def _make_starter(self) -> Starter:
        return Starter(
            active=self._active,
            slots=Slots(self._settings.max_running_attempts),
            assignments=self._work.assignments,
            inline=self._work.inline,
            workers=self._workers,
            clock=self._clock,
            ended=self._sink.ended,
        )

    def _make_effects(self, observers: Sequence[Observer]) -> Effects:
        aftermath = Aftermath(
            admission=self._admission,
            children=self._children,
            job_runs=self._work.job_runs,
            compute=self._compute,
            loop=self._loop,
        )
        return Effects(
            starter=self._starter,
            timers=self._timers,
            ledger=self._ledger,
            clock=self._clock,
            observers=observers,
            aftermath=aftermath,
        )

    def _make_reports(self, environments: Environments, checkouts: Checkouts) -> WorkerReports:
        provisions = Provisions(
            store=self._store.runs,
            active=self._active,
            details=self._details,
            assignments=self._work.assignments,
            environments=environments,
            checkouts=checkouts,
            logins=GitLogins(self._store.documents, self._clock),
        )
        metastore = MetastoreAsks(self._store.metastore)
        secrets = SecretAsks(self._store.secrets, Gate(self._store), witness=self._witness, clock=self._clock)
        asks = Asks(
            active=self._active,
            task_values=TaskValues(self._store.task_values),
            secrets=secrets,
            identities=self._identities,
            tokens=self._tokens,
            metastore=metastore,
            compute=self._compute,
            children=self._children,
            provisions=provisions,
        )
        return WorkerReports(
            active=self._active,
            loop=self._loop,
            asks=asks,
            effects=self._effects,
            watches=self._watches,
            clock=self._clock,
            sessions=SessionReports(
                sessions=self.sessions,
                secrets=secrets,
                metastore=metastore,
                environments=environments,
                principals=self._store.principals,
            ),
        )

    def _make_sessions(self, workers: Workers, url: str) -> LiveSessions:
        workspace_id = int(self._store.meta("workspace_id", lambda: str(self._ids.next_id())))
        return LiveSessions(
            workers=workers,
            assignments=SessionAssignments(self._settings, workspace_id=workspace_id, api_url=url),
            clock=self._clock,
            ids=self._ids,
            limit=self._settings.max_running_attempts,
        )

    def _make_backfills(self, jobs: JobCommands, starts: AutomaticStarts) -> BackfillPart:
        door = BackfillRuns(
            commands=starts, store=self._store.runs, active=self._active, admission=self._admission, loop=self._loop
        )
        return BackfillPart(store=self._store, jobs=jobs, runs=door, bell=self._bell, clock=self._clock, ids=self._ids)

    def _make_commands(self, jobs: JobCommands, runs: RunCommands) -> EngineCommands:
        choices = RepairChoices(
            load=self._active.get,
            details=self._details,
            jobs=self._store.jobs,
            policies=jobs.rights.policies,
        )
        return EngineCommands(
            store=self._store.runs,
            active=self._active,
            jobs=jobs,
            runs=runs,
            repairs=RepairCommands(choices=choices, loop=self._loop, ids=self._ids),
            repair_plans=RepairPlans(choices=choices, runs=self._store.runs, code=CodeSince(self._settings)),
            loop=self._loop,
            watches=self._watches,
            waiting=self._make_waiting(),
            backfills=self._backfills.commands,
        )

    def _make_waiting(self) -> Waiting:
        return Waiting(
            active=self._active,
            admission=self._admission,
            starter=self._starter,
            job_runs=self._work.job_runs,
            loop=self._loop,
        )

    def _recovery(self) -> Recovery:
        return Recovery(
            store=self._store.runs,
            active=self._active,
            admission=self._admission,
            children=self._children,
            details=self._details,
            effects=self._effects,
            ledger=self._ledger,
            starter=self._starter,
            workers=self._workers,
            attempts=self._settings.attempts,
        )
