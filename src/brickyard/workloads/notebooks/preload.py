"""What a process can do before it is forked, so that a notebook starts at once."""

from __future__ import annotations

import importlib

from brickyard.workloads.notebooks.shell import prepare_shell

_MODULES = (
    # Looks at __main__, so it comes before a shell puts the user's module there.
    "pyspark.sql.connect.session",
    "pyspark.sql.functions",
    "fsspec.implementations.local",
    "matplotlib_inline.config",
    "brickyard.workloads.notebooks.run",
    "brickyard.workloads.notebooks.session",
)


def preload() -> None:
    """Import what a notebook needs and build its shell. Starts no thread, opens no connection."""
    for name in _MODULES:
        importlib.import_module(name)
    prepare_shell()
