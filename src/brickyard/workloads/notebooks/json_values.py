"""Whatever user code shows, as JSON that can be written."""

from __future__ import annotations

import base64
import math
from typing import Any


def encodable(text: str) -> str:
    """The text with characters that UTF-8 does not have (lone surrogates) escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def jsonable(value: Any) -> Any:
    """The value as JSON: bytes as base64, as nbformat has images; what JSON does not have as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {encodable(str(key)): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, int):
        return int(value) if abs(value) < 2**63 else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    return encodable(str(value))
