"""How a cell can end other than by an error. No `except Exception` of the user's code catches these."""

from __future__ import annotations


class NotebookExit(BaseException):
    """`dbutils.notebook.exit(value)`: the whole notebook ends here, in success."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


class RestartPython(BaseException):
    """`dbutils.library.restartPython()`: the rest of the cell is not run, and the next cell finds a fresh namespace."""
