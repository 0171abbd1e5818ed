"""What the server and the worker of a session say to each other.

A session is a shell that keeps its state between commands. Its worker asks for one command after the other
(`NextCommand`), performs it, and reports its result (`EndCommand`).
"""

from __future__ import annotations

from typing import Any, Literal

from brickyard.workloads.struct import Struct

MAX_ROWS = 10_000
"""Rows of a result where the command says nothing else."""
MAX_BYTES = 20 * 1024 * 1024
"""Bytes of the rows of a result where the command says nothing else; a frame has room for three times as many."""


class SessionWork(Struct, tag="session", frozen=True, kw_only=True):
    """Be a shell: perform commands until there are no more."""


class SqlParameter(Struct, frozen=True, kw_only=True):
    """The value of a `:name` marker."""

    name: str
    value: str | None = None
    """As text; None is NULL."""
    type: str = "STRING"
    """`STRING`, `INT`, `BIGINT`, `SMALLINT`, `TINYINT`, `DOUBLE`, `FLOAT`, `DECIMAL(p,s)`, `BOOLEAN`, `DATE` or
    `TIMESTAMP`, in any case."""


class SessionCommand(Struct, frozen=True, kw_only=True):
    """One piece of code."""

    command_id: str = ""
    """Given by the server."""
    language: Literal["python", "sql"]
    text: str
    """Python: a cell of a notebook, magics included. SQL: one or several statements; the result is the last one's."""
    parameters: list[SqlParameter] = []
    """SQL only."""
    catalog: str = ""
    """SQL only: the current catalog and schema for this command alone; "" for what the session has."""
    schema: str = ""
    row_limit: int = MAX_ROWS
    """SQL only: so many rows of the result are kept; `CommandResult.truncated` tells of more."""
    byte_limit: int = MAX_BYTES


class ResultColumn(Struct, frozen=True, kw_only=True):
    """A column of a table."""

    name: str
    type: str
    """As Spark names it: `int`, `string`, `decimal(10,2)`; of a pandas frame, its dtype."""


class CommandResult(Struct, frozen=True, kw_only=True):
    """What a command gave."""

    kind: Literal["text", "table", "image", "images", "error"]
    text: str = ""
    """Of kind text: what was printed and shown; of `dbutils.notebook.exit`, its value."""
    columns: list[ResultColumn] = []
    rows: list[list[Any]] = []
    """Of kind table. Of a SQL command each value is a text (`workloads.sql_result.as_text`) or None; of a frame that
    Python displayed, a JSON value."""
    truncated: bool = False
    """There were more rows, or more text."""
    images: list[str] = []
    """Of kind image and images: `data:image/png;base64,…`."""
    summary: str = ""
    """Of kind error: `ValueError: the text`."""
    cause: str = ""
    """Of kind error: the traceback."""
    error_code: str = ""
    """Of kind error: the error class of the engine (`TABLE_OR_VIEW_NOT_FOUND`), where it names one."""


class NextCommand(Struct, tag="next_command", frozen=True, kw_only=True):
    """Wait for the next command. Answer: a `SessionCommand` as a dict; None: the session is over."""


class EndCommand(Struct, tag="end_command", frozen=True, kw_only=True):
    """A command is over."""

    command_id: str
    result: CommandResult
    cancelled: bool = False


class Interrupt(Struct, tag="interrupt", frozen=True, kw_only=True):
    """Interrupt this command if it is the one that runs; the session goes on."""

    command_id: str
