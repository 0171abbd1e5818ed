"""Run pip for an environment: with the server's own settings of pip, within a time, and with its reason told."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from brickyard.errors import InstallationFailed
from brickyard.workloads.surroundings import clean_environment

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_WHERE_TO = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN", "PIP_EDITABLE",
             "PIP_REQUIRE_VIRTUALENV", "PIP_REQUIREMENT", "PIP_LOG", "PIP_QUIET", "PIP_VERBOSE")  # fmt: skip
"""Settings that would have pip install to another place, or tell its reasons in another one."""
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_QUICKLY = ("--no-warn-conflicts",)
"""Whether all of the packages of a server agree takes longer to find out than all the rest, and nobody reads it."""
_LONGEST_LINE = 500
_LAST_LINES = 5


class Pip:
    """Runs `pip install`. Safe to use from several threads."""

    def __init__(self, environ: Mapping[str, str], *, timeout_seconds: float) -> None:
        self._environ = _environment(environ)
        self._timeout_seconds = timeout_seconds
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()

    def install(self, python: Path, arguments: Sequence[str]) -> None:
        """Install into the environment of `python`, which must find a pip.

        Raises:
            InstallationFailed: pip's own reason, without credentials, or that it took too long.
        """
        # -P and the folder: modules that lie around where the server was started are not pip's.
        command = [str(python), "-P", "-m", "pip", "install", "--quiet", "--no-input", *_QUICKLY, *arguments]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=self._environ,
            cwd=python.parent,
            start_new_session=True,
        )
        with self._lock:
            self._running.add(process)
        try:
            told, _ = process.communicate(timeout=self._timeout_seconds)
        except subprocess.TimeoutExpired:
            raise InstallationFailed(f"pip did not end within {self._timeout_seconds:.0f} seconds.") from None
        finally:
            with self._lock:
                self._running.discard(process)
            _end(process)
        if process.returncode:
            raise InstallationFailed(reason_of(told) or f"pip ended with exit code {process.returncode}.")

    def stop(self) -> None:
        """End what is running; its callers hear that pip failed."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _kill(process)


def reason_of(told: str) -> str:
    """The lines of pip's output that say why it failed, without credentials."""
    lines = [line.rstrip() for line in told.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    chosen = [*_last_connection_error(lines), *_of_build(lines), *(errors or lines[-_LAST_LINES:])]
    shown = (line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in dict.fromkeys(chosen))
    return redacted("\n".join(shown))


def redacted(text: str) -> str:
    """The text without the user and the password of the addresses in it."""
    return _CREDENTIALS.sub("***@", text)


def _of_build(lines: Sequence[str]) -> Iterator[str]:
    """What a package said that could not be built: pip shows it between two marks, below its own words."""
    ends = [place for place, line in enumerate(lines) if line.strip() == "[end of output]"]
    for end in ends[:1]:
        yield from (line.strip() for line in lines[max(0, end - _LAST_LINES) : end])


def _last_connection_error(lines: Sequence[str]) -> Iterator[str]:
    """Without it "no matching distribution" is all that pip says of an index that it did not reach."""
    found = [line.partition("connection broken by ")[2] for line in lines if "connection broken by " in line]
    if found:
        yield f"The index was not reached: {found[-1]}"


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    kept = clean_environment(environ)
    for name, value in environ.items():
        if (name.startswith("PIP_") and name not in _WHERE_TO) or name.lower() in _PROXIES:
            kept[name] = value
    kept.pop("VIRTUAL_ENV", None)
    kept.setdefault("PIP_RETRIES", "1")  # a machine without a network shall hear of it soon
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COLOR": "1", "PIP_NO_WARN_SCRIPT_LOCATION": "1"}


def _end(process: subprocess.Popen[str]) -> None:
    """Leave neither pip nor what it started behind."""
    _kill(process)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
