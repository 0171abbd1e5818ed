"""Node types of the clouds: how large they are and what the service would charge for them.

Cores and memory are facts from the clouds' lists of machine types. DBU figures of the types in `_KNOWN_DBU` are list
figures as published (2024); all others are estimated from cores and memory by `_estimate` and marked so. Types with
GPUs are not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Final

from brickyard.errors import InvalidParameterValue
from brickyard.jobs.field import nearest
from brickyard.jobs.tasks import ClusterSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeType:
    """A kind of machine."""

    id: str
    cores: int
    memory_mb: int
    """MiB, as the service shows it."""
    dbu_per_hour: Decimal
    cloud: str
    """`aws`, `azure`, `gcp`; `local` for the default node."""
    dbu_is_estimate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """All nodes of a cluster together, its driver among them."""

    cores: int
    memory_mb: int
    nodes: int
    dbu_per_hour: Decimal


_KNOWN_DBU: Final[Mapping[str, str]] = {
    "i3.xlarge": "1",
    "i3.2xlarge": "2",
    "i3.4xlarge": "4",
    "i3.8xlarge": "8",
    "i3.16xlarge": "16",
    "m5.xlarge": "0.69",
    "m5.2xlarge": "1.37",
    "m5.4xlarge": "2.74",
    "Standard_DS3_v2": "0.75",
    "Standard_DS4_v2": "1.5",
    "Standard_DS5_v2": "3",
    "Standard_DS12_v2": "1",
    "Standard_DS13_v2": "2",
    "Standard_DS14_v2": "4",
}

_AWS_SIZES: Final = {"large": 2, "xlarge": 4, **{f"{n}xlarge": 4 * n for n in (2, 4, 8, 9, 10, 12, 16, 18, 24)}}
_SMALL: Final = ("large", "xlarge", "2xlarge", "4xlarge")
_EVEN: Final = (*_SMALL, "8xlarge", "12xlarge", "16xlarge", "24xlarge")
_AWS: Final[tuple[tuple[tuple[str, ...], int, tuple[str, ...]], ...]] = (
    (("m4",), 4096, (*_SMALL, "10xlarge", "16xlarge")),
    (("m5", "m5a", "m5d", "m5n", "m6i", "m6id"), 4096, _EVEN),
    (("m6g", "m6gd", "m7g", "m7gd"), 4096, _EVEN[:-1]),
    (("c5", "c5d"), 2048, (*_SMALL, "9xlarge", "12xlarge", "18xlarge", "24xlarge")),
    (("c6i", "c6id"), 2048, _EVEN),
    (("c6g", "c6gd", "c7g", "c7gd"), 2048, _EVEN[:-1]),
    (("r4", "i3"), 7808, (*_SMALL, "8xlarge", "16xlarge")),
    (("r5", "r5a", "r5d", "r5n", "r6i", "r6id"), 8192, _EVEN),
    (("r6g", "r6gd", "r7g", "r7gd"), 8192, _EVEN[:-1]),
    (("i4i",), 8192, (*_SMALL, "8xlarge", "16xlarge")),
)
"""(families, MiB for each core, sizes)."""

_AZURE_CORES: Final = (4, 8, 16, 32, 48, 64, 96)
_AZURE: Final[tuple[tuple[tuple[str, ...], int, tuple[int, ...]], ...]] = (
    (("D{}s_v3", "D{}_v3"), 4096, (4, 8, 16, 32, 48, 64)),
    (("D{}s_v4", "D{}ds_v4", "D{}as_v4"), 4096, _AZURE_CORES[:-1]),
    (("D{}s_v5", "D{}ds_v5", "D{}as_v5", "D{}ads_v5"), 4096, _AZURE_CORES),
    (("E{}s_v3", "E{}ds_v4", "E{}as_v4"), 8192, (4, 8, 16, 32)),
    (("E{}s_v5", "E{}ds_v5", "E{}as_v5", "E{}ads_v5"), 8192, (4, 8, 16, 32)),
    (("F{}s_v2",), 2048, (4, 8, 16, 32, 48, 64)),
    (("F{}s",), 2048, (4, 8, 16)),
    (("L{}s",), 8192, (4, 8, 16, 32)),
    (("L{}s_v2", "L{}s_v3"), 8192, (8, 16, 32, 48, 64, 80)),
)
_AZURE_V2: Final = {3: (4, 14), 4: (8, 28), 5: (16, 56), 12: (4, 28), 13: (8, 56), 14: (16, 112)}
"""Number in the name to (cores, GiB)."""

_GCP_CORES: Final = (4, 8, 16, 32, 48, 64, 80)
_GCP: Final[tuple[tuple[tuple[str, ...], int, tuple[int, ...]], ...]] = (
    (("n1-standard",), 3840, (4, 8, 16, 32, 64, 96)),
    (("n1-highmem",), 6656, (4, 8, 16, 32, 64, 96)),
    (("n2-standard", "n2d-standard"), 4096, _GCP_CORES),
    (("n2-highmem", "n2d-highmem"), 8192, _GCP_CORES),
    (("n2-highcpu", "n2d-highcpu"), 1024, (16, 32, 48, 64, 80)),
    (("e2-standard",), 4096, (4, 8, 16, 32)),
    (("e2-highmem",), 8192, (4, 8, 16)),
    (("c2-standard",), 4096, (4, 8, 16, 30, 60)),
)


def _estimate(cores: int, memory_mb: int) -> Decimal:
    """A line through the known figures: 0.105 DBU for a core and 0.019 for a GiB, in an hour."""
    exact = Decimal("0.105") * cores + Decimal("0.019") * memory_mb / 1024
    return exact.quantize(Decimal("0.01"))


def _node(name: str, cores: int, memory_mb: int, cloud: str) -> NodeType:
    known = _KNOWN_DBU.get(name)
    dbu = _estimate(cores, memory_mb) if known is None else Decimal(known)
    return NodeType(
        id=name, cores=cores, memory_mb=memory_mb, dbu_per_hour=dbu, cloud=cloud, dbu_is_estimate=known is None
    )


def _aws() -> Iterator[NodeType]:
    for families, per_core, sizes in _AWS:
        for family, name in product(families, sizes):
            cores = _AWS_SIZES[name]
            yield _node(f"{family}.{name}", cores, cores * per_core, "aws")


def _azure() -> Iterator[NodeType]:
    for number, (cores, gib) in _AZURE_V2.items():
        for letters in ("DS", "D"):
            yield _node(f"Standard_{letters}{number}_v2", cores, gib * 1024, "azure")
    for forms, per_core, counts in _AZURE:
        for form, count in product(forms, counts):
            yield _node(f"Standard_{form.format(count)}", count, count * per_core, "azure")


def _gcp() -> Iterator[NodeType]:
    for families, per_core, counts in _GCP:
        for family, cores in product(families, counts):
            yield _node(f"{family}-{cores}", cores, cores * per_core, "gcp")


NODE_TYPES: Final[Mapping[str, NodeType]] = {node.id: node for node in (*_aws(), *_azure(), *_gcp())}
"""Every known node type by its id."""

DEFAULT: Final = _node("", 2, 8192, "local")
"""The node of a cluster that names no type."""

SERVERLESS: Final = Size(cores=4, memory_mb=16_384, nodes=1, dbu_per_hour=Decimal(1))
"""What a task without compute is counted as; the service publishes no size of its serverless compute."""


def lookup(node_type_id: str) -> NodeType:
    """The node type of this id; an empty id is a small default node.

    Raises:
        InvalidParameterValue: it is not known; the nearest known id is suggested.
    """
    if not node_type_id:
        return DEFAULT
    node = NODE_TYPES.get(node_type_id)
    if node is None:
        raise InvalidParameterValue(
            f"{node_type_id[:100]!r} is not a known node type.{nearest(node_type_id, NODE_TYPES)}"
        )
    return node


def size(spec: ClusterSpec) -> Size:
    """How large a cluster is with its driver; with autoscale, as large as it may become: clusters do not grow later.

    Raises:
        InvalidParameterValue: a node type is not known.
    """
    worker = lookup(spec.node_type_id)
    driver = lookup(spec.driver_node_type_id) if spec.driver_node_type_id else worker
    workers = spec.autoscale.max_workers if spec.autoscale else spec.num_workers
    return Size(
        cores=driver.cores + workers * worker.cores,
        memory_mb=driver.memory_mb + workers * worker.memory_mb,
        nodes=1 + workers,
        dbu_per_hour=driver.dbu_per_hour + workers * worker.dbu_per_hour,
    )
