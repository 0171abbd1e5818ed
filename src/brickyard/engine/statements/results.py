"""Results of statements on disk: files of rows, each small enough for one answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from brickyard.errors import NotFound

CHUNK_BYTES = 4 * 1024 * 1024
"""Bytes of a chunk's rows as JSON; a chunk is larger only where a single row is."""

Row = Sequence[str | None]


class Results:
    """The results below one folder; each statement has a folder of its own, named by its id."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, statement_id: str, rows: Sequence[Row]) -> list[dict[str, int]]:
        """Keep the rows; the chunks that they have become: `row_offset`, `row_count`, `byte_count`."""
        folder = self._root / statement_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        chunks: list[dict[str, int]] = []
        offset = 0
        for index, part in enumerate(_parts(rows)):
            data = b"[" + b",".join(part) + b"]"
            (folder / f"{index}.json").write_bytes(data)
            chunks.append({"row_offset": offset, "row_count": len(part), "byte_count": len(data)})
            offset += len(part)
        return chunks

    def read(self, statement_id: str, index: int) -> bytes:
        """The rows of a chunk as a JSON array.

        Raises:
            NotFound: there is no such chunk, or it is not kept any more.
        """
        # The id is one of ours: the statement was found in the store.
        file = self._root / statement_id / f"{index}.json"
        try:
            return file.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"The result of statement {statement_id} has no chunk {index}.") from None

    def remove(self, statement_id: str) -> None:
        """Forget a result; one that is not there is forgotten already."""
        shutil.rmtree(self._root / statement_id, ignore_errors=True)


def rows_of(data: bytes) -> list[list[Any]]:
    """The rows of a chunk."""
    rows: list[list[Any]] = msgspec.json.decode(data)
    return rows


def _parts(rows: Sequence[Row]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for row in rows:
        line = msgspec.json.encode(row)
        if part and size + len(line) > CHUNK_BYTES:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line) + 1
    if part:
        yield part
