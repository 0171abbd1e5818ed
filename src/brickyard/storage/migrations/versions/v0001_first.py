"""The first tables."""

from __future__ import annotations

from brickyard.storage.migrations.statements import execute

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and the catalogs that exist from the start."""
    execute("v0001")
