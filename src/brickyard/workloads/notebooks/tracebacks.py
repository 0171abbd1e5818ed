"""Errors as the user needs them: the cell and the line, the library below it, and nothing of ours or IPython's."""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import IPython

from brickyard.workloads.notebooks.json_values import encodable

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_OURS = (str(Path(__file__).parents[2]), str(Path(IPython.__file__).parent))
_RULE = "-" * 75
_CONTEXT = 2
_MAX_FRAMES = 40


@dataclass(frozen=True, slots=True)
class Failure:
    """An error, told."""

    name: str
    """The class."""
    value: str
    """Its text."""
    trace: str
    line: int
    """The line of the failing cell, counted from 1; 0 where it is not known."""

    @property
    def summary(self) -> str:
        """As in `ValueError: the text`."""
        return f"{self.name}: {self.value}" if self.value else self.name


def describe(error: BaseException, labels: Container[str], label: str, source: str = "") -> Failure:
    """Tell an error. `labels` are the code names of all cells, `label` and `source` are those of the failing one."""
    name, value = type(error).__name__, _text_of(error)
    if isinstance(error, SyntaxError) and error.filename in labels:
        trace = (
            "".join(traceback.format_exception_only(error))
            .rstrip("\n")
            .replace(f'File "{error.filename}"', error.filename or "")
        )
        line = (error.lineno or 0) if error.filename == label else 0
        return Failure(name, value, _clean(trace), line)
    line = _line(error.__traceback__, label)
    first = "" if line else _first_line(label, source)
    trace = "\n\n".join(_chain(error, labels, first))
    return Failure(name, value, _clean(trace), line)


def _text_of(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.msg and error.lineno:
        return f"{error.msg} (line {error.lineno})"
    try:
        return _clean(str(error))
    except Exception:  # noqa: BLE001 -- the user's __str__ may raise anything
        return f"<the text of this {type(error).__name__} could not be made>"


def _first_line(label: str, source: str) -> str:
    """Where no Python of the cell is in the traceback (a magic failed): its first line."""
    for number, text in enumerate(source.split("\n"), 1):
        if text.strip():
            return f"{label}, line {number}\n----> {number:>3} {text.rstrip()}"
    return ""


def _chain(error: BaseException, labels: Container[str], first: str) -> Iterator[str]:
    seen = {id(error)}
    parts = [_one(error, labels, first)]
    current = error
    while True:
        cause, context = current.__cause__, None if current.__suppress_context__ else current.__context__
        earlier = cause or context
        if earlier is None or id(earlier) in seen:
            break
        seen.add(id(earlier))
        parts.append(
            "The above exception was the direct cause of the following exception:"
            if cause
            else "During handling of the above exception, another exception occurred:"
        )
        parts.append(_one(earlier, labels))
        current = earlier
    yield from reversed(parts)


def _one(error: BaseException, labels: Container[str], first: str = "") -> str:
    frames = [first] if first else []
    frames += [
        _frame(file, line, name, user=file in labels) for file, line, name in _frames(error.__traceback__, labels)
    ]
    if len(frames) > _MAX_FRAMES:
        left_out = len(frames) - _MAX_FRAMES
        half = _MAX_FRAMES // 2
        frames = [*frames[:half], f"… {left_out} frames left out …", *frames[-half:]]
    head = f"{type(error).__name__:<42}Traceback (most recent call last)"
    tail = f"{type(error).__name__}: {_text_of(error)}" if _text_of(error) else type(error).__name__
    notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
    group = ""
    if isinstance(error, BaseExceptionGroup):
        group = "".join(f"\n  - {type(inner).__name__}: {_text_of(inner)}" for inner in error.exceptions)
    return "\n".join([_RULE, head, *frames, "", tail]).replace("\n\n\n", "\n\n") + notes + group


def _frames(trace: TracebackType | None, labels: Container[str]) -> list[tuple[str, int, str]]:
    """(file, line, function) of the user's cells and of what they called, up to where that called us."""
    kept: list[tuple[str, int, str]] = []
    users = False
    for frame, line in traceback.walk_tb(trace):
        file = frame.f_code.co_filename
        if file in labels:
            users = True
        elif file.startswith(_OURS):
            users = False
        if users:
            kept.append((file, line, frame.f_code.co_name))
    return kept


def _frame(file: str, line: int, name: str, *, user: bool) -> str:
    where = f"{file}, line {line}" if user else f"File {file}:{line}"
    head = where if name == "<module>" else f"{where}, in {name}"
    around = range(max(line - _CONTEXT, 1), line + _CONTEXT + 1) if user else (line,)
    shown = []
    for number in around:
        text = linecache.getline(file, number)
        if text:
            arrow = "---->" if number == line else "     "
            shown.append(f"{arrow} {number:>3} {text.rstrip()}".rstrip())
    return "\n".join([head, *shown])


def _line(trace: TracebackType | None, label: str) -> int:
    lines = [line for frame, line in traceback.walk_tb(trace) if frame.f_code.co_filename == label]
    return lines[-1] if lines else 0


def _clean(text: str) -> str:
    return encodable(_ANSI.sub("", text))
