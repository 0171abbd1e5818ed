"""A whole engine on a real database, with workers that do what a script says and a clock that is moved by hand."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from brickyard.engine.access.founding import found
from brickyard.engine.commands import RepairRequest, StartRequest
from brickyard.engine.engine import Engine
from brickyard.engine.mail import Call
from brickyard.engine.sink import EngineSink
from brickyard.errors import CheckoutFailed, InstallationFailed
from brickyard.jobs.tasks import GitSource
from brickyard.ports import Announcement, Checkout, ClusterRequest, GitLogin, Store
from brickyard.records import ClusterRecord
from brickyard.runs.model import Attempt, Run
from brickyard.settings import Settings
from brickyard.storage.store import open_store
from brickyard.workloads import folder
from brickyard.workloads.messages import Assignment, Body, Outcome

PATIENCE = 20.0
USER = "ada@example.org"


class HandClock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000
        self.wall_offset_ms = 0
        """By how much somebody has set the clock on the wall."""

    def now_ms(self) -> int:
        return self.ms + self.wall_offset_ms

    def monotonic(self) -> float:
        return self.ms / 1000


class CountingIds:
    """Ids 1001, 1002, and so on."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1001)
        self._lock = threading.Lock()

    def next_id(self) -> int:
        with self._lock:
            return next(self._numbers)

    def token(self, nbytes: int = 24) -> str:
        return f"{self.next_id():0{2 * nbytes}x}"


SUCCESS = Outcome(status="success", started_ms=1, ended_ms=2)
FAILED = Outcome(status="failed", started_ms=1, ended_ms=2, error="ValueError: bad row", cell=2)
CANCELLED = Outcome(status="cancelled", started_ms=1, ended_ms=2)
LOST = Outcome(
    status="lost", error="The worker was killed by signal 9, likely out of memory.", error_code="DRIVER_ERROR"
)


@dataclass
class Land:
    """What outlives a server: the processes of workers, and what they have written."""

    scripts: dict[str, list[Outcome]] = field(default_factory=dict)
    """By task key: how its attempts end, one after the other; a task without a script waits for the test."""
    alive: dict[int, Assignment] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    ran: list[tuple[str, int]] = field(default_factory=list)
    """(task key, attempt id) of everything that was ever run."""


class ScriptedWorkers:
    """Implements `ports.Workers`. An attempt is run by whoever makes its claim, as by a real worker."""

    def __init__(self, land: Land, sink: EngineSink) -> None:
        self._land = land
        self._sink = sink
        self._changed = threading.Condition()
        self.started: list[Assignment] = []
        self.stopped: list[tuple[int, str]] = []
        self.adopted: list[int] = []
        self.interrupted: list[tuple[int, str]] = []
        self.obey = True
        """Whether a stopped attempt ends at once."""

    @property
    def running(self) -> int:
        return len(self._land.alive)

    def start(self, assignment: Assignment) -> None:
        if not _claim(Path(assignment.folder)):
            return
        self._land.ran.append((assignment.context.task_key, assignment.attempt_id))
        self._land.alive[assignment.attempt_id] = assignment
        with self._changed:
            self.started.append(assignment)
            self._changed.notify_all()
        script = self._land.scripts.get(assignment.context.task_key)
        if script:
            outcome = script.pop(0) if len(script) > 1 else script[0]
            self._sink.started(assignment.attempt_id, 1)
            self.finish(assignment.attempt_id, outcome)

    def interrupt(self, attempt_id: int, command_id: str) -> None:
        self.interrupted.append((attempt_id, command_id))

    def stop(self, attempt_id: int, reason: str) -> None:
        self.stopped.append((attempt_id, reason))
        if self.obey:
            self.finish(attempt_id, CANCELLED)

    def adopt(self, attempts: Mapping[int, Path]) -> None:
        for attempt_id in attempts:
            self.adopted.append(attempt_id)
            if attempt_id not in self._land.alive:
                self._sink.ended(attempt_id, self._land.outcomes.get(attempt_id, LOST))

    def finish(self, attempt_id: int, outcome: Outcome = SUCCESS) -> None:
        """Let an attempt end."""
        self._land.outcomes[attempt_id] = outcome
        self._land.alive.pop(attempt_id, None)
        self._sink.ended(attempt_id, outcome)

    def wait_for(self, key: str, count: int = 1) -> Assignment:
        """The assignment of the task's nth start."""

        def found() -> list[Assignment]:
            return [item for item in self.started if item.context.task_key == key]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, PATIENCE), f"{key} was not started"
        return found()[count - 1]


def _claim(home: Path) -> bool:
    try:
        (home / folder.CLAIM).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


class ListedClusters:
    """Implements `ports.Clusters`: keeps what it was asked for."""

    def __init__(self) -> None:
        self.requests: list[ClusterRequest] = []
        self.ended_runs: list[int] = []
        self.ended_attempts: list[int] = []
        self.ended: list[tuple[str, str, str]] = []

    def acquire(self, request: ClusterRequest) -> ClusterRecord:
        self.requests.append(request)
        name = f"c-{request.run_id}-{request.key}"
        return ClusterRecord(
            cluster_id=name,
            name=name,
            state="RUNNING",
            run_id=request.run_id,
            job_id=request.job_id,
            key=request.key,
            spec=request.spec,
            created_ms=1,
            endpoint="sc://127.0.0.1:50051",
        )

    def end(self, run_id: int, key: str, reason: str, code: str) -> None:
        self.ended.append((key, reason, code))

    def on_loss(self, call: Callable[[ClusterRecord], None]) -> None:
        self.lose = call

    def explain(self, run_id: int, key: str) -> str:
        return f"The cluster {key} of run {run_id} ran out of memory."

    def end_of_attempt(self, attempt_id: int) -> None:
        self.ended_attempts.append(attempt_id)

    def end_of_run(self, run_id: int, reason: str) -> None:
        self.ended_runs.append(run_id)


class ListedEnvironments:
    """Implements `ports.Environments`: keeps what it was asked for."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "environments"
        self.asked: list[list[str]] = []
        self.refuse = ""

    def prepare(self, requirements: Sequence[str]) -> Path:
        self.asked.append(list(requirements))
        if self.refuse:
            raise InstallationFailed(self.refuse)
        return self.folder / str(len(self.asked))


class ListedCheckouts:
    """Implements `ports.Checkouts`: a branch that gets a new commit with each question."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "checkouts"
        self.asked: list[tuple[GitSource, str]] = []
        self.logins: list[GitLogin | None] = []
        self._commits = (f"{number:040x}" for number in itertools.count(1))
        self.refuse = ""

    def prepare(self, source: GitSource, commit: str, login: GitLogin | None = None) -> Checkout:
        self.asked.append((source, commit))
        self.logins.append(login)
        if self.refuse:
            raise CheckoutFailed(self.refuse)
        found = commit or next(self._commits)
        return Checkout(self.folder / found, found)

    def default_branch(self, source: GitSource, login: GitLogin | None = None) -> str:
        self.logins.append(login)
        return source.branch or "main"


class Listener:
    """Implements `ports.Observer`."""

    def __init__(self) -> None:
        self.heard: list[Announcement] = []

    def hear(self, announcement: Announcement) -> None:
        self.heard.append(announcement)

    def kinds(self) -> list[str]:
        return [announcement.kind for announcement in self.heard]


def notebook(key: str, *needs: str, **fields: Any) -> dict[str, Any]:
    """A notebook task as JSON."""
    path = fields.pop("path", f"/Workspace/{key}")
    parameters = fields.pop("parameters", {})
    return {
        "task_key": key,
        "notebook_task": {"notebook_path": path, "base_parameters": parameters},
        "depends_on": [{"task_key": need} for need in needs],
        **fields,
    }


class House:
    """One server: an engine and all that it needs. Several may follow each other on the same folder and land."""

    def __init__(
        self,
        home: Path,
        *,
        land: Land | None = None,
        url: str = "sqlite://",
        clock: HandClock | None = None,
        ids: CountingIds | None = None,
        max_running: int = 64,
        wrap: Callable[[Store], Store] = lambda store: store,
    ) -> None:
        self.home = home
        self.land = land or Land()
        self.clock = clock or HandClock()
        self.ids = ids or CountingIds()
        self.settings = Settings(
            home=home, database_url=url, max_running_attempts=max_running, idle_workers=1, max_engines=1
        )
        self.real_store = open_store(url, key_file=home / "key", clock=self.clock)
        numbers = CountingIds()
        for name in (USER, "ada", "bob", "grace", "linus"):
            found(self.real_store.principals, name, self.clock, numbers)
        self.store = wrap(self.real_store)
        self.sink = EngineSink()
        self.workers = ScriptedWorkers(self.land, self.sink)
        self.clusters = ListedClusters()
        self.environments = ListedEnvironments(home)
        self.checkouts = ListedCheckouts(home)
        self.listener = Listener()
        self.engine = Engine(
            store=self.store,
            workers=self.workers,
            clusters=self.clusters,
            environments=self.environments,
            checkouts=self.checkouts,
            observers=[self.listener],
            clock=self.clock,
            ids=self.ids,
            settings=self.settings,
            sink=self.sink,
            workspace_url="http://brickyard.test",
        )

    def start(self) -> House:
        self.engine.start()
        return self

    def stop(self) -> None:
        self.engine.stop()
        self.real_store.close()

    # --------------------------------------------------------------------------------------------- commands

    def script(self, **outcomes: Outcome | Sequence[Outcome]) -> House:
        """Say how tasks end; `SUCCESS` for one outcome for ever, a list for one after the other."""
        for key, ends in outcomes.items():
            self.land.scripts[key] = list(ends) if isinstance(ends, list | tuple) else [ends]  # type: ignore[list-item]
        return self

    def job(self, *tasks: Mapping[str, Any], **fields: Any) -> int:
        return self.engine.commands.create_job({"name": "nightly", "tasks": list(tasks), **fields}, user=USER)

    def run_now(self, job_id: int, **request: Any) -> int:
        return self.engine.commands.run_now(job_id, StartRequest(**request), user=USER)

    def run(self, *tasks: Mapping[str, Any], **fields: Any) -> int:
        """Create a job and run it."""
        return self.run_now(self.job(*tasks, **fields))

    def repair(self, run_id: int, **request: Any) -> int:
        return self.engine.commands.repair(run_id, RepairRequest(**request), user=USER)

    def cancel(self, run_id: int) -> None:
        self.engine.commands.cancel(run_id, user=USER)

    def ask(self, key: str, body: Body, ask_id: int = 1) -> Any:
        """What the worker of a task asks."""
        return self.sink.ask(self.workers.wait_for(key).attempt_id, ask_id, body)

    # ---------------------------------------------------------------------------------------------- waiting

    def until(self, run_id: int, holds: Callable[[Run], bool]) -> Run:
        """The run once `holds` is true of it."""
        seen = 0
        while True:
            version, run = self.engine.commands.watch(run_id, seen=seen, timeout=PATIENCE)
            if holds(run):
                return run
            self.engine.check()
            assert version > seen, f"nothing happens any more: {states(run)}"
            seen = version

    def ended(self, run_id: int) -> Run:
        return self.until(run_id, lambda run: run.life_cycle.is_terminal)

    def settle(self) -> None:
        """Wait until the loop has done everything that was posted, and all that followed from it."""
        for _ in range(5):
            done = threading.Event()
            self.engine._loop.post(Call(done.set))
            for _ in range(int(PATIENCE / 0.05)):
                if done.wait(0.05):
                    break
                self.engine.check()
            assert done.is_set()

    def advance(self, seconds: float) -> None:
        """Move the clock, and let the loop see it."""
        self.clock.ms += int(seconds * 1000)
        self.engine.poke()
        self.settle()

    def load(self, run_id: int) -> Run:
        run = self.real_store.runs.load(run_id)
        assert run is not None
        return run


def states(run: Run) -> dict[str, str]:
    """By task: its result where it is over, else its state."""
    return {key: _state(attempt) for key, attempt in run.latest.items()}


def _state(attempt: Attempt) -> str:
    return (attempt.ending.result if attempt.ending else attempt.life_cycle).value


def result(run: Run) -> str:
    """`LIFE_CYCLE/RESULT`."""
    return f"{run.life_cycle.value}/{run.ending.result.value}" if run.ending else run.life_cycle.value


def keys(assignments: Iterable[Assignment]) -> list[str]:
    return [assignment.context.task_key for assignment in assignments]


def as_json(value: object) -> Any:
    """As the other side of the wire sees it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def condition(key: str, left: str, op: str, right: str, *needs: str, **fields: Any) -> dict[str, Any]:
    """A condition task as JSON."""
    return {
        "task_key": key,
        "condition_task": {"op": op, "left": left, "right": right},
        "depends_on": [{"task_key": need} for need in needs],
        **fields,
    }


def loop(key: str, inputs: str, task: Mapping[str, Any], *needs: str, **fields: Any) -> dict[str, Any]:
    """A loop as JSON."""
    concurrency = fields.pop("concurrency", 1)
    return {
        "task_key": key,
        "for_each_task": {"inputs": inputs, "concurrency": concurrency, "task": dict(task)},
        "depends_on": [{"task_key": need} for need in needs],
        **fields,
    }


def run_job(key: str, job_id: int, *needs: str, **fields: Any) -> dict[str, Any]:
    """A run-job task as JSON."""
    parameters = fields.pop("job_parameters", {})
    return {
        "task_key": key,
        "run_job_task": {"job_id": job_id, "job_parameters": parameters},
        "depends_on": [{"task_key": need} for need in needs],
        **fields,
    }


def edge(key: str, outcome: str) -> dict[str, str]:
    """A dependency on one outcome of a condition."""
    return {"task_key": key, "outcome": outcome}
