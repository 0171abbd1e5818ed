"""Every field of the table, wherever it may stand: what is sent is what is read, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from brickyard.jobs.settings import parse
from tests.unit.jobs import from_table
from tests.unit.jobs.from_table import Json, drift, has, meant


def of_path(path: str) -> st.SearchStrategy[tuple[Json, Json]]:
    """Settings with a field there, plainly and as a noisy client writes them."""
    plain = from_table.settings(path)
    return plain.flatmap(lambda body: st.tuples(st.just(body), from_table.noisy("job", body)))


def check(body: Json, noisy: Json) -> None:
    read = parse(noisy)
    wanted = meant("job", body)
    assert drift("job", wanted, dict(read.raw)) == []
    again = parse(json.loads(json.dumps(read.raw)))
    assert (again, json.dumps(again.raw)) == (read, json.dumps(read.raw))
    assert list(read.raw)[: len(wanted)] == [name for name in noisy if noisy[name] is not None and name in wanted]


def test_the_table_is_walked_whole() -> None:
    found = from_table.paths()
    assert len(found) > 250
    for path in (
        "name",
        "tasks.for_each_task.task.notebook_task.base_parameters",
        "job_clusters.new_cluster.autoscale",
    ):
        assert path in found


def test_every_field_reads_back_as_it_was_sent() -> None:
    for path in from_table.paths():
        reads_back(path)


def reads_back(path: str) -> None:
    """A job with this field, the same one each time."""

    @settings(max_examples=1, derandomize=True, database=None, phases=[Phase.generate], deadline=None)
    @given(of_path(path))
    def check_both(pair: tuple[Json, Json]) -> None:
        assert has(pair[0], path.split(".")), f"the generator leaves out {path}"
        check(*pair)

    check_both()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(from_table.paths()).flatmap(of_path))
def test_settings_read_back_as_they_were_sent(pair: tuple[Json, Json]) -> None:
    check(*pair)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(of_path(""), st.data())
def test_a_job_of_one_task_may_have_its_fields_on_the_top_level(pair: tuple[Json, Json], data: st.DataObject) -> None:
    """The form of API 2.0; the task is called main."""
    task: dict[str, Any] = data.draw(from_table.settings("tasks"))["tasks"][0]
    inner = {name: value for name, value in task.items() if name not in {"task_key", "depends_on", "job_cluster_key"}}
    both = {"description", "email_notifications", "webhook_notifications", "notification_settings", "health"}
    own = {name: value for name, value in inner.items() if name not in both | {"timeout_seconds"}}
    outer = {"name": "old", "environments": pair[0]["environments"]}
    read = dict(parse({**outer, **own, "format": "SINGLE_TASK"}).raw)
    assert drift("job", meant("job", {**outer, "tasks": [{"task_key": "main", **own}]}), read) == []
