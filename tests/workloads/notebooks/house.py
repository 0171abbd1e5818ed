"""A home with a workspace, a server that answers, and a way to run notebooks as a worker does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from brickyard.workloads.bridge import AskError
from brickyard.workloads.folder import CellRecord
from brickyard.workloads.messages import (
    Assignment,
    Body,
    DropSchema,
    DropTable,
    ExplainCompute,
    GetCompute,
    GetSecret,
    GetTaskValue,
    GetToken,
    JobContext,
    ListSchemas,
    ListSecrets,
    ListTables,
    LookupTables,
    NotebookWork,
    Outcome,
    Paths,
    PutSchema,
    PutTable,
    RunNotebook,
    SchemaEntry,
    SetTaskValue,
    TableEntry,
)
from brickyard.workloads.notebooks.run import run_notebook

SEPARATOR = "\n\n# COMMAND ----------\n\n"
FILES = Path(__file__).parent / "files"


class Server:
    """Answers what notebooks ask, from plain dictionaries; keeps what they told."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.values: dict[tuple[str, str], str] = {}
        self.children: list[RunNotebook] = []
        self.child_answer: dict[str, Any] = {"run_id": 77, "status": "success", "exit_value": "done"}
        self.interrupt: Callable[[str], None] = lambda _: None
        self.told: list[tuple[int, str]] = []
        self.asked: list[Body] = []
        self.stop_reason = ""
        self.spark_url = ""
        self.task_key = "this_task"
        self.tables: dict[tuple[str, str, str], TableEntry] = {}
        self.schemas: dict[tuple[str, str], SchemaEntry] = {}

    def started(self) -> None:
        self.told.append((-1, "started"))

    def cell_ended(self, index: int, state: str) -> None:
        self.told.append((index, state))

    def on_stop(self, call: Callable[[], None]) -> None:
        if self.stop_reason:
            call()

    def on_interrupt(self, call: Callable[[str], None]) -> None:
        self.interrupt = call

    def ask(self, body: Body) -> Any:
        self.asked.append(body)
        match body:
            case SetTaskValue():
                self.values[self.task_key, body.key] = body.json
            case GetTaskValue():
                return self.values.get((body.task_key, body.key))
            case GetSecret() | ListSecrets():
                return self._secrets(body)
            case GetToken():
                return "dapi-secret-token"
            case RunNotebook():
                self.children.append(body)
                return self.child_answer
            case GetCompute():
                return {"url": self.spark_url, "cluster_id": "0001-cluster", "cluster_name": "test"}
            case ExplainCompute():
                return ""
            case _:
                return self._metastore(body)
        return None

    def _secrets(self, body: GetSecret | ListSecrets) -> Any:
        if isinstance(body, GetSecret):
            if (body.scope, body.key) not in self.secrets:
                raise AskError("There is no such secret", "RESOURCE_DOES_NOT_EXIST")
            return self.secrets[body.scope, body.key]
        if body.scope is None:
            return sorted({scope for scope, _ in self.secrets})
        return sorted(key for scope, key in self.secrets if scope == body.scope)

    def _metastore(self, body: Body) -> Any:
        match body:
            case LookupTables():
                found = [self.tables.get((each.catalog, each.schema, each.name)) for each in body.names]
                return [None if entry is None else msgspec.to_builtins(entry) for entry in found]
            case ListTables():
                wanted = (body.catalog, body.schema)
                return [msgspec.to_builtins(entry) for key, entry in self.tables.items() if key[:2] == wanted]
            case ListSchemas():
                if body.catalog is None:
                    return ["main"]
                listed = {("main", "default"): SchemaEntry(catalog="main", name="default"), **self.schemas}
                return [msgspec.to_builtins(entry) for key, entry in listed.items() if key[0] == body.catalog]
            case PutTable():
                name = body.entry.table
                self.tables[name.catalog, name.schema, name.name] = body.entry
            case DropTable():
                return self.tables.pop((body.table.catalog, body.table.schema, body.table.name), None) is not None
            case PutSchema():
                self.schemas[body.entry.catalog, body.entry.name] = body.entry
            case DropSchema():
                self.schemas.pop((body.catalog, body.name), None)
        return None


class Home:
    """The folders of an installation, and one attempt after the other in them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.server = Server()
        self.workspace = root / "workspace"
        self.attempts = 0
        for name in ("workspace", "volumes", "dbfs", "warehouse", "attempts"):
            (root / name).mkdir()
        self.context: dict[str, Any] = {"job_id": 11, "run_id": 22, "task_key": "this_task", "user_name": "ann@x.org"}

    @property
    def attempt(self) -> Path:
        """The folder of the newest attempt."""
        return self.root / "attempts" / str(self.attempts)

    def write(self, path: str, *cells: str, header: str = "# Databricks notebook source") -> Path:
        """Write a notebook in Python source format."""
        file = self.workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        marked = [_marked(cell) for cell in cells]
        file.write_text(header + "\n" + SEPARATOR.join(marked) + "\n")
        return file

    def assignment(self, path: str, parameters: dict[str, str], **context: Any) -> Assignment:
        self.attempts += 1
        self.attempt.mkdir()
        return Assignment(
            attempt_id=self.attempts,
            work=NotebookWork(path=path, parameters=parameters),
            folder=str(self.attempt),
            paths=Paths(
                workspace=str(self.workspace),
                volumes=str(self.root / "volumes"),
                dbfs=str(self.root / "dbfs"),
                warehouse=str(self.root / "warehouse"),
            ),
            context=JobContext(**{**self.context, **context}),
        )

    def run_path(self, path: str, /, parameters: dict[str, str] | None = None, **context: Any) -> Outcome:
        """Run the notebook at this workspace path."""
        return run_notebook(self.assignment(path, parameters or {}, **context), self.server)

    def run(self, *cells: str, **parameters: str) -> Outcome:
        """Run a notebook of these cells."""
        self.write("main.py", *cells)
        return self.run_path("/main", parameters)

    def cells(self) -> list[CellRecord]:
        """The last record of each cell of the newest attempt."""
        found: dict[int, CellRecord] = {}
        for line in (self.attempt / "cells.ndjson").read_bytes().splitlines():
            record = msgspec.json.decode(line, type=CellRecord)
            found[record.index] = record
        return [found[index] for index in sorted(found)]

    def printed(self) -> str:
        """The standard output of the newest attempt."""
        return (self.attempt / "stdout.log").read_text()

    def shown(self, index: int) -> list[dict[str, Any]]:
        """The rich outputs of a cell."""
        return [output["data"] for output in self.cells()[index].outputs if "data" in output]

    def notebook(self) -> dict[str, Any]:
        """The executed notebook."""
        found: dict[str, Any] = json.loads((self.attempt / "output.ipynb").read_text())
        return found


def _marked(cell: str) -> str:
    if not cell.lstrip().startswith("%"):
        return cell
    return "\n".join(f"# MAGIC {line}" if line else "# MAGIC" for line in cell.split("\n"))
