"""What the parts of a running notebook share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Assignment, GetToken
from brickyard.workloads.notebooks.files import Located
from brickyard.workloads.notebooks.redact import Redactor
from brickyard.workloads.notebooks.widgets import Widgets


@dataclass(slots=True, kw_only=True)
class Scope:
    """One attempt, seen from inside its notebook."""

    assignment: Assignment
    bridge: Bridge
    widgets: Widgets
    redactor: Redactor
    code: CodeLog
    """Keeps the notebooks that run."""
    spark: Any
    """The Spark session; it connects when it is first used."""
    stack: list[Located] = field(default_factory=list)
    """The notebooks that run now: the task's own, then those that `%run` brought in."""
    publish: Callable[[Mapping[str, Any]], None] = print
    """Show a mime bundle in the running cell."""
    _token: str = ""

    def api_token(self) -> str:
        """The token with which this task calls the API as its run: made at the first use, hidden in all outputs.

        Raises:
            AskError: the server gives none.
        """
        if not self._token:
            token = str(self.bridge.ask(GetToken()))
            self.redactor.add(token)
            self._token = token
        return self._token

    @property
    def workspace(self) -> Path:
        """The folder behind `/Workspace`."""
        return Path(self.assignment.paths.workspace)

    @property
    def site(self) -> Path:
        """The folder that `%pip install` fills."""
        return Path(self.assignment.folder, "site")

    @property
    def here(self) -> str:
        """The workspace folder of the notebook that runs now: relative paths begin there."""
        return self.stack[-1].path.rpartition("/")[0] or "/"
