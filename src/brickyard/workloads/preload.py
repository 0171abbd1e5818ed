"""What workers find imported already. For the full ones that is a second of imports, paid once for all of them.

Nothing here may open a gRPC channel: a channel that is open in the parent hangs in the forked children.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import sys
from collections.abc import Iterator

from brickyard.workloads.messages import Tier

LIGHT = (
    "psutil",
    "brickyard.workloads.tasks",
    # Of the standard library, what many scripts begin with: cheap to have, some milliseconds to import.
    "argparse",
    "csv",
    "datetime",
    "json",
    "logging",
)

FULL = (
    "grpc",
    "numpy",
    "pandas",
    "pyarrow",
    "pyarrow.parquet",
    # Looks at __main__, so it comes before any worker puts the user's module there.
    "pyspark.sql.connect.session",
    "pyspark.sql.functions",
    "pyspark.sql.types",
    "pyspark.sql.connect.functions",
    "IPython.core.interactiveshell",
    *LIGHT,
    "brickyard.workloads.runtime.session",
    "brickyard.workloads.sql_task",
)


def steps(tier: Tier) -> Iterator[None]:
    """Import one module after the other; between two steps the launcher looks after its server."""
    for name in FULL if tier == "full" else LIGHT:
        if name not in sys.modules:
            importlib.import_module(name)
            yield
    if tier == "full":
        # The shell of the first notebook: each worker has a copy of it.
        importlib.import_module("brickyard.workloads.notebooks.preload").preload()
        yield
    hashlib.sha256()  # its library looks for the algorithm at the first use, which takes some tenths of a millisecond
    # Garbage collection would write to pages that are shared with the children, and so copy them.
    gc.collect()
    gc.freeze()
