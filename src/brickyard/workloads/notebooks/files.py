"""From a path of the workspace to a notebook's file on disk, and back."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.workloads import places
from brickyard.workloads.notebooks.document import Language, Notebook
from brickyard.workloads.notebooks.formats import FORMATS, is_source_notebook, parse_source
from brickyard.workloads.notebooks.ipynb import parse_ipynb

_CHECKOUTS = PurePosixPath(places.CHECKOUTS).parts[1:]
SUFFIXES = (".py", ".sql", ".ipynb", ".scala", ".r")


class NotebookNotFound(NotFound):
    """There is no such notebook."""


@dataclass(frozen=True, slots=True)
class Located:
    """A notebook that was found."""

    path: str
    """Its path in the workspace: absolute, without `/Workspace` and extension."""
    file: Path

    @property
    def file_path(self) -> str:
        """Its path in the workspace with the extension."""
        return str(PurePosixPath(self.path).with_name(self.file.name))


def find_notebook(root: Path, path: str) -> Path:
    """The file of the notebook at a workspace path, with or without `/Workspace` and with or without extension.

    Raises:
        NotebookNotFound: there is none; the text names the nearest that exist.
        InvalidParameterValue: the path is not absolute, leads out of the workspace or to a file that is no notebook.
    """
    return locate(root, path).file


def locate(root: Path, path: str, *, base: str = "/", checkouts: str = "") -> Located:
    """As `find_notebook`, where a relative path is seen from the workspace folder `base`.

    Where `checkouts` is given, that folder of this machine is seen as `places.CHECKOUTS` of the workspace.
    """
    parts = _parts(path, base)
    root, below = _root_of(root, parts, checkouts)
    target = root.joinpath(*below)
    candidates = [target, *(target.with_name(target.name + suffix) for suffix in SUFFIXES)] if below else []
    for file in candidates:
        if not file.is_file():
            continue
        if not file.resolve().is_relative_to(root):
            raise InvalidParameterValue(f"The path {path!r} leads out of the workspace.")
        if is_notebook(_head(file), file.suffix):
            name = file.stem if file.suffix.lower() in SUFFIXES else file.name
            return Located("/" + "/".join([*parts[:-1], name]), file)
        if file == target:
            raise InvalidParameterValue(
                f"{path!r} is a file, not a notebook: the first line of a notebook is "
                f"'# Databricks notebook source' (or its like in SQL), or it is an .ipynb file."
            )
    raise NotebookNotFound(f"There is no notebook at {'/' + '/'.join(parts)!r}.{_nearest(root, below)}")


def absolute_path(path: str, *, base: str) -> str:
    """The absolute workspace path that `path` means in the folder `base`; nothing need exist there.

    Raises:
        InvalidParameterValue: it leads out of the workspace.
    """
    return "/" + "/".join(_parts(path, base))


def read_notebook(file: Path) -> Notebook:
    """Read a notebook's file.

    Raises:
        InvalidParameterValue: it cannot be read as a notebook; the text says why.
    """
    return parse_notebook(file.read_bytes(), file.suffix)


def parse_notebook(data: bytes, suffix: str) -> Notebook:
    """Read a notebook from the bytes of a file with this suffix."""
    if suffix.lower() == ".ipynb":
        return parse_ipynb(data)
    try:
        return parse_source(data.decode("utf-8-sig"), suffix)
    except UnicodeDecodeError as error:
        raise InvalidParameterValue(f"The notebook is not UTF-8: {error}.") from error


def is_notebook(data: bytes, suffix: str) -> bool:
    """True where a file with these (first) bytes and this suffix is a notebook and not a plain file."""
    return suffix.lower() == ".ipynb" or is_source_notebook(data, suffix)


def language_of(path: Path) -> Language:
    """The language of the notebook in this file."""
    if path.suffix.lower() == ".ipynb":
        return read_notebook(path).language
    return FORMATS[path.suffix.lower()].language


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(200)


def _root_of(workspace: Path, parts: list[str], checkouts: str) -> tuple[Path, list[str]]:
    """The folder that a path may not leave, the workspace's or a checkout's own; and the way in it."""
    if checkouts and tuple(parts[: len(_CHECKOUTS)]) == _CHECKOUTS:
        depth = len(_CHECKOUTS) + 2
        return Path(checkouts, *parts[len(_CHECKOUTS) : depth]).resolve(), parts[depth:]
    return workspace.resolve(), parts


def _parts(path: str, base: str) -> list[str]:
    given = PurePosixPath(path)
    if not path.strip() or "\0" in path:
        raise InvalidParameterValue(f"The path of a notebook is {path!r}; it must name one.")
    whole = given if given.is_absolute() else PurePosixPath(base) / given
    parts: list[str] = []
    for part in whole.parts[1:]:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise InvalidParameterValue(f"The path {path!r} leads out of the workspace.")
    if given.is_absolute():
        return parts[1:] if parts[:1] == ["Workspace"] else parts
    _refuse_leaving_checkout(path, parts, PurePosixPath(base).parts[1:])
    return parts


def _refuse_leaving_checkout(path: str, parts: list[str], base: tuple[str, ...]) -> None:
    depth = len(_CHECKOUTS) + 2
    if base[: len(_CHECKOUTS)] == _CHECKOUTS and tuple(parts[:depth]) != base[:depth]:
        raise InvalidParameterValue(f"The path {path!r} leads out of the checkout of the Git source.")


def _nearest(root: Path, parts: list[str]) -> str:
    folder = root.joinpath(*parts[:-1])
    if not parts or not folder.is_dir() or not folder.resolve().is_relative_to(root):
        return f" The folder {'/' + '/'.join(parts[:-1])!r} does not exist." if len(parts) > 1 else ""
    names = sorted({file.stem for file in folder.iterdir() if file.is_file() and is_notebook(_head(file), file.suffix)})
    near = difflib.get_close_matches(parts[-1], names, n=3, cutoff=0.4) or names[:5]
    return f" Nearest in its folder: {', '.join(near)}." if near else " Its folder holds no notebooks."
