"""The service's SDK for Python runs jobs of all kinds of tasks here and reads what became of them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, OperationFailed
from databricks.sdk.service import compute, jobs
from databricks.sdk.service.workspace import ImportFormat

from tests.compat.conftest import Wait
from tests.compat.test_sdk_runs import MINUTE, make, newest, output, task

Put = Callable[[str, str], str]
SCRIPT = (
    "import sys\nif sys.argv[1] in {'fail', '7'}:\n    raise ValueError('no ' + sys.argv[1])\nprint(sys.argv[1:])\n"
)


@pytest.fixture
def put(client: WorkspaceClient, request: pytest.FixtureRequest) -> Put:
    """Stores a file in a folder of the test's own; its path."""
    folder = f"/Shared/{request.node.name}"
    client.workspace.mkdirs(folder)

    def store(name: str, text: str) -> str:
        path = f"{folder}/{name}"
        client.workspace.upload(path, io.BytesIO(text.encode()), format=ImportFormat.AUTO, overwrite=True)
        return path

    return store


def script(key: str, path: str, *arguments: str, after: str = "", outcome: str | None = None, **more: Any) -> jobs.Task:
    edges = [jobs.TaskDependency(task_key=after, outcome=outcome)] if after else None
    work = jobs.SparkPythonTask(python_file=path, parameters=list(arguments))
    return jobs.Task(task_key=key, depends_on=edges, spark_python_task=work, **more)


def loop(path: str, inputs: list[Any], **more: Any) -> jobs.Task:
    nested = script("each", path, "{{input}}", **more)
    return jobs.Task(
        task_key="loop", for_each_task=jobs.ForEachTask(inputs=json.dumps(inputs), concurrency=20, task=nested)
    )


def loop_of(run: jobs.Run) -> tuple[jobs.RunTask, jobs.ForEachTaskTaskRunStats]:
    entry = newest(run, "loop")
    assert entry.for_each_task
    assert entry.for_each_task.stats
    assert entry.for_each_task.stats.task_run_stats
    return entry, entry.for_each_task.stats.task_run_stats


def test_a_condition_decides_which_branch_runs(client: WorkspaceClient, put: Put) -> None:
    path = put("work.py", SCRIPT)
    compare = jobs.ConditionTask(op=jobs.ConditionTaskOp.GREATER_THAN, left="{{job.parameters.rows}}", right="10")
    job_id = make(
        client,
        jobs.Task(task_key="is_big", condition_task=compare),
        script("big", path, "big", after="is_big", outcome="true"),
        script("small", path, "small", after="is_big", outcome="false"),
        parameters=[jobs.JobParameterDefinition(name="rows", default="3")],
    )
    for rows, outcome, excluded in ((3, "false", "big"), (12, "true", "small")):
        run = client.jobs.run_now(job_id, job_parameters={"rows": str(rows)}).result(timeout=MINUTE)
        assert run.state
        assert run.state.result_state is jobs.RunResultState.SUCCESS
        decided = newest(run, "is_big")
        assert decided.condition_task
        assert decided.condition_task.outcome == outcome
        state = newest(run, excluded).state
        assert state
        assert state.result_state is jobs.RunResultState.EXCLUDED
        got = output(client, decided)
        assert (got.error, got.notebook_output, got.logs) == (None, None, None)
        full = client.jobs.get_run(decided.run_id or 0, include_resolved_values=True)
        values = newest(full, "is_big").resolved_values
        assert values
        assert values.condition_task
        assert (values.condition_task.left, values.condition_task.right) == (str(rows), "10")


def test_a_loop_has_iterations_over_pages_and_statistics(client: WorkspaceClient, put: Put) -> None:
    path = put("each.py", SCRIPT)
    job_id = make(client, loop(path, list(range(120))), script("after", path, "after", after="loop"))
    with pytest.raises(OperationFailed, match="Some iterations failed"):
        client.jobs.run_now(job_id).result(timeout=2 * MINUTE)
    [listed] = client.jobs.list_runs(job_id=job_id)
    run = client.jobs.get_run(listed.run_id or 0)
    assert {entry.task_key for entry in run.tasks or []} == {"loop", "after"}
    entry, stats = loop_of(run)
    assert (stats.total_iterations, stats.completed_iterations, stats.active_iterations) == (120, 120, 0)
    assert (stats.succeeded_iterations, stats.failed_iterations) == (119, 1)
    whole = client.jobs.get_run(entry.run_id or 0)
    iterations = whole.iterations or []
    assert len(iterations) == 120, "the SDK joins the pages"
    assert [each.task_key for each in whole.tasks or []] == ["loop"]
    [failed] = [each for each in iterations if each.state and each.state.result_state is jobs.RunResultState.FAILED]
    assert output(client, failed).error == "ValueError: no 7"
    alone = client.jobs.get_run(iterations[11].run_id or 0, include_resolved_values=True)
    values = newest(alone, "each").resolved_values
    assert values
    assert values.spark_python_task
    assert values.spark_python_task.parameters == ["11"]
    assert output(client, iterations[11]).logs == "['11']\n"
    assert output(client, entry).error is None


def test_a_repair_of_a_loop_runs_only_what_failed(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    path = put("each.py", SCRIPT)
    job_id = make(client, loop(path, ["a", "fail", "b"]))
    run_id = client.jobs.run_now(job_id).run_id
    wait_for(run_id)
    put("each.py", "print('mended')\n")
    client.jobs.repair_run(run_id, rerun_all_failed_tasks=True)
    wait_for(run_id)
    run = client.jobs.get_run(run_id, include_history=True)
    assert run.state
    assert run.state.result_state is jobs.RunResultState.SUCCESS
    entry, stats = loop_of(run)
    assert (stats.total_iterations, stats.succeeded_iterations) == (3, 3)
    iterations = client.jobs.get_run(entry.run_id or 0).iterations or []
    assert [output(client, each).logs for each in iterations] == ["['a']\n", "mended\n", "['b']\n"]
    assert [len(entry.task_run_ids or []) for entry in run.repair_history or []] == [1, 1]


def test_a_job_runs_another_one_and_both_know_it(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    path = put("work.py", SCRIPT)
    parameters = [jobs.JobParameterDefinition(name="who", default="nobody")]
    inner = make(client, script("inner", path, "{{job.parameters.who}}"), parameters=parameters)
    call = jobs.RunJobTask(job_id=inner, job_parameters={"who": "Ada"})
    outer = make(client, jobs.Task(task_key="call", run_job_task=call), script("after", path, "x", after="call"))
    run = client.jobs.run_now(outer).result(timeout=MINUTE)
    entry = newest(run, "call")
    got = output(client, entry)
    assert got.run_job_output
    child = client.jobs.get_run(got.run_job_output.run_id or 0)
    assert child.trigger is jobs.TriggerType.RUN_JOB_TASK
    assert child.trigger_info
    assert child.trigger_info.run_id == entry.run_id
    assert child.job_id == inner
    assert output(client, newest(child, "inner")).logs == "['Ada']\n"


def test_the_failure_of_a_child_is_that_of_its_task(client: WorkspaceClient, put: Put) -> None:
    inner = make(client, script("inner", put("work.py", SCRIPT), "fail"))
    outer = make(client, jobs.Task(task_key="call", run_job_task=jobs.RunJobTask(job_id=inner)))
    with pytest.raises(OperationFailed):
        client.jobs.run_now(outer).result(timeout=MINUTE)
    [listed] = client.jobs.list_runs(job_id=outer, expand_tasks=True)
    got = output(client, newest(listed, "call"))
    assert got.error
    assert got.run_job_output


def wheel(name: str) -> bytes:
    """A wheel of one module whose entry point prints its arguments."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "import sys\n\ndef main():\n    print('wheel', sys.argv[1:])\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\nrun = {name}:main\n",
    }
    digests = {path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for path, text in files.items()}
    record = "".join(f"{path},sha256={digests[path].decode().rstrip('=')},{len(files[path])}\n" for path in files)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return content.getvalue()


def test_the_entry_point_of_a_wheel_is_called_with_named_parameters(client: WorkspaceClient) -> None:
    path = "/Shared/sdk_kinds-1.0-py3-none-any.whl"
    client.workspace.upload(path, io.BytesIO(wheel("sdk_kinds")), format=ImportFormat.RAW, overwrite=True)
    work = jobs.PythonWheelTask(package_name="sdk_kinds", entry_point="run", named_parameters={"day": "{{job.id}}"})
    spec = compute.Environment(environment_version="4", dependencies=[f"/Workspace{path}"])
    job_id = make(
        client,
        jobs.Task(task_key="wheel", python_wheel_task=work, environment_key="packages"),
        environments=[jobs.JobEnvironment(environment_key="packages", spec=spec)],
    )
    run = client.jobs.run_now(job_id).result(timeout=2 * MINUTE)
    assert output(client, newest(run, "wheel")).logs == f"wheel ['--day={job_id}']\n"
    assert [each.environment_key for each in run_of_settings(client, job_id).environments or []] == ["packages"]


def run_of_settings(client: WorkspaceClient, job_id: int) -> jobs.JobSettings:
    settings = client.jobs.get(job_id).settings
    assert settings
    return settings


def test_the_rows_of_a_sql_file_are_kept(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    path = put("rows.sql", "SELECT CAST(:low AS INT) + 1 AS a, CAST(NULL AS STRING) AS b\n")
    work = jobs.SqlTask(warehouse_id="any", file=jobs.SqlTaskFile(path=path), parameters={"low": "41"})
    run_id = client.jobs.run_now(make(client, jobs.Task(task_key="rows", sql_task=work))).run_id
    wait_for(run_id)
    entry = newest(client.jobs.get_run(run_id), "rows")
    raw = client.api_client.do("GET", "/api/2.2/jobs/runs/get-output", query={"run_id": entry.run_id})
    assert isinstance(raw, dict)
    shown = raw["sql_output"]["file_output"]
    assert [column["name"] for column in shown["query_result"]["columns"]] == ["a", "b"]
    [row] = shown["query_result"]["rows"]
    assert row["values"][1] == {}
    assert float(row["values"][0]["string_value"]) == 42
    assert output(client, entry).sql_output, "the SDK knows the field"


def test_only_some_tasks_and_legacy_parameters_of_a_repair(client: WorkspaceClient, put: Put, wait_for: Wait) -> None:
    path = put("work.py", SCRIPT)
    job_id = make(client, script("one", path, "fail"), script("two", path, "x", after="one"))
    run_id = client.jobs.run_now(job_id, only=["one"]).run_id
    wait_for(run_id)
    run = client.jobs.get_run(run_id)
    state = newest(run, "two").state
    assert state
    assert state.result_state is jobs.RunResultState.DISABLED
    assert output(client, newest(run, "two")).info == "This task was not selected in the partial run."
    client.jobs.repair_run(run_id, rerun_tasks=["one"], python_params=["mended"])
    wait_for(run_id)
    run = client.jobs.get_run(run_id)
    assert output(client, newest(run, "one")).logs == "['mended']\n"
    assert run.overriding_parameters
    assert run.overriding_parameters.python_params == ["mended"]


def all_kinds(job_id: int) -> list[jobs.Task]:
    """One task of each kind that runs here, with every field that a client may set for it."""
    nested = jobs.Task(
        task_key="each",
        notebook_task=jobs.NotebookTask(notebook_path="/a", base_parameters={"i": "{{input}}"}),
        max_retries=2,
        min_retry_interval_millis=1000,
        timeout_seconds=60,
    )
    sql = jobs.SqlTask(warehouse_id="w", file=jobs.SqlTaskFile(path="/a.sql"), parameters={"p": "1"})
    wheel_task = jobs.PythonWheelTask(package_name="p", entry_point="e", parameters=["a"])
    compare = jobs.ConditionTask(op=jobs.ConditionTaskOp.NOT_EQUAL, left="a", right="b")
    return [
        task("notebook", "/a", x="1"),
        script("script", "/a.py", "1", run_if=jobs.RunIf.ALL_DONE, timeout_seconds=5),
        jobs.Task(task_key="wheel", python_wheel_task=wheel_task, environment_key="packages"),
        jobs.Task(task_key="sql", sql_task=sql),
        jobs.Task(task_key="call", run_job_task=jobs.RunJobTask(job_id=job_id, job_parameters={"a": "1"})),
        jobs.Task(task_key="compare", condition_task=compare),
        jobs.Task(task_key="loop", for_each_task=jobs.ForEachTask(inputs="[1]", concurrency=7, task=nested)),
    ]


def contains(sent: Any, read: Any) -> bool:
    """Whether everything that was sent is read back; the service adds its defaults."""
    if isinstance(sent, dict):
        return isinstance(read, dict) and all(contains(value, read.get(name)) for name, value in sent.items())
    if isinstance(sent, list):
        return len(sent) == len(read) and all(map(contains, sent, read))
    return bool(sent == read)


def test_what_was_created_is_read_back_and_can_be_created_again(client: WorkspaceClient) -> None:
    inner = make(client, task("inner", "/a"))
    environment = jobs.JobEnvironment(
        environment_key="packages", spec=compute.Environment(environment_version="4", dependencies=["simplejson"])
    )
    tasks = all_kinds(inner)
    job_id = make(client, *tasks, environments=[environment])
    first = run_of_settings(client, job_id)
    for sent, read in zip(tasks, first.tasks or [], strict=True):
        assert contains(sent.as_dict(), read.as_dict()), sent.task_key
    again = client.jobs.create(**{name: getattr(first, name) for name in ("name", "tasks", "environments")})
    second = run_of_settings(client, again.job_id or 0)
    assert [each.as_dict() for each in second.tasks or []] == [each.as_dict() for each in first.tasks or []]
    client.jobs.reset(job_id, first)
    assert run_of_settings(client, job_id).as_dict() == first.as_dict()


def test_what_is_refused_is_refused_with_the_words_of_the_service(client: WorkspaceClient) -> None:
    nested = jobs.Task(task_key="each", notebook_task=jobs.NotebookTask(notebook_path="/a"))
    bad = jobs.Task(task_key="loop", for_each_task=jobs.ForEachTask(inputs="[null]", task=nested))
    with pytest.raises(InvalidParameterValue, match="should be an array of primitives or objects"):
        make(client, bad)
