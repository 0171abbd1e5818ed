"""What the two file APIs refuse, with the codes that their clients know."""

from __future__ import annotations

from typing import ClassVar

from brickyard.errors import AlreadyExists, BrickyardError, DirectoryNotEmpty, InvalidParameterValue


class FileTaken(AlreadyExists):
    """There is a file at this path already."""

    code: ClassVar[str] = "ALREADY_EXISTS"
    status: ClassVar[int] = 409


class FileChanged(BrickyardError):
    """The file was changed since the time that the request names."""

    code: ClassVar[str] = "PRECONDITION_FAILED"
    status: ClassVar[int] = 412


class RangeNotSatisfiable(InvalidParameterValue):
    """The range begins after the end of the file."""

    code: ClassVar[str] = "INVALID_RANGE"
    status: ClassVar[int] = 416


class BlockTooLarge(InvalidParameterValue):
    """The block is larger than one request may carry."""

    code: ClassVar[str] = "MAX_BLOCK_SIZE_EXCEEDED"


class ReadTooLarge(InvalidParameterValue):
    """More is asked for than one answer may carry."""

    code: ClassVar[str] = "MAX_READ_SIZE_EXCEEDED"


class FolderNotEmpty(DirectoryNotEmpty):
    """The folder is not empty; delete it recursively."""

    code: ClassVar[str] = "IO_ERROR"


class TooManyHandles(BrickyardError):
    """Too many files are being written at once."""

    code: ClassVar[str] = "RESOURCE_EXHAUSTED"
    status: ClassVar[int] = 429
