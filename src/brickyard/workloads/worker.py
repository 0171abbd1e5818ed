"""A worker process: forked, idle until it gets an assignment, and gone when that one attempt is over."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path

import msgspec

from brickyard.clock import SystemClock
from brickyard.workloads import (
    code,
    folder,
    kernel,
    logs,
    packages,
    places,
    secret_references,
    sources,
    surroundings,
    tasks,
    usage,
    workdir,
)
from brickyard.workloads.bridge import AskError, Bridge
from brickyard.workloads.claims import Claim, claim, write_outcome
from brickyard.workloads.frames import BrokenStreamError, Unpacker
from brickyard.workloads.link import Link, say_hello
from brickyard.workloads.messages import Assignment, DbtWork, Outcome, PrepareEnvironment, Tier, decode_command

_clock = SystemClock()


def main(path: str, token: str, tier: Tier) -> None:
    """The whole life of a worker, in a fresh child of the launcher. Returns when the process may end."""
    surroundings.settle()
    me = Claim(pid=os.getpid(), started=kernel.started(os.getpid()))
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
        say_hello(connection, token, 0, tier)
        assignment = _wait_for_assignment(connection)
    except OSError:
        return  # no server: a worker without work has nothing to wait for
    if assignment is None or not claim(Path(assignment.folder), me):
        return
    link = Link(connection, path, token, assignment.attempt_id, Path(assignment.folder))
    link.open()
    _run(assignment, link)


def _wait_for_assignment(connection: socket.socket) -> Assignment | None:
    unpacker = Unpacker()
    while data := connection.recv(65536):
        try:
            for body in unpacker.feed(data):
                command = decode_command(body)
                return command if isinstance(command, Assignment) else None
        except (BrokenStreamError, ValueError):
            return None
    return None


def _run(assignment: Assignment, link: Link) -> None:
    attempt = Path(assignment.folder)
    logs.redirect(attempt)
    began_ms = _clock.now_ms()
    outcome = _guarded(assignment, link)
    _flush()
    usage.end_descendants()
    logs.bound_all(attempt)
    outcome = msgspec.structs.replace(
        outcome,
        started_ms=outcome.started_ms or link.started_ms or began_ms,
        ended_ms=_clock.now_ms(),
        cpu_seconds=usage.cpu_seconds(),
        peak_memory_bytes=usage.peak_memory_bytes(),
        code_hash=code.hash_of(attempt),
    )
    write_outcome(attempt, outcome)
    link.finish(outcome)


def _guarded(assignment: Assignment, link: Link) -> Outcome:
    """Perform the work; an interrupt can reach it here and nowhere else."""
    try:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if link.stop_reason:
                return _cancelled(link)
            assignment = secret_references.resolved(sources.settled(assignment, link), link)
            prepare(assignment, link)
            return tasks.perform(assignment, link)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        return _cancelled(link)
    except AskError as error:  # of what the work needs before it begins; later ones belong to the user's code
        return Outcome(status="failed", error=str(error), error_code=error.code or "INTERNAL_ERROR")
    except places.BadPathError as error:
        return Outcome(status="failed", error=str(error), error_code="INVALID_RUN_CONFIGURATION")
    except Exception as error:  # noqa: BLE001 -- a fault of a runner must end the attempt with its text, not hang it
        traceback.print_exc()
        return Outcome(
            status="failed",
            error="".join(traceback.format_exception_only(error)).strip(),
            error_code="INTERNAL_ERROR",
            trace=traceback.format_exc(),
        )


def _cancelled(link: Link) -> Outcome:
    if link.stop_reason:
        return Outcome(status="cancelled", error=link.stop_reason)
    return Outcome(status="failed", error="KeyboardInterrupt")  # raised by the user's own code


def prepare(assignment: Assignment, bridge: Bridge) -> None:
    """Environment variables, packages, working directory and import path of the attempt.

    Raises:
        AskError: the packages that it requires could not be had.
        BadPathError: the work's path means no file here.
    """
    os.environ.update(surroundings.variables(assignment))
    time.tzset()
    if assignment.requirements:
        packages.activate(Path(str(bridge.ask(PrepareEnvironment()))))
    attempt = Path(assignment.folder, folder.WORK)
    path = sources.path_of(assignment.work)
    if not path or isinstance(assignment.work, DbtWork):  # a dbt project is copied by its runner
        os.chdir(workdir.own(attempt))
        return
    file = places.real(path, assignment.paths)
    root = places.project_root(file, assignment.paths)
    os.chdir(workdir.mirror(root, file.parent, attempt))
    sys.path[:0] = [str(file.parent)] if root == file.parent else [str(file.parent), str(root)]


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue  # the user's code has closed it
    for thread in threading.enumerate():
        if thread.name == "brickyard-stop":
            thread.join(1.0)
