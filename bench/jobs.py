"""What the jobs of the measurements are made of."""

from __future__ import annotations

from typing import Any

FOLDER = "/Workspace/Users/bench"

Row = tuple[str, str, str, str]
"""What was measured, the figure, the budget, the bare loop."""


def script(key: str, *after: str, file: str = "light.py", parameters: tuple[str, ...] = ()) -> dict[str, Any]:
    """A script task; without more it does next to nothing."""
    return {
        "task_key": key,
        "depends_on": [{"task_key": name} for name in after],
        "spark_python_task": {"python_file": f"{FOLDER}/{file}", "parameters": list(parameters)},
    }
