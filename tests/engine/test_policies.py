"""Cluster policies at work: on the clusters of jobs, and on all-purpose clusters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brickyard.access.identity import Identity, PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.engine.access.gate import Gate
from brickyard.engine.policies import KIND, ClusterPolicies
from brickyard.errors import InvalidParameterValue
from brickyard.jobs import all_purpose
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import ClusterSpec
from brickyard.records import AclEntry, Document
from brickyard.storage.store import SqlStore, open_store
from tests.surfaces.api.house import HandClock

ADMIN = Identity(name="ada", kind=PrincipalKind.USER, groups=frozenset({"users", "admins"}))
MEMBER = Identity(name="bob", kind=PrincipalKind.USER, groups=frozenset({"users"}))
RULES = {
    "num_workers": {"type": "range", "maxValue": 3, "defaultValue": 2, "isOptional": True},
    "spark_conf.spark.sql.ansi.enabled": {"type": "fixed", "value": "true"},
    "custom_tags.team": {"type": "fixed", "value": "ore"},
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store("sqlite://", key_file=tmp_path / "key", clock=HandClock())
    yield store
    store.close()


def keep(store: SqlStore, rules: dict[str, Any], policy_id: str = "p") -> ClusterPolicies:
    body = {"definition": json.dumps(rules)}
    store.documents.save(
        Document(kind=KIND, document_id=policy_id, name=policy_id, owner="ada", created_ms=1, updated_ms=1, body=body)
    )
    return ClusterPolicies(store.documents, Gate(store))


def cluster(**more: Any) -> dict[str, Any]:
    return {"spark_version": "15.4.x-scala2.12", "policy_id": "p", **more}


def job(*, shared: dict[str, Any] | None = None, own: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    task: dict[str, Any] = {"task_key": "a", "notebook_task": {"notebook_path": "/Shared/a"}, **more}
    settings: dict[str, Any] = {"name": "nightly", "tasks": [task]}
    if shared is not None:
        settings["job_clusters"] = [{"job_cluster_key": "c", "new_cluster": shared}]
        task["job_cluster_key"] = "c"
    if own is not None:
        task["new_cluster"] = own
    return settings


def test_a_run_has_what_the_policy_fixes(store: SqlStore) -> None:
    policies = keep(store, RULES)
    made = policies.job(parse(job(shared=cluster(num_workers=1, spark_conf={"a": "b"}))))
    spec = made.job_clusters["c"]
    assert spec.spark_conf == {"a": "b", "spark.sql.ansi.enabled": "true"}
    assert (spec.custom_tags, spec.num_workers) == ({"team": "ore"}, 1)


def test_clusters_of_tasks_and_of_nested_tasks_are_made_as_well(store: SqlStore) -> None:
    policies = keep(store, RULES)
    own = policies.job(parse(job(own=cluster(num_workers=1)))).tasks[0].compute
    assert isinstance(own, ClusterSpec)
    assert own.custom_tags == {"team": "ore"}
    nested = {"task_key": "b", "notebook_task": {"notebook_path": "/Shared/b"}, "new_cluster": cluster(num_workers=1)}
    loop = {"name": "l", "tasks": [{"task_key": "a", "for_each_task": {"inputs": "[1]", "task": nested}}]}
    inner = policies.job(parse(loop)).tasks[0].nested
    assert inner is not None
    assert isinstance(inner.compute, ClusterSpec)
    assert inner.compute.custom_tags == {"team": "ore"}


def test_settings_without_a_policy_are_the_same_ones(store: SqlStore) -> None:
    policies = keep(store, RULES)
    plain = parse(job(own={"spark_version": "15.4.x-scala2.12", "num_workers": 9}))
    assert policies.job(plain) is plain
    raw = job(shared=cluster(num_workers=1))
    assert policies.filled(raw) is raw


def test_defaults_are_filled_in_where_they_are_asked_for(store: SqlStore) -> None:
    policies = keep(store, RULES)
    filled = policies.filled(job(own=cluster(apply_policy_default_values=True)))
    assert filled["tasks"][0]["new_cluster"]["num_workers"] == 2
    given = policies.filled(job(own=cluster(apply_policy_default_values="true", num_workers=1)))
    assert given["tasks"][0]["new_cluster"]["num_workers"] == 1


@pytest.mark.parametrize(
    "raw",
    [
        {"tasks": "x", "job_clusters": 7},
        {"tasks": [None, {"new_cluster": []}, {"for_each_task": 3}, {"for_each_task": {"task": []}}]},
        {"tasks": [{"new_cluster": {"policy_id": ["p"], "apply_policy_default_values": {}}}]},
        {},
    ],
    ids=["no lists", "no objects", "no texts", "nothing"],
)
def test_what_has_no_form_is_left_for_those_who_check_forms(store: SqlStore, raw: dict[str, Any]) -> None:
    assert keep(store, RULES).filled(raw) is raw


def test_a_job_that_breaks_a_rule_is_refused(store: SqlStore) -> None:
    policies = keep(store, RULES)
    policies.check(ADMIN, parse(job(own=cluster(num_workers=3))))
    with pytest.raises(InvalidParameterValue, match="num_workers: it is 4; it must be from anything to 3"):
        policies.check(ADMIN, parse(job(own=cluster(num_workers=4))))


def test_a_policy_for_another_kind_of_cluster_or_a_lower_price_refuses(store: SqlStore) -> None:
    policies = keep(store, {"cluster_type": {"type": "fixed", "value": "all-purpose"}})
    with pytest.raises(InvalidParameterValue, match="cluster_type: it is 'job'"):
        policies.check(ADMIN, parse(job(own=cluster(num_workers=1))))
    policies = keep(store, {"dbus_per_hour": {"type": "range", "maxValue": 2}})
    policies.check(ADMIN, parse(job(own=cluster(node_type_id="m5.large", num_workers=1))))
    with pytest.raises(InvalidParameterValue, match="dbus_per_hour"):
        policies.check(ADMIN, parse(job(own=cluster(node_type_id="m5.large", num_workers=50))))


def test_whoever_may_not_use_a_policy_is_told_that_it_is_not_there(store: SqlStore) -> None:
    policies = keep(store, RULES)
    settings = parse(job(own=cluster(num_workers=1)))
    with pytest.raises(InvalidParameterValue, match=r"tasks\[0\]\.new_cluster\.policy_id is 'p'; there is no such"):
        policies.check(MEMBER, settings)
    store.acls.replace(ObjectType.CLUSTER_POLICIES, "p", [AclEntry(PrincipalKind.GROUP, "users", "CAN_USE")])
    policies.check(MEMBER, settings)


def test_an_id_of_another_workspace_binds_nobody(store: SqlStore) -> None:
    policies = ClusterPolicies(store.documents, Gate(store))
    settings = parse(job(own=cluster(num_workers=100)))
    policies.check(MEMBER, settings)
    assert policies.job(settings) is settings


def test_a_policy_that_was_changed_since_stops_the_next_run(store: SqlStore) -> None:
    settings = parse(job(own=cluster(num_workers=3)))
    keep(store, RULES).check(ADMIN, settings)
    later = keep(store, {"num_workers": {"type": "range", "maxValue": 1}})
    with pytest.raises(InvalidParameterValue, match="num_workers: it is 3"):
        later.job(settings)


def test_an_all_purpose_cluster_is_made_by_its_policy(store: SqlStore) -> None:
    policies = keep(store, {**RULES, "cluster_type": {"type": "fixed", "value": "all-purpose"}})
    sent = all_purpose.parse(cluster(num_workers=1, cluster_name="desk", autotermination_minutes=30))
    made = policies.all_purpose(ADMIN, sent)
    assert made.spec.custom_tags == {"team": "ore"}
    assert made.autotermination_minutes == 30
    with pytest.raises(InvalidParameterValue, match="num_workers"):
        policies.all_purpose(ADMIN, all_purpose.parse(cluster(num_workers=4)))
    plain = all_purpose.parse({"spark_version": "15.4.x-scala2.12", "num_workers": 9})
    assert policies.all_purpose(MEMBER, plain) is plain
