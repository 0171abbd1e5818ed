"""Values that tasks hand to later tasks. Implements `ports.TaskValueStore`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from brickyard.errors import NotFound
from brickyard.storage.database import Database, upsert
from brickyard.storage.tables import TASK_VALUES


class SqlTaskValueStore:
    """Implements `ports.TaskValueStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def set(self, run_id: int, task_key: str, key: str, value_json: str) -> None:
        """Keep a value; the last one counts.

        Raises:
            NotFound: there is no such run.
        """
        values = {"run_id": run_id, "task_key": task_key, "key": key, "value": value_json}
        statement = upsert(self._db, TASK_VALUES, values)
        try:
            self._db.write(lambda connection: connection.execute(statement))
        except IntegrityError as error:
            raise NotFound(f"Run {run_id} does not exist.") from error

    def get(self, run_id: int, task_key: str, key: str) -> str | None:
        columns = TASK_VALUES.c
        question = select(columns.value).where(
            columns.run_id == run_id, columns.task_key == task_key, columns.key == key
        )
        with self._db.read() as connection:
            return connection.execute(question).scalar()

    def all(self, run_id: int) -> Mapping[tuple[str, str], str]:
        columns = TASK_VALUES.c
        question = select(columns.task_key, columns.key, columns.value).where(columns.run_id == run_id)
        with self._db.read() as connection:
            return {(task_key, name): value for task_key, name, value in connection.execute(question)}
