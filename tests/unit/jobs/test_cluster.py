"""The compute that a job asks for."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.cluster import cluster
from brickyard.jobs.nodes import NODE_TYPES, size
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import Autoscale, ClusterSpec
from tests.unit.jobs.samples import job, raw_task

LEAST = {"spark_version": "15.4.x-scala2.12"}


def spec_of(**more: Any) -> ClusterSpec:
    """A cluster by the way that a user's settings take."""
    compute = job(raw_task("a", new_cluster={**LEAST, **more})).task("a").compute
    assert isinstance(compute, ClusterSpec)
    return compute


def test_the_least_cluster_is_a_single_small_node() -> None:
    assert cluster(LEAST, "new_cluster") == ClusterSpec(spark_version="15.4.x-scala2.12")
    assert size(spec_of()).nodes == 1


@pytest.mark.parametrize(
    ("more", "nodes"),
    [
        ({"num_workers": 0}, 1),
        ({"num_workers": 3}, 4),
        ({"num_workers": "3"}, 4),
        ({"autoscale": {"min_workers": 0, "max_workers": 1}}, 2),
        ({"autoscale": {"min_workers": 2, "max_workers": 2}}, 3),
        ({"is_single_node": True}, 1),
        ({"is_single_node": True, "num_workers": 0}, 1),
        ({"is_single_node": False, "num_workers": 2}, 3),
    ],
)
def test_how_many_nodes_it_has(more: dict[str, Any], nodes: int) -> None:
    assert size(spec_of(**more)).nodes == nodes


def test_autoscale_is_kept_as_it_was_asked_for() -> None:
    spec = spec_of(autoscale={"min_workers": 1, "max_workers": 8})
    assert spec.autoscale == Autoscale(min_workers=1, max_workers=8)


@pytest.mark.parametrize("node_type", sorted(NODE_TYPES)[::25])
def test_every_known_node_type_can_be_asked_for(node_type: str) -> None:
    assert spec_of(node_type_id=node_type, driver_node_type_id=node_type).node_type_id == node_type


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"autoscale": {"min_workers": 1}}, "new_cluster.autoscale.max_workers is missing"),
        ({"autoscale": {"min_workers": 1, "max_workers": 0}}, "max_workers is 0; it must be a whole number from 1"),
        ({"autoscale": {"min": 1, "max": 2}}, "new_cluster.autoscale.min is not a known field"),
        ({"autoscale": 3}, "new_cluster.autoscale is 3; it must be an object"),
        ({"num_workers": 100_001}, "num_workers is 100001"),
        ({"custom_tags": {str(n): "" for n in range(46)}}, "custom_tags has 46 entries; at most 45"),
        ({"autotermination_minutes": 10_001}, "autotermination_minutes is 10001"),
        ({"node_type": "i3.xlarge"}, "new_cluster.node_type is not a known field. Did you mean 'node_type_id'?"),
        ({"num_worker": 1}, "Did you mean 'num_workers'?"),
        ({"spark_version": 15.4}, "spark_version is 15.4; it must be a string"),
    ],
)
def test_wrong_clusters(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        spec_of(**more)
    assert caught.value.message.startswith("tasks[0].new_cluster.")
    assert words in caught.value.message


@pytest.mark.parametrize(
    "more",
    [
        {"init_scripts": [{"workspace": {"destination": "/x.sh"}}]},
        {"cluster_log_conf": {"dbfs": {"destination": "dbfs:/logs"}}},
        {"docker_image": {"url": "example"}},
        {"use_ml_runtime": True},
    ],
)
def test_what_a_cluster_cannot_do_is_refused(more: dict[str, Any]) -> None:
    (name,) = more
    with pytest.raises(FeatureDisabled, match=rf"^tasks\[0\]\.new_cluster\.{name}.* is not supported: "):
        spec_of(**more)


def test_a_shared_cluster_has_the_same_checks() -> None:
    entry = {"job_cluster_key": "c", "new_cluster": {**LEAST, "num_workers": 1, "is_single_node": True}}
    with pytest.raises(InvalidParameterValue, match=r"^job_clusters\[0\]\.new_cluster\.is_single_node is true"):
        job(raw_task("a", job_cluster_key="c"), job_clusters=[entry])


def test_a_shared_cluster_that_no_task_uses_is_allowed() -> None:
    """The service allows it too; it is never started."""
    settings = job(job_clusters=[{"job_cluster_key": "c", "new_cluster": LEAST}])
    assert list(settings.job_clusters) == ["c"]


def test_a_cluster_reads_back_as_it_was_sent() -> None:
    sent = {**LEAST, "num_workers": 2, "gcp_attributes": {"zone_id": "auto"}, "ssh_public_keys": ["k"], "kind": "K"}
    settings = job(raw_task("a", new_cluster=sent))
    read: dict[str, Any] = dict(settings.raw)
    assert read["tasks"][0]["new_cluster"].items() >= sent.items()
    assert parse(read) == settings
