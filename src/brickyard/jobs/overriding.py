"""Legacy overrides of a repair over those that its run was started with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def over(start: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """What is in force in a repair: what it gives, and for the rest what the run was started with.

    As with job parameters, each name counts for itself (`notebook_params`, `sql_params`, …); a list (`python_params`,
    …) is given as a whole. Source: docs of Databricks "Repair job run failures": a parameter that is left out returns
    to the value of the original run.

    Args:
        start: the overrides of the start as sent, by their kind.
        later: those of the repair.
    """
    return {kind: _merged(start.get(kind), later.get(kind)) for kind in dict.fromkeys((*start, *later))}


def _merged(start: Any, later: Any) -> Any:
    if isinstance(start, Mapping) and isinstance(later, Mapping):
        return {**start, **later}
    return start if later is None else later
