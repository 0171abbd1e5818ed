"""What every worker finds imported already. One second of imports, paid once for all workers.

Nothing here may open a gRPC channel: a channel that is open in the parent hangs in the forked children.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator

MODULES = (
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
    "nbformat",
    "psutil",
    "brickyard.workloads.tasks",
)


def steps() -> Iterator[None]:
    """Import one module after the other; between two steps the launcher looks after its server."""
    for name in MODULES:
        if name not in sys.modules:
            importlib.import_module(name)
            yield
    # The shell of the first notebook: each worker has a copy of it.
    importlib.import_module("brickyard.workloads.notebooks.preload").preload()
    yield
    # Garbage collection would write to pages that are shared with the children, and so copy them.
    gc.collect()
    gc.freeze()
