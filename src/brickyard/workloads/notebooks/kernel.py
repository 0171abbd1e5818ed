"""Runs cells, of the task's notebook and of those that it brings in by `%run`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from brickyard.errors import InvalidParameterValue
from brickyard.workloads.notebooks.control import RestartPython
from brickyard.workloads.notebooks.dbutils import DBUtils
from brickyard.workloads.notebooks.document import CELL_MAGICS, Cell, Notebook
from brickyard.workloads.notebooks.files import Located, locate, parse_notebook
from brickyard.workloads.notebooks.magics.fs import run_fs
from brickyard.workloads.notebooks.magics.parse import MagicCell, take_apart
from brickyard.workloads.notebooks.magics.pip import activate, run_pip
from brickyard.workloads.notebooks.magics.run_args import parse_run
from brickyard.workloads.notebooks.magics.sh import run_sh
from brickyard.workloads.notebooks.magics.sql import run_sql
from brickyard.workloads.notebooks.restart import forget_modules
from brickyard.workloads.notebooks.scope import Scope
from brickyard.workloads.notebooks.shell import (
    NotebookShell,
    UnknownMagicError,
    register_line_magics,
    unknown_magic,
)

_REFUSED = {
    "scala": "Scala cells cannot run here: there is no JVM. Rewrite the cell in Python or SQL.",
    "r": "R cells cannot run here: there is no R. Rewrite the cell in Python or SQL.",
}


class UnsupportedLanguage(Exception):
    """A cell is in a language that cannot run here."""


class RunMagicError(Exception):
    """A `%run` that cannot be done; the text says why."""


class Kernel:
    """The shell and the meaning of every magic."""

    def __init__(self, scope: Scope, shell: NotebookShell, dbutils: DBUtils) -> None:
        self._scope = scope
        self._shell = shell
        self._dbutils = dbutils
        self._fresh = dict(shell.user_ns)
        register_line_magics(
            shell,
            {
                "pip": lambda line: run_pip(line, scope.site, scope.assignment.paths),
                "fs": self._fs,
                "sh": run_sh,
                "sql": self._sql,
                "md": lambda _: None,
                "run": _not_alone,
                "restart_python": lambda _: dbutils.library.restartPython(),
                "conda": lambda _: _refuse_conda(),
                "scala": lambda _: _refuse("scala"),
                "r": lambda _: _refuse("r"),
            },
        )

    def run_cell(self, notebook: Notebook, index: int) -> None:
        """Run one cell of the notebook on top of the stack.

        Raises:
            NotebookExit: the notebook ends here.
            BaseException: whatever the user's code raised.
        """
        cell = notebook.cells[index]
        self._shell.compile.label = self._label(index)
        self._shell.execution_count = index + 1
        try:
            self._dispatch(notebook, cell)
        except RestartPython:
            self._restart()

    def label(self, index: int) -> str:
        """The name of the code of a cell of the task's own notebook."""
        return f"Cell In[{index + 1}]"

    def _label(self, index: int) -> str:
        where = f" of {self._scope.stack[-1].path}" if len(self._scope.stack) > 1 else ""
        return self.label(index) + where

    def _dispatch(self, notebook: Notebook, cell: Cell) -> None:
        if has_nothing_to_run(notebook, cell):
            return
        comment = "--" if notebook.language == "sql" else "#"
        magic = take_apart(cell.source, comment=comment)
        match magic.name if magic else notebook.language, magic:
            case "python", MagicCell():
                self._python(magic.padded)
            case "sql", _:
                self._sql(magic.text if magic else cell.source)
            case "sh", MagicCell():
                run_sh(magic.text)
            case "fs", MagicCell():
                self._fs_cell(magic)
            case "run", MagicCell():
                self._run(magic)
            case "scala" | "r" as name, _:
                _refuse(name)
            case name, MagicCell() if notebook.language != "python" and name not in self._line_magics:
                raise self._unknown(name)
            case _:
                self._check_first_magic(magic)
                self._python(cell.source)

    @property
    def _line_magics(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._shell.magics_manager.magics["line"]
        return found

    def _check_first_magic(self, magic: MagicCell | None) -> None:
        if magic is not None and magic.name not in self._line_magics and magic.name not in self._shell.user_ns:
            raise self._unknown(magic.name)

    def _unknown(self, name: str) -> UnknownMagicError:
        return unknown_magic(f"%{name}", [f"%{known}" for known in (*CELL_MAGICS, *self._line_magics)])

    def _python(self, source: str) -> None:
        result = self._shell.run_cell(source)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            raise error

    def _sql(self, text: str) -> None:
        frame = run_sql(self._scope, text)
        if frame is not None:
            self._shell.user_ns["_sqldf"] = frame

    def _fs(self, line: str) -> Any:
        return run_fs(self._dbutils.fs, line)

    def _fs_cell(self, magic: MagicCell) -> None:
        lines = [line.strip().removeprefix("%fs").strip() for line in magic.text.splitlines() if line.strip()]
        for line in lines or [""]:
            answer = self._fs(line)
            if isinstance(answer, str):
                print(answer)
            elif answer is not None:
                self._shell.user_ns["display"](answer)

    def _run(self, magic: MagicCell) -> None:
        if any(line.strip() and not line.strip().startswith(("#", "--")) for line in magic.body.split("\n")):
            _not_alone(magic.first)
        path, values = parse_run(magic.first)
        checkouts = self._scope.assignment.paths.checkouts
        located = locate(self._scope.workspace, path, base=self._scope.here, checkouts=checkouts)
        self._refuse_cycle(located)
        data = located.file.read_bytes()
        self._scope.code.add(located.file_path, data)
        notebook = parse_notebook(data, located.file.suffix)
        refuse_foreign_cells(notebook, located.path)
        self._scope.stack.append(located)
        try:
            with self._scope.widgets.given(values):
                for index in range(len(notebook.cells)):
                    self.run_cell(notebook, index)
        finally:
            self._scope.stack.pop()

    def _refuse_cycle(self, located: Located) -> None:
        paths = [running.path for running in self._scope.stack]
        if located.path in paths:
            way = " → ".join([*paths[paths.index(located.path) :], located.path])
            raise RunMagicError(f"%run {located.path} would never end: {way}")

    def _restart(self) -> None:
        names = self._shell.user_ns
        names.clear()
        names.update(self._fresh)
        forget_modules(self._scope.site, self._scope.workspace)
        if self._scope.site.is_dir():
            activate(self._scope.site)
        sys.stdout.flush()


def has_nothing_to_run(notebook: Notebook, cell: Cell) -> bool:
    """True for cells of text and for empty ones."""
    return not cell.source.strip() or cell.kind != "code" or cell.language(notebook.language) == "md"


def refuse_foreign_cells(notebook: Notebook, path: str) -> None:
    """Look for cells that cannot run here, before anything runs.

    Raises:
        UnsupportedLanguage: there is one; the text names it.
    """
    for number, cell in enumerate(notebook.cells, 1):
        if has_nothing_to_run(notebook, cell):
            continue
        language = cell.language(notebook.language)
        if language in _REFUSED:
            title = f" ({cell.title})" if cell.title else ""
            raise UnsupportedLanguage(f"Cell {number}{title} of {path}: {_REFUSED[language]}")


def _refuse(language: str) -> NoReturn:
    raise UnsupportedLanguage(_REFUSED[language])


def _refuse_conda() -> NoReturn:
    raise InvalidParameterValue("%conda is refused here: there is no conda environment. Use %pip install.")


def _not_alone(line: str) -> NoReturn:
    raise RunMagicError(f"%run {line.strip()} must be alone in its cell")
