"""The settings of an engine follow the size that was asked for, within what the machine has."""

from __future__ import annotations

from pathlib import Path

import pytest

from brickyard.compute import machine, sail
from brickyard.compute.processes import describe_status
from brickyard.errors import InvalidParameterValue
from brickyard.jobs.tasks import ClusterSpec

_POOL = "SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE"


def _environment(spec: ClusterSpec | None) -> dict[str, str]:
    return sail.environment(spec, base={"PATH": "/bin"}, folder=Path("/c"))


def test_memory_is_bounded_by_the_machine() -> None:
    huge = ClusterSpec(spark_version="15.4.x-scala2.12", node_type_id="i3.16xlarge", num_workers=100)
    assert 0 < int(_environment(huge)[_POOL]) < machine.memory_bytes()


def test_memory_follows_the_size_where_the_machine_has_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: 1 << 40)
    small = ClusterSpec(spark_version="15.4.x-scala2.12")
    large = ClusterSpec(spark_version="15.4.x-scala2.12", num_workers=3)
    assert int(_environment(large)[_POOL]) == 4 * int(_environment(small)[_POOL])


def test_there_are_always_threads_enough_for_other_sessions() -> None:
    assert int(_environment(None)["TOKIO_WORKER_THREADS"]) >= 8


def test_the_clusters_variables_win() -> None:
    spec = ClusterSpec(spark_version="15.4.x-scala2.12", spark_env_vars={"PATH": "/mine", "A": "b"})
    found = _environment(spec)
    assert (found["PATH"], found["A"]) == ("/mine", "b")


def test_an_unknown_node_type_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="no-such-node"):
        _environment(ClusterSpec(spark_version="15.4.x-scala2.12", node_type_id="no-such-node"))


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text("1000000\n")
    assert machine.memory_bytes(limit) == 1_000_000
    limit.write_text("max\n")
    assert machine.memory_bytes(limit) == machine.memory_bytes(tmp_path / "none") > 1_000_000


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (None, "The engine vanished; how it ended is not known."),
        (0, "The engine exited with code 0."),
        (-9, "The engine was killed by signal 9 (SIGKILL), likely out of memory."),
        (-11, "The engine was killed by signal 11 (SIGSEGV)."),
        (-63, "The engine was killed by signal 63."),
    ],
)
def test_an_end_is_described(status: int | None, text: str) -> None:
    assert describe_status(status, what="The engine") == text
