"""Where a job's files may be read from with Git. The checkout checks all of it again; here it is refused early."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.field import nearest
from brickyard.jobs.shape import blank, show
from brickyard.jobs.tasks import GitSource

SCHEMES: Final = ("https", "http", "ssh")
"""Everything else is refused: `file` reads the server's own disk, and `ext` runs commands."""

PROVIDERS: Final = (
    *("github", "gitlab", "bitbucketcloud", "gitlabenterpriseedition", "bitbucketserver"),
    *("azuredevopsservices", "githubenterprise", "awscodecommit"),
)

_REFERENCES: Final = ("git_branch", "git_tag", "git_commit")
_SCP: Final = re.compile(r"[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:[^:\s-]\S*", re.ASCII)
_HOST: Final = re.compile(r"[A-Za-z0-9][\w.-]*|[0-9A-Fa-f:.]+", re.ASCII)
_UNCLEAN: Final = re.compile(r"[\x00-\x20\x7f\\]")
_COMMIT: Final = re.compile(r"[0-9A-Fa-f]{40}")
# As `git check-ref-format` has it; and nothing that could be taken for an option.
_BAD_NAME: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|\Z)|\A[-/.]|[/.]\Z|\A@\Z")


def git_source(raw: Mapping[str, Any]) -> GitSource | None:
    """The Git source of settings that have passed `shape.check`; None where there is none.

    Raises:
        InvalidParameterValue: an address that is not allowed, an unknown provider, not exactly one of branch, tag and
            commit, or a name that none of them can have.
    """
    found = raw.get("git_source")
    if found is None or blank(found):
        return None
    _check_url(found["git_url"])
    provider = _provider(found.get("git_provider", ""))
    given = [name for name in _REFERENCES if found.get(name)]
    if len(given) != 1:
        raise InvalidParameterValue(
            f"git_source has {' and '.join(given) or 'no reference'}; it must have exactly one of"
            f" {', '.join(_REFERENCES)}."
        )
    _check_reference(given[0], found[given[0]])
    return GitSource(
        url=found["git_url"],
        provider=provider,
        branch=found.get("git_branch", ""),
        tag=found.get("git_tag", ""),
        commit=found.get("git_commit", "").lower(),
    )


def _provider(given: str) -> str:
    provider = given.lower()
    if provider not in PROVIDERS:
        what = f"git_source.git_provider is {show(given)}" if given else "git_source.git_provider is missing"
        raise InvalidParameterValue(f"{what}; allowed are {', '.join(PROVIDERS)}.{nearest(given, PROVIDERS)}")
    return provider


def _check_url(url: str) -> None:
    if _UNCLEAN.search(url):
        raise _bad_url(url)
    if _SCP.fullmatch(url):
        return
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises ValueError where it is no number
    except ValueError:
        raise _bad_url(url) from None
    if parts.scheme not in SCHEMES or not _HOST.fullmatch(host) or (parts.username or "").startswith("-"):
        raise _bad_url(url)
    if parts.password is not None:
        raise InvalidParameterValue(
            "git_source.git_url has a password; everybody who sees the job would see it."
            " Leave it out and let the server's own Git credentials be used."
        )


def _bad_url(url: str) -> InvalidParameterValue:
    # What stands before an @ may be a password.
    return InvalidParameterValue(
        f"git_source.git_url is {show(re.sub(r'//[^/]*@', '//…@', url))}; it must begin with"
        f" {', '.join(f'{scheme}://' for scheme in SCHEMES)}, or be user@host:path, without spaces."
    )


def _check_reference(name: str, value: str) -> None:
    if name == "git_commit":
        if not _COMMIT.fullmatch(value):
            raise InvalidParameterValue(
                f"git_source.git_commit is {show(value)}; it must be all 40 hexadecimal digits of a commit."
            )
    elif _BAD_NAME.search(value):
        raise InvalidParameterValue(
            f"git_source.{name} is {show(value)}; no {name.removeprefix('git_')} can have this name."
        )
