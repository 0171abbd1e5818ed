"""What Alembic runs: the migrations, on the connection and in the transaction of `schema.migrate`."""

from __future__ import annotations

from alembic import context

from brickyard.storage.schema import VERSION_TABLE
from brickyard.storage.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE)
context.run_migrations()
