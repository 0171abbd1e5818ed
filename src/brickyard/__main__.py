"""The command `brickyard`: `server` is the product itself, everything else is a client of it."""

from __future__ import annotations

import signal
import sys

from brickyard.surfaces.cli.app import main


def run() -> None:
    """Run the command that the arguments name, and leave with its exit code."""
    argv = sys.argv[1:]
    if argv[:1] == ["server"]:
        from brickyard.serve import serve  # noqa: PLC0415 - loads every room; a client command must start without it

        sys.exit(serve(argv[1:]))
    # An orderly end, so that a server which the command has started ends with it.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main(argv))


if __name__ == "__main__":
    run()
