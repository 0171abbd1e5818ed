"""Works whose files are in Git: their paths become paths of the workspace, where checkouts are seen as well.

As on Databricks, a notebook of a checkout has a path below `/Repos/.internal`. So a relative `%run`, and a notebook
that it starts by `dbutils.notebook.run`, find their files in the same checkout.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import msgspec

from brickyard.workloads import places, real_paths
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.messages import Assignment, DbtWork, PrepareCheckout, WheelWork, Work
from brickyard.workloads.session_messages import SessionWork


def path_of(work: Work) -> str:
    """The path that a work is read from; "" where it needs none."""
    return "" if isinstance(work, WheelWork | SessionWork) else work.path


def settled(assignment: Assignment, bridge: Bridge) -> Assignment:
    """The assignment with an absolute path, once its checkout is there.

    Raises:
        AskError: the checkout could not be had.
        BadPathError: the path leads out of it.
    """
    work = assignment.work
    if (
        isinstance(work, WheelWork | SessionWork)
        or work.source != "GIT"
        or not (work.path or isinstance(work, DbtWork))
    ):
        return assignment  # a dbt project without a path is the whole repository
    inside = _inside(work.path)
    folder = Path(str(bridge.ask(PrepareCheckout())))
    real_paths.show_checkouts(assignment.paths)
    seen = PurePosixPath(places.CHECKOUTS, folder.relative_to(assignment.paths.checkouts), inside)
    return msgspec.structs.replace(assignment, work=msgspec.structs.replace(work, path=str(seen)))


def _inside(path: str) -> PurePosixPath:
    given = PurePosixPath(path)
    if given.is_absolute():
        raise places.BadPathError(f"{path!r} is absolute; a path with source GIT is relative to the repository's root")
    if ".." in given.parts:
        raise places.BadPathError(f"{path!r} has '..' in it; a path of a job must be without")
    return given
