"""What git says of the folder of a bundle, read from its files: no command is run."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class GitInfo:
    """Empty texts where it is not known."""

    branch: str = ""
    commit: str = ""
    origin_url: str = ""


def inspect(folder: Path) -> GitInfo:
    """The branch, commit and origin of the repository that a folder lies in."""
    for candidate in (folder, *folder.parents):
        store = candidate / ".git"
        if store.is_dir():
            return _read(store)
    return GitInfo()


def _read(store: Path) -> GitInfo:
    head = _text(store / "HEAD").strip()
    origin = _origin(store / "config")
    if not head.startswith("ref: "):
        return GitInfo(commit=head, origin_url=origin)
    reference = head.removeprefix("ref: ")
    commit = _text(store / reference).strip() or _packed(store, reference)
    return GitInfo(reference.removeprefix("refs/heads/"), commit, origin)


def _packed(store: Path, reference: str) -> str:
    for line in _text(store / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == reference:
            return commit
    return ""


def _origin(path: Path) -> str:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(_text(path))
    except configparser.Error:
        return ""
    url = parser.get('remote "origin"', "url", fallback="")
    # A password in the address must not reach the server.
    scheme, sign, rest = url.partition("://")
    return f"{scheme}{sign}{rest.rpartition('@')[2]}" if sign else url


def _text(path: Path) -> str:
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return ""
    return path.read_text(encoding="utf-8", errors="replace")
