"""Builds what turns attempts into work: payloads, assignments for workers, and the kinds that need no worker."""

from __future__ import annotations

from collections.abc import Callable

from brickyard.engine.access.gate import Gate
from brickyard.engine.access.run_files import RunFiles
from brickyard.engine.access.standing import Standing
from brickyard.engine.active import ActiveRuns
from brickyard.engine.assignments import Assignments
from brickyard.engine.clusters.existing import ExistingClusters
from brickyard.engine.conditions import Conditions
from brickyard.engine.details import DetailsCache
from brickyard.engine.folders import paths_of
from brickyard.engine.inline import Inline
from brickyard.engine.job_runs import JobRuns
from brickyard.engine.lineage import Lineage
from brickyard.engine.loop_inputs import LoopInputs
from brickyard.engine.loops import Loops
from brickyard.engine.payloads import Payloads
from brickyard.engine.run_loop import RunLoop
from brickyard.engine.scopes import Scopes
from brickyard.ports import Clock, Ids, Store
from brickyard.settings import Settings
from brickyard.workloads.messages import Outcome


class WorkParts:
    """The parts, joined with each other."""

    def __init__(
        self,
        *,
        store: Store,
        active: ActiveRuns,
        details: DetailsCache,
        loop: RunLoop,
        clock: Clock,
        ids: Ids,
        settings: Settings,
        ended: Callable[[int, Outcome], None],
        workspace_url: str,
        existing: ExistingClusters,
    ) -> None:
        workspace_id = int(store.meta("workspace_id", lambda: str(ids.next_id())))
        inputs = LoopInputs(store.runs)
        scopes = Scopes(store, inputs, clock, workspace_id=workspace_id, workspace_url=workspace_url)
        self.payloads = Payloads(details, scopes)
        self.assignments = Assignments(
            settings,
            self.payloads,
            active,
            store.queries,
            existing,
            standing=Standing(store.principals, clock),
            files=RunFiles(Gate(store), store.principals, paths_of(settings)),
            workspace_id=workspace_id,
            api_url=workspace_url,
        )
        self.job_runs = JobRuns(
            store=store.runs,
            active=active,
            payloads=self.payloads,
            lineage=Lineage(active, details),
            loop=loop,
            clock=clock,
            ended=ended,
        )
        self.inline = Inline(
            conditions=Conditions(self.payloads, loop),
            loops=Loops(self.payloads, inputs, loop),
            job_runs=self.job_runs,
            clock=clock,
            ended=ended,
        )
