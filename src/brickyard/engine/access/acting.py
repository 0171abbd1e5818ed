"""Whose rights the runs of a job have, and who may choose that.

A job acts as its `run_as`, and without one as its owner. Source: Jobs API, `run_as`: whoever is no administrator may
name themselves only, or a service principal that they may use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from brickyard.access.identity import Identity, PrincipalKind
from brickyard.access.levels import OWNER, ObjectType, reaches
from brickyard.engine.access.gate import Gate
from brickyard.errors import InvalidParameterValue, PermissionDenied
from brickyard.ports import Store
from brickyard.records import JobRecord

_NAMES = {"user_name": PrincipalKind.USER, "service_principal_name": PrincipalKind.SERVICE_PRINCIPAL}


def run_as_of(settings: Mapping[str, Any]) -> str:
    """The name in `run_as`; "" where there is none."""
    given = settings.get("run_as") or {}
    return next((str(given[name]) for name in _NAMES if given.get(name)), "")


class Acting:
    """Reads the store anew each time."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    def owner(self, job_id: int) -> str:
        """The name of the job's owner; "" where the owner is gone."""
        entries = self._store.acls.entries(ObjectType.JOBS, str(job_id))
        return next((entry.principal for entry in entries if entry.level == OWNER), "")

    def of_job(self, job: JobRecord) -> str:
        """Whose rights a run of the job has that starts now."""
        return run_as_of(job.settings) or self.owner(job.job_id) or job.creator

    def of_jobs(self, jobs: Sequence[JobRecord]) -> dict[int, str]:
        """As `of_job`, of many jobs in one question."""
        found = self._store.acls.entries_of(ObjectType.JOBS, [str(job.job_id) for job in jobs])
        owners = {
            job_id: entry.principal for job_id, entries in found.items() for entry in entries if entry.level == OWNER
        }
        return {job.job_id: run_as_of(job.settings) or owners.get(str(job.job_id)) or job.creator for job in jobs}

    def check_named(self, settings: Mapping[str, Any]) -> None:
        """That whoever `run_as` names is there.

        Raises:
            InvalidParameterValue: there is no such active user or service principal.
        """
        given = settings.get("run_as") or {}
        for field, kind in _NAMES.items():
            name = given.get(field)
            if name and not self._is_active(kind, str(name)):
                noun = kind.value.replace("_", " ").lower()
                raise InvalidParameterValue(
                    f"run_as.{field} is {str(name)[:200]!r}; there is no active {noun} of this name."
                )

    def check_may_act(self, who: Identity, name: str) -> None:
        """Return if somebody may have jobs run as this user or service principal.

        Raises:
            PermissionDenied: they may not.
        """
        if who.is_admin or name == who.name:
            return
        if self._is_active(PrincipalKind.SERVICE_PRINCIPAL, name):
            kind = ObjectType.SERVICE_PRINCIPALS
            if reaches(kind, self._gate.level(who, kind, name), "CAN_USE"):
                return
        raise PermissionDenied(
            f"{who.name} may not have jobs run as {name[:200]}: only administrators may, and for a service principal"
            " whoever has the permission CAN_USE on it."
        )

    def _is_active(self, kind: PrincipalKind, name: str) -> bool:
        found = self._store.principals.named(kind, name)
        return found is not None and found.active
