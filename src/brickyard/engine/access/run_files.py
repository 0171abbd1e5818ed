"""Whether a run may have what its task names: files of the workspace, and saved queries.

Asked when an attempt starts, with the rights of whoever the run acts as: who may make a job decides what it names, and
that gives no rights on it. Code that runs reads files by itself; what it may do there is the operating system's to say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from brickyard.access import folders
from brickyard.access.actions import RULES, Action
from brickyard.access.identity import USERS, Identity, PrincipalKind
from brickyard.access.levels import ObjectType, reaches
from brickyard.engine.access.gate import Gate
from brickyard.errors import NotFound, PermissionDenied
from brickyard.ports import PrincipalStore
from brickyard.workloads import places
from brickyard.workloads.messages import DbtWork, NotebookWork, Paths, WheelWork, Work
from brickyard.workloads.notebooks.files import SUFFIXES, absolute_path
from brickyard.workloads.session_messages import SessionWork

_FILES = ObjectType.FILES


class RunFiles:
    """Safe to use from any thread. Reads the store anew each time, and only for what is not the run's own."""

    def __init__(self, gate: Gate, principals: PrincipalStore, paths: Paths) -> None:
        self._gate = gate
        self._principals = principals
        self._paths = paths
        self._root = Path(os.path.realpath(paths.workspace))

    def check_work(self, name: str, work: Work, *, nested: bool) -> None:
        """Return if a run that acts as `name` may run the files of a work.

        `nested`: it was asked for by the code of a task, which finds the checkout that it is in by this path.

        Raises:
            PermissionDenied: it may not.
            InvalidParameterValue: a path means no place in the workspace.
        """
        if isinstance(work, WheelWork | SessionWork) or work.source != "WORKSPACE" or not work.path:
            return
        if not (nested and work.path.startswith(places.CHECKOUTS)):
            self._check(name, work.path, RULES[Action.FILES_RUN].level, is_notebook=isinstance(work, NotebookWork))
        if isinstance(work, DbtWork) and work.profiles_directory.startswith("/"):
            self._check(name, work.profiles_directory, RULES[Action.FILES_READ].level)

    def check_requirements(self, name: str, lines: Sequence[str]) -> None:
        """As `check_work`, of pip requirement lines with paths of this machine."""
        for line in lines:
            file = Path(line.removeprefix("-r ").strip())
            if file.is_absolute() and file.is_relative_to(self._paths.workspace):
                self._check(name, "/" + str(file.relative_to(self._paths.workspace)), "CAN_READ")

    def check_query(self, name: str, query_id: str) -> None:
        """Return if a run that acts as `name` may run a saved query.

        Raises:
            NotFound: it may not even see it, or there is none.
            PermissionDenied: it may not run it.
        """
        kind = ObjectType.QUERIES
        level = self._gate.level(self._person(name), kind, query_id)
        if not level:
            raise NotFound(f"The query {query_id!r} does not exist.")
        if not reaches(kind, level, "CAN_RUN"):
            raise PermissionDenied(f"The run acts as {name}, who has {level} on query {query_id} and needs CAN_RUN.")

    def _check(self, name: str, path: str, needed: str, *, is_notebook: bool = False) -> None:
        shown = self._in_workspace(path)
        if shown is None:
            return
        who: Identity | None = None
        for meant in self._meant(shown):
            if folders.standing_level(meant, _member(name)):
                continue
            who = who or self._person(name)
            names = [meant, _without_suffix(meant)] if is_notebook else [meant]
            if not any(reaches(_FILES, self._gate.level(who, _FILES, each), needed) for each in names):
                raise PermissionDenied(
                    f"The run acts as {name}, who does not have the permission {needed} on {shown}; or it is not there."
                )

    def _in_workspace(self, path: str) -> str | None:
        """The path in the workspace; None where it is another place's, which everybody may use."""
        if path.startswith(("dbfs:/", "/Volumes/", "/dbfs/")):
            return None
        return absolute_path(path, base="/")

    def _meant(self, shown: str) -> Iterator[str]:
        """The path, and those that links lead to from there."""
        yield shown
        place = self._root.joinpath(*PurePosixPath(shown).parts[1:])
        for candidate in (place, *(place.with_name(place.name + suffix) for suffix in SUFFIXES if place.name)):
            real = Path(os.path.realpath(candidate))
            if real != candidate and real.is_relative_to(self._root):
                yield "/" + str(real.relative_to(self._root))

    def _person(self, name: str) -> Identity:
        found = self._principals.identity(name)
        if found is None:
            raise PermissionDenied(f"The run acts as {name}, who is no active user of this server.")
        return found


def _member(name: str) -> Identity:
    """Somebody of whom nothing is known but the name: enough for rights by place."""
    return Identity(name=name, kind=PrincipalKind.USER, groups=frozenset({USERS}))


def _without_suffix(path: str) -> str:
    """A notebook is known without the extension of its file."""
    given = PurePosixPath(path)
    return str(given.with_suffix("")) if given.suffix.lower() in SUFFIXES else path
