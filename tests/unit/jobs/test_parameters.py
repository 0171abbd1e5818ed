"""Which parameters a run may be given, and what each task gets."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.parameters import check_overrides, job_parameters, resolve_work
from brickyard.jobs.tasks import JobSettings, NotebookTask, SparkPythonTask, Work
from tests.unit.jobs.samples import job, raw_task, scope, script, upstream, with_parameters

PARAMETERS = [{"name": "day", "default": "{{job.start_time.iso_date}}"}, {"name": "batch", "default": "5"}]


def work_of(settings: JobSettings, key: str, overriding: dict[str, Any] | None = None, **more: Any) -> Work:
    return resolve_work(settings.task(key), settings, scope(task_key=key, **more), overriding or {})


# ---------------------------------------------------------------------------------------------- job parameters


def test_defaults_are_resolved_when_the_run_starts() -> None:
    settings = job(parameters=PARAMETERS)
    assert job_parameters(settings, {}, scope(task_key="")) == {"day": "2026-11-23", "batch": "5"}


def test_an_override_beats_the_default_and_may_add_a_key() -> None:
    settings = job(parameters=PARAMETERS)
    effective = job_parameters(settings, {"extra": "x", "batch": "9"}, scope())
    assert list(effective.items()) == [("day", "2026-11-23"), ("batch", "9"), ("extra", "x")]


def test_an_override_is_a_value_and_no_template() -> None:
    settings = job(parameters=PARAMETERS)
    effective = job_parameters(settings, {"day": "{{job.id}}"}, scope())
    assert effective["day"] == "{{job.id}}"
    work = work_of(settings, "a", parameters=effective)
    assert isinstance(work, NotebookTask)
    assert work.base_parameters["day"] == "{{job.id}}"


def test_a_default_that_is_overridden_is_not_resolved() -> None:
    """A run can be started although its default would fail."""
    settings = JobSettings(name="n", tasks=(), parameters={"p": "{{job.parameters.none}}"})
    assert job_parameters(settings, {"p": "x"}, scope()) == {"p": "x"}


# ------------------------------------------------------------------------------------------------- precedence


def test_job_parameters_beat_base_parameters_and_reach_every_notebook() -> None:
    settings = job(with_parameters("a", day="base", own="kept"), raw_task("b"), parameters=PARAMETERS)
    effective = {"day": "2026-01-01", "batch": "5"}
    first, second = (work_of(settings, key, parameters=effective) for key in "ab")
    assert isinstance(first, NotebookTask)
    assert isinstance(second, NotebookTask)
    assert first.base_parameters == {"day": "2026-01-01", "own": "kept", "batch": "5"}
    assert second.base_parameters == effective


def test_legacy_notebook_params_beat_base_parameters_of_a_job_without_job_parameters() -> None:
    settings = job(with_parameters("a", x="base", y="{{job.id}}"))
    work = work_of(settings, "a", {"notebook_params": {"x": "{{job.id}}", "z": 1}})
    assert isinstance(work, NotebookTask)
    assert work.base_parameters == {"x": "{{job.id}}", "y": "7", "z": "1"}


def test_legacy_params_do_nothing_to_a_job_with_job_parameters() -> None:
    """`check_overrides` refuses them; a repair under newer settings may still carry them."""
    settings = job(with_parameters("a", x="base"), parameters=PARAMETERS)
    work = work_of(settings, "a", {"notebook_params": {"x": "legacy"}}, parameters={"batch": "5"})
    assert isinstance(work, NotebookTask)
    assert work.base_parameters == {"x": "base", "batch": "5"}


def test_a_script_gets_its_own_list_and_no_job_parameters() -> None:
    settings = job(script("a", "--day", "{{job.parameters.day}}"), parameters=PARAMETERS)
    work = work_of(settings, "a", parameters={"day": "x", "batch": "5"})
    assert work == SparkPythonTask(python_file="/Workspace/x.py", parameters=("--day", "x"))


def test_legacy_python_params_replace_the_list_of_a_script() -> None:
    settings = job(script("a", "one", "two"))
    work = work_of(settings, "a", {"python_params": ["{{job.id}}"]})
    assert work == SparkPythonTask(python_file="/Workspace/x.py", parameters=("{{job.id}}",))


def test_notebook_params_do_not_reach_scripts_nor_python_params_notebooks() -> None:
    settings = job(script("s", "one"), with_parameters("n", x="1"))
    overriding = {"notebook_params": {"x": "2"}, "python_params": ["two"]}
    script_work, notebook_work = work_of(settings, "s", overriding), work_of(settings, "n", overriding)
    assert isinstance(script_work, SparkPythonTask)
    assert isinstance(notebook_work, NotebookTask)
    assert script_work.parameters == ("two",)
    assert notebook_work.base_parameters == {"x": "2"}


def test_paths_are_resolved_too() -> None:
    parameters = [{"name": "env", "default": "dev"}]
    settings = job(
        raw_task("n", notebook_task={"notebook_path": "/Workspace/{{job.parameters.env}}/n"}),
        {"task_key": "s", "spark_python_task": {"python_file": "{{job.parameters.env}}:/x.py"}},
        parameters=parameters,
    )
    notebook, python = (work_of(settings, key, parameters={"env": "prod"}) for key in "ns")
    assert isinstance(notebook, NotebookTask)
    assert isinstance(python, SparkPythonTask)
    assert notebook.notebook_path == "/Workspace/prod/n"
    assert python.python_file == "prod:/x.py"


def test_values_of_an_earlier_task_and_the_date_of_now() -> None:
    """The two forms that pipelines of notebooks use most."""
    settings = job(
        raw_task("bronze"),
        with_parameters(
            "silver", "bronze", day="{{tasks.bronze.values.processing_date}}", run="{{now() | date('yyyy-MM-dd')}}"
        ),
    )
    work = work_of(settings, "silver", tasks={"bronze": upstream(values={"processing_date": '"2024-01-15"'})})
    assert isinstance(work, NotebookTask)
    assert work.base_parameters == {"day": "2024-01-15", "run": "2026-11-23"}


def test_a_value_that_was_never_set_fails_the_task_with_its_name() -> None:
    settings = job(raw_task("bronze"), with_parameters("silver", "bronze", x="{{tasks.bronze.values.nope}}"))
    with pytest.raises(InvalidParameterValue, match=r"referenced by 'tasks\.bronze\.values\.nope' was not found"):
        work_of(settings, "silver", tasks={"bronze": upstream()})


# --------------------------------------------------------------------------------------------------- overrides


def refusal(settings: JobSettings, parameters: Any, overriding: Any = None) -> str:
    with pytest.raises(InvalidParameterValue) as caught:
        check_overrides(settings, parameters, overriding)
    return caught.value.message


@pytest.mark.parametrize("overriding", [None, {}, {"notebook_params": {}}, {"notebook_params": None, "jar_params": []}])
def test_nothing_to_override_is_fine(overriding: Any) -> None:
    check_overrides(job(parameters=PARAMETERS), None, overriding)


def test_overrides_that_fit() -> None:
    check_overrides(job(parameters=PARAMETERS), {"batch": 5, "more": "x"}, {})
    check_overrides(job(), {"added": "x"}, {})
    check_overrides(job(raw_task("a"), script("b")), {}, {"notebook_params": {"x": "1"}, "python_params": ["y"]})


def test_legacy_parameters_of_a_job_with_job_parameters_in_the_words_of_the_service() -> None:
    overriding = {"notebook_params": {"x": "1"}, "python_params": ["y"]}
    assert refusal(job(raw_task("a"), script("b"), parameters=PARAMETERS), {}, overriding) == (
        "Cannot use legacy parameters (notebook_params, python_params) because the job has job parameters configured."
    )


def test_both_ways_at_once() -> None:
    message = refusal(job(), {"x": "1"}, {"notebook_params": {"x": "1"}})
    assert message == "job_parameters and notebook_params are given; use only one of them."


@pytest.mark.parametrize(
    ("overriding", "kind"),
    [
        ({"notebook_params": {"x": "1"}}, "notebook_task"),
        ({"python_params": ["x"]}, "spark_python_task or python_wheel_task"),
        ({"python_named_params": {"x": "1"}}, "python_wheel_task"),
        ({"sql_params": {"x": "1"}}, "sql_task"),
        ({"dbt_commands": ["dbt run"]}, "dbt_task"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_override_that_no_task_takes(overriding: dict[str, Any], kind: str) -> None:
    """It would be accepted and ignored."""
    tasks = script("a") if kind == "notebook_task" else raw_task("a")
    assert (
        refusal(job(tasks), {}, overriding) == f"{next(iter(overriding))} is given, but no task of the job is a {kind}."
    )


@pytest.mark.parametrize(
    ("parameters", "overriding", "words"),
    [
        ([], {}, "job_parameters is a list; it must be an object of strings"),
        ({"x": []}, {}, "job_parameters.x is a list; it must be a string"),
        ({"x": "y" * 10_000}, {}, "job_parameters has 10008 bytes as JSON; at most 10000 are allowed"),
        ({"a b": "x"}, {}, "job_parameters has the name 'a b'; it must match"),
        ({}, {"notebook_params": ["x"]}, "notebook_params is a list"),
        ({}, {"notebook_params": {"x": "y" * 10_000}}, "notebook_params has 10008 bytes as JSON"),
        ({}, {"notebook_parms": {}}, "notebook_parms is not a known field. Did you mean 'notebook_params'?"),
    ],
)
def test_overrides_of_a_wrong_shape(parameters: Any, overriding: Any, words: str) -> None:
    assert words in refusal(job(), parameters, overriding)


def test_exactly_ten_thousand_bytes_are_allowed() -> None:
    check_overrides(job(), {"x": "y" * (10_000 - len('{"x":""}'))}, {})


def test_python_params_are_ascii() -> None:
    message = refusal(job(script("a")), {}, {"python_params": ["ok", "höhe"]})
    assert message == "python_params[1] is 'höhe'; only ASCII characters are allowed."


@pytest.mark.parametrize("name", ["jar_params", "spark_submit_params"])
def test_overrides_of_refused_kinds_of_tasks(name: str) -> None:
    with pytest.raises(FeatureDisabled, match=f"^{name} is not supported"):
        check_overrides(job(), {}, {name: ["x"]})
