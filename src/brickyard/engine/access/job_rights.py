"""What somebody must be allowed beside the job itself to give it certain settings, and to start it.

To write a job is to decide what runs and with whose rights, so what it names is asked for as if its author did it:
who it runs as, which jobs it starts, which clusters it uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from brickyard.access.actions import Action
from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.engine.access import job_paths
from brickyard.engine.access.acting import Acting, run_as_of
from brickyard.engine.access.gate import Gate
from brickyard.engine.access.permissions import Permissions
from brickyard.engine.policies import ClusterPolicies
from brickyard.errors import InvalidParameterValue, PermissionDenied
from brickyard.jobs.tasks import JobSettings
from brickyard.ports import Store
from brickyard.records import AclEntry, JobRecord

_NOT_HERE = (
    "access_control_list is taken by jobs/create and runs/submit; elsewhere it may only repeat what is granted already."
    " Change the access list of a job with /api/2.0/permissions/jobs/JOB_ID."
)


class JobRights:
    """Asked before anything is stored. Safe to use from any thread."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store = store
        self._gate = gate
        self.policies = ClusterPolicies(store.documents, gate)
        self.acting = Acting(store, gate)
        self._permissions = Permissions(store, gate)

    def check_new(self, user: str, settings: JobSettings) -> list[AclEntry]:
        """That somebody may make a job (or a single run) of these settings; its access list, empty for the usual one.

        Raises:
            PermissionDenied: who it runs as, or its owner, is not theirs to choose.
            InvalidParameterValue, NotFound: it names somebody or something that is not there.
        """
        access = self._permissions.first(user, settings.access) if settings.access else []
        owner = next((entry.principal for entry in access if entry.level == "IS_OWNER"), user)
        self._check_acting(user, user, run_as_of(settings.raw) or owner, settings.raw)
        self._check_named(user, {}, settings.raw)
        self._check_paths(user, run_as_of(settings.raw) or owner, {}, settings.raw)
        self.policies.check(self._person(user), settings)
        return access

    def check_changed(self, user: str, job: JobRecord, settings: JobSettings) -> None:
        """That somebody may give a job these settings in place of its own; what it named before is not asked again.

        Raises:
            As `check_new`.
        """
        # Airflow changes the list first, and repeats it in the settings that follow.
        if settings.access and not self._permissions.granted(ObjectType.JOBS, str(job.job_id), settings.access):
            raise InvalidParameterValue(_NOT_HERE)
        wanted = run_as_of(settings.raw)
        before = self.acting.of_job(job)
        after = wanted or self.acting.owner(job.job_id) or job.creator
        self._check_acting(user, before, after, settings.raw if wanted else {})
        self._check_named(user, job.settings, settings.raw)
        self._check_paths(user, after, job.settings, settings.raw)
        self.policies.check(self._person(user), settings)

    def check_start(self, name: str, job_id: int) -> None:
        """That somebody may start runs of a job, where no request of theirs was asked: a task, or a backfill.

        Raises:
            PermissionDenied: they may not, or are no active user.
            InvalidParameterValue: they may not even see it, or there is none.
        """
        self._gate.check(self._person(name), Action.JOB_RUN, _job(job_id))

    def _check_acting(self, user: str, before: str, after: str, settings: Mapping[str, Any]) -> None:
        self.acting.check_named(settings)
        if after != before:
            self.acting.check_may_act(self._person(user), after)

    def _check_named(self, user: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        targets = [target for target in _targets(after) if target not in set(_targets(before))]
        clusters = [each for each in _clusters(after) if each not in set(_clusters(before))]
        if not targets and not clusters:
            return
        who = self._person(user)
        if who.is_admin:
            return
        for target in targets:
            self._gate.check(who, Action.JOB_RUN, _job(target))
        for cluster in clusters:
            self._gate.check(who, Action.CLUSTER_VIEW, _cluster(cluster))

    def _check_paths(self, user: str, acts_as: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        known = set(job_paths.paths(_tasks(before)))
        named = [path for path in job_paths.paths(_tasks(after)) if path not in known]
        if named and acts_as == user:
            job_paths.check(self._gate, self._person(user), named)

    def _person(self, name: str) -> Identity:
        found = self._store.principals.identity(name)
        if found is None:
            raise PermissionDenied(f"{name} is no active user of this server.")
        return found


def _job(job_id: int) -> Ref:
    missing = InvalidParameterValue(f"Job {job_id} does not exist.")
    return Ref(kind=ObjectType.JOBS, object_id=str(job_id), missing=missing)


def _cluster(cluster_id: str) -> Ref:
    missing = InvalidParameterValue(f"Cluster {cluster_id[:100]} does not exist")
    return Ref(kind=ObjectType.CLUSTERS, object_id=cluster_id, missing=missing)


def _tasks(settings: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for task in settings.get("tasks", ()):
        yield task
        nested = (task.get("for_each_task") or {}).get("task")
        if nested:
            yield nested


def _targets(settings: Mapping[str, Any]) -> list[int]:
    return [int(task["run_job_task"]["job_id"]) for task in _tasks(settings) if task.get("run_job_task")]


def _clusters(settings: Mapping[str, Any]) -> list[str]:
    return [str(task["existing_cluster_id"]) for task in _tasks(settings) if task.get("existing_cluster_id")]
