"""An executed notebook as one HTML file that opens without a network and runs no script."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

from brickyard.surfaces.export import model
from brickyard.surfaces.export.content import MAX_OUTPUTS, Executed, Room
from brickyard.surfaces.export.outputs import error, outputs
from brickyard.surfaces.export.source import coloured, markdown
from brickyard.surfaces.export.text import escaped
from brickyard.workloads.folder import CellRecord

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Scripts, frames from elsewhere and everything that would be loaded are forbidden, also to frames within."""
_GOOD = frozenset({"SUCCESS", "ok"})
_BAD = frozenset({"FAILED", "TIMEDOUT", "INTERNAL_ERROR", "failed"})


def document(notebook: Executed) -> str:
    """The whole page.

    The model for programs stands in an element that no browser runs, and before all that users wrote: clients take the
    first text that looks like it.
    """
    room = Room(MAX_OUTPUTS)
    cells = "\n".join(_cell(cell, room) for cell in notebook.cells)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<script type="text/plain">
{model.line(notebook)}
</script>
<title>{escaped(notebook.name)}</title>
<style>
{_style()}</style>
</head>
<body>
<main>
{_head(notebook)}
{cells}
{_end(notebook)}
</main>
</body>
</html>
"""


def _head(notebook: Executed) -> str:
    facts = [("Task", notebook.task), ("Task run", str(notebook.run_id))]
    if notebook.started_ms:
        started = dt.datetime.fromtimestamp(notebook.started_ms / 1000, dt.UTC)
        facts.append(("Started", f"{started:%Y-%m-%d %H:%M:%S} UTC"))
    if took := _took(notebook.started_ms, notebook.ended_ms):
        facts.append(("Took", took))
    shown = "".join(f"<div><dt>{name}</dt><dd>{escaped(value)}</dd></div>" for name, value in facts)
    return (
        f'<header><p class="path">{escaped(notebook.path)}</p>'
        f"<h1>{escaped(notebook.name)} {_badge(notebook.state)}</h1><dl>{shown}</dl></header>"
    )


def _end(notebook: Executed) -> str:
    """What belongs to no cell: the value that the notebook gave back, and an error from outside of cells."""
    parts = []
    if notebook.exit_value is not None:
        parts.append(f'<p class="exit">Notebook exited: <code>{escaped(notebook.exit_value)}</code></p>')
    if notebook.error and notebook.cell < 0:
        parts.append(error(notebook.error, "", notebook.trace))
    return "\n".join(parts)


def _cell(cell: CellRecord, room: Room) -> str:
    title = f"<h2>{escaped(cell.title)}</h2>" if cell.title else ""
    if cell.language == "md":
        return f'<section class="prose">{title}{markdown(cell.source)}</section>'
    took = _took(cell.started_ms, cell.ended_ms)
    facts = f'<span class="language">{cell.language}</span>{_badge(cell.state)}<span class="took">{took}</span>'
    shown = outputs(cell.outputs, room)
    below = f'<div class="outputs">{shown}</div>' if shown else ""
    return (
        f'<section class="cell {cell.state}"><div class="bar"><span class="index">{cell.index + 1}</span>{title}'
        f'<span class="facts">{facts}</span></div>'
        f'<pre class="source"><code>{coloured(cell.source, cell.language)}</code></pre>{below}</section>'
    )


def _badge(state: str) -> str:
    kind = "good" if state in _GOOD else "bad" if state in _BAD else "other"
    return f'<span class="badge {kind}">{escaped(state)}</span>'


def _took(started_ms: int, ended_ms: int) -> str:
    if not started_ms or not ended_ms:
        return ""
    seconds = max(0, ended_ms - started_ms) / 1000
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text()
