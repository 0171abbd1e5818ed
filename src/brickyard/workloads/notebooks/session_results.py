"""What a command of a session gave, made from the outputs of its cell."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.errors import PySparkException

from brickyard.workloads.notebooks.outputs import CellOutputs
from brickyard.workloads.notebooks.redact import Redactor
from brickyard.workloads.notebooks.tables import MIME
from brickyard.workloads.notebooks.tracebacks import Failure
from brickyard.workloads.session_messages import CommandResult, ResultColumn


def of_outputs(outputs: Sequence[Mapping[str, Any]]) -> CommandResult:
    """The result of Python code.

    One displayed table is a table, displayed images alone are images; everything else is text, in its order, with
    tables and values as a terminal shows them.
    """
    shown = [output.get("data", {}) for output in outputs]
    if len(shown) == 1 and MIME in shown[0]:
        return _table(shown[0][MIME])
    images = [image for image in map(_image, shown) if image]
    if images and len(images) == len(outputs):
        return CommandResult(kind="image" if len(images) == 1 else "images", images=images)
    return CommandResult(kind="text", text=_text(outputs))


def of_error(failure: Failure, error: BaseException, outputs: CellOutputs | None, redactor: Redactor) -> CommandResult:
    """The result of code that failed; what it had printed comes before the traceback."""
    printed = _text(outputs.items()) if outputs is not None else ""
    trace = redactor.text(failure.trace)
    code = error.getCondition() if isinstance(error, PySparkException) else ""
    return CommandResult(
        kind="error",
        summary=redactor.text(failure.summary),
        cause=f"{printed}\n{trace}" if printed else trace,
        error_code=code or "",
    )


def _table(data: Mapping[str, Any]) -> CommandResult:
    columns = [ResultColumn(name=column["name"], type=column["type"]) for column in data["columns"]]
    return CommandResult(kind="table", columns=columns, rows=data["rows"], truncated=data["truncated"])


def _image(data: Mapping[str, Any]) -> str:
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            text = data[kind] if isinstance(data[kind], str) else base64.b64encode(data[kind]).decode()
            return f"data:{kind};base64,{''.join(text.split())}"
    return ""


def _text(outputs: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for output in outputs:
        if output["output_type"] == "stream":
            parts.append(output["text"])
        elif "data" in output:
            data = output["data"]
            shown = data.get("text/plain", "")
            if data.get("text/html") and shown == "<HTML>":
                shown = data["text/html"]
            parts.append(shown if shown.endswith("\n") else shown + "\n")
    text = "".join(parts)
    # Clients compare the value of one expression: the line's end is the terminal's, not the value's.
    return text.removesuffix("\n")
