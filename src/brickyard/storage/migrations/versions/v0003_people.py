"""People and what they may do, the audit log, compute that lasts, documents, statements."""

from __future__ import annotations

from alembic import op

from brickyard.storage.migrations.statements import execute

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns and tables; jobs, and runs without a job, get whoever made them as their owner."""
    execute("v0003")
    for statement in _OWNERS:
        op.execute(statement)


_OWNERS = (
    """INSERT INTO acl_entries (object_type, object_id, principal_kind, principal, level)
    SELECT 'jobs', CAST(job_id AS TEXT), 'USER', creator, 'IS_OWNER' FROM jobs""",
    """INSERT INTO acl_entries (object_type, object_id, principal_kind, principal, level)
    SELECT 'jobs', CAST(job_id AS TEXT), 'USER', MIN(creator), 'IS_OWNER' FROM runs
    WHERE job_id NOT IN (SELECT job_id FROM jobs) GROUP BY job_id""",
)
