"""The files of a project and how they get into the workspace: only what changed goes up."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.bundles import ignore
from brickyard.surfaces.bundles.paths import is_notebook
from brickyard.surfaces.client import Client

MAX_FILE_BYTES = 200 * 1024 * 1024
"""The workspace takes no larger file."""
MAX_TOTAL_BYTES = 500 * 1024 * 1024
MAX_FILES = 20_000
UPLOADS_AT_ONCE = 4
HOW_TO_EXCLUDE = "Name what is not needed in .gitignore, or in sync.exclude of the bundle."


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which files of a folder belong to the project; patterns are those of `.gitignore`."""

    paths: Sequence[str] = (".",)
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What an upload did, as paths relative to the project."""

    uploaded: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0


def collect(root: Path, selection: Selection) -> dict[str, str]:
    """The project's files: relative path to SHA-256.

    Raises:
        InvalidParameterValue: too many or too large files, a link that leaves the folder, or two files that would be
            the same notebook.
    """
    found: dict[str, str] = {}
    total = 0
    for path in sorted(set(_chosen(root, selection))):
        local = root / path
        size = local.stat().st_size
        total += size
        if size > MAX_FILE_BYTES:
            raise InvalidParameterValue(
                f"{path} has {size:,} bytes; a file of the workspace has at most {MAX_FILE_BYTES:,}. {HOW_TO_EXCLUDE}"
            )
        if len(found) >= MAX_FILES or total > MAX_TOTAL_BYTES:
            raise InvalidParameterValue(
                f"{root} holds more than {MAX_FILES:,} files or {MAX_TOTAL_BYTES:,} bytes. {HOW_TO_EXCLUDE}"
            )
        found[path] = hashlib.sha256(local.read_bytes()).hexdigest()
    _check_collisions(root, found)
    return found


def upload(client: Client, root: Path, target: str, files: Mapping[str, str], known: Mapping[str, str]) -> Changes:
    """Bring a folder of the workspace from `known` (path to hash, as last uploaded) to `files`."""
    changed = [path for path, digest in files.items() if known.get(path) != digest]
    vanished = [path for path in known if path not in files]
    for path in vanished:
        client.delete_path(f"{target}/{path}")
    for folder in sorted(
        {str(PurePosixPath(target, path).parent) for path in changed} | ({target} if files else set())
    ):
        client.mkdirs(folder)

    def put(path: str) -> None:
        client.put_file(f"{target}/{path}", (root / path).read_bytes())

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        for _ in pool.map(put, changed):
            pass  # Only asks for the error of an upload, if there was one.
    return Changes(changed, vanished, len(files) - len(changed))


def _chosen(root: Path, selection: Selection) -> Iterator[str]:
    excluded, included = ignore.matcher(selection.exclude), ignore.matcher(selection.include)
    always = ignore.parse(ignore.ALWAYS)
    for path in _walk(root, "", [], always):
        if _below(path, selection.paths) and not excluded.verdict(path, is_folder=False) and not _in(excluded, path):
            yield path
    if selection.include:
        for path in _walk(root, "", None, always):
            wanted = included.verdict(path, is_folder=False) or _in(included, path)
            if wanted and not excluded.verdict(path, is_folder=False) and not _in(excluded, path):
                yield path


def _walk(root: Path, base: str, stack: list[ignore.Rules] | None, always: ignore.Rules) -> Iterator[str]:
    """All files; with `stack` None those that `.gitignore` names too."""
    folder = root / base
    own = ignore.read(folder, base) if stack is not None else None
    rules = None if stack is None else [*stack, *([own] if own else [])]
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        path = f"{base}/{entry.name}" if base else entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if always.verdict(path, is_folder=is_folder) or (rules and ignore.is_ignored(path, rules, is_folder=is_folder)):
            continue
        if entry.is_symlink():
            _check_link(root, path)
        if is_folder:
            yield from _walk(root, path, rules, always)
        elif entry.is_file():
            yield path


def _check_link(root: Path, path: str) -> None:
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise InvalidParameterValue(f"{path} is a link that leaves {root}; nothing outside of it is uploaded.")
    if (root / path).is_dir():
        raise InvalidParameterValue(f"{path} is a link to a folder; only links to files are followed. {HOW_TO_EXCLUDE}")


def _in(rules: ignore.Rules, path: str) -> bool:
    """True where a folder above the path is named."""
    return any(
        rules.verdict(str(folder), is_folder=True) for folder in PurePosixPath(path).parents if str(folder) != "."
    )


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(folder == "." or PurePosixPath(path).is_relative_to(folder) for folder in folders)


def _check_collisions(root: Path, files: Iterable[str]) -> None:
    taken: dict[str, str] = {}
    for path in files:
        name = str(PurePosixPath(path).with_suffix("")) if is_notebook(root / path) else path
        if name in taken:
            raise InvalidParameterValue(
                f"{taken[name]} and {path} would be the same object {name} of the workspace; rename one of them."
            )
        taken[name] = path
