"""What is created reads back, and what is read back can be created again and is the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from brickyard.errors import BrickyardError
from brickyard.jobs.settings import merge, parse, parse_submit
from brickyard.jobs.tasks import JobSettings
from tests.unit.jobs import generated
from tests.unit.jobs.samples import loop, raw_job, raw_task, script


def as_text(value: Any) -> str:
    """A scalar as it may be kept: numbers may come as texts, operands and outcomes as booleans."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def missing(sent: Any, read: Any, path: str = "") -> list[str]:
    """Everything that was sent and does not read back."""
    if isinstance(sent, dict) and isinstance(read, dict):
        return [each for name in sent for each in missing(sent[name], read.get(name), f"{path}.{name}")]
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        return [each for n, pair in enumerate(zip(sent, read, strict=True)) for each in missing(*pair, f"{path}[{n}]")]
    return [] if as_text(sent) == as_text(read) else [f"{path}: {sent!r} reads as {read!r}"]


def same(one: JobSettings, other: JobSettings) -> bool:
    return one == other and json.dumps(one.raw) == json.dumps(other.raw)


@given(generated.jobs())
def test_a_job_reads_back_as_it_was_written(raw: dict[str, Any]) -> None:
    settings = parse(raw)
    assert missing(raw, settings.raw) == []
    again = parse(json.loads(json.dumps(settings.raw)))
    assert same(settings, again)


@given(generated.jobs())
def test_a_submitted_run_reads_back_too(raw: dict[str, Any]) -> None:
    body = {name: raw[name] for name in ("tasks", "job_clusters", "environments")}
    text = json.dumps(body)
    if "job.parameters" in text:
        return
    settings = parse_submit({"run_name": "once", **body})
    assert same(settings, parse(json.loads(json.dumps(settings.raw))))


@given(generated.jobs())
def test_an_update_with_nothing_changes_nothing(raw: dict[str, Any]) -> None:
    settings = parse(raw)
    assert same(settings, parse(merge(settings.raw, {})))
    assert same(settings, parse(merge(settings.raw, {"tasks": settings.raw["tasks"]})))


@given(generated.jobs())
def test_settings_that_were_sent_are_not_touched(raw: dict[str, Any]) -> None:
    before = json.dumps(raw)
    parse(raw)
    assert json.dumps(raw) == before


def test_the_task_of_a_loop_reads_back_as_recorded() -> None:
    """The service fills in these and no others."""
    nested = {
        "task_key": "each",
        "notebook_task": {"notebook_path": "/Workspace/each", "base_parameters": {"item": "{{input}}"}},
    }
    task = {"task_key": "loop", "for_each_task": {"inputs": '["a"]', "concurrency": 3, "task": nested}}
    read = parse(raw_job(task)).raw["tasks"]
    assert read == [
        {
            "task_key": "loop",
            "run_if": "ALL_SUCCESS",
            "timeout_seconds": 0,
            "email_notifications": {},
            "for_each_task": {
                "concurrency": 3,
                "inputs": '["a"]',
                "task": {
                    "disabled": False,
                    "email_notifications": {},
                    "notebook_task": {
                        "base_parameters": {"item": "{{input}}"},
                        "notebook_path": "/Workspace/each",
                        "source": "WORKSPACE",
                    },
                    "run_if": "ALL_SUCCESS",
                    "task_key": "each",
                    "timeout_seconds": 0,
                },
            },
        }
    ]


def test_depends_on_keeps_its_order() -> None:
    tasks = [raw_task("b"), raw_task("a"), raw_task("c", "b", "a")]
    assert parse(raw_job(*tasks)).raw["tasks"][2]["depends_on"] == [{"task_key": "b"}, {"task_key": "a"}]  # type: ignore[index]


def test_notices_are_the_same_when_read_again() -> None:
    nested = raw_task("n", run_if="ALL_DONE", notebook_task={"notebook_path": "n"})
    source = {**generated.GIT, "sparse_checkout": {"patterns": ["x"]}}
    settings = parse(raw_job(loop("l", nested), git_source=source))
    assert settings.notices == (
        "nested_task.run_if is kept and has no effect: the task of a loop waits for nothing.",
        "git_source.sparse_checkout is kept and has no effect: the whole repository is checked out.",
    )
    assert parse(settings.raw).notices == settings.notices


# -------------------------------------------------------------------------------------------------------- hostile text


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        *("{{" * 50_000, "{{job." * 20_000, "{{`" * 30_000, "{{ " + "a" * 100_000, "{{" + "}}" * 50_000),
    ],
    ids=range(5),
)
def test_hostile_text_that_is_no_reference_is_read_at_once(text: str) -> None:
    assert parse(raw_job(script("t", text))).tasks[0].key == "t"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        *("{{tasks.a" + ".x" * 40_000 + "}}", "{{job.parameters." + "p" * 99_999 + "}}"),
        *("{{now() | date('" + "[" * 50_000 + "')}}", "{{now()" + "x" * 50_000 + "}}"),
        *("{{now() |" + " " * 50_000 + "}}", "{{now() | date('" + "'" * 50_000 + "}}"),
    ],
    ids=range(6),
)
def test_hostile_references_are_refused_at_once(text: str) -> None:
    with pytest.raises(BrickyardError) as caught:
        parse(raw_job(script("t", text)))
    assert len(caught.value.message) < 1_000


@pytest.mark.timeout(10)
def test_a_thousand_tasks_of_a_loop_each_are_read_at_once() -> None:
    tasks = [loop(f"l{n}", script(f"n{n}", "{{input}}"), *([f"l{n - 1}"] if n else [])) for n in range(1_000)]
    assert len(parse(raw_job(*tasks)).tasks) == 1_000
