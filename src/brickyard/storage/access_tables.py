"""Tables of people, of what they may do, and of what they did."""

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
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from brickyard.storage.tables import METADATA, row_id

PRINCIPALS = Table(
    "principals",
    METADATA,
    Column("principal_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # what else SCIM clients keep here
    CheckConstraint("kind IN ('USER', 'GROUP', 'SERVICE_PRINCIPAL')", name="kind"),
    CheckConstraint("name <> ''", name="name"),
    UniqueConstraint("kind", "name"),
)

MEMBERS = Table(
    "members",
    METADATA,
    Column("group_id", BigInteger, ForeignKey("principals.principal_id", ondelete="CASCADE"), nullable=False),
    Column("member_id", BigInteger, ForeignKey("principals.principal_id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("group_id", "member_id"),
    CheckConstraint("group_id <> member_id", name="itself"),
    Index("ix_members_member", "member_id"),
)

# Secrets by which a service principal asks for access tokens; only their SHA-256 is kept.
CLIENT_SECRETS = Table(
    "client_secrets",
    METADATA,
    Column("secret_id", Text, primary_key=True),
    Column("principal_id", BigInteger, ForeignKey("principals.principal_id", ondelete="CASCADE"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    UniqueConstraint("digest"),
    Index("ix_client_secrets_principal", "principal_id"),
)

ACL_ENTRIES = Table(
    "acl_entries",
    METADATA,
    Column("object_type", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("principal_kind", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("level", Text, nullable=False),
    PrimaryKeyConstraint("object_type", "object_id", "principal_kind", "principal"),
    CheckConstraint("principal_kind IN ('USER', 'GROUP', 'SERVICE_PRINCIPAL')", name="principal_kind"),
    Index("ix_acl_entries_principal", "principal", "object_type", "principal_kind", "object_id"),
)

AUDIT_LOG = Table(
    "audit_log",
    METADATA,
    Column("event_id", row_id(), Identity(), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("request", Text, nullable=False),  # method and route, without what was asked
    Column("object", Text, nullable=False),  # such as `jobs/12`; '' where none is concerned
    Column("status", Integer, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("source_ip", Text, nullable=False),
    Column("details", Text, nullable=False),
    Index("ix_audit_log_at", "at_ms", "event_id"),
    Index("ix_audit_log_user", "user_name", "event_id"),
)
