"""Migrations are plain SQL, one file for each database, so that they stay what they were when `tables.py` moves on.

A migration only adds: the version before must still run on its result. What is to go is taken away one version later,
by a migration that also raises `oldest_reader` in `meta`.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

_FOLDER = Path(__file__).parent / "versions"


def execute(name: str) -> None:
    """Execute the statements of `versions/NAME.DATABASE.sql`. Each ends with a semicolon at the end of a line."""
    connection = op.get_bind()
    text = (_FOLDER / f"{name}.{connection.dialect.name}.sql").read_text(encoding="utf-8")
    for statement in text.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)
