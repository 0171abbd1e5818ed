"""What is added to errors of users' code that are about this installation and not about the code."""

from __future__ import annotations

from brickyard.workloads import real_paths

_SDK = frozenset({"databricks", "databricks.sdk"})


def add(error: BaseException) -> None:
    """Add a note to an error that has a reason here; it is shown below the error's own text."""
    real_paths.explain(error)
    if isinstance(error, ModuleNotFoundError) and error.name in _SDK:
        error.add_note(
            "The package databricks-sdk is not installed for this task: name it in the task's libraries, or in a "
            "notebook use %pip install databricks-sdk."
        )
