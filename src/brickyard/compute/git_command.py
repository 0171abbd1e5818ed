"""Runs `git` so that neither a repository nor a setting of this machine's user can make it do anything else.

Nothing of the user's or the system's configuration is read, no hooks run, only the network protocols that are allowed
work, nothing is asked at a terminal, and a command that takes too long or writes too much is ended with all that it
started.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from brickyard.compute.git_addresses import SCHEMES, Address
from brickyard.errors import CheckoutFailed

_KEPT = (
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
    "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "all_proxy", "ALL_PROXY",
)  # fmt: skip
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=true",
    "core.protectHFS=true",
    "core.protectNTFS=true",
    "credential.helper=",
    "fetch.fsckObjects=true",
    # Harmless, and found in the history of many old repositories.
    "fetch.fsck.zeroPaddedFilemode=ignore",
    "fetch.fsck.badTimezone=ignore",
    "fetch.fsck.missingSpaceBeforeDate=ignore",
    "fetch.recurseSubmodules=false",
    # All that is fetched is one file, so that a limit on a file's size is a limit on the fetch.
    "fetch.unpackLimit=1",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "protocol.allow=never",
    *(f"protocol.{scheme}.allow=always" for scheme in SCHEMES),
)
_OPTIONS = tuple(part for setting in _SETTINGS for part in ("-c", setting))
_MOST_WORDS = 65536
BLOCK = 512
"""Bytes that `ulimit -f` counts in."""
_TOO_LARGE = (-signal.SIGXFSZ, 128 + signal.SIGXFSZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one checkout may take."""

    seconds: float = 120.0
    """Of each command that speaks to the remote."""
    bytes: int = 1024 * 1024 * 1024
    """Of what is fetched, and of all files together."""
    files: int = 200_000


class TooLarge(CheckoutFailed):
    """Git wrote more than it may."""


class Git:
    """The program `git` of this machine."""

    def __init__(self, environ: Mapping[str, str], limits: Limits) -> None:
        self._environ = {name: environ[name] for name in _KEPT if name in environ} | {
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "SSH_ASKPASS": "/bin/false",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_OPTIONAL_LOCKS": "0",
        }
        self._program = shutil.which("git", path=environ.get("PATH"))
        self.limits = limits

    def run(
        self,
        *arguments: str,
        folder: Path,
        repository: Path | None = None,
        index: Path | None = None,
        address: Address | None = None,
        largest: int | None = None,
    ) -> bytes:
        """What the command printed.

        Args:
            arguments: the command and its arguments.
            folder: the working directory, and the work tree.
            repository: the bare repository; Git looks for no other.
            index: the index file to use.
            address: where the command speaks to; its credentials go along.
            largest: bytes of what it may print and of each file that it may write, instead of the limit.

        Raises:
            CheckoutFailed: it failed; the text has Git's reason.
        """
        environ = self._environ | _config(address)
        environ["GIT_DIR"] = str(repository or folder / "no-repository")
        if index is not None:
            environ |= {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(folder)}
        command = [*self._limited(largest or self.limits.bytes), *_OPTIONS, *arguments]
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            code = self._wait(command, environ, folder, output, errors)
            if code != 0:
                errors.seek(0)
                told = errors.read(_MOST_WORDS).decode(errors="replace")
                raise self._failure(code, told, address)
            output.seek(0)
            return output.read()

    def _limited(self, largest: int) -> list[str]:
        if self._program is None:
            raise CheckoutFailed("A Git source needs the program 'git', which is not installed on this machine.")
        # A limit that is inherited by all that git starts; the values are arguments of the shell, never its program.
        return ["/bin/sh", "-c", 'ulimit -f "$0" && exec "$@"', str(max(1, largest // BLOCK)), self._program]

    def _wait(
        self, command: list[str], environ: dict[str, str], folder: Path, output: IO[bytes], errors: IO[bytes]
    ) -> int:
        with subprocess.Popen(
            command,
            env=environ,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        ) as process:
            try:
                return process.wait(self.limits.seconds)
            except subprocess.TimeoutExpired:
                raise CheckoutFailed(f"Git took longer than {self.limits.seconds:g} seconds and was ended.") from None
            finally:
                # The programs that git started for the network are in its group.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def too_large(self) -> TooLarge:
        """The error that tells the limit."""
        return TooLarge(f"The repository is larger than the limit of {self.limits.bytes / 1024 / 1024:g} MiB.")

    def _failure(self, code: int, text: str, address: Address | None) -> CheckoutFailed:
        return self.too_large() if code in _TOO_LARGE else CheckoutFailed(reason(text, address.url if address else ""))


def reason(text: str, url: str) -> str:
    """Git's own words, with a sentence on what they mean where they are known to puzzle."""
    lines = [line.removeprefix("remote: ").strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:", "ssh:", "ERROR:"))] or lines[-1:]
    words = "; ".join(dict.fromkeys(line.removeprefix("fatal: ").removeprefix("error: ") for line in told))[:600]
    if re.search(r"could not read Username|Authentication failed|terminal prompts disabled|Permission denied", text):
        return f"{url} needs credentials that this server does not have, or does not exist. Git says: {words}"
    if missing := re.search(r"not our ref ([0-9a-f]{40})", text):
        return f"The repository {url} has no commit {missing[1]}, or does not hand out single commits."
    if re.search(r"not found|does not appear to be a git repository", text):
        return f"There is no repository at {url}. Git says: {words}"
    return f"Git failed at {url}: {words}" if url else f"Git failed: {words}"


def _config(address: Address | None) -> dict[str, str]:
    """Credentials as a header, told by the environment: arguments can be read by every user of the machine."""
    if address is None or not address.authorization:
        return {}
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{address.url}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: {address.authorization}",
    }
