"""Secrets that were read must not be shown: every captured text passes here before it is kept anywhere.

Replaced are the value itself and the forms that it takes on its usual way into an output: base64 (also inside a longer
text, as in a Basic header), URL-encoded, JSON- and HTML-escaped. Code of a job can leak a secret on purpose in other
forms; the list of secrets that a job may read is what limits that.
"""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from typing import Any

MARK = "[REDACTED]"
_SHORTEST_BASE64 = 6


class Redactor:
    """Knows the secrets of one attempt. Adding and redacting is safe from any thread."""

    def __init__(self) -> None:
        self._forms: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    @property
    def active(self) -> bool:
        """True once there is a secret to hide."""
        return self._pattern is not None

    def add(self, value: bytes | str) -> None:
        """From now on hide this value and its forms."""
        data = value.encode() if isinstance(value, str) else value
        if not data:
            return
        self._forms |= _forms(data)
        longest_first = sorted(self._forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def text(self, text: str) -> str:
        """The text without secrets."""
        return self._pattern.sub(MARK, text) if self._pattern else text

    def value(self, value: Any) -> Any:
        """A JSON value whose texts, also its keys, have no secrets."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key) if isinstance(key, str) else key: self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def pending(self, text: str) -> int:
        """How many characters at the end of `text` may be the beginning of a secret that is not yet all there."""
        longest = max(map(len, self._forms), default=1) - 1
        for size in range(min(longest, len(text)), 0, -1):
            end = text[-size:]
            if any(form.startswith(end) for form in self._forms):
                return size
        return 0


def _forms(data: bytes) -> set[str]:
    forms = {base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()}
    forms |= {form.rstrip("=") for form in forms}
    forms |= {form for form in _inner_base64(data) if len(form) >= _SHORTEST_BASE64}
    forms.add(data.hex())
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return forms | {repr(data)[2:-1]}
    quoted = {urllib.parse.quote(text, safe=safe) for safe in ("", "/")} | {urllib.parse.quote_plus(text)}
    escaped = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
    return forms | quoted | escaped | {text, html.escape(text), html.escape(text, quote=False)}


def _inner_base64(data: bytes) -> set[str]:
    """What a longer text's base64 holds of `data`, wherever `data` begins in it."""
    inner = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
        first = (0, 2, 3)[shift]
        last = (len(data) + shift) * 8 // 6
        inner.add(encoded[first:last])
        inner.add(encoded[first:last].replace("+", "-").replace("/", "_"))
    return inner
