"""Which kind of worker suits an assignment: one that has imported next to nothing, or one that has it all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from brickyard.workloads import places
from brickyard.workloads.messages import Assignment, ScriptWork, Tier

Shadows = Callable[[Sequence[str]], bool]
"""Whether an environment with these requirements may have another version of a package of the server."""
_LOOKED_AT = 256 * 1024
_HEAVY = re.compile(
    rb"\b(?:pyspark|spark|sparksession|delta|deltalake|pandas|numpy|pyarrow|grpc|ipython|nbformat"
    rb"|matplotlib|seaborn|plotly|scipy|sklearn|statsmodels|polars|duckdb|xgboost|lightgbm|mlflow|torch|tensorflow)\b",
    re.IGNORECASE,
)
"""What a full worker has imported, and what imports some of that in its turn."""


def tier_of(assignment: Assignment, shadows: Shadows = lambda _: True) -> Tier:
    """A guess from the work's text. A wrong one costs the time of some imports and nothing else.

    Notebooks and packages get a full worker: they have a shell, or mostly a `spark`. Of scripts only those that name a
    heavy library do, and those of Git, which nobody has read yet. A file that cannot be read is light work: the worker
    says what is wrong with it. No guess is that requirements which may bring another version of what full workers have
    imported are light work.
    """
    if assignment.requirements and shadows(assignment.requirements):
        return "light"
    if not isinstance(assignment.work, ScriptWork) or assignment.work.source == "GIT":
        return "full"
    try:
        file = places.real(assignment.work.path, assignment.paths)
        if not file.is_file():  # opening a pipe would wait for its other end
            return "light"
        with file.open("rb") as script:
            return "full" if _HEAVY.search(script.read(_LOOKED_AT)) else "light"
    except (OSError, ValueError):
        return "light"
