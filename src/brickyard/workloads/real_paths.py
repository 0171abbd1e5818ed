"""`/Workspace`, `/Volumes` and `/dbfs` as real paths in tasks, and what is said where they cannot be.

The launcher enters a view of the file system in which they are there (see `mounts`), and its workers and engines are
born into it: `open`, `pandas`, readers in C++ and commands of the shell all find them. Where the system allows no such
view, links that an operator has made do as well. Without both, an error about such a path says why it is not there.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from brickyard.workloads import mounts
from brickyard.workloads.messages import Paths
from brickyard.workloads.mounts import Mount

PLACES = ("/Workspace", "/Volumes", "/dbfs")
_CHECKOUTS = ("Repos", ".internal")

_why_not = ""


def provide(wanted: Mapping[str, str], scratch: Path, hidden: Sequence[str] = ()) -> str:
    """Have the folders seen at their paths by this process and all that it starts; "" or why that cannot be.

    To be called once, and before there is a second thread. `scratch` is any folder that exists. What is `hidden` they
    see empty, where the system allows it.
    """
    global _why_not  # noqa: PLW0603  a fact of the process, which its children inherit
    needed = missing(wanted)
    why = unavailable(needed, scratch, hidden)
    if not why:
        mounts.enter(needed, scratch, hidden)
    _why_not = why if needed else ""
    return _why_not


def missing(wanted: Mapping[str, str]) -> Sequence[Mount]:
    """What is not seen at its path yet."""
    found = [Mount(place, folder) for place, folder in wanted.items()]
    return [mount for mount in found if not mount.there]


def unavailable(needed: Sequence[Mount], scratch: Path, hidden: Sequence[str] = ()) -> str:
    """Why this process could not have these folders seen at their paths; "" where it could."""
    if sys.platform != "linux":
        return f"{sys.platform} has no mount namespaces"
    return mounts.possible(needed, scratch, hidden)


def switch_off() -> str:
    """The operator wants none; returns the reason that is told."""
    global _why_not  # noqa: PLW0603  as in `provide`
    _why_not = "BRICKYARD_REAL_PATHS is off"
    return _why_not


def explain(error: BaseException) -> None:
    """Add the reason to an error about a path that would be there if the system allowed it."""
    if _why_not and isinstance(error, OSError) and any(f"{place}/" in str(error) for place in PLACES):
        error.add_note(
            f"{', '.join(PLACES)} are no real paths on this machine ({_why_not}); `brickyard doctor` says what to do. "
            "spark and dbutils.fs know them all the same."
        )


def show_checkouts(paths: Paths) -> None:
    """Have the checkouts of Git sources seen in the workspace's folder, at the path that their notebooks are told."""
    link = Path(paths.workspace, *_CHECKOUTS)
    link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        link.symlink_to(paths.checkouts)
