"""How a Sail server is started: its command line and its settings.

The settings are those that measurements proved necessary: without a bounded pool one `dropDuplicates` takes all memory;
with few threads one long query keeps every other session from answering; an idle session is forgotten after 15 minutes.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from brickyard.compute import machine
from brickyard.jobs import nodes
from brickyard.jobs.tasks import ClusterSpec

CATALOGS = ("main", "hive_metastore", "spark_catalog", "workspace", "samples")
"""The first is the default. Sail has `system` of its own and refuses a second."""
_MIB = 1024 * 1024
_SHARE_OF_MACHINE = 0.6
"""The pool bounds the operators' memory and not all of the process's."""
_LEAST_POOL = 256 * _MIB
_LEAST_THREADS = 8
_SESSION_SECONDS = 30 * 24 * 3600


def command(port: int) -> list[str]:
    """The command line of a server on loopback."""
    return [sys.executable, "-P", "-m", "pysail", "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]


def environment(spec: ClusterSpec | None, *, base: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The settings of a server of this size; its temporary files and importable modules lie in `folder`."""
    size = nodes.SERVERLESS if spec is None else nodes.size(spec)
    cores = max(1, min(size.cores, machine.cores()))
    pool = max(_LEAST_POOL, min(size.memory_mb * _MIB, int(machine.memory_bytes() * _SHARE_OF_MACHINE)))
    catalogs = ", ".join(f'{{type="memory", name="{name}", initial_database=["default"]}}' for name in CATALOGS)
    settings = {
        "SAIL_RUNTIME__MEMORY_POOL__TYPE": "fair",
        "SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE": str(pool),
        "SAIL_RUNTIME__TEMPORARY_FILES__PATHS": f'["{temporary(folder)}"]',
        "SAIL_EXECUTION__DEFAULT_PARALLELISM": str(cores),
        "SAIL_SPARK__SESSION_TIMEOUT_SECS": str(_SESSION_SECONDS),
        "SAIL_CATALOG__LIST": f"[{catalogs}]",
        "SAIL_CATALOG__DEFAULT_CATALOG": CATALOGS[0],
        "TOKIO_WORKER_THREADS": str(max(_LEAST_THREADS, cores)),
        "PYTHONPATH": str(modules(folder)),
    }
    return dict(base) | settings | dict(spec.spark_env_vars if spec else {})


def temporary(folder: Path) -> Path:
    """Where the server spills."""
    return folder / "tmp"


def modules(folder: Path) -> Path:
    """What users' functions, which run inside the server, can import."""
    return folder / "modules"


def free_port() -> int:
    """A port of loopback that nobody uses now; somebody may take it before the server does."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
