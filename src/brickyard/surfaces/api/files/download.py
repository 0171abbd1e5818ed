"""A file as the body of an answer: whole, or the one range that was asked for, and never all of it in memory."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import BinaryIO

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from brickyard.errors import MalformedRequest, NotFound
from brickyard.surfaces.api.files.refusals import FileChanged, RangeNotSatisfiable
from brickyard.surfaces.api.files.shelf import Entry

_CHUNK = 1024 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_KIND = "application/octet-stream"


def head(entry: Entry) -> Response:
    """The headers alone."""
    modified = datetime.fromtimestamp(entry.modified_ms // 1000, UTC)
    return Response(headers={**_headers(modified), "Content-Length": str(entry.size)}, media_type=_KIND)


def download(entry: Entry, request: Request) -> Response:
    """The content. Several ranges, or one that cannot be read, count as none: the protocol allows the whole file then.

    Raises:
        FileChanged: the file is younger than `If-Unmodified-Since` says.
        RangeNotSatisfiable: the file ends before the range begins.
        NotFound: the file was deleted meanwhile, or replaced by a link.
    """
    try:
        # What was checked is the path with its links resolved; a link put there since is not followed.
        handle = os.open(os.path.realpath(entry.place), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise NotFound(f"No file exists on path {entry.path}.") from error
    file = os.fdopen(handle, "rb")
    try:
        return _answer(file, os.fstat(handle), request)
    except BaseException:
        file.close()
        raise


def _answer(file: BinaryIO, status: os.stat_result, request: Request) -> Response:
    modified = datetime.fromtimestamp(int(status.st_mtime), UTC)
    _check_unchanged(request.headers.get("if-unmodified-since", ""), modified)
    start, end = _range(request.headers.get("range", ""), status.st_size) or (0, status.st_size)
    headers = {**_headers(modified), "Content-Length": str(end - start)}
    partial = "range" in request.headers and (start, end) != (0, status.st_size)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{status.st_size}"
    file.seek(start)
    return StreamingResponse(_parts(file, end - start), 206 if partial else 200, headers, _KIND)


def _headers(modified: datetime) -> dict[str, str]:
    # Never shown by a browser as a page of ours: users' files may be HTML.
    return {
        "Accept-Ranges": "bytes",
        "Content-Disposition": "attachment",
        "Last-Modified": format_datetime(modified, usegmt=True),
        "X-Content-Type-Options": "nosniff",
    }


def _check_unchanged(since: str, modified: datetime) -> None:
    if not since:
        return
    try:
        limit = parsedate_to_datetime(since)
    except ValueError as error:
        raise MalformedRequest(f"If-Unmodified-Since is {since[:100]!r}; it must be an HTTP date.") from error
    if modified > limit.astimezone(UTC):
        raise FileChanged


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte, and that after the last."""
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size:
        raise RangeNotSatisfiable(f"Range is {header!r}; the file has {size} bytes.")
    return start, end


def _parts(file: BinaryIO, left: int) -> Iterator[bytes]:
    with file:
        # No more than was announced, also where the file grows meanwhile.
        while left and (part := file.read(min(left, _CHUNK))):
            left -= len(part)
            yield part
