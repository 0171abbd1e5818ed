"""What users, groups and service principals may be called. Pure."""

from __future__ import annotations

import re

from brickyard.access.identity import PrincipalKind
from brickyard.errors import InvalidParameterValue

MAX_NAME = 255
_USER = re.compile(r"[a-z0-9_][a-z0-9_.+'%-]{0,63}@[a-z0-9][a-z0-9.-]{0,189}")
_APPLICATION = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def checked(kind: PrincipalKind, name: str) -> str:
    """The name as it is kept: of users and service principals in lower case.

    A user's home folder is called as the user is, so a name must be able to be the name of a folder.

    Raises:
        InvalidParameterValue: it can be no name of this kind; the text says what is allowed.
    """
    if kind is PrincipalKind.GROUP:
        return _group(name)
    text = name.lower()
    if kind is PrincipalKind.USER and (not _USER.fullmatch(text) or ".." in text):
        raise InvalidParameterValue(
            f"userName is {_shown(name)}; it must be an e-mail address, such as ada@example.com."
        )
    if kind is PrincipalKind.SERVICE_PRINCIPAL and not _APPLICATION.fullmatch(text):
        raise InvalidParameterValue(f"applicationId is {_shown(name)}; it must be a UUID.")
    return text


def application_id(token: str) -> str:
    """A UUID (version 4) of the first 32 hexadecimal digits of a random token."""
    digits = f"{token[:12]}4{token[13:16]}{'89ab'[int(token[16], 16) % 4]}{token[17:32]}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def same(one: str, other: str) -> bool:
    """Whether two names of one kind are taken for the same: they differ in upper and lower case at most."""
    return one.casefold() == other.casefold()


def _group(name: str) -> str:
    text = name.strip()
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise InvalidParameterValue(
            f"displayName is {_shown(name)}; a group's name must have 1 to {MAX_NAME} characters that can be printed."
        )
    return text


def _shown(text: str) -> str:
    return repr(text[:100])
