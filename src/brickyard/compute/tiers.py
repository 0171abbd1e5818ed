"""Which kind of worker suits an assignment: one that has imported next to nothing, or one that has it all."""

from __future__ import annotations

import re

from brickyard.workloads import places
from brickyard.workloads.messages import Assignment, ScriptWork, Tier

_LOOKED_AT = 256 * 1024
_HEAVY = re.compile(
    rb"\b(?:pyspark|spark|sparksession|delta|deltalake|pandas|numpy|pyarrow|grpc|ipython|nbformat"
    rb"|matplotlib|seaborn|plotly|scipy|sklearn|statsmodels|polars|duckdb|xgboost|lightgbm|mlflow|torch|tensorflow)\b",
    re.IGNORECASE,
)
"""What a full worker has imported, and what imports some of that in its turn."""


def tier_of(assignment: Assignment) -> Tier:
    """A guess from the work's text. A wrong one costs the time of some imports and nothing else.

    Notebooks get a full worker: they have a shell, and mostly a `spark`. Of scripts only those that name a heavy
    library do. A file that cannot be read is light work: the worker says what is wrong with it. So is everything that
    has requirements, and that is no guess.
    """
    if assignment.requirements:
        return "light"  # what is imported already is the server's version, and the task may bring another
    if not isinstance(assignment.work, ScriptWork):
        return "full"
    try:
        file = places.real(assignment.work.path, assignment.paths)
        if not file.is_file():  # opening a pipe would wait for its other end
            return "light"
        with file.open("rb") as script:
            return "full" if _HEAVY.search(script.read(_LOOKED_AT)) else "light"
    except (OSError, ValueError):
        return "light"
