"""Which Git repositories and references may be asked for, and by what name they are kept."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from brickyard.errors import CheckoutFailed

SCHEMES = ("https", "http", "ssh")
_SCP = re.compile(r"(?:(?P<user>[A-Za-z0-9_][\w.-]*)@)(?P<host>[A-Za-z0-9][\w.-]*):(?P<path>[^:\s-][^\s]*)")
_HOST = re.compile(r"[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\]")
_COMMIT = re.compile(r"[0-9a-f]{40}")
# As `git check-ref-format` has it, and no first character that an option could begin with.
_BAD_IN_REFERENCE = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|\Z)|\A[-/.]|[/.]\Z|\A@\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a repository is."""

    url: str
    """Without user name and password, unless it is for SSH: safe to show and to pass as an argument."""
    authorization: str = field(default="", repr=False)
    """The value of an `Authorization` header; "" where the URL had no credentials."""

    owner: str = field(default="", repr=False)
    """Whose credentials these are; "" for those of this server, and where there are none."""

    @property
    def key(self) -> str:
        """The name of the folder that keeps the repository: one of their own for those with credentials of their own.

        Whoever has none could otherwise name a commit that somebody else was allowed to fetch.
        """
        known = f"{self.url}\0{self.owner}" if self.owner else self.url
        return hashlib.sha256(known.encode()).hexdigest()[:24]


def address(url: str) -> Address:
    """The address that a job's `git_url` means.

    Only `https://`, `http://`, `ssh://` and `user@host:path` are allowed: other forms name files of this machine or
    programs to run.

    Raises:
        CheckoutFailed: the URL is not allowed; the text never repeats a password.
    """
    if scp := _SCP.fullmatch(url):
        return Address(scp[0])
    try:
        parts = urlsplit(url)
        host, user, password, port = parts.hostname or "", parts.username, parts.password, parts.port
    except ValueError:
        raise _refused(url) from None
    place = parts.netloc.rpartition("@")[2]
    bare_host = place if port is None else place.rpartition(":")[0]
    if parts.scheme not in SCHEMES or not host or not _HOST.fullmatch(bare_host) or _unclean(url):
        raise _refused(url)
    if parts.scheme == "ssh":
        if password is not None or (user or "").startswith("-"):
            raise _refused(url)
        return Address(url)
    clean = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
    if user is None:
        return Address(clean)
    authorization = basic(unquote(user), unquote(password or ""))
    return Address(clean, authorization, owner=authorization)


def basic(user: str, password: str) -> str:
    """The value of an `Authorization` header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def find_credentials(file: Path, url: str) -> str:
    """The `Authorization` for a URL, from the first line of the file that names its server; "" where none does."""
    wanted = urlsplit(url)
    if wanted.scheme not in {"https", "http"} or not file.exists():
        return ""
    for line in file.read_text().splitlines():
        parts = urlsplit(line.strip())
        if (parts.scheme, parts.netloc.rpartition("@")[2].lower()) == (wanted.scheme, wanted.netloc.lower()):
            return basic(unquote(parts.username or ""), unquote(parts.password or ""))
    return ""


def reference(kind: str, name: str) -> str:
    """The full name of a branch or tag, as in `refs/heads/main`.

    Raises:
        CheckoutFailed: no branch or tag can have this name.
    """
    if not name or _BAD_IN_REFERENCE.search(name):
        raise CheckoutFailed(f"git_{kind} is {name[:100]!r}; no {kind} can have this name.")
    return f"refs/{'heads' if kind == 'branch' else 'tags'}/{name}"


def commit(name: str) -> str:
    """The commit's name in the form that Git uses.

    Raises:
        CheckoutFailed: it is not a full commit hash.
    """
    if not _COMMIT.fullmatch(name.lower()):
        raise CheckoutFailed(f"git_commit is {name[:100]!r}; it must be all 40 hex digits of a commit.")
    return name.lower()


def shown(url: str) -> str:
    """The URL without what stands before an `@`, for texts."""
    head, separator, rest = url[:500].partition("://")
    if not separator:
        return head if _SCP.fullmatch(url) else head.rpartition("@")[2]
    return f"{head}://{rest.rpartition('@')[2]}"


def _unclean(url: str) -> bool:
    return any(character <= " " or character == "\x7f" for character in url) or "\\" in url


def _refused(url: str) -> CheckoutFailed:
    return CheckoutFailed(
        f"git_url is {shown(url)!r}; it must be https://…, http://…, ssh://… or user@host:path, without spaces."
    )
