"""What an attempt is to do, who runs it and how it ended: the small files of its folder, written and read here."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from brickyard.workloads import folder
from brickyard.workloads.messages import Assignment, Outcome, encode
from brickyard.workloads.struct import Struct


class Claim(Struct, frozen=True, kw_only=True):
    """The content of the `claim` file: which process runs the attempt."""

    pid: int
    started: float
    """psutil's creation time."""


def claim(attempt: Path, me: Claim) -> bool:
    """Make the attempt this process's own; False where another one has it."""
    try:
        opened = os.open(attempt / folder.CLAIM, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(opened, "wb") as file:
        file.write(encode(me))
    return True


def read_claim(attempt: Path) -> Claim | None:
    """Who runs the attempt; None where nobody has claimed it (or died while doing so)."""
    try:
        return msgspec.json.decode((attempt / folder.CLAIM).read_bytes(), type=Claim)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def read_outcome(attempt: Path) -> Outcome | None:
    """The outcome that the attempt's worker wrote; None where it wrote none."""
    try:
        return msgspec.json.decode((attempt / folder.OUTCOME).read_bytes(), type=Outcome)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_outcome(attempt: Path, outcome: Outcome) -> None:
    """Write the outcome whole or not at all.

    Not synced to disk: it has to outlive processes, and what a power cut takes is run again as lost.
    """
    temporary = attempt / f"{folder.OUTCOME}.new"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(encode(outcome))
    temporary.rename(attempt / folder.OUTCOME)


def write_assignment(assignment: Assignment) -> None:
    """Make the attempt's folder and write the assignment there, for its owner only: parameters may be secrets."""
    attempt = Path(assignment.folder)
    (attempt / folder.WORK).mkdir(mode=0o700, parents=True, exist_ok=True)
    attempt.chmod(0o700)
    opened = os.open(attempt / folder.ASSIGNMENT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(encode(assignment))


def read_assignment(attempt: Path) -> Assignment | None:
    """The assignment as it was written for the worker; None where there is none that can be read."""
    try:
        return msgspec.json.decode((attempt / folder.ASSIGNMENT).read_bytes(), type=Assignment)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
