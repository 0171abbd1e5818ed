"""An executed notebook as an `.ipynb` file, from its cells as the API tells them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

_MARKDOWN = re.compile(r"%md(?:-sandbox)?[ \t]*\n?")


def notebook(cells: Sequence[Mapping[str, Any]]) -> bytes:
    """The cells with their outputs as nbformat 4.5 has them."""
    language = next((cell["language"] for cell in cells if cell["language"] in {"python", "sql"}), "python")
    body = {
        "cells": [_cell(cell) for cell in cells],
        "metadata": {"language_info": {"name": language}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    own = {"title": cell["title"], "state": cell["state"], "startedMs": cell["started_ms"], "endedMs": cell["ended_ms"]}
    made = {"id": f"cell-{cell['index']}", "metadata": {"brickyard": own}}
    if cell["language"] == "md":
        text = _MARKDOWN.sub("", cell["source"].lstrip(), count=1)
        return {**made, "cell_type": "markdown", "source": text}
    count = cell["index"] + 1 if cell["state"] in {"ok", "failed"} else None
    outputs = cell["outputs"]
    return {**made, "cell_type": "code", "source": cell["source"], "execution_count": count, "outputs": outputs}
