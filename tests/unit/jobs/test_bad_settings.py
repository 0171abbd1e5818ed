"""What the parts of a job say of each other is checked before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.fields_payloads import WORKING_PAYLOADS
from brickyard.jobs.fields_task import PAYLOADS
from tests.unit.jobs.samples import CLUSTER, job, raw_task, script, with_parameters


def refusal(*tasks: dict[str, Any], **more: Any) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        job(*tasks, **more)
    return caught.value.message


def test_a_cycle_is_shown_with_its_path() -> None:
    message = refusal(raw_task("start"), raw_task("a", "b"), raw_task("b", "c", "start"), raw_task("c", "a"))
    assert message == "tasks: the dependencies form a cycle: a -> b -> c -> a (each depends on the next)."


def test_a_task_cannot_depend_on_itself() -> None:
    assert refusal(raw_task("a", "a")) == "tasks[0].depends_on[0].task_key is 'a': a task cannot depend on itself."


def test_an_unknown_dependency_gets_the_nearest_key() -> None:
    message = refusal(raw_task("bronze"), raw_task("silver", "bronse"))
    assert message == (
        "tasks[1].depends_on[0].task_key is 'bronse', which is no task of this job. Did you mean 'bronze'?"
    )


def test_a_dependency_may_be_named_once_only() -> None:
    assert "tasks[1].depends_on[1].task_key is 'a'" in refusal(raw_task("a"), raw_task("b", "a", "a"))


@pytest.mark.parametrize(
    ("name", "key", "entry"),
    [
        ("tasks", "task_key", raw_task("x")),
        ("job_clusters", "job_cluster_key", {"job_cluster_key": "x", "new_cluster": CLUSTER}),
        ("environments", "environment_key", {"environment_key": "x"}),
        ("parameters", "name", {"name": "x", "default": ""}),
    ],
)
def test_keys_are_unique(name: str, key: str, entry: dict[str, Any]) -> None:
    other = {**entry, key: "other"}
    message = refusal(**{name: [entry, other, entry]})
    assert message == f"{name}[2].{key} is 'x', which {name}[0] has already; each must be unique."


def test_an_unknown_job_cluster_gets_the_declared_ones() -> None:
    clusters = [{"job_cluster_key": "small", "new_cluster": CLUSTER}]
    message = refusal(raw_task("a", job_cluster_key="smal"), job_clusters=clusters)
    assert message.startswith("tasks[0].job_cluster_key is 'smal', which is not declared in job_clusters[]")
    assert message.endswith("('small'). Did you mean 'small'?")


def test_a_job_cluster_where_none_is_declared() -> None:
    assert "(none is declared)" in refusal(raw_task("a", job_cluster_key="x"))


def test_an_unknown_environment() -> None:
    assert "tasks[0].environment_key is 'x'" in refusal(raw_task("a", environment_key="x"))


def test_two_kinds_of_compute() -> None:
    clusters = [{"job_cluster_key": "c", "new_cluster": CLUSTER}]
    message = refusal(raw_task("a", job_cluster_key="c", new_cluster=CLUSTER), job_clusters=clusters)
    assert message.startswith("tasks[0] has new_cluster and job_cluster_key; a task has at most one of")


def test_a_task_without_payload() -> None:
    assert refusal(raw_task("a"), {"task_key": "b"}).startswith("tasks[1] says nothing of what to run; it must have")


def test_a_task_with_two_payloads() -> None:
    both = {**raw_task("a"), "spark_python_task": {"python_file": "/x.py"}}
    assert refusal(both).startswith("tasks[0] has notebook_task and spark_python_task; it must have exactly one of")


@pytest.mark.parametrize("payload", [name for name in PAYLOADS if name not in WORKING_PAYLOADS])
def test_every_other_kind_of_task_is_refused_by_name(payload: str) -> None:
    with pytest.raises(FeatureDisabled, match=rf"^tasks\[0\]\.{payload} is not supported: .+"):
        job({"task_key": "a", payload: {"some": "thing"}})


@pytest.mark.parametrize("payload", [name for name in PAYLOADS if name not in WORKING_PAYLOADS])
def test_an_empty_payload_is_no_way_around(payload: str) -> None:
    """A refused field that is empty passes; a task that has nothing else must still not pass."""
    with pytest.raises(FeatureDisabled, match=rf"^tasks\[0\]\.{payload} is not supported: .+"):
        job({"task_key": "a", payload: {}})


@pytest.mark.parametrize("path", ["nb", "./nb.py", "../x", "Users/me/nb"])
def test_a_relative_path_is_refused(path: str) -> None:
    message = refusal(raw_task("a", notebook_task={"notebook_path": path}))
    assert message.startswith(f"tasks[0].notebook_task.notebook_path is '{path}'; it must be absolute")


@pytest.mark.parametrize("path", ["/Workspace/x.py", "dbfs:/x.py", "s3://b/x.py", "{{job.parameters.p}}/x.py"])
def test_absolute_paths_of_every_kind(path: str) -> None:
    task = {"task_key": "a", "spark_python_task": {"python_file": path}}
    job(task, parameters=[{"name": "p", "default": "/x"}])


def test_an_empty_path_is_refused() -> None:
    assert "notebook_path is ''" in refusal(raw_task("a", notebook_task={"notebook_path": ""}))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"autoscale": {"min_workers": 1, "max_workers": 2}}, "has both num_workers and autoscale"),
        ({"is_single_node": True}, "is_single_node is true; a single node has no workers"),
        ({"node_type_id": "i3.xlrge"}, "node_type_id: 'i3.xlrge' is not a known node type. Did you mean 'i3.xlarge'?"),
        ({"driver_node_type_id": "zzz"}, "driver_node_type_id: 'zzz' is not a known node type."),
        ({"num_workers": -1}, "num_workers is -1"),
    ],
)
def test_wrong_clusters(more: dict[str, Any], words: str) -> None:
    message = refusal(raw_task("a", new_cluster={**CLUSTER, **more}))
    assert message.startswith("tasks[0].new_cluster")
    assert words in message


def test_autoscale_from_more_to_fewer() -> None:
    cluster = {"spark_version": "1", "autoscale": {"min_workers": 3, "max_workers": 2}}
    clusters = [{"job_cluster_key": "c", "new_cluster": cluster}]
    message = refusal(job_clusters=clusters)
    assert message.startswith("job_clusters[0].new_cluster.autoscale.min_workers is 3; it must not be above")


@pytest.mark.parametrize("name", ["spark_conf", "spark_env_vars"])
def test_a_reference_to_a_secret_in_a_cluster_is_kept_as_it_is_written(name: str) -> None:
    reference = {"password": "{{ secrets/scope/key }}"}
    compute = job(raw_task("a", new_cluster={**CLUSTER, name: reference})).task("a").compute
    assert getattr(compute, name) == reference


# ------------------------------------------------------------------------------------------------- references


def test_an_undefined_job_parameter_in_the_words_of_the_service() -> None:
    assert refusal(with_parameters("t", x="{{job.parameters.nope}}")) == (
        "Reference 'job.parameters.nope' in task 't' refers to an undefined job parameter 'nope'."
    )


def test_an_unknown_task_in_the_words_of_the_service() -> None:
    message = refusal(with_parameters("t", x="{{tasks.ghost.result_state}}"))
    assert message == "Invalid reference: 'tasks.ghost.result_state'. Task 'ghost' does not exist."


def test_a_task_that_is_not_upstream_in_the_words_of_the_service() -> None:
    message = refusal(raw_task("loop"), with_parameters("inner", x="{{tasks.loop.values.v}}"))
    assert message.startswith("Task 'loop' must be a dependency of task 'inner'.")


@pytest.mark.parametrize("of", ["a", "c"])
def test_neither_itself_nor_a_later_task_is_upstream(of: str) -> None:
    tasks = [with_parameters("a", x=f"{{{{tasks.{of}.run_id}}}}"), raw_task("b", "a"), raw_task("c", "b")]
    assert refusal(*tasks).startswith(f"Task '{of}' must be a dependency of task 'a'.")


def test_upstream_through_others_is_upstream() -> None:
    tasks = [raw_task("a"), raw_task("b", "a"), with_parameters("c", "b", x="{{tasks.a.values.v}}")]
    job(*tasks)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{job.naem}}", "Invalid reference: 'job.naem'. 'naem' is unknown. Did you mean 'name'?"),
        ("{{job.trigger.nope}}", "Invalid reference: 'job.trigger.nope'. 'trigger' is unknown."),
        ("{{job}}", "Invalid reference: 'job'. 'job' is unknown. It goes on with id, name, run_id"),
        ("{{tasks}}", "Invalid reference: 'tasks'. 'tasks' is unknown. It goes on with <name>."),
        ("{{tasks.a}}", "Invalid reference: 'tasks.a'. 'tasks' is unknown. It goes on with run_id, result_state"),
        ("{{task.nam}}", "'nam' is unknown. Did you mean 'name'?"),
        ("{{job.start_time}}", "'start_time' is unknown. It goes on with iso_date, iso_datetime"),
        ("{{job.start_time.iso_dat}}", "'start_time' is unknown. Did you mean 'iso_date'?"),
        ("{{job.parameters}}", "'parameters' is unknown. It goes on with <name>."),
        ("{{job.parameters.p.q}}", "'parameters' is unknown."),
        ("{{workspace.name}}", "Invalid reference: 'workspace.name'. 'name' is unknown."),
        ("{{backfill.date}}", "Invalid reference: 'backfill.date'. 'date' is unknown."),
        ("{{tasks.a.state}}", "'state' is unknown."),
        ("{{tasks.a.values}}", "'values' is unknown. It goes on with <name>."),
        ("{{tasks.a.values.x.y}}", "Invalid reference: 'tasks.a.values.x.y'. 'values' is unknown."),
        ("{{tasks.a.output.nope}}", "Invalid reference: 'tasks.a.output.nope'. 'output' is unknown."),
        ("{{input.e.f}}", "Invalid reference: 'input.e.f'. Input reference can only access top-level keys."),
        ("{{tasks.b-c.run_id}}", "'b-c' holds '-', which needs backticks: `b-c`"),
        ("{{now()}}", "now() is allowed only with a date format"),
        ("{{now() | upper}}", "now() is allowed only with a date format"),
        ("{{now() | date('')}}", "date pattern is empty"),
        ("{{now() | date('YYYY')}}", "'YYYY', which is not supported"),
    ],
)
def test_unknown_names_in_known_namespaces(text: str, words: str) -> None:
    assert words in refusal(raw_task("a"), with_parameters("t", "a", x=f"before {text} after"))


@pytest.mark.parametrize("text", ["{{ ds }}", "{{ dag_run.conf['x'] }}", "{{job.id", "{{job.id}", "{job.id}", "{{}}"])
def test_what_is_no_reference_is_no_error(text: str) -> None:
    job(with_parameters("t", x=text))


@pytest.mark.parametrize("place", ["path", "parameter", "script", "script path"])
def test_references_are_checked_in_every_place(place: str) -> None:
    bad = "/{{job.naem}}"
    task = {
        "path": raw_task("t", notebook_task={"notebook_path": bad}),
        "parameter": with_parameters("t", x=bad),
        "script": script("t", "fine", bad),
        "script path": {"task_key": "t", "spark_python_task": {"python_file": bad}},
    }[place]
    assert refusal(task).startswith("Invalid reference: 'job.naem'. 'naem' is unknown.")


def test_the_notebook_path_of_a_script_is_refused() -> None:
    assert "task 't' is no notebook task" in refusal(script("t", "{{task.notebook_path}}"))
    later = with_parameters("n", "t", x="{{tasks.t.notebook_path}}")
    assert "task 't' is no notebook task" in refusal(script("t"), later)


@pytest.mark.parametrize("text", ["{{task.name}}", "{{tasks.a.run_id}}", "{{job.parameters.q}}", "{{run_id}}"])
def test_a_default_can_only_refer_to_what_is_known_when_the_run_starts(text: str) -> None:
    parameters = [{"name": "p", "default": text}, {"name": "q", "default": ""}]
    assert "in job parameter 'p' is not known when a run starts" in refusal(parameters=parameters)


@pytest.mark.parametrize(
    "text", ["{{job.id}}", "{{job.start_time.iso_date}}", "{{now() | date('yyyy')}}", "{{job_id}}"]
)
def test_a_default_may_refer_to_the_run(text: str) -> None:
    job(parameters=[{"name": "p", "default": text}])


def test_parameters_of_a_megabyte_are_the_limit() -> None:
    job(with_parameters("t", x="x" * 999_980))
    assert "has 1000008 bytes as JSON; at most 1000000" in refusal(with_parameters("t", x="x" * 1_000_000))
