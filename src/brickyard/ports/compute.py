"""Where code runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from brickyard.jobs.tasks import ClusterSpec, GitSource
from brickyard.records import ClusterRecord
from brickyard.workloads.messages import Assignment, Body, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRequest:
    """Compute for one attempt, or with run_id 0 for an all-purpose cluster or a warehouse, whose id is the key.

    The same (run_id, key) is the same cluster.
    """

    run_id: int
    job_id: int
    attempt_id: int
    key: str
    spec: ClusterSpec | None
    tags: Mapping[str, str] = field(default_factory=dict)
    shared: bool = True
    """False: it lives for this attempt only (`new_cluster` on a task)."""
    name: str = ""
    """What it is called; "": after its job, run and key."""
    owner: str = ""
    """Of one without a run: who pays for it."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """The values of references to secrets in the environment of the spec; never stored."""


class Clusters(Protocol):
    """Spark engines. Calls block; they are made from worker threads, never from the run loop."""

    def acquire(self, request: ClusterRequest) -> ClusterRecord:
        """The running cluster for this request, started if need be; one that died is replaced by a new one.

        Raises:
            Unavailable: it could not be started; the text says why.
            QuotaExceeded: of those without a run, as many as may live at once do.
        """
        ...

    def end(self, run_id: int, key: str, reason: str, code: str) -> None:
        """End one cluster, also one that is being started; returns once it is marked. Safe to call twice.

        Args:
            run_id: as in the request.
            key: as in the request.
            reason: a sentence.
            code: a termination code of the Clusters API, such as `USER_REQUEST`.
        """
        ...

    def on_loss(self, call: Callable[[ClusterRecord], None]) -> None:
        """From now on tell of clusters without a run whose engine has ended by itself; on a thread of compute."""
        ...

    def explain(self, run_id: int, key: str) -> str:
        """Why the cluster no longer answers, as a sentence; "" where it is alive."""
        ...

    def end_of_attempt(self, attempt_id: int) -> None: ...
    def end_of_run(self, run_id: int, reason: str) -> None:
        """End the run's clusters. Returns once they are marked; safe to call twice."""
        ...


class Workers(Protocol):
    """Worker processes. No call blocks; what happens is told to the `WorkerSink`."""

    def start(self, assignment: Assignment) -> None:
        """Hand the attempt, whose folder has the assignment, to a worker.

        Safe to call twice: an attempt is claimed by one worker only.
        """
        ...

    def interrupt(self, attempt_id: int, command_id: str) -> None:
        """Interrupt a command of a session, if it is the one that runs; the session goes on."""
        ...

    def stop(self, attempt_id: int, reason: str) -> None:
        """Interrupt, then TERM, then KILL of the process group. `WorkerSink.ended` follows in every case."""
        ...

    def adopt(self, attempts: Mapping[int, Path]) -> None:
        """Take over attempts that were started before a restart.

        Each (with its folder) is taken over if its worker lives, else reported as ended: with its written outcome, or
        as lost.
        """
        ...

    @property
    def running(self) -> int:
        """How many attempts are held now."""
        ...


class Environments(Protocol):
    """Python packages for tasks, installed once for each set of requirements. Calls block."""

    def prepare(self, requirements: Sequence[str]) -> Path:
        """The `site-packages` folder that has these requirements beside what the server itself has installed.

        Args:
            requirements: pip requirement lines; a line that is an absolute path is a wheel or (as `-r PATH`) a
                requirements file of this machine.

        Raises:
            InstallationFailed: pip refused; the text has its reason.
        """
        ...


class Checkouts(Protocol):
    """Checkouts of Git sources. Calls block."""

    def prepare(self, source: GitSource, commit: str, login: GitLogin | None = None) -> Checkout:
        """A folder with the files of the source.

        Args:
            source: what the job declares.
            commit: the commit that this run reads from already; "" to resolve it now.
            login: whose credentials to use. What was fetched with them is kept apart from what others fetch.

        Raises:
            CheckoutFailed: the repository or the reference cannot be had, or is not allowed.
        """
        ...

    def default_branch(self, source: GitSource, login: GitLogin | None = None) -> str:
        """The branch that the repository shows to whoever names none.

        Raises:
            CheckoutFailed: as `prepare`, or the repository has no commits.
        """
        ...


@dataclass(frozen=True, slots=True)
class GitLogin:
    """Somebody's own credentials for a Git server."""

    owner: str
    """Whose they are."""
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checkout:
    """Files of a Git source on this machine."""

    folder: Path
    commit: str
    """40 hex digits."""


class WorkerSink(Protocol):
    """What workers tell the engine. Called on threads of compute."""

    def started(self, attempt_id: int, at_ms: int) -> None: ...
    def ended(self, attempt_id: int, outcome: Outcome) -> None: ...
    def cell_ended(self, attempt_id: int, index: int, state: str) -> None: ...
    def ask(self, attempt_id: int, ask_id: int, body: Body) -> Any:
        """Answer an ask; may block. Raises a `BrickyardError` whose text and code reach the worker."""
        ...
