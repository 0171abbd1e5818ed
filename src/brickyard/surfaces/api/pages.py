"""Pages of long lists. A page token is the place in the list, bound to the question that it was given for."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brickyard.errors import InvalidParameterValue

ARRAY_PAGE = 100
"""How many elements of an array inside a job or run are on one page (jobs API 2.2)."""


@dataclass(frozen=True, slots=True)
class Page:
    """A place in a list, for the list that `question` asks for."""

    offset: int
    limit: int
    question: str = ""

    def cut(self, items: Sequence[Any]) -> Sequence[Any]:
        """The items of this page, out of one more than asked for."""
        return items[: self.limit]

    def links(self, *, more: bool) -> dict[str, Any]:
        """`has_more`, `next_page_token` and `prev_page_token` as the service answers them."""
        links: dict[str, Any] = {"has_more": more}
        if more:
            links["next_page_token"] = token(self.offset + self.limit, self.question)
        if self.offset:
            links["prev_page_token"] = token(max(0, self.offset - self.limit), self.question)
        return links


def token(offset: int, question: str) -> str:
    """The page token for a place."""
    return base64.urlsafe_b64encode(f"{offset}.{_stamp(question)}".encode()).decode().rstrip("=")


def offset_of(page_token: str, question: str) -> int:
    """The place that a token names; an empty token is the first page.

    Raises:
        InvalidParameterValue: the token is not one of ours, or was given for another question.
    """
    if not page_token:
        return 0
    try:
        text = base64.urlsafe_b64decode(page_token + "=" * (-len(page_token) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    place, _, stamp = text.partition(".")
    if not (place.isascii() and place.isdigit()) or len(place) > 15 or stamp != _stamp(question):
        raise InvalidParameterValue("page_token is not a token of this list; send the one that the page before gave.")
    return int(place)


def cut_arrays(body: dict[str, Any], names: Sequence[str], offset: int, question: str) -> bool:
    """Leave one page of each named array in `body`; True (and `next_page_token` at the root) where more follows."""
    more = False
    for name in names:
        items = body.get(name)
        if isinstance(items, Sequence) and not isinstance(items, str):
            more = more or len(items) > offset + ARRAY_PAGE
            body[name] = list(items[offset : offset + ARRAY_PAGE])
    if more and question:
        body["next_page_token"] = token(offset + ARRAY_PAGE, question)
    return more


def _stamp(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:8]
