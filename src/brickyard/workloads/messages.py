"""What the server and a worker process say to each other: two closed vocabularies.

Commands go down, notifications come up. A frame is a 4-byte big-endian length and a JSON text. A worker may be cut
off from its server (a restart) and connect again: it then says `Hello` again with the attempt that it runs, and repeats
every `Ask` that has no answer yet and its `Finished` until it is acknowledged. So every ask is idempotent by
(attempt, ask id).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from brickyard.workloads.session_messages import EndCommand, Interrupt, NextCommand, SessionWork
from brickyard.workloads.struct import Struct

MAX_FRAME = 64 * 1024 * 1024

Tier = Literal["light", "full"]
"""What a worker has imported when it begins: next to nothing, or all that notebooks and Spark need."""


Origin = Literal["WORKSPACE", "GIT"]
"""Whether a path is absolute in the workspace, or relative to the checkout of the run (`PrepareCheckout`)."""

# ------------------------------------------------------------------------------------------------ commands (down)


class NotebookWork(Struct, tag="notebook", frozen=True, kw_only=True):
    """Run a notebook of the workspace from its first cell to its last."""

    path: str
    """Absolute workspace path as declared, with or without `/Workspace` and extension."""
    parameters: dict[str, str] = {}
    """Resolved; each is a widget before the first cell runs."""
    source: Origin = "WORKSPACE"


class ScriptWork(Struct, tag="script", frozen=True, kw_only=True):
    """Run a Python file with `sys.argv[1:]` set to `parameters`."""

    path: str
    parameters: list[str] = []
    source: Origin = "WORKSPACE"


class WheelWork(Struct, tag="wheel", frozen=True, kw_only=True):
    """Call an entry point of an installed package with `sys.argv` set to the package's name and `parameters`."""

    package: str
    entry_point: str
    parameters: list[str] = []
    """Named parameters are among them already, as `--name=value`."""


class SqlWork(Struct, tag="sql", frozen=True, kw_only=True):
    """Run SQL statements, separated by `;`, and keep the rows of the last one."""

    path: str = ""
    """The file; empty where `text` is given."""
    text: str = ""
    parameters: dict[str, str] = {}
    """Values of `:name` markers."""
    catalog: str = ""
    """The current catalog and schema at the start; "" for the usual ones."""
    schema: str = ""
    source: Origin = "WORKSPACE"


class DbtWork(Struct, tag="dbt", frozen=True, kw_only=True):
    """Run dbt commands in a project, until the first that fails."""

    path: str
    """The project's directory."""
    commands: list[str]
    profiles_directory: str = ""
    catalog: str = ""
    schema: str = "default"
    source: Origin = "WORKSPACE"


Work = NotebookWork | ScriptWork | WheelWork | SqlWork | DbtWork | SessionWork


class Paths(Struct, frozen=True, kw_only=True):
    """Folders of this machine behind the names that user code uses. All absolute."""

    workspace: str
    volumes: str
    dbfs: str
    warehouse: str
    checkouts: str = ""
    """The folder of all checkouts of Git sources, which are seen below `/Workspace/Repos/.internal`."""


class JobContext(Struct, frozen=True, kw_only=True):
    """What a notebook can learn of the run that it is part of. Times are epoch milliseconds."""

    job_id: int = 0
    job_name: str = ""
    run_id: int = 0
    """The job run."""
    task_key: str = ""
    attempt_number: int = 0
    trigger: str = "ONE_TIME"
    start_ms: int = 0
    user_name: str = ""
    workspace_id: int = 0
    api_url: str = ""


class Assignment(Struct, tag="assignment", frozen=True, kw_only=True):
    """Everything that a worker needs for one attempt. Also written to `assignment.json` in the attempt's folder."""

    attempt_id: int
    """The task run id; never used twice, so it is also the stamp of every report."""
    work: Work
    folder: str
    """The attempt's own folder (mode 0700): see `workloads.folder`."""
    paths: Paths
    context: JobContext
    environment: dict[str, str] = {}
    """Environment variables of the cluster (`spark_env_vars`)."""
    spark_conf: dict[str, str] = {}
    requirements: list[str] = []
    """Pip requirement lines that the attempt needs beside what is installed (`PrepareEnvironment`); may be paths."""


class Stop(Struct, tag="stop", frozen=True, kw_only=True):
    """Interrupt the user's code. The server sends TERM and KILL itself if that does not help."""

    reason: str


class Answer(Struct, tag="answer", frozen=True, kw_only=True):
    """The answer to an `Ask`."""

    ask_id: int
    value: Any = None
    error: str = ""
    """Not empty: the ask failed with this text."""
    error_code: str = ""


class Acknowledge(Struct, tag="acknowledge", frozen=True, kw_only=True):
    """The server has stored the worker's `Finished`; the worker may end."""

    attempt_id: int


Command = Assignment | Stop | Interrupt | Answer | Acknowledge

# -------------------------------------------------------------------------------------------- notifications (up)


class Hello(Struct, tag="hello", frozen=True, kw_only=True):
    """The first frame on every connection."""

    pid: int
    token: str
    """Proves that the process was started by this installation."""
    attempt_id: int = 0
    """0: an idle worker that waits for an assignment."""
    tier: Tier = "full"


class Started(Struct, tag="started", frozen=True, kw_only=True):
    """The user's code is about to begin."""

    attempt_id: int
    at_ms: int


class CellEnded(Struct, tag="cell_ended", frozen=True, kw_only=True):
    """A cell of the notebook is over (its outputs are in the attempt's folder)."""

    attempt_id: int
    index: int
    state: Literal["ok", "failed"]


class Outcome(Struct, frozen=True, kw_only=True):
    """How an attempt ended, as its worker saw it. Written to `outcome.json` before it is sent."""

    status: Literal["success", "failed", "cancelled", "lost"]
    """"lost" is never sent by a worker: the server says it of one that vanished."""
    started_ms: int = 0
    ended_ms: int = 0
    exit_value: str | None = None
    """The text given to `dbutils.notebook.exit`; None where the notebook did not call it."""
    error: str = ""
    """`ValueError: the text`, or what ended the process."""
    error_code: str = "RUN_EXECUTION_ERROR"
    """A termination code of the Jobs API."""
    trace: str = ""
    """The traceback of the user's code, without colours and without our frames."""
    cell: int = -1
    """Index of the failing cell, counted from 0; -1 where there is none."""
    cell_title: str = ""
    line: int = 0
    """Line of the failing cell, counted from 1; 0 where it is not known."""
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0
    code_hash: str = ""
    """SHA-256 (hex) of the code that ran: see `workloads.code`. Empty where no code was found."""
    table: str = ""
    """Of a SQL task: its result as JSON text, see `workloads.sql_result`."""


class Finished(Struct, tag="finished", frozen=True, kw_only=True):
    """The attempt is over."""

    attempt_id: int
    outcome: Outcome


class TableName(Struct, frozen=True, kw_only=True):
    """A table or view in full, in lower case."""

    catalog: str
    schema: str
    name: str


class TableEntry(Struct, frozen=True, kw_only=True):
    """What the metastore knows of a table or view."""

    table: TableName
    kind: Literal["MANAGED", "EXTERNAL", "VIEW"]
    format: str = "delta"
    location: str = ""
    """Absolute path or URL of the data; empty for a view."""
    view_text: str = ""
    view_catalog: str = ""
    """The current catalog when the view was made: unqualified names in its text are seen from there."""
    view_schema: str = ""
    comment: str = ""
    properties: dict[str, str] = {}
    columns: list[dict[str, str]] = []
    """`{name, type, comment}` where known; `nullable` is "false" where a value must be."""
    owner: str = ""
    created_ms: int = 0
    updated_ms: int = 0


class SchemaEntry(Struct, frozen=True, kw_only=True):
    """What the metastore knows of a schema (a database)."""

    catalog: str
    name: str
    location: str = ""
    comment: str = ""


class GetCompute(Struct, tag="get_compute", frozen=True, kw_only=True):
    """Where is Spark? Starts the cluster if this is the first use. Answer: `ComputeAnswer` as a dict."""


class ExplainCompute(Struct, tag="explain_compute", frozen=True, kw_only=True):
    """The engine no longer answers: what happened to it? Answer: a sentence, or "" where it is alive."""


class SetTaskValue(Struct, tag="set_task_value", frozen=True, kw_only=True):
    """Keep a task value. `json` is the value as JSON text of at most 48 KiB."""

    key: str
    json: str


class GetTaskValue(Struct, tag="get_task_value", frozen=True, kw_only=True):
    """A value that another task of the run has set. Answer: its JSON text, or None where there is none."""

    task_key: str
    key: str


class GetSecret(Struct, tag="get_secret", frozen=True, kw_only=True):
    """Answer: the secret's bytes as base64 text."""

    scope: str
    key: str


class ListSecrets(Struct, tag="list_secrets", frozen=True, kw_only=True):
    """Answer: the keys of a scope; with `scope` None the names of all scopes."""

    scope: str | None = None


class GetClusterSecrets(Struct, tag="get_cluster_secrets", frozen=True, kw_only=True):
    """Answer: by reference, the values of those to secrets in the assignment's environment and Spark settings."""


class GetToken(Struct, tag="get_token", frozen=True, kw_only=True):
    """Answer: a token for the API with which this task acts as the identity of its run, as long as that goes on."""


class RunNotebook(Struct, tag="run_notebook", frozen=True, kw_only=True):
    """`dbutils.notebook.run`: run another notebook on the same compute and wait. Answer: `ChildAnswer` as a dict."""

    path: str
    """Absolute workspace path."""
    timeout_seconds: int = 0
    arguments: dict[str, str] = {}


class PrepareEnvironment(Struct, tag="prepare_environment", frozen=True, kw_only=True):
    """Have the requirements of the assignment installed, or found in the cache. Answer: a `site-packages` folder."""


class PrepareCheckout(Struct, tag="prepare_checkout", frozen=True, kw_only=True):
    """Have the run's Git source checked out, or found in the cache. Answer: the folder of the checkout."""


class LookupTables(Struct, tag="lookup_tables", frozen=True, kw_only=True):
    """Answer: for each name its `TableEntry` as a dict, or None."""

    names: list[TableName]


class ListTables(Struct, tag="list_tables", frozen=True, kw_only=True):
    """Answer: the `TableEntry` dicts of a schema."""

    catalog: str
    schema: str


class ListSchemas(Struct, tag="list_schemas", frozen=True, kw_only=True):
    """Answer: the `SchemaEntry` dicts of a catalog; with `catalog` None the names of all catalogs."""

    catalog: str | None = None


class PutTable(Struct, tag="put_table", frozen=True, kw_only=True):
    """Create a table or view, or replace its entry."""

    entry: TableEntry
    mode: Literal["create", "create_if_absent", "replace"] = "create"


class DropTable(Struct, tag="drop_table", frozen=True, kw_only=True):
    """Answer: True if it was there."""

    table: TableName


class PutSchema(Struct, tag="put_schema", frozen=True, kw_only=True):
    """Create a schema (or, with `name` empty, the catalog alone)."""

    entry: SchemaEntry
    if_absent: bool = True


class DropSchema(Struct, tag="drop_schema", frozen=True, kw_only=True):
    """Drop a schema, or with `name` empty the catalog. Refused where it is not empty unless `cascade`."""

    catalog: str
    name: str
    cascade: bool = False


Body = (
    GetCompute
    | ExplainCompute
    | SetTaskValue
    | GetTaskValue
    | GetSecret
    | ListSecrets
    | GetToken
    | GetClusterSecrets
    | RunNotebook
    | PrepareEnvironment
    | PrepareCheckout
    | LookupTables
    | ListTables
    | ListSchemas
    | PutTable
    | DropTable
    | PutSchema
    | DropSchema
    | NextCommand
    | EndCommand
)


class Ask(Struct, tag="ask", frozen=True, kw_only=True):
    """A worker needs something that only the server has. The worker waits for the `Answer`, however long."""

    attempt_id: int
    ask_id: int
    body: Body


class Heartbeat(Struct, tag="heartbeat", frozen=True, kw_only=True):
    """The worker's main loop is alive (every 5 s)."""

    attempt_id: int


Notification = Hello | Started | CellEnded | Finished | Ask | Heartbeat


class ComputeAnswer(Struct, frozen=True, kw_only=True):
    """Where Spark is."""

    url: str
    """`sc://127.0.0.1:PORT`"""
    cluster_id: str
    cluster_name: str = ""


class ChildAnswer(Struct, frozen=True, kw_only=True):
    """How a notebook run by `dbutils.notebook.run` ended."""

    run_id: int
    status: Literal["success", "failed", "cancelled", "timedout"]
    exit_value: str | None = None
    error: str = ""


encode = msgspec.json.encode
decode_command = msgspec.json.Decoder(Command).decode
decode_notification = msgspec.json.Decoder(Notification).decode
