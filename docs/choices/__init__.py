"""Decisions on behaviour that public sources leave open or disagree on: what `docs/compatibility.md` is made from.

One module for each subject, each with `CHOICES`. A new subject is one more module and one more line in `SUBJECTS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from docs.choices import (
    backfills,
    clusters,
    files,
    kinds,
    packages,
    parameters,
    people,
    references,
    repairs,
    requests,
    rights,
    runs,
    settings,
    tasks,
    unity,
    workspace,
)
from docs.choices.choice import Choice

SUBJECTS: Final[Mapping[str, Sequence[Choice]]] = {
    "Settings of jobs": settings.CHOICES,
    "Kinds of tasks": kinds.CHOICES,
    "Parameters": parameters.CHOICES,
    "References": references.CHOICES,
    "Runs": runs.CHOICES,
    "Repairs and versions": repairs.CHOICES,
    "Backfills": backfills.CHOICES,
    "Code in tasks": tasks.CHOICES,
    "All-purpose clusters": clusters.CHOICES,
    "Packages, Git and queries": packages.CHOICES,
    "Files of volumes and DBFS": files.CHOICES,
    "Unity Catalog": unity.CHOICES,
    "People and tokens": people.CHOICES,
    "Rights on jobs and runs": rights.CHOICES,
    "Workspace, secrets and Git folders": workspace.CHOICES,
    "Requests and the audit log": requests.CHOICES,
}
"""Heading to its decisions, in the order of the page."""

__all__ = ["SUBJECTS", "Choice"]
