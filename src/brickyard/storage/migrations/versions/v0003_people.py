"""People and what they may do, the audit log, compute that lasts, documents, statements."""

from __future__ import annotations

from brickyard.storage.migrations.statements import execute

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns and tables."""
    execute("v0003")
