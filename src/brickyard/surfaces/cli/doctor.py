"""`brickyard doctor`: is everything there that runs need? Each line says what to do where it is not."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from brickyard.settings import Settings, read
from brickyard.surfaces.cli.output import AsJson, emit_json, say
from brickyard.surfaces.local import find_server
from brickyard.workloads import real_paths
from brickyard.workloads.mounts import Mount

OLDEST_PYTHON = (3, 11)
MIN_FREE = 2 * 1024**3
DEFAULT_PORT = 8484
ENGINE_SECONDS = 60
ENGINE_PROBE = (
    "import pysail.spark as s; server = s.SparkConnectServer('127.0.0.1', 0); server.start(); print('started')"
)
OK, WARN, BAD = "ok", "warn", "bad"
MARKS = {OK: "✔", WARN: "!", BAD: "✘"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: str
    text: str
    advice: str = ""
    """What to do; empty where all is well."""


def doctor(as_json: AsJson = False) -> None:
    """Check Python, engine, disk, database, ports, the home, and the paths that tasks see."""
    findings = list(examine(read()))
    if as_json:
        emit_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(f"{MARKS[finding.state]} {finding.name}: {finding.text}")
            if finding.advice:
                say(f"    {finding.advice}")
    raise typer.Exit(1 if any(finding.state == BAD for finding in findings) else 0)


def version(as_json: AsJson = False) -> None:
    """Print the versions of Brickyard, Python and the engine."""
    names = ("brickyard", "pysail", "pyspark-client", "deltalake", "pandas", "pyarrow")
    found = {name: _version(name) for name in names} | {"python": sys.version.split()[0]}
    if as_json:
        emit_json(found)
        return
    for name, value in found.items():
        say(f"{name} {value}")


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, in the order in which a person should care."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _python, _home, _disk, _database, _engine, _paths, _server, _port,
    )  # fmt: skip
    for check in checks:
        yield check(settings)


def _python(_: Settings) -> Finding:
    text = f"{sys.version.split()[0]} ({sys.executable})"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python", BAD, text, "Python 3.11 or newer is needed.")
    return Finding("Python", OK, text)


def _home(settings: Settings) -> Finding:
    home = settings.home
    if not home.exists():
        parent = next(folder for folder in home.parents if folder.exists())
        if not os.access(parent, os.W_OK):
            return Finding("home", BAD, f"{home} cannot be made", "Set BRICKYARD_HOME to a folder of yours.")
        return Finding("home", OK, f"{home} (made at the first start)")
    if not os.access(home, os.W_OK):
        return Finding("home", BAD, f"{home} cannot be written", "Set BRICKYARD_HOME to a folder of yours.")
    mode = home.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("home", WARN, f"{home} has mode {mode:o}: others can read it", f"chmod 700 {home}")
    return Finding("home", OK, f"{home} (mode {mode:o})")


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**3:.1f} GiB free at {folder}"
    if free < MIN_FREE:
        return Finding(
            "disk", BAD, text, f"At least {MIN_FREE >> 30} GiB are needed: make room, or move BRICKYARD_HOME."
        )
    return Finding("disk", OK, text)


def _database(settings: Settings) -> Finding:
    kind, _, rest = settings.database_url.partition("://")
    if not kind.startswith("sqlite"):
        return Finding("database", OK, f"{kind} (the server checks it at its start)")
    path = Path(rest.removeprefix("/"))
    if not path.exists():
        return Finding("database", OK, f"SQLite {sqlite3.sqlite_version}, made at the first start")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            verdict = str(connection.execute("PRAGMA quick_check").fetchone()[0])
    except sqlite3.Error as error:
        return Finding("database", BAD, f"{path}: {error}", "Restore it from a backup, or set BRICKYARD_HOME anew.")
    if verdict != "ok":
        return Finding("database", BAD, f"{path}: {verdict}", "Restore it from a backup.")
    return Finding("database", OK, f"{path} ({path.stat().st_size / 1024**2:.1f} MiB, SQLite {sqlite3.sqlite_version})")


def _engine(_: Settings) -> Finding:
    advice = "Install it again: pip install --force-reinstall pysail"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", ENGINE_PROBE],
            capture_output=True,
            text=True,
            timeout=ENGINE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding("engine", BAD, f"Sail did not start within {ENGINE_SECONDS} s", advice)
    if done.returncode != 0 or "started" not in done.stdout:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return Finding("engine", BAD, f"Sail does not start: {last}", advice)
    return Finding("engine", OK, f"Sail {_version('pysail')} starts")


def _paths(settings: Settings) -> Finding:
    shown = ", ".join(settings.places)
    missing = real_paths.missing(settings.places)
    links = f"Where the machine allows no mount namespace, links do as well: {_links(missing)}"
    if not missing:
        return Finding("paths", OK, f"{shown} lead to the home")
    if not settings.real_paths:
        return Finding("paths", WARN, f"{shown} are no real paths in tasks: BRICKYARD_REAL_PATHS is off", links)
    # Before its first start a home has no such folders yet; any others tell as well whether it can be done.
    with tempfile.TemporaryDirectory() as scratch:
        why = real_paths.unavailable([Mount(mount.place, "/usr") for mount in missing], Path(scratch))
    if why:
        return Finding("paths", WARN, f"{shown} are no real paths in tasks: {why}", links)
    return Finding("paths", OK, f"{shown} are real paths in tasks")


def _links(missing: Sequence[Mount]) -> str:
    return "; ".join(f"ln -s {mount.folder} {mount.place}" for mount in missing)


def _server(settings: Settings) -> Finding:
    found = find_server(settings.home)
    if found is None:
        return Finding("server", OK, "none is running on this home; commands start one for themselves")
    return Finding("server", OK, f"{found.url} (pid {found.pid})")


def _port(settings: Settings) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", DEFAULT_PORT))
        except OSError:
            running = find_server(settings.home)
            if running is not None and running.url.endswith(f":{DEFAULT_PORT}"):
                return Finding("port", OK, f"{DEFAULT_PORT} is used by the server of this home")
            return Finding("port", WARN, f"{DEFAULT_PORT} is taken", "Start with another: brickyard server --port 0")
    return Finding("port", OK, f"{DEFAULT_PORT} is free")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"
