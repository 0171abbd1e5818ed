"""A home with a launcher and workers, a sink that keeps what it hears, and means to wait for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from brickyard.clock import SystemClock, SystemIds
from brickyard.compute.launcher import Launcher
from brickyard.compute.workers import LocalWorkers
from brickyard.settings import Settings, read
from brickyard.workloads.claims import write_assignment
from brickyard.workloads.messages import Assignment, Body, JobContext, Outcome, Paths, ScriptWork

PATIENCE = 30.0


@dataclass
class Hearing:
    """A sink that keeps what it is told."""

    answers: Callable[[int, int, Body], Any] = lambda *_: None
    reports: queue.SimpleQueue[tuple[str, int, Any]] = field(default_factory=queue.SimpleQueue)
    outcomes: dict[int, list[Outcome]] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)
    begun: set[int] = field(default_factory=set)

    def started(self, attempt_id: int, at_ms: int) -> None:
        with self.changed:
            self.begun.add(attempt_id)
            self.changed.notify_all()

    def ended(self, attempt_id: int, outcome: Outcome) -> None:
        with self.changed:
            self.outcomes.setdefault(attempt_id, []).append(outcome)
            self.changed.notify_all()

    def cell_ended(self, attempt_id: int, index: int, state: str) -> None:
        self.reports.put((state, attempt_id, index))

    def ask(self, attempt_id: int, ask_id: int, body: Body) -> Any:
        return self.answers(attempt_id, ask_id, body)

    def wait(self, attempt_id: int) -> Outcome:
        """The outcome, once it is there."""
        self.wait_until(lambda: attempt_id in self.outcomes)
        return self.outcomes[attempt_id][0]

    def wait_begun(self, attempt_id: int) -> None:
        self.wait_until(lambda: attempt_id in self.begun)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(holds, PATIENCE), "it did not come to pass in time"


class House:
    """One server's compute on a home; `restart` is what a new server on the same home does."""

    def __init__(self, home: Path, *, max_engines: int = 8, real_paths: bool = True, **options: Any) -> None:
        given = {"BRICKYARD_HOME": str(home), "BRICKYARD_IDLE_WORKERS": "2", "BRICKYARD_MAX_ENGINES": str(max_engines)}
        given["BRICKYARD_REAL_PATHS"] = "on" if real_paths else "off"
        self.settings: Settings = read(given)
        self.clock = SystemClock()
        self.ids = SystemIds(self.clock)
        self.hearing = Hearing()
        self.launcher = Launcher(self.settings, self.clock, self.ids)
        self.full_launcher = Launcher(self.settings, self.clock, self.ids, tier="full")
        self.workers = LocalWorkers(
            self.settings, self.hearing, self.clock, self.ids, self.launcher, full=self.full_launcher, **options
        )

    def open(self) -> House:
        self.launcher.start()
        self.full_launcher.start()
        self.workers.start_service()
        return self

    def restart(self, **options: Any) -> House:
        """What happens to a server that is killed and started again; this house is of no more use."""
        self.close(leave_running=True)
        return House(self.settings.home, **options)

    def close(self, *, leave_running: bool = False) -> None:
        self.workers.stop_service()
        self.full_launcher.stop(leave_running=leave_running)
        self.launcher.stop(leave_running=leave_running)

    def folder(self, attempt_id: int) -> Path:
        return self.settings.attempts / str(attempt_id)

    def assign(
        self, source: str, *, path: str = "/Users/me/script.py", arguments: tuple[str, ...] = (), **more: Any
    ) -> Assignment:
        """An assignment that runs `source`, which is written to `path` of the workspace; in its folder, as always."""
        file = self.settings.workspace / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
        attempt_id = self.ids.next_id()
        assignment = Assignment(
            attempt_id=attempt_id,
            work=ScriptWork(path=path, parameters=list(arguments)),
            folder=str(self.folder(attempt_id)),
            paths=Paths(
                workspace=str(self.settings.workspace),
                volumes=str(self.settings.volumes),
                dbfs=str(self.settings.dbfs),
                warehouse=str(self.settings.warehouse),
            ),
            context=JobContext(job_id=7, run_id=8, task_key="only"),
            **more,
        )
        write_assignment(assignment)
        return assignment

    def run(self, source: str, **more: Any) -> tuple[Outcome, Path]:
        """Run a script to its end; the outcome and the attempt's folder."""
        assignment = self.assign(source, **more)
        self.workers.start(assignment)
        return self.hearing.wait(assignment.attempt_id), Path(assignment.folder)


def text(place: Path, name: str = "stdout.log") -> str:
    return (place / name).read_text()


@contextmanager
def living(house: House) -> Iterator[House]:
    """The house open, and closed afterwards with nothing of it left."""
    try:
        yield house.open()
    finally:
        house.close()
        left = [gone for gone in left_behind(house.settings.home) if not ended(gone)]
        assert not left, f"left behind: {[(one, one.children(), one.threads()) for one in left]}"


def left_behind(home: Path) -> list[psutil.Process]:
    """Processes that work for this home, other than the tests themselves."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        mine = any(str(home) in part for part in process.info["cmdline"] or ()) or str(home) in (
            process.info["cwd"] or ""
        )
        if mine and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def ended(process: psutil.Process, timeout: float = 5.0) -> bool:
    """Whether the process is gone, now or soon."""
    gone, _ = psutil.wait_procs([process], timeout)
    return bool(gone)


def pid_ended(pid: int, timeout: float = 5.0) -> bool:
    """Whether the process of this pid is gone, now or soon."""
    try:
        return ended(psutil.Process(pid), timeout)
    except psutil.NoSuchProcess:
        return True
