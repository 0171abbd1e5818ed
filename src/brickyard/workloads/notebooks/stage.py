"""Everything that cells find when they run: streams that are captured, the Spark session, the shell with its names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brickyard.workloads import dbruntime, secret_references
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog
from brickyard.workloads.messages import Assignment
from brickyard.workloads.notebooks.dbutils import DBUtils
from brickyard.workloads.notebooks.display import Display, install_on_spark
from brickyard.workloads.notebooks.files import Located
from brickyard.workloads.notebooks.kernel import Kernel
from brickyard.workloads.notebooks.namespace import make_names
from brickyard.workloads.notebooks.redact import Redactor
from brickyard.workloads.notebooks.scope import Scope
from brickyard.workloads.notebooks.shell import NotebookShell, installed
from brickyard.workloads.notebooks.streams import Streams
from brickyard.workloads.notebooks.widgets import Widgets
from brickyard.workloads.runtime.session import open_session


@dataclass(frozen=True, slots=True)
class Stage:
    """The one shell of this process, for the notebook of a task or for the commands of a session."""

    scope: Scope
    shell: NotebookShell
    kernel: Kernel
    streams: Streams


class _CurrentCell:
    """The sink of the shell: rich outputs go where printed text goes, in the order in which they came."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def show(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any], *, display_id: str = "", result: int = 0
    ) -> None:
        with self._streams.cell_now() as cell:
            if cell is not None:
                cell.show(data, metadata, display_id=display_id, result=result)

    def update(self, display_id: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        with self._streams.cell_now() as cell:
            if cell is not None:
                cell.update(display_id, data, metadata)

    def clear(self, *, wait: bool) -> None:
        with self._streams.cell_now() as cell:
            if cell is not None:
                cell.clear(wait=wait)


@contextmanager
def stage(
    assignment: Assignment, bridge: Bridge, located: Located, *, parameters: Mapping[str, str], code: CodeLog
) -> Iterator[Stage]:
    """Make this process a place for cells, for which it is the only one.

    Relative paths are seen from the notebook that is `located`; `parameters` are the first values of widgets.
    """
    redactor = Redactor()
    for secret in secret_references.revealed():
        redactor.add(secret)
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    with ExitStack() as stack:
        streams = stack.enter_context(Streams(Path(assignment.folder), redactor))
        spark = open_session(assignment, bridge)
        stack.callback(spark.close)
        scope = Scope(
            assignment=assignment,
            bridge=bridge,
            widgets=Widgets(parameters),
            redactor=redactor,
            code=code,
            spark=spark,
            stack=[located],
        )
        yield _furnished(stack, scope, streams)


def _furnished(stack: ExitStack, scope: Scope, streams: Streams) -> Stage:
    dbutils = DBUtils(scope)
    shell = stack.enter_context(installed({}))
    shell.sink = sink = _CurrentCell(streams)
    scope.publish = lambda data: sink.show(data, {})
    display = Display(shell)
    install_on_spark(display)
    names = make_names(scope, dbutils, display)
    shell.user_ns.update(names)
    shell.user_ns_hidden.update(names)
    stack.enter_context(dbruntime.installed(lambda: names, scope.assignment.context.api_url, scope.api_token))
    return Stage(scope, shell, Kernel(scope, shell, dbutils), streams)
