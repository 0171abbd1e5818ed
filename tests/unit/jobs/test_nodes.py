"""Node types and the size of clusters."""

from __future__ import annotations

from decimal import Decimal

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.nodes import DEFAULT, NODE_TYPES, SERVERLESS, Size, lookup, size
from brickyard.jobs.tasks import Autoscale, ClusterSpec


@pytest.mark.parametrize(
    ("name", "cores", "gib", "cloud"),
    [
        ("i3.xlarge", 4, 30.5, "aws"),
        ("i3.16xlarge", 64, 488, "aws"),
        ("m5.large", 2, 8, "aws"),
        ("m5d.24xlarge", 96, 384, "aws"),
        ("m4.10xlarge", 40, 160, "aws"),
        ("c5.9xlarge", 36, 72, "aws"),
        ("r5.2xlarge", 8, 64, "aws"),
        ("m7g.xlarge", 4, 16, "aws"),
        ("Standard_DS3_v2", 4, 14, "azure"),
        ("Standard_D14_v2", 16, 112, "azure"),
        ("Standard_D4ds_v5", 4, 16, "azure"),
        ("Standard_E8s_v3", 8, 64, "azure"),
        ("Standard_F4s", 4, 8, "azure"),
        ("Standard_L8s_v2", 8, 64, "azure"),
        ("n1-standard-4", 4, 15, "gcp"),
        ("n1-highmem-4", 4, 26, "gcp"),
        ("n2-standard-8", 8, 32, "gcp"),
        ("e2-standard-4", 4, 16, "gcp"),
    ],
)
def test_machines_of_the_clouds(name: str, cores: int, gib: float, cloud: str) -> None:
    node = lookup(name)
    assert (node.id, node.cores, node.memory_mb, node.cloud) == (name, cores, gib * 1024, cloud)


@pytest.mark.parametrize(("name", "dbu"), [("i3.xlarge", "1"), ("m5.xlarge", "0.69"), ("Standard_DS3_v2", "0.75")])
def test_known_figures_are_told_from_estimates(name: str, dbu: str) -> None:
    assert lookup(name).dbu_per_hour == Decimal(dbu)
    assert not lookup(name).dbu_is_estimate
    assert lookup("r5.xlarge").dbu_is_estimate


def test_estimates_are_near_the_known_figures() -> None:
    """The formula, tried on the types whose figure is published, is within a fifth."""
    for node in NODE_TYPES.values():
        if not node.dbu_is_estimate:
            estimate = Decimal("0.105") * node.cores + Decimal("0.019") * node.memory_mb / 1024
            assert abs(estimate - node.dbu_per_hour) <= node.dbu_per_hour / 5, node.id


def test_every_node_type_is_plausible() -> None:
    assert len(NODE_TYPES) > 300
    for name, node in NODE_TYPES.items():
        assert name == node.id
        assert 1024 <= node.memory_mb / node.cores <= 8192
        assert node.dbu_per_hour > 0


def test_no_name_is_a_small_default_node() -> None:
    assert lookup("") is DEFAULT
    assert (DEFAULT.cores, DEFAULT.memory_mb, DEFAULT.cloud) == (2, 8192, "local")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("i3.xlrge", "'i3.xlarge'"), ("standard_ds3_v2", "'Standard_DS3_v2'"), ("n2-standart-4", "'n2-standard-4'")],
)
def test_an_unknown_node_type_gets_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(InvalidParameterValue, match=f"^{name!r} is not a known node type. Did you mean {hint}"):
        lookup(name)


@pytest.mark.parametrize("name", ["g5.xlarge", "Standard_NC6", "x" * 100_000])
def test_machines_with_gpus_and_nonsense_are_not_known(name: str) -> None:
    with pytest.raises(InvalidParameterValue, match="is not a known node type"):
        lookup(name)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            ClusterSpec(spark_version="1", node_type_id="i3.xlarge"),
            Size(cores=4, memory_mb=31_232, nodes=1, dbu_per_hour=Decimal(1)),
        ),
        (
            ClusterSpec(spark_version="1", node_type_id="i3.xlarge", num_workers=2),
            Size(cores=12, memory_mb=93_696, nodes=3, dbu_per_hour=Decimal(3)),
        ),
        (
            ClusterSpec(spark_version="1", node_type_id="i3.xlarge", driver_node_type_id="i3.2xlarge", num_workers=1),
            Size(cores=12, memory_mb=93_696, nodes=2, dbu_per_hour=Decimal(3)),
        ),
        (
            ClusterSpec(spark_version="1", node_type_id="i3.xlarge", autoscale=Autoscale(min_workers=1, max_workers=3)),
            Size(cores=16, memory_mb=124_928, nodes=4, dbu_per_hour=Decimal(4)),
        ),
        (
            ClusterSpec(spark_version="1", num_workers=1),
            Size(cores=4, memory_mb=16_384, nodes=2, dbu_per_hour=2 * DEFAULT.dbu_per_hour),
        ),
    ],
)
def test_a_cluster_is_its_driver_and_its_workers(spec: ClusterSpec, expected: Size) -> None:
    assert size(spec) == expected


def test_the_size_of_a_cluster_of_unknown_nodes() -> None:
    with pytest.raises(InvalidParameterValue):
        size(ClusterSpec(spark_version="1", node_type_id="i3.huge"))


def test_serverless_has_a_size() -> None:
    assert (SERVERLESS.nodes, SERVERLESS.dbu_per_hour) == (1, Decimal(1))
