"""A recording: who spoke, and the exchanges one after the other, as a file that people can read and compare."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Exchange:
    """A request and its answer. What is not JSON is text, or `{"base64": …}` where it is no text."""

    method: str
    path: str
    """Percent-encoded, as it was sent."""
    query: dict[str, list[str]]
    kind: str
    """The type of the body; empty where there is none."""
    body: Any
    status: int
    answer: Any
    polled: bool = False
    """The client asked the same again and again; this is the last answer."""

    def asks_as(self, other: Exchange) -> bool:
        """True where both are the same question, and asking changes nothing."""
        mine = (self.method, self.path, self.query)
        return self.method == "GET" and mine == (other.method, other.path, other.query)


@dataclass(slots=True)
class Recording:
    """All that a client said."""

    client: str
    exchanges: list[Exchange]

    def write(self, path: Path) -> None:
        """Write it; one line for each part of an exchange."""
        blocks = ",\n".join(_block(each) for each in self.exchanges)
        path.write_text(f'{{"client": {json.dumps(self.client)}, "exchanges": [\n{blocks}\n]}}\n')


def read(path: Path) -> Recording:
    """The recording in a file."""
    whole = json.loads(path.read_text())
    return Recording(whole["client"], [_exchange(each) for each in whole["exchanges"]])


def decoded(content: bytes, kind: str) -> Any:
    """A body as it is kept."""
    if not content:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
    return json.loads(text) if "json" in kind else text


def encoded(body: Any, kind: str) -> bytes:
    """A kept body as it is sent."""
    if body is None:
        return b""
    if "json" in kind:
        return json.dumps(body).encode()
    return base64.b64decode(body["base64"]) if isinstance(body, dict) else str(body).encode()


def _block(exchange: Exchange) -> str:
    lines = [f'{{"request": {_json(f"{exchange.method} {exchange.path}")}']
    for name, value in (("query", exchange.query), ("kind", exchange.kind), ("body", exchange.body)):
        if value not in ({}, "", None):
            lines.append(f' "{name}": {_json(value)}')
    lines.append(f' "status": {exchange.status}' + (', "polled": true' if exchange.polled else ""))
    lines.append(f' "answer": {_json(exchange.answer)}}}')
    return ",\n".join(lines)


def _exchange(block: dict[str, Any]) -> Exchange:
    method, _, path = block["request"].partition(" ")
    return Exchange(
        method=method,
        path=path,
        query=block.get("query", {}),
        kind=block.get("kind", ""),
        body=block.get("body"),
        status=block["status"],
        answer=block["answer"],
        polled=block.get("polled", False),
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
