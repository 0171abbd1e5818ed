"""What our own endpoints answer, for the OpenAPI description: clients and the web UI take their types from here."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class Health(BaseModel):
    """The server can take work."""

    status: str = "ok"


class Fault(BaseModel):
    """Every error."""

    error_code: str
    message: str
    details: list[dict[str, Any]] = []


class Child(BaseModel):
    """A run that a task of another run has started."""

    run_id: int
    job_id: int
    run_name: str
    kind: str = Field(description='"job" (a run-job task) or "notebook" (`dbutils.notebook.run`)')
    subject: str = Field(description="The key of the task that started it, or `KEY[INDEX]` for an iteration.")
    task_run_id: int = Field(description="The task run that started it.")
    state: str = Field(description="The life cycle state.")
    result: str | None = Field(description="The result state, once it has ended.")


class Children(BaseModel):
    """The runs that tasks of a run have started, oldest first."""

    run_id: int
    children: list[Child]
    has_more: bool
    next_page_token: str = ""
    prev_page_token: str = ""


class Iteration(BaseModel):
    """One attempt of one iteration of a loop."""

    task_run_id: int
    task_key: str
    iteration: int = Field(description="The index of its input, counted from 0.")
    input: str = Field(description="Its input as JSON text, at most the first 1,000 characters.")
    attempt_number: int
    state: str = Field(description="The life cycle state.")
    result: str | None = Field(description="The result state, once it has ended.")
    message: str
    started_ms: int
    ended_ms: int


class Iterations(BaseModel):
    """Iterations of a loop in the order of its inputs."""

    task_run_id: int = Field(description="The run of the loop.")
    iterations: list[Iteration]
    has_more: bool
    next_page_token: str = ""
    prev_page_token: str = ""


class Watched(BaseModel):
    """A run, once it is newer than what the caller has seen."""

    version: int = Field(description="Send it as `seen` with the next request.")
    run: dict[str, Any] = Field(
        description="As `GET /api/2.2/jobs/runs/get` answers it; of a run with more than 100 attempts `tasks` has the"
        " newest ones of tasks that failed, then of those that run, then of others."
    )
    task_counts: dict[str, int] = Field(description="How many tasks have which result or, without one, which state.")
    children: list[Child] = Field(description="Runs of other jobs that tasks of the run have started; the first 100.")


class CellModel(BaseModel):
    """One cell as it ran. Times are epoch milliseconds; 0 is not yet."""

    index: int
    language: str
    source: str
    title: str = ""
    state: str = Field(description="pending, running, ok, failed or skipped")
    started_ms: int = 0
    ended_ms: int = 0
    outputs: list[dict[str, Any]] = Field(default=[], description="nbformat 4 outputs")


class TaskError(BaseModel):
    """Why a task failed, and where."""

    message: str
    trace: str
    cell: int | None = Field(description="The failing cell, counted from 0.")
    cell_title: str
    line: int | None = Field(description="The line in that cell, counted from 1.")


class TaskOutput(BaseModel):
    """What a task run has done so far."""

    run_id: int = Field(description="The job run.")
    task_key: str
    iteration: int | None = Field(description="Of an iteration of a loop: the index of its input, counted from 0.")
    input: str | None = Field(description="Of an iteration: its input as JSON text.")
    attempt_number: int
    job_version: int | None = Field(description="The version of the job that it ran under.")
    code_hash: str = Field(description="SHA-256 of the code that it ran; empty while that is not known.")
    state: str = Field(description="The life cycle state.")
    result: str | None = Field(description="The result state, once it has ended.")
    cells: list[CellModel]
    error: TaskError | None
    exit_value: str | None
    stdout_tail: str
    stderr_tail: str


class Change(BaseModel):
    """One change of state of a run or of one of its tasks."""

    seq: int
    at_ms: int
    subject: str = Field(description='"run", a task key, or `KEY[INDEX]` for an iteration')
    task_run_id: int | None
    before: str
    after: str
    reason: str


class History(BaseModel):
    """Every change of state of a run, in order."""

    run_id: int
    changes: list[Change]
    next_page_token: str = ""


class ClusterCost(BaseModel):
    """What one cluster of a run used."""

    cluster_id: str
    cluster_name: str
    key: str
    started_ms: int
    ended_ms: int = Field(description="0 while it lives; it is then priced up to now.")
    dbu: float
    usd: float


class TaskCost(BaseModel):
    """A task's share of the clusters that it ran on, by the time that its attempts took."""

    task_key: str
    dbu: float
    usd: float


class Amount(BaseModel):
    """An amount of DBU and its price."""

    dbu: float
    usd: float


class RunCost(BaseModel):
    """What a run would have cost at list prices."""

    run_id: int
    dbu: float
    usd: float
    clusters: list[ClusterCost]
    tasks: list[TaskCost]
    idle: Amount = Field(description="What the clusters cost while no task ran; `tasks` and `idle` give the total.")


class TableModel(BaseModel):
    """One table or view."""

    catalog: str
    schema_name: str = Field(alias="schema")
    name: str
    kind: str
    format: str
    location: str
    comment: str
    columns: list[dict[str, str]]
    owner: str
    created_ms: int
    updated_ms: int


class Tables(BaseModel):
    """The tables of a schema, of a catalog, or of all catalogs."""

    tables: list[TableModel]


class Status(BaseModel):
    """What `doctor` shows of a running server."""

    version: str
    database: str
    home: str
    url: str
    workspace_id: int
    user: str
    active_runs: int
    clusters: int


class AuditEvent(BaseModel):
    """One request that changed something, that was refused, or that took something out."""

    event_id: int
    at_ms: int
    user: str = Field(description='"" where nobody was known.')
    action: str = Field(description='What was asked for, such as "create a job"; "" where that was not known yet.')
    request: str = Field(description="Method and route; of the path, the query and the body no value.")
    object: str = Field(description="Such as `jobs/12`. Control characters and backslashes are escaped.")
    status: int
    error_code: str
    request_id: str = Field(description="As `X-Request-Id` of the answer, and in the log where it failed.")
    address: str = Field(description="Where the request came from.")
    details: dict[str, Any] = Field(
        description="`fields`: the names of the fields of the body; `run_id`: the run whose task asked; `count`: so"
        " many refused requests were alike; `lost`: so many events could not be stored."
    )


class Audit(BaseModel):
    """A page of the audit log, newest first."""

    events: list[AuditEvent]
    has_more: bool
    next_page_token: str = ""
