"""The command `brickyard`: `server` is the product itself, everything else is a client of it."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command that the arguments name."""
    raise SystemExit("not yet: " + " ".join(sys.argv[1:]))


if __name__ == "__main__":
    run()
