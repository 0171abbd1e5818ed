"""Every table, index and CHECK in one place. SQLite and PostgreSQL are made from the same definitions.

Times are epoch milliseconds; 0 is "not yet". JSON is kept as text, because nothing is ever asked of its inside.
The CHECKs repeat the rules of `runs`: a state that those rules cannot reach cannot be stored either.
`ended_ms = 0` is the one mark of everything that is not over, so the indexes on what is active stay tiny.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from brickyard.runs.states import TERMINAL, LifeCycle, Result, RunType

METADATA = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

CATALOGS_AT_START = ("hive_metastore", "main", "samples", "system", "workspace")
SCHEMAS_AT_START = (("hive_metastore", "default"), ("main", "default"), ("workspace", "default"))

_ACTIVE = text("ended_ms = 0")


def _one_of(column: str, allowed: type[LifeCycle | Result | RunType]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in allowed)})"


def _ended() -> list[CheckConstraint]:
    """Over, with an end and a result; or not over, with neither."""
    terminal = ", ".join(sorted(repr(str(state)) for state in TERMINAL))
    return [
        CheckConstraint(_one_of("life_cycle", LifeCycle), name="life_cycle"),
        CheckConstraint(f"result IS NULL OR {_one_of('result', Result)}", name="result"),
        CheckConstraint(f"(life_cycle IN ({terminal})) = (ended_ms > 0)", name="ended"),
        CheckConstraint("(ended_ms > 0) = (result IS NOT NULL)", name="ended_result"),
        CheckConstraint("(result IS NULL) = (code IS NULL)", name="result_code"),
        CheckConstraint("ended_ms >= 0 AND started_ms >= 0 AND created_ms >= 0", name="times"),
    ]


def _ending() -> list[Column[str] | Column[bool]]:
    return [
        Column("result", Text),
        Column("code", Text),
        Column("message", Text, nullable=False, server_default=""),
        Column("cancelled_or_timed_out", Boolean, nullable=False, server_default=text("false")),
    ]


def _of_run() -> ForeignKey:
    return ForeignKey("runs.run_id", ondelete="CASCADE")


def row_id() -> BigInteger:
    """SQLite numbers rows by itself only where the type is exactly INTEGER (which has 64 bits there)."""
    return BigInteger().with_variant(Integer(), "sqlite")


# ---------------------------------------------------------------------------------------------------------- jobs

JOBS = Table(
    "jobs",
    METADATA,
    Column("job_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name_folded", Text, nullable=False),
    Column("creator", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("settings", Text, nullable=False),
    CheckConstraint("version >= 1", name="version"),
    Index("ix_jobs_created", "created_ms", "job_id"),
    Index("ix_jobs_name", "name_folded", "created_ms", "job_id"),
)

JOB_VERSIONS = Table(
    "job_versions",
    METADATA,
    Column("job_id", BigInteger, ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("settings", Text, nullable=False),
    PrimaryKeyConstraint("job_id", "version"),
)

# ---------------------------------------------------------------------------------------------------------- runs

RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("job_id", BigInteger, nullable=False),
    Column("run_type", Text, nullable=False),
    Column("trigger_type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("creator", Text, nullable=False),
    Column("idempotency_token", Text),
    Column("parent_attempt_id", BigInteger),
    Column("cluster_scope", BigInteger),
    Column("life_cycle", Text, nullable=False),
    *_ending(),
    Column("timeout_ms", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("listed_ms", BigInteger, nullable=False),  # the start; before the start, the creation
    Column("cancel_requested", Boolean, nullable=False),
    Column("timed_out", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),  # counts commits; its update locks the run against other servers
    Column("trigger_info", Text, nullable=False, server_default="{}"),
    Column("run_as", Text, nullable=False, server_default=""),  # '': whoever made the run
    *_ended(),
    CheckConstraint(_one_of("run_type", RunType), name="run_type"),
    UniqueConstraint("idempotency_token"),
    Index("ix_runs_listed", "listed_ms", "run_id"),
    Index("ix_runs_job_listed", "job_id", "listed_ms", "run_id"),
    Index("ix_runs_type_listed", "run_type", "listed_ms", "run_id"),
    Index("ix_runs_parent", "parent_attempt_id"),
    # `ended_ms` is always 0 in them; as a column it makes planners without statistics prefer them.
    Index("ix_runs_active", "ended_ms", "listed_ms", "run_id", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    Index(
        "ix_runs_job_active",
        "job_id",
        "ended_ms",
        "listed_ms",
        "run_id",
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    ),
)

# Large and seldom changed; apart from `runs`, whose small rows are rewritten with every step of a run.
RUN_PLANS = Table(
    "run_plans",
    METADATA,
    Column("run_id", BigInteger, _of_run(), primary_key=True, autoincrement=False),
    Column("plan", Text, nullable=False),
    Column("selection", Text),
    Column("overriding", Text, nullable=False),
)

RUN_SETTINGS = Table(
    "run_settings",
    METADATA,
    Column("run_id", BigInteger, _of_run(), nullable=False),
    Column("repair", Integer, nullable=False),  # 0: the start of the run
    Column("settings", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("overriding", Text, nullable=False, server_default="{}"),  # of repairs; that of the start is in the plan
    Column("job_version", Integer, nullable=False, server_default=text("0")),
    Column("git_commit", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("run_id", "repair"),
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("attempt_id", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", BigInteger, _of_run(), nullable=False),
    Column("position", Integer, nullable=False),  # in order of creation within the run
    Column("task_key", Text, nullable=False),  # of an iteration with its index: `load[17]`
    Column("number", Integer, nullable=False),
    Column("repair", Integer, nullable=False),
    Column("life_cycle", Text, nullable=False),
    *_ending(),
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("retry_at_ms", BigInteger, nullable=False),
    Column("stop_reason", Text, nullable=False),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("iteration", Integer, nullable=False, server_default=text("-1")),
    Column("loop_id", BigInteger, nullable=False, server_default=text("0")),
    Column("total", Integer, nullable=False, server_default=text("-1")),
    Column("continues", BigInteger, nullable=False, server_default=text("0")),
    *_ended(),
    UniqueConstraint("run_id", "position"),
    UniqueConstraint("run_id", "task_key", "number"),
)

REPAIRS = Table(
    "repairs",
    METADATA,
    Column("repair_id", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", BigInteger, _of_run(), nullable=False),
    Column("position", Integer, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("life_cycle", Text),
    *_ending(),
    Column("attempt_ids", Text, nullable=False),
    CheckConstraint("(ended_ms > 0) = (result IS NOT NULL)", name="ended_result"),
    CheckConstraint("(life_cycle IS NULL) = (result IS NULL)", name="life_cycle_result"),
    UniqueConstraint("run_id", "position"),
)

RUN_EVENTS = Table(
    "run_events",
    METADATA,
    Column("run_id", BigInteger, _of_run(), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("attempt_id", BigInteger),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "seq"),
    sqlite_with_rowid=False,
)

# What is committed and still to be done; a row goes once it is done. `due_ms` is 0 for what is due at once.
EFFECTS = Table(
    "effects",
    METADATA,
    Column("effect_id", row_id(), Identity(), primary_key=True),
    Column("run_id", BigInteger, _of_run(), nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_effects_run_body", "run_id", "body"),
)

OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("attempt_id", BigInteger, ForeignKey("attempts.attempt_id", ondelete="CASCADE"), primary_key=True),
    Column("body", Text, nullable=False),
)

RESOLVED = Table(
    "resolved",
    METADATA,
    Column("attempt_id", BigInteger, ForeignKey("attempts.attempt_id", ondelete="CASCADE"), primary_key=True),
    Column("body", Text, nullable=False),
)

TASK_VALUES = Table(
    "task_values",
    METADATA,
    Column("run_id", BigInteger, _of_run(), nullable=False),
    Column("task_key", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "task_key", "key"),
)

# ------------------------------------------------------------------------------------------ backfills and queries

BACKFILLS = Table(
    "backfills",
    METADATA,
    Column("backfill_id", BigInteger, primary_key=True, autoincrement=False),
    Column("job_id", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("spec", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("cancel_runs", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),  # counts changes; its update locks the backfill
    CheckConstraint("state IN ('RUNNING', 'PAUSED', 'CANCELLING', 'CANCELLED', 'DONE')", name="state"),
    CheckConstraint("(state IN ('CANCELLED', 'DONE')) = (ended_ms > 0)", name="ended"),
    Index("ix_backfills_job", "job_id", "created_ms"),
    Index("ix_backfills_active", "created_ms", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
)

BACKFILL_INTERVALS = Table(
    "backfill_intervals",
    METADATA,
    Column("backfill_id", BigInteger, ForeignKey("backfills.backfill_id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("job_id", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("backfill_id", "position"),
    UniqueConstraint("backfill_id", "at_ms"),
    CheckConstraint("state IN ('WAITING', 'STARTED', 'SKIPPED', 'CANCELLED', 'DONE')", name="state"),
    Index("ix_backfill_intervals_job", "job_id", "at_ms"),
    Index("ix_backfill_intervals_state", "backfill_id", "state", "position"),
)

# One row for each interval that is STARTED: its key keeps two backfills of a job from running one interval at once.
BACKFILL_CLAIMS = Table(
    "backfill_claims",
    METADATA,
    Column("job_id", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("backfill_id", BigInteger, ForeignKey("backfills.backfill_id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("job_id", "at_ms"),
)

QUERIES = Table(
    "queries",
    METADATA,
    Column("query_id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("query_text", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_queries_created", "created_ms", "query_id"),
)

# -------------------------------------------------------------------------------------------- secrets and tokens

SECRET_SCOPES = Table("secret_scopes", METADATA, Column("scope", Text, primary_key=True))

SECRETS = Table(
    "secrets",
    METADATA,
    Column("scope", Text, ForeignKey("secret_scopes.scope", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "key"),
)

TOKENS = Table(
    "tokens",
    METADATA,
    Column("token_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False, server_default="PERSONAL"),
    Column("run_id", BigInteger, nullable=False, server_default=text("0")),
    UniqueConstraint("digest"),
    Index("ix_tokens_user", "user_name", "created_ms"),
    Index("ix_tokens_run", "run_id"),
)

# ------------------------------------------------------------------------------------------------------ clusters

CLUSTERS = Table(
    "clusters",
    METADATA,
    Column("cluster_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("job_id", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("spec", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("ready_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Float(53), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('PENDING', 'RUNNING', 'TERMINATING', 'TERMINATED', 'ERROR')", name="state"),
    CheckConstraint("(state IN ('TERMINATED', 'ERROR')) = (ended_ms > 0)", name="ended"),
    Index("ix_clusters_run", "run_id"),
    Index("ix_clusters_alive", "created_ms", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
)

CLUSTER_EVENTS = Table(
    "cluster_events",
    METADATA,
    Column("event_id", row_id(), Identity(), primary_key=True),
    Column("cluster_id", Text, ForeignKey("clusters.cluster_id", ondelete="CASCADE"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index("ix_cluster_events_cluster", "cluster_id", "event_id"),
)

# ----------------------------------------------------------------------------------------------------- metastore

CATALOGS = Table(
    "catalogs",
    METADATA,
    Column("name", Text, primary_key=True),
    CheckConstraint("name <> ''", name="name"),
)

SCHEMAS = Table(
    "schemas",
    METADATA,
    Column("catalog", Text, ForeignKey("catalogs.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("location", Text, nullable=False, server_default=""),
    Column("comment", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("catalog", "name"),
    CheckConstraint("name <> ''", name="name"),
)

# No cascade: what is not empty cannot be dropped, however two sessions race.
TABLES = Table(
    "tables",
    METADATA,
    Column("catalog", Text, nullable=False),
    Column("schema", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entry", Text, nullable=False),
    PrimaryKeyConstraint("catalog", "schema", "name"),
    ForeignKeyConstraint(["catalog", "schema"], ["schemas.catalog", "schemas.name"]),
    CheckConstraint("kind IN ('MANAGED', 'EXTERNAL', 'VIEW')", name="kind"),
    CheckConstraint("name <> ''", name="name"),
)

# ---------------------------------------------------------------------------------------------- the installation

META = Table("meta", METADATA, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
