"""Cluster policies at work: clusters that name one are held to it when declared, and made by it when they start.

An id that is none of a policy here binds nobody: bundles bring those of the workspace that they were written for, and a
policy that was deleted leaves what was made by it as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brickyard.access.actions import Action
from brickyard.access.identity import Identity
from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.engine.access.gate import Gate
from brickyard.errors import InvalidParameterValue
from brickyard.jobs import cluster_policies, nodes
from brickyard.jobs.all_purpose import AllPurposeSettings
from brickyard.jobs.all_purpose import parse as parse_all_purpose
from brickyard.jobs.cluster import cluster as spec_of
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import JobSettings
from brickyard.ports import DocumentStore
from brickyard.records import Json

KIND = str(ObjectType.CLUSTER_POLICIES)
"""The kind of document that a policy is."""
_FLAG = "apply_policy_default_values"

Change = Callable[[Mapping[str, Any], str], Json]
"""Gives another cluster in place of the one at a path."""


class ClusterPolicies:
    """Reads policies anew each time. Safe to use from any thread."""

    def __init__(self, documents: DocumentStore, gate: Gate) -> None:
        self._documents = documents
        self._gate = gate

    def filled(self, settings: Json) -> Json:
        """Settings of a job, as sent: what policies have as defaults is filled in for clusters that ask for it."""
        return _changed(settings, lambda cluster, _: self._with_defaults(cluster))

    def check(self, who: Identity, settings: JobSettings) -> None:
        """That every cluster of a job keeps the policy that it names, which its author may use.

        Raises:
            InvalidParameterValue: a rule is broken, and the text names the attribute; or the author may not use it.
        """
        _changed(settings.raw, lambda cluster, path: self._checked(who, cluster, path, "job"))

    def job(self, settings: JobSettings) -> JobSettings:
        """The settings that a run of a job has: clusters with what their policies fix.

        Raises:
            InvalidParameterValue: a policy was changed since, and refuses a cluster now.
        """
        made = _changed(settings.raw, lambda cluster, _: self._made(cluster))
        return settings if made is settings.raw else parse(made)

    def all_purpose(self, who: Identity, settings: AllPurposeSettings) -> AllPurposeSettings:
        """The settings of an all-purpose cluster, with what its policy fixes; errors as those of `check`."""
        if not settings.raw.get("policy_id"):
            return settings
        made = self._checked(who, self._with_defaults(settings.raw), "cluster", "all-purpose")
        source = {"clone_from": {"source_cluster_id": settings.clone_from}} if settings.clone_from else {}
        return parse_all_purpose({**made, **source})

    def _checked(self, who: Identity, cluster: Mapping[str, Any], path: str, kind: str) -> Json:
        rules = self._rules(cluster)
        if rules is None:
            return cluster
        missing = InvalidParameterValue(f"{path}.policy_id is {cluster['policy_id'][:100]!r}; there is no such policy.")
        ref = Ref(kind=ObjectType.CLUSTER_POLICIES, object_id=cluster["policy_id"], missing=missing)
        self._gate.check(who, Action.POLICY_VIEW, ref)
        made = cluster_policies.apply(rules, cluster, defaults=False)
        cluster_policies.check_kind(rules, kind)
        cluster_policies.check_cost(rules, float(nodes.size(spec_of(made, path)).dbu_per_hour))
        return made

    def _made(self, cluster: Mapping[str, Any]) -> Json:
        rules = self._rules(cluster)
        return cluster if rules is None else cluster_policies.apply(rules, cluster, defaults=False)

    def _with_defaults(self, cluster: Mapping[str, Any]) -> Json:
        rules = self._rules(cluster) if str(cluster.get(_FLAG)).lower() == "true" else None
        return cluster if rules is None else cluster_policies.filled(rules, cluster)

    def _rules(self, cluster: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]] | None:
        policy = self._documents.get(KIND, str(cluster["policy_id"]))
        return None if policy is None else cluster_policies.parse(policy.body["definition"])


def _changed(settings: Json, change: Change) -> Json:
    """The settings with each cluster that names a policy changed; the very same ones where none is.

    Settings may be as sent: what has not the form of a cluster is left for those who check forms.
    """
    shared = [_with_cluster(each, f"job_clusters[{at}]", change) for at, each in _items(settings, "job_clusters")]
    tasks = [_task(each, f"tasks[{at}]", change) for at, each in _items(settings, "tasks")]
    found = {
        name: items
        for name, items in (("job_clusters", shared), ("tasks", tasks))
        if any(new is not old for new, (_, old) in zip(items, _items(settings, name), strict=True))
    }
    return {**settings, **found} if found else settings


def _task(task: Any, path: str, change: Change) -> Any:
    made = _with_cluster(task, path, change)
    loop = made.get("for_each_task") if isinstance(made, Mapping) else None
    if isinstance(loop, Mapping):
        nested = _with_cluster(loop.get("task"), f"{path}.for_each_task.task", change)
        if nested is not loop.get("task"):
            return {**made, "for_each_task": {**loop, "task": nested}}
    return made


def _with_cluster(item: Any, path: str, change: Change) -> Any:
    cluster = item.get("new_cluster") if isinstance(item, Mapping) else None
    if not isinstance(cluster, Mapping) or not cluster.get("policy_id"):
        return item
    made = change(cluster, f"{path}.new_cluster")
    return item if made is cluster or made == cluster else {**item, "new_cluster": made}


def _items(settings: Json, name: str) -> list[tuple[int, Any]]:
    items = settings.get(name)
    return list(enumerate(items)) if isinstance(items, list | tuple) else []
