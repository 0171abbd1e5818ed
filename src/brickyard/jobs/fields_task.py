"""The fields of a task, of the task that a loop repeats, and of libraries. Source: Jobs API 2.2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from brickyard.jobs.field import NOT_EMPTY, Field, Kind, kept, refused, works
from brickyard.jobs.fields_job import COMMON, KEY_PATTERN, MAX_SECONDS
from brickyard.jobs.fields_payloads import PARTS, WORKING_PAYLOADS
from brickyard.jobs.fields_refused import REFUSED_PAYLOADS

PAYLOADS: Final = (*WORKING_PAYLOADS, *REFUSED_PAYLOADS)
"""The names of all kinds of tasks; a task has exactly one of them."""

COMPUTE: Final = ("new_cluster", "job_cluster_key", "existing_cluster_id")
"""A task has at most one of these."""

_RUN_IF = ("ALL_SUCCESS", "AT_LEAST_ONE_SUCCESS", "NONE_FAILED", "ALL_DONE", "AT_LEAST_ONE_FAILED", "ALL_FAILED")
_INDEX = "packages come from the index that this server's own installation of packages is configured with"

_OWN: Final = (
    works("task_key", required=True, pattern=KEY_PATTERN),
    works("description", maximum=27_700),
)
_GRAPH: Final = (
    works("depends_on", Kind.OBJECTS, of="dependency", maximum=1000),
    works("run_if", allowed=_RUN_IF),
    works("disabled", Kind.BOOLEAN),
)
_NO_GRAPH: Final = (
    refused("depends_on", Kind.OBJECTS, "the task of a loop waits for nothing; let the loop depend on other tasks"),
    kept("run_if", Kind.STRING, "the task of a loop waits for nothing", silent=("ALL_SUCCESS",), allowed=_RUN_IF),
    refused("disabled", Kind.BOOLEAN, "the task of a loop is disabled with its loop"),
)
_HOW: Final = (
    works("job_cluster_key"),
    works("new_cluster", Kind.OBJECT, of="new_cluster"),
    works("existing_cluster_id", differs="the cluster is looked up when the task starts, and is started if need be"),
    works("max_retries", Kind.INTEGER, minimum=-1, maximum=MAX_SECONDS),
    works("min_retry_interval_millis", Kind.INTEGER, maximum=2**53),
    works("retry_on_timeout", Kind.BOOLEAN),
    works("timeout_seconds", Kind.INTEGER, maximum=MAX_SECONDS),
    works("libraries", Kind.OBJECTS, of="library", maximum=1000),
    works("environment_key", differs="a task without one, and without libraries, has the packages of this server"),
    refused("environment_variables_key", Kind.STRING, "shared environment variables are not set yet"),
    refused("compute", Kind.OBJECT, "there are no hardware accelerators"),
    kept("disable_auto_optimization", Kind.BOOLEAN, "nothing retries a task unless max_retries says so"),
    *COMMON,
)
_REFUSED = {name: reason for name, (reason, _) in REFUSED_PAYLOADS.items()}
_NO_LOOP = {"for_each_task": "a loop within a loop is not allowed; put the inner one into a job and use run_job_task"}


def _payloads(refusals: dict[str, str]) -> Iterator[Field]:
    for name in PAYLOADS:
        reason = refusals.get(name)
        if reason is None:
            yield works(name, Kind.OBJECT, of=name)
        else:
            # A loop within a loop would make the table endless.
            yield refused(name, Kind.OBJECT, reason, of="" if reason in _NO_LOOP.values() else name)


def _all_refused(fields: Iterable[tuple[str, Kind]], reason: str) -> tuple[Field, ...]:
    return tuple(refused(field, kind, reason) for field, kind in fields)


TASK: Final[dict[str, tuple[Field, ...]]] = {
    "task": (*_OWN, *_GRAPH, *_HOW, *_payloads(_REFUSED)),
    "nested_task": (*_OWN, *_NO_GRAPH, *_HOW, *_payloads({**_REFUSED, **_NO_LOOP})),
    "dependency": (
        works("task_key", required=True),
        works("outcome", allowed=("true", "false"), lenient=True),
    ),
    "library": (
        works("whl", differs="the wheel is installed for this task alone, not on a cluster"),
        works("pypi", Kind.OBJECT, of="pypi"),
        works("requirements", differs="the file is read when the task starts"),
        refused("jar", Kind.STRING, "there is no Java in the embedded engine"),
        refused("egg", Kind.STRING, "eggs are obsolete; build a wheel"),
        refused("maven", Kind.OBJECT, "there is no Java in the embedded engine"),
        refused("cran", Kind.OBJECT, "there is no R"),
    ),
    "pypi": (
        works("package", required=True, pattern=NOT_EMPTY),
        refused("repo", Kind.STRING, _INDEX),
    ),
    **WORKING_PAYLOADS,
    **PARTS,
    **{name: _all_refused(fields, reason) for name, (reason, fields) in REFUSED_PAYLOADS.items()},
}
"""Section name to its fields."""
