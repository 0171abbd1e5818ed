"""Which file system and which path in it a path of `dbutils.fs` means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import fsspec

from brickyard.workloads.messages import Paths
from brickyard.workloads.places import CHECKOUTS


class ExecutionError(Exception):
    """A file operation failed. The class is named as on Databricks; the text begins with the Java exception there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file or folder, which need not exist."""

    fs: Any
    """An fsspec file system."""
    path: str
    """The path as that file system has it."""
    root: str
    shown_root: str
    """What stands for `root` in paths that the user sees."""

    @property
    def shown(self) -> str:
        """The path as the user sees it."""
        return self.show(self.path)

    def show(self, path: str) -> str:
        """Another path of the same file system as the user sees it."""
        rest = path.removeprefix(self.root).lstrip("/")
        return f"{self.shown_root}{rest}"

    def below(self, name: str) -> Target:
        """A file or folder in this folder."""
        return Target(self.fs, f"{self.path.rstrip('/')}/{name}", self.root, self.shown_root)


def resolve(path: object, paths: Paths) -> Target:
    """The target of a path: `dbfs:/`, `/dbfs/`, `/Volumes/`, `/Workspace/`, `file:/`, a local path or an fsspec URL.

    Raises:
        TypeError: the path is no text.
        ExecutionError: it is not absolute, has `..` in it, or its scheme is not known.
    """
    if not isinstance(path, str):
        raise TypeError(f"A path of dbutils.fs must be str, not {type(path).__name__}")
    scheme, colon, rest = path.partition(":")
    has_scheme = bool(colon) and "/" not in scheme
    if has_scheme and scheme not in {"dbfs", "file"}:
        return _remote(path)
    local = "/" + (rest if has_scheme else path).lstrip("/")
    if not has_scheme and not path.startswith("/"):
        raise ExecutionError(f"java.lang.IllegalArgumentException: Path must be absolute: {path}")
    if ".." in PurePosixPath(local).parts:
        raise ExecutionError(f"java.lang.IllegalArgumentException: Path must not have '..' in it: {path}")
    if has_scheme and scheme == "file":
        roots = [*_workspace(paths), ("", "", "file:/")]
    else:
        roots = [
            ("/Volumes", paths.volumes, "dbfs:/Volumes/"),
            *_workspace(paths),
            ("", paths.dbfs, "dbfs:/") if has_scheme else ("/dbfs", paths.dbfs, "dbfs:/"),
            ("", "", "file:/"),
        ]
    for prefix, root, shown in roots:
        if local == prefix or local.startswith(prefix + "/"):
            place = root + local.removeprefix(prefix).rstrip("/")
            return Target(fsspec.filesystem("file"), place or "/", root, shown)
    raise AssertionError(local)


def _workspace(paths: Paths) -> list[tuple[str, str, str]]:
    checkouts = f"/Workspace{CHECKOUTS}"
    seen = [(checkouts.rstrip("/"), paths.checkouts, checkouts)] if paths.checkouts else []
    return [*seen, ("/Workspace", paths.workspace, "/Workspace/")]


def _remote(url: str) -> Target:
    try:
        fs, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise ExecutionError(f"java.io.IOException: No FileSystem for {url!r}: {error}") from None
    root = url.partition("://")[0] + "://"
    # Some file systems keep a leading slash in their paths, some do not; what the user sees is a URL either way.
    return Target(fs, path, "/" if path.startswith("/") else "", root + ("/" if path.startswith("/") else ""))
