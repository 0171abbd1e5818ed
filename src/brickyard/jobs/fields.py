"""The one table of every known field of the Jobs API, and what this server does with each.

A section is the shape of one object: `job` (the settings), `task`, each kind of task by its payload's name,
`new_cluster`, the requests `submit`, `run_now` and `repair`. The checks of `jobs.shape` and the reference pages are
both made from here.
Source of names and types: Jobs API 2.2 as databricks-sdk 0.156 declares it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from brickyard.jobs.field import Field
from brickyard.jobs.fields_all_purpose import ALL_PURPOSE
from brickyard.jobs.fields_cluster import CLUSTER
from brickyard.jobs.fields_job import JOB
from brickyard.jobs.fields_requests import REQUESTS
from brickyard.jobs.fields_task import TASK

SECTIONS: Final[Mapping[str, Mapping[str, Field]]] = MappingProxyType(
    {
        section: MappingProxyType({field.name: field for field in fields})
        for section, fields in {**JOB, **TASK, **CLUSTER, **ALL_PURPOSE, **REQUESTS}.items()
    }
)
"""Section, then field name, to the field."""

TASK_ONLY: Final = frozenset(SECTIONS["task"]) - frozenset(SECTIONS["job"]) - frozenset(SECTIONS["submit"])
"""Fields of a task that no job has: on the top level they mean the single-task form of API 2.0."""


def rows(section: str, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Every field below a section with its path, such as `tasks[].notebook_task.source`, in the order of the table."""
    for field in SECTIONS[section].values():
        path = f"{prefix}{field.name}"
        yield path, field
        if field.of:
            brackets = "[]" if field.kind == "list of objects" else ""
            yield from rows(field.of, f"{path}{brackets}.")


def home_of(name: str) -> tuple[str, ...]:
    """The sections that know a field of this name."""
    return tuple(section for section, fields in SECTIONS.items() if name in fields)
