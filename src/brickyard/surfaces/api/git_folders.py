"""The files of a Git folder: brought from one commit to another, and what was changed by hand is not lost.

A Git folder holds the files of a commit, as they are, among all others of the workspace; the repository itself is kept
elsewhere (`ports.Checkouts`). Going to another commit changes what differs between both. A file that somebody has
changed in the folder stays as it is where both commits have the same; else nothing at all is changed.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from brickyard.errors import InvalidState
from brickyard.surfaces.api import workspace_handles
from brickyard.surfaces.api.workspace_paths import meant

Files = Mapping[str, bytes]
"""By path in the repository: the bytes of a file; of a link where it leads, with `_LINK` before it."""
_LINK = b"\0link\0"
_SHOWN = 5


def read(folder: Path) -> Files:
    """All files of a checkout."""
    found: dict[str, bytes] = {}
    for above, folders, names in os.walk(folder):
        for name in (*names, *(each for each in folders if Path(above, each).is_symlink())):
            file = Path(above, name)
            found[str(file.relative_to(folder))] = _content(file)
    return found


def change(root: Path, parts: tuple[str, ...], old: Files, new: Files) -> list[str]:
    """Bring a folder of the workspace from one commit's files to another's; the paths that are gone.

    Raises:
        InvalidState: files were changed in the folder that the other commit changes as well; all stays as it is.
    """
    base = meant(root, root.joinpath(*parts))
    place = root.joinpath(*base)
    todo = _plan(place, old, new)
    gone = [name for name in todo if name not in new]
    for name in gone:
        workspace_handles.remove(root, (*base, *name.split("/")))
    _prune(place, gone)
    for name in todo:
        if name in new:
            _write(root, base, name, new[name])
    return gone


def _plan(place: Path, old: Files, new: Files) -> list[str]:
    """The paths that differ between both commits, and not yet in the folder."""
    todo, lost = [], []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        here = _here(place, name)
        if here == before:
            todo.append(name)
        elif here != after:
            lost.append(name)
    going = {name for name in todo if name not in new}
    lost += [name for name in todo if name in new and _blocked(place, name, going)]
    if lost:
        shown = ", ".join(lost[:_SHOWN]) + (f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else "")
        raise InvalidState(f"These files were changed in the folder and would be lost: {shown}. Nothing was changed.")
    return todo


def _here(place: Path, name: str) -> bytes | None:
    """What is in the folder; None where nothing is. A folder, or what is no plain file, is never what a commit has."""
    file = place / name
    try:
        mode = file.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _content(file) if stat.S_ISREG(mode) or stat.S_ISLNK(mode) else b"\0other\0"


def _blocked(place: Path, name: str, going: Collection[str]) -> bool:
    """Whether a file or link is where a folder is needed, and stays there."""
    above = [each for each in list(Path(name).parents)[:-1] if str(each) not in going]
    return any((place / each).is_symlink() or (place / each).is_file() for each in above)


def _content(file: Path) -> bytes:
    return _LINK + os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()


def _write(root: Path, base: tuple[str, ...], name: str, content: bytes) -> None:
    parts = (*base, *name.split("/"))
    for depth in range(len(base), len(parts) - 1):
        with workspace_handles.folder(root, parts[:depth]) as above, contextlib.suppress(FileExistsError):
            os.mkdir(parts[depth], 0o700, dir_fd=above)
    if not content.startswith(_LINK):
        workspace_handles.write(root, parts, content)
        return
    with workspace_handles.folder(root, parts[:-1]) as above:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(parts[-1], dir_fd=above)
        os.symlink(os.fsdecode(content.removeprefix(_LINK)), parts[-1], dir_fd=above)


def _prune(place: Path, gone: Iterable[str]) -> None:
    """Delete the folders in which nothing is left."""
    for name in gone:
        for above in list((place / name).parents)[: len(Path(name).parts) - 1]:
            try:
                above.rmdir()
            except OSError:  # it is not empty, or gone already
                break
