"""From JSON to a checked job: the two forms of `jobs/create` and the two of `runs/submit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from brickyard.jobs import packages, shape
from brickyard.jobs.build import build
from brickyard.jobs.defaults import with_defaults
from brickyard.jobs.merge import merge
from brickyard.jobs.single import lift
from brickyard.jobs.tasks import JobSettings

__all__ = ["merge", "parse", "parse_submit", "with_defaults"]

_ONLY_SUBMIT: Final = ("run_name", "idempotency_token")
_ACCESS: Final = "access_control_list"


def parse(raw: Mapping[str, Any]) -> JobSettings:
    """The settings of `jobs/create` or `jobs/reset`, checked in full.

    Accepts what real clients send: numbers as strings, explicit nulls, and the single-task form of API 2.0 (its task is
    called "main"). `raw` of the result has the multi-task form with defaults and gives the same when parsed again.

    Raises:
        InvalidParameterValue: something is wrong; the text names the path, what was given and what is allowed.
        FeatureDisabled: a known field asks for something that is refused here.
    """
    notices: list[str] = []
    lifted = lift(raw, "job")
    packages.check_versions(lifted)
    return _finish(shape.check("job", lifted, notices=notices), notices)


def parse_submit(raw: Mapping[str, Any]) -> JobSettings:
    """The settings of a one-time run (`runs/submit`).

    A single task without a key (also in the single-task form) takes the run's name where that is a legal key, else
    "main": Airflow looks its task up by the run's name.

    Raises:
        InvalidParameterValue, FeatureDisabled: as `parse`.
    """
    notices: list[str] = []
    lifted = lift(raw, "submit")
    packages.check_versions(lifted)
    body = shape.check("submit", lifted, notices=notices)
    settings: dict[str, Any] = {"name": body["run_name"]} if body.get("run_name") else {}
    settings.update((name, value) for name, value in body.items() if name not in _ONLY_SUBMIT)
    return _finish(settings, notices)


def _finish(settings: Mapping[str, Any], notices: list[str]) -> JobSettings:
    kept = {name: value for name, value in settings.items() if name != _ACCESS}
    built = build(with_defaults(kept), tuple(notices))
    return replace(built, access=list(settings[_ACCESS])) if settings.get(_ACCESS) else built
