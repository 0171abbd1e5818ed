"""`%fs`: `dbutils.fs` with the words of a command line."""

from __future__ import annotations

import difflib
import shlex
from typing import Any

from brickyard.workloads.notebooks.dbutils.fs import FileSystemUtility

_COMMANDS = ("cp", "head", "ls", "mkdirs", "mv", "put", "rm")
_FLAGS = {"-r": "recurse", "--recurse": "recurse", "-R": "recurse", "-f": "overwrite", "--overwrite": "overwrite"}


class FsError(Exception):
    """The command of `%fs` is not known."""


def run_fs(fs: FileSystemUtility, text: str) -> Any:
    """Run one command, as `ls /Volumes/x` or `rm -r dbfs:/y`; returns what `dbutils.fs` returns.

    Raises:
        FsError: there is no such command, or its words do not fit.
    """
    words = shlex.split(text, comments=True)
    if not words:
        raise FsError(f"%fs needs a command: {', '.join(_COMMANDS)}")
    command, *rest = words
    if command == "help":
        fs.help()
        return None
    if command not in _COMMANDS:
        near = difflib.get_close_matches(command, _COMMANDS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        getattr(fs, command) if command in fs.refused else None
        raise FsError(f"%fs has no command {command!r}.{hint} It has: {', '.join(_COMMANDS)}.")
    options: dict[str, Any] = {_FLAGS[word]: True for word in rest if word in _FLAGS}
    arguments: list[Any] = [word for word in rest if word not in _FLAGS]
    if arguments and arguments[-1].lower() in {"true", "false"}:
        arguments[-1] = arguments[-1].lower() == "true"
    if command == "head" and len(arguments) > 1:
        arguments[1] = int(arguments[1])
    try:
        return getattr(fs, command)(*arguments, **options)
    except TypeError as error:
        raise FsError(f"%fs {text}: {error}") from None
