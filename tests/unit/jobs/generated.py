"""Settings of jobs with all kinds of tasks, made by hypothesis; every one of them is right."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

WORDS = st.text(alphabet="abcxyzä0_ -", max_size=8)
MAPS = st.dictionaries(st.text(alphabet="abc", min_size=1, max_size=2), WORDS, max_size=2)
LISTS = st.lists(WORDS, max_size=2)
CLUSTER = {"spark_version": "15.4.x-scala2.12", "num_workers": 1}
GIT = {"git_url": "https://github.com/a/b", "git_provider": "gitHub", "git_branch": "main"}

_NOTEBOOK = st.fixed_dictionaries({"notebook_path": st.just("/n")}, optional={"base_parameters": MAPS})
_SCRIPT = st.fixed_dictionaries({"python_file": st.just("/s.py")}, optional={"parameters": LISTS})
_WHEEL = st.fixed_dictionaries({"package_name": st.just("p"), "entry_point": st.just("m")}).flatmap(
    lambda base: st.sampled_from(["parameters", "named_parameters", ""]).flatmap(
        lambda form: (LISTS if form == "parameters" else MAPS).map(lambda more: {**base, form: more} if form else base)
    )
)
_SQL = st.one_of(
    st.fixed_dictionaries(
        {"file": st.just({"path": "/q.sql"})}, optional={"parameters": MAPS, "warehouse_id": st.just("w")}
    ),
    st.fixed_dictionaries({"query": st.just({"query_id": "q"}), "warehouse_id": st.just("w")}),
)
_DBT = st.fixed_dictionaries(
    {"project_directory": st.just("/p"), "commands": st.lists(st.just("dbt run"), min_size=1, max_size=3)},
    optional={"warehouse_id": st.just("w"), "schema": st.just("gold")},
)
_RUN_JOB = st.fixed_dictionaries({"job_id": st.integers(1, 99) | st.just("7")}, optional={"job_parameters": MAPS})
_CONDITION = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["EQUAL_TO", "NOT_EQUAL", "LESS_THAN"]),
        "left": WORDS | st.booleans() | st.integers(),
        "right": WORDS,
    }
)
_WITH_COMPUTE: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "notebook_task": _NOTEBOOK,
    "spark_python_task": _SCRIPT,
    "python_wheel_task": _WHEEL,
    "dbt_task": _DBT,
}
_WITHOUT: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "sql_task": _SQL,
    "run_job_task": _RUN_JOB,
    "condition_task": _CONDITION,
}
_KINDS = {**_WITH_COMPUTE, **_WITHOUT}
_COMPUTE: dict[str, Any] = {
    "new_cluster": CLUSTER,
    "job_cluster_key": "main",
    "environment_key": "default",
    "libraries": [{"pypi": {"package": "six"}}, {"whl": "/Volumes/a.whl"}],
}


@st.composite
def bare_tasks(draw: st.DrawFn, key: str) -> dict[str, Any]:
    """A task of any kind but a loop, without dependencies."""
    kind = draw(st.sampled_from(sorted(_KINDS)))
    task: dict[str, Any] = {"task_key": key, kind: draw(_KINDS[kind])}
    if kind in _WITH_COMPUTE and draw(st.booleans()):
        field = draw(st.sampled_from(sorted(_COMPUTE)))
        task[field] = _COMPUTE[field]
    if kind != "condition_task" and draw(st.booleans()):
        task |= {"max_retries": draw(st.sampled_from([0, 2, -1, "3"])), "retry_on_timeout": draw(st.booleans())}
    if draw(st.booleans()):
        task |= {"timeout_seconds": draw(st.sampled_from([0, 60, "60"])), "description": draw(WORDS)}
    return task


@st.composite
def tasks(draw: st.DrawFn, key: str) -> dict[str, Any]:
    """A task of any kind, loops too."""
    if draw(st.integers(0, 3)):
        return draw(bare_tasks(key))
    inputs = draw(st.sampled_from(["[]", "[1, 2]", '[{"a": null}]', "{{job.parameters.p}}"]))
    payload: dict[str, Any] = {"inputs": inputs, "task": draw(bare_tasks(f"{key}_each"))}
    if draw(st.booleans()):
        payload["concurrency"] = draw(st.integers(1, 100))
    return {"task_key": key, "for_each_task": payload}


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, Any]:
    """The settings of a job."""
    made: list[dict[str, Any]] = []
    for index in range(draw(st.integers(1, 5))):
        task = draw(tasks(f"t{index}"))
        above = draw(st.lists(st.sampled_from(made), unique_by=lambda each: each["task_key"])) if made else []
        if above:
            task["depends_on"] = [draw(_dependencies(each)) for each in above]
            task["run_if"] = draw(st.sampled_from(["ALL_SUCCESS", "ALL_DONE", "AT_LEAST_ONE_FAILED"]))
        made.append(task)
    raw: dict[str, Any] = {
        "name": draw(WORDS),
        "tasks": made,
        "parameters": [{"name": "p", "default": draw(WORDS)}],
        "job_clusters": [{"job_cluster_key": "main", "new_cluster": CLUSTER}],
        "environments": [{"environment_key": "default", "spec": {"client": "3", "dependencies": ["numpy"]}}],
    }
    return raw


def _dependencies(task: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    plain = st.just({"task_key": task["task_key"]})
    if "condition_task" not in task:
        return plain
    outcomes = st.sampled_from(["true", "false", True, False])
    return plain | outcomes.map(lambda outcome: {"task_key": task["task_key"], "outcome": outcome})
