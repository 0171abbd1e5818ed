"""Tables of compute that lasts, and of small things that are kept as documents."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from brickyard.storage.tables import METADATA, row_id

# What an all-purpose cluster is; each time that it runs is a row of its own in `clusters`.
ALL_PURPOSE_CLUSTERS = Table(
    "all_purpose_clusters",
    METADATA,
    Column("cluster_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_message", Text, nullable=False),
    Column("reason", Text, nullable=False),  # why it ended: code, type and parameters
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("starts", Integer, nullable=False),  # how often it was started
    CheckConstraint(
        "state IN ('PENDING', 'RUNNING', 'RESTARTING', 'RESIZING', 'TERMINATING', 'TERMINATED', 'ERROR')", name="state"
    ),
    Index("ix_all_purpose_clusters_created", "created_ms", "cluster_id"),
)

ALL_PURPOSE_EVENTS = Table(
    "all_purpose_events",
    METADATA,
    Column("event_id", row_id(), Identity(), primary_key=True),
    Column("cluster_id", Text, ForeignKey("all_purpose_clusters.cluster_id", ondelete="CASCADE"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index("ix_all_purpose_events_cluster", "cluster_id", "event_id"),
)

CLUSTER_LIBRARIES = Table(
    "cluster_libraries",
    METADATA,
    Column("cluster_id", Text, ForeignKey("all_purpose_clusters.cluster_id", ondelete="CASCADE"), nullable=False),
    Column("library", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("messages", Text, nullable=False),
    PrimaryKeyConstraint("cluster_id", "library"),
)

# Instance pools, cluster policies, warehouses, notification destinations, Git credentials and folders: objects that are
# kept whole and found by their id. `sealed` holds what must not be read from a stolen database.
DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("kind", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("sealed", LargeBinary),
    PrimaryKeyConstraint("kind", "document_id"),
    Index("ix_documents_name", "kind", "name"),
)

STATEMENTS = Table(
    "statements",
    METADATA,
    Column("statement_id", Text, primary_key=True),
    Column("warehouse_id", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint("state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'CLOSED')", name="state"),
    Index("ix_statements_created", "created_ms"),
)
