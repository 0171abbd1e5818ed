"""Access tokens: what they look like, and how they are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

_BYTES = 16


def new(random_text: Callable[[int], str]) -> str:
    """The value of a new token; `random_text` gives text that nobody can guess, made of so many random bytes."""
    return "dapi" + random_text(_BYTES)


def digest(value: str) -> str:
    """How a token is kept: of this nobody learns the token."""
    return hashlib.sha256(value.encode()).hexdigest()
