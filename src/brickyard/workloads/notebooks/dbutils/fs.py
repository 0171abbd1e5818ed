"""`dbutils.fs`: files of this machine, of DBFS and volumes, and of every store that fsspec knows."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from brickyard.workloads.notebooks.dbutils.paths import ExecutionError, Target, resolve
from brickyard.workloads.notebooks.dbutils.utility import Utility
from brickyard.workloads.notebooks.scope import Scope

_MOUNTS = "there are no mounts here. Use the store's URL (s3://…, abfss://…) or a volume (/Volumes/…)."
_CACHE = "Databricks has retired it."


class FileInfo(NamedTuple):
    """A file or folder; the name and path of a folder end with a slash."""

    path: str
    name: str
    size: int
    modificationTime: int
    """Epoch milliseconds; 0 where the store does not know it."""

    def isDir(self) -> bool:
        return self.name.endswith("/")

    def isFile(self) -> bool:
        return not self.isDir()


class FileSystemUtility(Utility):
    """Files: of DBFS (dbfs:/), volumes (/Volumes), this machine (file:/) and every store that fsspec has a URL for."""

    path = "dbutils.fs"
    refused = {
        **dict.fromkeys(("mount", "updateMount", "unmount", "mounts", "refreshMounts"), _MOUNTS),
        **dict.fromkeys(("cacheFiles", "cacheTable", "uncacheFiles", "uncacheTable"), _CACHE),
    }

    def __init__(self, scope: Scope) -> None:
        self._paths = scope.assignment.paths

    def ls(self, dir: str) -> list[FileInfo]:
        """What is in a folder, by name; of a file: the file itself."""
        target = self._existing(dir)
        if not target.fs.isdir(target.path):
            return [_info(target, target.fs.info(target.path))]
        listed = [_info(target, entry) for entry in target.fs.ls(target.path, detail=True, refresh=True)]
        return sorted(
            (entry for entry in listed if entry.path.rstrip("/") != target.shown.rstrip("/")), key=lambda e: e.name
        )

    def cp(self, from_: str, to: str, recurse: bool = False) -> bool:
        """Copy a file, or with `recurse` a folder; files that are there are replaced."""
        self._copy(from_, to, recurse=recurse, verb="copy")
        return True

    def mv(self, from_: str, to: str, recurse: bool = False) -> bool:
        """Move a file, or with `recurse` a folder: a copy, then a removal."""
        source, destination = self._copy(from_, to, recurse=recurse, verb="move")
        if source != destination:
            source.fs.rm(source.path, recursive=recurse)
        return True

    def rm(self, dir: str, recurse: bool = False) -> bool:
        """Remove a file, or with `recurse` a folder; False where there was none."""
        target = resolve(dir, self._paths)
        if not target.fs.exists(target.path):
            return False
        if target.path.rstrip("/") == target.root.rstrip("/"):
            raise ExecutionError(
                f"java.io.IOException: {target.shown} is the root of its file system; it is not removed"
            )
        folder = target.fs.isdir(target.path)
        if folder and not recurse and target.fs.ls(target.path, detail=False):
            raise ExecutionError(f"java.io.IOException: {target.shown} is not empty; pass recurse=True to remove it")
        target.fs.rm(target.path, recursive=folder)
        return True

    def mkdirs(self, dir: str) -> bool:
        """Make a folder and those above it."""
        target = resolve(dir, self._paths)
        if target.fs.isfile(target.path):
            raise ExecutionError(f"org.apache.hadoop.fs.FileAlreadyExistsException: {target.shown} is a file")
        target.fs.makedirs(target.path, exist_ok=True)
        return True

    def put(self, file: str, contents: str, overwrite: bool = False) -> bool:
        """Write text to a file as UTF-8."""
        target = resolve(file, self._paths)
        if not isinstance(contents, str):
            raise TypeError(f"contents of dbutils.fs.put must be str, not {type(contents).__name__}")
        if target.fs.isdir(target.path):
            raise ExecutionError(f"java.io.IOException: {target.shown} is a directory")
        if not overwrite and target.fs.exists(target.path):
            raise ExecutionError(
                f"org.apache.hadoop.fs.FileAlreadyExistsException: {target.shown} exists; overwrite=True replaces it"
            )
        _make_parent(target)
        data = contents.encode()
        target.fs.pipe_file(target.path, data)
        print(f"Wrote {len(data)} bytes.")
        return True

    def head(self, file: str, maxBytes: int = 65536) -> str:
        """The beginning of a text file."""
        target = self._existing(file)
        if target.fs.isdir(target.path):
            raise ExecutionError(f"java.io.IOException: {target.shown} is a directory")
        with target.fs.open(target.path, "rb") as stream:
            data = stream.read(maxBytes)
            if stream.read(1):
                print(f"[Truncated to first {maxBytes} bytes]")
        return str(data.decode("utf-8", "replace"))

    def _existing(self, path: str) -> Target:
        target = resolve(path, self._paths)
        if not target.fs.exists(target.path):
            _missing(target)
        return target

    def _copy(self, from_: str, to: str, *, recurse: bool, verb: str) -> tuple[Target, Target]:
        source, destination = self._existing(from_), resolve(to, self._paths)
        if source.fs.isdir(source.path):
            if not recurse:
                raise ExecutionError(
                    f"java.io.IOException: {source.shown} is a directory; pass recurse=True to {verb} it"
                )
            if (destination.path + "/").startswith(source.path.rstrip("/") + "/") and destination.fs == source.fs:
                raise ExecutionError(f"java.io.IOException: {destination.shown} is inside of {source.shown}")
            destination.fs.makedirs(destination.path, exist_ok=True)
            for path in source.fs.find(source.path, withdirs=True):
                inner = destination.below(path.removeprefix(source.path.rstrip("/")).lstrip("/"))
                if source.fs.isdir(path):
                    inner.fs.makedirs(inner.path, exist_ok=True)
                else:
                    _copy_file(source.fs, path, inner)
            return source, destination
        if destination.fs.isdir(destination.path) or to.endswith("/"):
            destination = destination.below(source.path.rpartition("/")[2])
        if source != destination:
            _copy_file(source.fs, source.path, destination)
        return source, destination


def _copy_file(fs: Any, path: str, to: Target) -> None:
    _make_parent(to)
    with fs.open(path, "rb") as reader, to.fs.open(to.path, "wb") as writer:
        shutil.copyfileobj(reader, writer, 1024 * 1024)


def _make_parent(target: Target) -> None:
    parent = target.path.rpartition("/")[0]
    if parent:
        target.fs.makedirs(parent, exist_ok=True)


def _missing(target: Target) -> NoReturn:
    raise ExecutionError(f"java.io.FileNotFoundException: No such file or directory: {target.shown}")


def _info(target: Target, entry: Mapping[str, Any]) -> FileInfo:
    end = "/" if entry["type"] == "directory" else ""
    path = str(entry["name"]).rstrip("/")
    return FileInfo(
        path=target.show(path) + end,
        name=path.rpartition("/")[2] + end,
        size=0 if end else int(entry.get("size") or 0),
        modificationTime=_milliseconds(entry),
    )


def _milliseconds(entry: Mapping[str, Any]) -> int:
    for name in ("mtime", "LastModified", "last_modified", "modified", "created"):
        value = entry.get(name)
        if isinstance(value, dt.datetime):
            return int(value.timestamp() * 1000)
        if isinstance(value, int | float):
            return int(value * 1000)
    return 0
