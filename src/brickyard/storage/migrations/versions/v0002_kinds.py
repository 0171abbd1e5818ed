"""Conditions, loops, runs of other jobs, backfills, saved queries; what a run and its repairs are pinned to."""

from __future__ import annotations

from brickyard.storage.migrations.statements import execute

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables."""
    execute("v0002")
