"""Outputs of cells as HTML. Everything in them is a stranger's: it is shown, and never runs in this page."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from brickyard.surfaces.export.content import Room
from brickyard.surfaces.export.source import markdown
from brickyard.surfaces.export.text import escaped, plain, terminal, without_escapes
from brickyard.workloads.notebooks import tables

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
LEFT_OUT = "This output is not shown: the outputs of one export are limited to 20 MB. The run has it whole."
_STATIC = "Scripts do not run in an export, so that interactive parts stay empty."
_SPACE = re.compile(r"\s+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_LINES = re.compile(r"<(?:tr|p|div|li|br|h[1-6])\b", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_FRAME = (
    '<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="'
    "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    '"><style>body{margin:8px;font:14px/1.5 system-ui,sans-serif;background:#fff;color:#1b1f24}'
    "table{border-collapse:collapse}td,th{border:1px solid #d8dee4;padding:3px 8px}</style></head><body>"
)


def outputs(found: Sequence[Mapping[str, Any]], room: Room) -> str:
    """All outputs of a cell, as far as there is room."""
    shown: list[str] = []
    for output in found:
        text = _output(output)
        shown.append(text if room.take(len(text)) else f'<p class="note">{LEFT_OUT}</p>')
    # One note says it all.
    return "\n".join(text for index, text in enumerate(shown) if index == 0 or text != shown[index - 1])


def error(name: str, value: str, trace: str) -> str:
    """An error with its traceback."""
    head = without_escapes(f"{name}: {value}" if value else name)
    body = f"<pre>{terminal(trace)}</pre>" if trace else ""
    return f'<div class="failure"><strong>{escaped(head)}</strong>{body}</div>'


def _output(output: Mapping[str, Any]) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return f'<pre class="{name}">{terminal(plain(output.get("text", "")))}</pre>'
    if kind == "error":
        lines = output.get("traceback")
        trace = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
        return error(str(output.get("ename", "")), str(output.get("evalue", "")), trace)
    data = output.get("data")
    return _rich(data) if isinstance(data, dict) else f"<pre>{escaped(plain(dict(output)))}</pre>"


def _rich(data: Mapping[str, Any]) -> str:
    """The form of an output that a page shows best."""
    for mime, show in _FORMS.items():
        if mime in data and (shown := show(data[mime])):
            return shown
    text = data.get("text/plain", data.get("application/json", data))
    return f"<pre>{terminal(plain(text))}</pre>"


def _table(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    columns, rows = value.get("columns"), value.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return ""
    head = "".join(_heading(column) for column in columns)
    body = "".join("<tr>" + "".join(_value(item) for item in row) + "</tr>" for row in rows)
    note = f"Only the first {len(rows):,} rows are kept." if value.get("truncated") else f"{len(rows):,} rows"
    return (
        f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f'<p class="note">{"1 row" if note == "1 rows" else note}</p>'
    )


def _heading(column: Any) -> str:
    known = column if isinstance(column, dict) else {"name": column}
    return f'<th title="{escaped(plain(known.get("type", "")))}">{escaped(plain(known.get("name", "")))}</th>'


def _value(value: Any) -> str:
    if value is None:
        return '<td class="null">null</td>'
    number = ' class="number"' if isinstance(value, int | float) and not isinstance(value, bool) else ""
    return f"<td{number}>{escaped(plain(value))}</td>"


def _image(mime: str, value: Any) -> str:
    data = _SPACE.sub("", plain(value))
    return f'<img src="data:{mime};base64,{data}" alt="image">' if _BASE64.fullmatch(data) else ""


def _drawing(value: Any) -> str:
    """SVG in `<img>` runs no script and loads nothing."""
    data = base64.b64encode(plain(value).encode(errors="replace")).decode()
    return f'<img src="data:image/svg+xml;base64,{data}" alt="drawing">'


def _html(value: Any) -> str:
    """HTML in a frame of its own that has no origin, no scripts, no forms, and cannot lead the page elsewhere."""
    text = plain(value)
    height = min(480, 40 + 26 * (1 + len(_LINES.findall(text))))
    # The escape has to be exact here: what the frame shows is the stranger's HTML, letter by letter.
    inner = (_FRAME + text).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    note = f'<p class="note">{_STATIC}</p>' if _SCRIPT.search(text) else ""
    return (
        f'<iframe sandbox="" referrerpolicy="no-referrer" title="HTML output" style="height:{height}px" '
        f'srcdoc="{inner}"></iframe>{note}'
    )


def _markdown(value: Any) -> str:
    return f'<div class="prose">{markdown(plain(value))}</div>'


_FORMS: Mapping[str, Callable[[Any], str]] = {
    tables.MIME: _table,
    **{mime: partial(_image, mime) for mime in IMAGES},
    "image/svg+xml": _drawing,
    "text/html": _html,
    "text/markdown": _markdown,
}
"""What shows each kind, the best first; the answer "" means that the value is not of this kind."""
