"""A real Airflow that keeps its state in a folder of its own: DAGs are run in it, and what became of their tasks is read."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DAGS = Path(__file__).parent / "drivers" / "airflow_dags.py"
PATIENCE = 240.0


@dataclass(frozen=True, slots=True)
class DagRun:
    """One run of a DAG: what Airflow printed, and what it remembers of the tasks."""

    log: str
    states: dict[str, str]
    xcoms: dict[str, dict[str, Any]]

    def run_id(self, task_id: str) -> int:
        """The run of the Jobs API that a task of the DAG has started."""
        return int(self.xcoms[task_id]["run_id"])

    def log_of(self, task_id: str) -> str:
        """What was printed while a task of the DAG ran."""
        parts = re.split(r"\[DAG TEST\] starting task_id=(\S+)", self.log)
        return "".join(text for key, text in zip(parts[1::2], parts[2::2], strict=True) if key == task_id)


class Airflow:
    """Runs DAGs offline, one after the other, with SQLite; `robot` is the token of another connection. The DAGs see `variables` in their environment."""

    def __init__(self, environment: Path, home: Path, url: str, token: str, robot: str, **variables: str) -> None:
        self._command = str(environment / "bin" / "airflow")
        self._home = home
        address = urlsplit(url)
        connection = {
            "conn_type": "databricks",
            "schema": address.scheme,
            "host": address.hostname,
            "port": address.port,
        }
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW_CONN_DATABRICKS_DEFAULT": json.dumps({**connection, "password": token}),
            "AIRFLOW_CONN_DATABRICKS_ROBOT": json.dumps({**connection, "password": robot}),
            **variables,
        }
        (home / "dags").mkdir()
        (home / "dags" / DAGS.name).write_text(DAGS.read_text())
        self._run("db", "migrate", good=[0])

    def test(self, dag_id: str) -> DagRun:
        """`airflow dags test`: all tasks of the DAG, in this order."""
        log = self._run("dags", "test", dag_id, "--dagfile-path", str(self._home / "dags" / DAGS.name))
        with closing(sqlite3.connect(self._home / "airflow.db")) as database:
            newest = "run_id = (SELECT run_id FROM dag_run WHERE dag_id = ?1 ORDER BY id DESC LIMIT 1) AND dag_id = ?1"
            states = dict(database.execute(f"SELECT task_id, state FROM task_instance WHERE {newest}", [dag_id]))  # noqa: S608  no value
            xcoms: dict[str, dict[str, Any]] = {task_id: {} for task_id in states}
            query = f"SELECT task_id, key, CAST(value AS TEXT) FROM xcom WHERE {newest}"  # noqa: S608  no value is put in
            for task_id, key, value in database.execute(query, [dag_id]):
                xcoms[task_id][key] = json.loads(value)
        return DagRun(log, states, xcoms)

    def _run(self, *words: str, good: Collection[int] = (0, 1)) -> str:
        """What a command printed; a DAG whose task has failed ends with 1, and that is for the test to judge."""
        done = subprocess.run(
            [self._command, *words], env=self._env, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode in good, done.stdout + done.stderr
        return done.stdout + done.stderr
