"""Takes out of a recording what is secret, and what is another one every time: ids, times, addresses, the user's name.

Ids become numbers and words that are easily recognised, the same for the same id wherever it stands, and keep their type: a
client that sends a number as text is recorded as one that sends text.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

ME: Final = "somebody@example.com"
SERVER: Final = "http://server"
TIME: Final = 10**12
"""Stands for every point in time; in milliseconds, as all times of the API."""
LONG: Final = 2_000
KEPT: Final = 60
CUT: Final = "…"
REMOVED: Final = "removed"
FIRST: Final = 900_000_000_000_000
"""Numbers above stand for ids that are numbers."""

SECRETS: Final = frozenset({"token_value", "string_value", "bytes_value", "client_secret", "access_token", "password"})
TOKENS: Final = frozenset({"next_page_token", "prev_page_token", "page_token"})
GROWING: Final = {"versions": 1, "node_types": 1, "events": 0}
"""How many entries are kept of lists that grow: with a release, or with time."""
_NUMBER: Final = r"\b\d{14,19}\b"
_WORD: Final = (
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\b\d{4}-\d{6}-[a-z0-9]{4,}\b"
    r"|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{16,64}\b"
)
_PACKED: Final = re.compile(r"[A-Za-z0-9+/=\n]{200,}")
"""Things in base64: what clients pack holds times of its own."""
_ID: Final = re.compile(f"(?P<word>{_WORD})|(?P<number>{_NUMBER})")


class Scrubber:
    """Remembers which id became what, over a whole recording."""

    def __init__(self, addresses: list[str], me: str = "") -> None:
        self.me = me
        self._addresses = addresses
        self._known: dict[str, str] = {}

    def value(self, value: Any, key: str = "") -> Any:
        """A body without what is volatile or secret."""
        if isinstance(value, dict):
            return {self.text(name): self.value(entry, name) for name, entry in value.items()}
        if isinstance(value, list):
            return [self.value(entry, key) for entry in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(value, key)
        if not isinstance(value, str):
            return value
        if key in SECRETS or (key == "displayName" and value == self.me.partition("@")[0]):
            return REMOVED
        return self._word(value) if key in TOKENS and value else self.text(value)

    def query(self, query: dict[str, list[str]]) -> dict[str, list[str]]:
        """The same for a query."""
        return {name: [self.value(text, name) for text in texts] for name, texts in query.items()}

    def text(self, text: str) -> str:
        """A text with the ids in it replaced."""
        for address in self._addresses:
            text = text.replace(address, SERVER)
        if self.me:
            text = text.replace(self.me, ME).replace(quote(self.me), quote(ME))
        return _ID.sub(self._text_id, text)

    def _text_id(self, found: re.Match[str]) -> str:
        return self._word(found[0]) if found["word"] else str(self._id(int(found[0])))

    def _number(self, number: int, key: str) -> int:
        if key.endswith("duration"):
            return 0
        if TIME <= number < 10 * TIME:
            return TIME
        return self._id(number) if number >= 10 * TIME else number

    def _id(self, number: int) -> int:
        return int(self._known.setdefault(str(number), str(FIRST + len(self._known) + 1)))

    def _word(self, word: str) -> str:
        return self._known.setdefault(word, f"id-{len(self._known) + 1:06d}")


def shortened(answer: Any) -> Any:
    """An answer whose long texts, such as exported pages, are cut off, and of whose growing lists the beginning is left."""
    if isinstance(answer, dict):
        return {key: shortened(_beginning(key, entry)) for key, entry in answer.items()}
    if isinstance(answer, list):
        return [shortened(entry) for entry in answer]
    if isinstance(answer, str) and (len(answer) > LONG or _PACKED.fullmatch(answer)):
        return answer[:KEPT] + CUT
    return answer


def _beginning(key: str, entry: Any) -> Any:
    return entry[: GROWING[key]] if key in GROWING and isinstance(entry, list) else entry
