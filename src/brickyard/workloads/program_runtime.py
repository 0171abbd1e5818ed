"""What Python files and packages find of what notebooks have, all of it by import and none of it before.

`SparkSession.builder.getOrCreate()` gives the task's session, `from databricks.sdk.runtime import dbutils, spark` the
names of a notebook, and `WorkspaceClient()` calls the API as the run. A program that imports neither pays for neither.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brickyard.workloads import dbruntime, places, secret_references
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.late import when_imported
from brickyard.workloads.messages import Assignment, Outcome, ScriptWork
from brickyard.workloads.stand_in import StandIn

if TYPE_CHECKING:
    from brickyard.workloads.log_redactor import LogRedactor
    from brickyard.workloads.notebooks.scope import Scope


@contextmanager
def program_runtime(assignment: Assignment, bridge: Bridge) -> Iterator[Callable[[Outcome], Outcome]]:
    """Offer all of it; gives what takes the program's outcome, and returns it without the secrets that were read."""
    parts = _Parts(assignment, bridge)
    when_imported("pyspark", lambda: parts.session)
    for secret in secret_references.revealed():
        parts.redactor.add(secret)
    try:
        with dbruntime.installed(parts.names, assignment.context.api_url, parts.token):
            yield parts.hide
    finally:
        parts.close()


class _Parts:
    """Each part is made at its first use; their modules are imported then."""

    def __init__(self, assignment: Assignment, bridge: Bridge) -> None:
        self._assignment = assignment
        self._bridge = bridge

    @functools.cached_property
    def session(self) -> Any:
        """The Spark session; it asks for compute at its first use."""
        module = importlib.import_module("brickyard.workloads.runtime.session")
        return module.open_session(self._assignment, self._bridge)

    @functools.cached_property
    def redactor(self) -> LogRedactor:
        """Knows the secrets that were read."""
        made: LogRedactor = _new("log_redactor", "LogRedactor", Path(self._assignment.folder))
        return made

    @functools.cached_property
    def scope(self) -> Scope:
        """What `dbutils` knows of the program."""
        made: Scope = _new(
            "notebooks.scope",
            "Scope",
            assignment=self._assignment,
            bridge=self._bridge,
            widgets=_new("notebooks.widgets", "Widgets", {}),
            redactor=self.redactor,
            code=_new("code", "CodeLog", Path(self._assignment.folder)),
            spark=StandIn(lambda: self.session),
            stack=[self._located()],
            publish=lambda data: print(data.get("text/plain", "")),  # noqa: T201 -- a program shows things as text
        )
        return made

    @functools.cached_property
    def dbutils(self) -> Any:
        """As in a notebook, but for what has a meaning in notebooks alone."""
        made = _new("notebooks.dbutils", "DBUtils", self.scope)
        made.notebook.exit = _refused("dbutils.notebook.exit", "A Python file or package ends by sys.exit(0).")
        made.library.restartPython = _refused("dbutils.library.restartPython", "Name packages in the task's libraries.")
        return made

    def token(self) -> str:
        """The token with which the program calls the API."""
        return self.scope.api_token()

    def names(self) -> dict[str, Any]:
        """What a notebook finds without an import."""
        return {
            "spark": StandIn(lambda: self.session),
            "sc": StandIn(lambda: self.session.sparkContext),
            "sqlContext": StandIn(lambda: self.session.sparkContext),
            "dbutils": StandIn(lambda: self.dbutils),
            "display": _display,
            "displayHTML": print,
            "table": StandIn(lambda: self.session.table),
            "sql": StandIn(lambda: self.session.sql),
            "udf": StandIn(lambda: importlib.import_module("pyspark.sql.functions").udf),
            "getArgument": StandIn(lambda: self.dbutils.widgets.getArgument),
        }

    def hide(self, outcome: Outcome) -> Outcome:
        """The outcome without the secrets that were read."""
        return self.redactor.outcome(outcome) if "redactor" in vars(self) else outcome

    def close(self) -> None:
        """Write what is still on its way to the logs."""
        if "redactor" in vars(self):
            self.redactor.close()

    def _located(self) -> Any:
        work, paths = self._assignment.work, self._assignment.paths
        if isinstance(work, ScriptWork):
            file = places.real(work.path, paths)
            return _new("notebooks.files", "Located", places.seen(file, paths), file)
        here = f"/Users/{self._assignment.context.user_name}/program"
        return _new("notebooks.files", "Located", here, Path(paths.workspace, here.lstrip("/")))


def _new(module: str, name: str, *args: Any, **fields: Any) -> Any:
    """An object of a class whose module is imported now."""
    return getattr(importlib.import_module(f"brickyard.workloads.{module}"), name)(*args, **fields)


def _refused(name: str, instead: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise NotImplementedError(f"{name} belongs to notebooks. {instead}")

    return refuse


def _display(*objects: Any, **_: object) -> None:
    """Show each object as text: a program has no cells."""
    for value in objects:
        if type(value).__module__.startswith("pyspark.sql."):
            value.show()
        else:
            print(value)  # noqa: T201 -- as `display` is asked to
