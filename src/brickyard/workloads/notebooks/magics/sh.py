"""`%sh`."""

from __future__ import annotations

import signal

from brickyard.workloads.notebooks.shell import shell_command


class ShellError(Exception):
    """A shell cell ended with an exit code other than 0."""


def run_sh(script: str) -> None:
    """Run a shell script. `-e` in front of it ends it at its first failing command.

    Raises:
        ShellError: its exit code is not 0.
    """
    options: list[str] = []
    first, space, rest = script.partition("\n")
    words = first.split()
    while words and words[0] in {"-e", "-x", "-u"}:
        options.append(words.pop(0))
        first = first.split(options[-1], 1)[1]
    code = shell_command(f"{first}{space}{rest}", *options)
    if code < 0:
        raise ShellError(f"The shell was ended by signal {-code} ({signal.Signals(-code).name})")
    if code:
        raise ShellError(f"The shell ended with exit code {code}")
