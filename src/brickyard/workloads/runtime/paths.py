"""Paths as user code writes them, and the folders of this machine behind them."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable

from brickyard.workloads.messages import Paths
from brickyard.workloads.runtime import errors

_REMOTE = re.compile(r"^(?!file:|dbfs:)[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_GLOB = re.compile(r"[*?\[{]")


class PathMap:
    """Both directions of the mapping: `dbfs:/x`, `/dbfs/x`, `/Volumes/…`, `/Workspace/…`, `file:/…`."""

    def __init__(self, paths: Paths, working_directory: str | None = None) -> None:
        self._cwd = working_directory
        self._rules: tuple[tuple[str, str], ...] = (
            ("dbfs:/Volumes", paths.volumes),
            ("dbfs:", paths.dbfs),
            ("/dbfs/Volumes", paths.volumes),
            ("/dbfs", paths.dbfs),
            ("/Volumes", paths.volumes),
            *((("/Workspace/Repos/.internal", paths.checkouts),) if paths.checkouts else ()),
            ("/Workspace", paths.workspace),
        )
        self._back: tuple[tuple[str, str], ...] = (
            *(((paths.checkouts, "/Workspace/Repos/.internal"),) if paths.checkouts else ()),
            (paths.volumes, "/Volumes"),
            (paths.dbfs, "dbfs:"),
            (paths.workspace, "/Workspace"),
        )

    def local(self, path: str) -> str:
        """The path or URL for the engine; anything that is a URL of a remote store stays as it is."""
        if _REMOTE.match(path):
            return path
        if path.startswith("file:"):
            path = "/" + path[len("file:") :].lstrip("/")
        for prefix, folder in self._rules:
            if path == prefix or path.startswith(prefix + "/"):
                return os.path.normpath(folder + path[len(prefix) :])
        if path.startswith("/"):
            return path
        return os.path.join(self._cwd or os.getcwd(), path)  # noqa: PTH109, PTH118  globs and URLs are no Path

    def shown(self, path: str) -> str:
        """A path as Spark's own errors spell it: with a scheme."""
        return path if re.match(r"^[a-z0-9+]+:", path, re.IGNORECASE) else f"file:{self.absolute(path)}"

    def absolute(self, path: str) -> str:
        """The user's spelling, made absolute."""
        return path if path.startswith("/") else self.local(path)

    def users(self, text: str) -> str:
        """A message in which folders of this machine are replaced by the names that users know."""
        for folder, prefix in self._back:
            text = text.replace(f"file://{folder}/", f"{prefix}/").replace(f"{folder}/", f"{prefix}/")
        return text

    def existing(self, paths: Iterable[str]) -> list[str]:
        """The engine's paths of what is to be read.

        Raises:
            AnalysisException: `PATH_NOT_FOUND`, where nothing is at one of the paths.
        """
        found = []
        for path in paths:
            local = self.local(path)
            if not _REMOTE.match(local) and not _exists(local):
                raise errors.path_not_found(self.shown(path))
            found.append(local)
        return found


def is_remote(path: str) -> bool:
    """Whether it is the URL of an object store."""
    return bool(_REMOTE.match(path))


def expand(pattern: str) -> list[str]:
    """The files and folders that match a Hadoop glob (with `{a,b}`), sorted."""
    return sorted(name for each in _braces(pattern) for name in glob.glob(each))  # noqa: PTH207  patterns, no Path


def _exists(path: str) -> bool:
    if os.path.exists(path):  # noqa: PTH110  a plain string from user code
        return True
    return bool(_GLOB.search(path)) and bool(expand(path))


def _braces(pattern: str) -> list[str]:
    match = re.search(r"\{([^{}]*)\}", pattern)
    if not match:
        return [pattern]
    head, tail = pattern[: match.start()], pattern[match.end() :]
    return [each for choice in match[1].split(",") for each in _braces(head + choice + tail)]
