"""Airflow's own provider, unchanged, in a real Airflow: what its operators do here, and what they tell of it there."""

from __future__ import annotations

import io
import re

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import iam, jobs
from databricks.sdk.service.workspace import ImportFormat
from deltalake import DeltaTable

from tests.compat.airflow_home import Airflow, DagRun
from tests.compat.conftest import Served, robot_of
from tests.compat.environments import client_environment, pinned

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]
FOLDER = "/Shared/airflow"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
FILES = {
    "echo.py": """# Databricks notebook source
dbutils.widgets.text("day", "none")
dbutils.notebook.exit(dbutils.widgets.get("day"))
""",
    "write.py": """# Databricks notebook source
row = (dbutils.widgets.get("who"), dbutils.widgets.get("day"))
spark.createDataFrame([row], "who string, day string").write.mode("append").saveAsTable("main.airflow.days")
""",
    "bad.py": """# Databricks notebook source
raise ValueError("the day is wrong")
""",
    "once.py": """# Databricks notebook source
marker = dbutils.widgets.get("marker")
if not [each for each in dbutils.fs.ls("dbfs:/") if each.name == marker]:
    dbutils.fs.put(f"dbfs:/{marker}", "seen")
    raise ValueError("not at the first time")
""",
    "while.py": """# Databricks notebook source
import threading
threading.Event().wait(3)
dbutils.notebook.exit("waited")
""",
    "held.py": """# Databricks notebook source
import threading
dbutils.widgets.text("hold", "yes")
if dbutils.widgets.get("hold") == "yes":
    threading.Event().wait()
dbutils.notebook.exit("went on")
""",
    "script.py": """import sys
print("days:", sys.argv[1:])
""",
}


@pytest.fixture(scope="module")
def airflow(served: Served, client: WorkspaceClient, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """An Airflow that knows the server, and notebooks for its DAGs."""
    client.workspace.mkdirs(FOLDER)
    for name, source in FILES.items():
        client.workspace.upload(f"{FOLDER}/{name}", io.BytesIO(source.encode()), format=ImportFormat.AUTO)
    client.schemas.create("airflow", "main")
    warehouse = next(iter(client.warehouses.list())).id or ""
    environment = client_environment(pinned("airflow"))
    home = tmp_path_factory.mktemp("airflow")
    robot, _ = robot_of(client, "Airflow")
    token = client.token_management.create_obo_token(robot).token_value or ""
    return Airflow(environment, home, served.url, served.brickyard.token, token, WAREHOUSE=warehouse)


@pytest.fixture(scope="module")
def operators(airflow: Airflow) -> DagRun:
    return airflow.test("operators")


@pytest.fixture(scope="module")
def held(client: WorkspaceClient) -> int:
    """A run that does not end by itself."""
    job_id = job(client, "airflow is held", "held")
    return client.jobs.run_now(job_id).response.run_id or 0


@pytest.fixture(scope="module")
def waiting(airflow: Airflow, client: WorkspaceClient, held: int) -> DagRun:
    job(client, "airflow takes a while", "while")
    job(client, "airflow fails once", "once", marker="airflow-1")
    job(client, "airflow fails once more", "once", marker="airflow-2")
    job(client, "airflow fails always", "bad")
    return airflow.test("waiting")


@pytest.fixture(scope="module")
def workflows(airflow: Airflow) -> list[DagRun]:
    """The first makes the job, the second finds it and sets it anew."""
    return [airflow.test("workflow"), airflow.test("workflow")]


def job(client: WorkspaceClient, name: str, notebook: str, **parameters: str) -> int:
    task = jobs.NotebookTask(notebook_path=f"{FOLDER}/{notebook}", base_parameters=parameters)
    made = client.jobs.create(name=name, tasks=[jobs.Task(task_key="work", notebook_task=task)])
    return int(made.job_id or 0)


def named(client: WorkspaceClient, name: str) -> jobs.Job:
    """The one job of this name, with its settings."""
    [found] = client.jobs.list(name=name)
    return client.jobs.get(found.job_id or 0)


def rows(client: WorkspaceClient, table: str = "days") -> list[dict[str, str]]:
    """What was written."""
    location = client.tables.get(f"main.airflow.{table}").storage_location or ""
    found = DeltaTable(location.removeprefix("file:")).to_pyarrow_table()
    return list(found.to_pylist())


def exit_value(client: WorkspaceClient, run_id: int) -> str | None:
    [task] = client.jobs.get_run(run_id).tasks or []
    output = client.jobs.get_run_output(task.run_id or 0).notebook_output
    return output.result if output else None


@pytest.mark.parametrize(
    "task_id",
    ["one_task", "tasks", "notebook", "task", "create", "by_id", "by_name", "create_again", "statement", "as_robot"],
)
def test_every_operator_comes_to_a_good_end(operators: DagRun, task_id: str) -> None:
    assert operators.states[task_id] == "success", operators.log


def test_submitted_tasks_have_written_their_rows(operators: DagRun, client: WorkspaceClient) -> None:
    """One with a number for a parameter, which Airflow sends as a text, one with a date that Airflow has filled in."""
    found = {row["who"]: row["day"] for row in rows(client)}
    assert found["one"] == "7"
    assert DAY.fullmatch(found["many"])


def test_a_statement_is_executed_with_its_parameters(operators: DagRun, client: WorkspaceClient) -> None:
    assert operators.states["statement"] == "success"
    assert rows(client, "asked") == [{"day": "monday"}]


def test_submitted_tasks_run_in_their_order(operators: DagRun, client: WorkspaceClient) -> None:
    a, b = client.jobs.get_run(operators.run_id("tasks")).tasks or []
    assert (a.task_key, b.task_key) == ("a", "b")
    assert (a.end_time or 0) <= (b.start_time or 0)
    assert [each.task_key for each in b.depends_on or []] == ["a"]


def test_the_notebook_operator_hands_its_parameters_over(operators: DagRun, client: WorkspaceClient) -> None:
    assert exit_value(client, operators.run_id("notebook")) == "from the notebook operator"


def test_the_task_operator_runs_a_script(operators: DagRun, client: WorkspaceClient) -> None:
    [task] = client.jobs.get_run(operators.run_id("task")).tasks or []
    assert client.jobs.get_run_output(task.run_id or 0).logs == "days: ['7']\n"


def test_a_connection_may_be_that_of_a_service_principal(operators: DagRun, client: WorkspaceClient) -> None:
    assert exit_value(client, operators.run_id("as_robot")) == "robot"
    creators = [client.jobs.get_run(operators.run_id(each)).creator_user_name for each in ("as_robot", "one_task")]
    assert creators[0] != creators[1] == client.current_user.me().user_name


def test_a_job_is_created_once_and_set_anew_by_its_name(operators: DagRun, client: WorkspaceClient) -> None:
    found = named(client, "made by airflow")
    assert found.job_id == operators.xcoms["create"]["return_value"] == operators.xcoms["create_again"]["return_value"]
    settings = found.settings
    assert settings
    assert (settings.description, settings.max_concurrent_runs, settings.tags) == ("made twice", 2, {"team": "air"})


def test_a_job_is_run_by_id_and_by_name_with_parameters(operators: DagRun, client: WorkspaceClient) -> None:
    said = [exit_value(client, operators.run_id(task_id)) for task_id in ("by_id", "by_name")]
    assert said == ["by id", "by name"]


def test_the_links_that_airflow_shows_lead_to_the_run(operators: DagRun, served: Served) -> None:
    for task_id in ("one_task", "by_name"):
        link = operators.xcoms[task_id]["run_page_url"]
        assert link.startswith(served.url)
        assert link.endswith(f"/run/{operators.run_id(task_id)}")


@pytest.mark.parametrize("task_id", ["fails", "fails_too"])
def test_the_error_of_a_task_is_in_the_exception_of_airflow(operators: DagRun, task_id: str) -> None:
    assert operators.states[task_id] == "failed"
    assert "ValueError: the day is wrong" in operators.log_of(task_id)


def test_a_deferred_run_is_waited_for_by_a_trigger(waiting: DagRun, client: WorkspaceClient) -> None:
    """The trigger asks with the question in the body of a GET."""
    assert waiting.states["deferred"] == "success", waiting.log
    assert "DEFERRED" in waiting.log_of("deferred")
    assert exit_value(client, waiting.run_id("deferred")) == "waited"


def test_a_failed_run_is_repaired(waiting: DagRun, client: WorkspaceClient) -> None:
    assert waiting.states["repaired"] == "success", waiting.log
    run = client.jobs.get_run(waiting.run_id("repaired"), include_history=True)
    assert run.state
    assert run.state.result_state is jobs.RunResultState.SUCCESS
    assert [each.type for each in run.repair_history or []] == [
        jobs.RepairHistoryItemType.ORIGINAL,
        jobs.RepairHistoryItemType.REPAIR,
    ]


def test_a_repair_takes_the_settings_that_airflow_has_for_the_reason(waiting: DagRun, client: WorkspaceClient) -> None:
    """The job is updated before the repair, because the message of the failure holds the words that were asked for."""
    assert waiting.states["repaired_otherwise"] == "success", waiting.log
    run = client.jobs.get_run(waiting.run_id("repaired_otherwise"))
    assert [task.notebook_task.notebook_path for task in run.tasks or [] if task.notebook_task][-1:] == [
        f"{FOLDER}/echo"
    ]


def test_airflow_fails_after_a_repair_that_it_has_waited_for_itself(waiting: DagRun, client: WorkspaceClient) -> None:
    """So it does with the service: the operator raises the first failure once the repair has succeeded."""
    assert waiting.states["repaired_while_waiting"] == "failed"
    assert "repaired_while_waiting completed successfully." in waiting.log_of("repaired_while_waiting")
    state = client.jobs.get_run(waiting.run_id("repaired_while_waiting")).state
    assert state
    assert state.result_state is jobs.RunResultState.SUCCESS


def test_runs_before_are_cancelled(waiting: DagRun, client: WorkspaceClient, held: int) -> None:
    assert waiting.states["instead"] == "success", waiting.log
    before = client.jobs.get_run(held).state
    assert before
    assert before.result_state is jobs.RunResultState.CANCELED
    assert exit_value(client, waiting.run_id("instead")) == "went on"


def test_a_workflow_is_one_job_that_is_set_anew(workflows: list[DagRun], client: WorkspaceClient) -> None:
    for run in workflows:
        assert set(run.states.values()) == {"success"}, run.log
    found = named(client, "workflow.group")
    launched = [run.xcoms["group.launch"]["return_value"] for run in workflows]
    assert [each["job_id"] for each in launched] == [found.job_id, found.job_id]
    assert found.settings
    assert found.settings.tags == {"team": "air"}
    assert [each.job_cluster_key for each in found.settings.job_clusters or []] == ["shared"]


def test_the_access_list_of_a_workflow_is_kept(workflows: list[DagRun], client: WorkspaceClient) -> None:
    """It is sent with the settings of the first, and before those of the second and with them."""
    shown = client.permissions.get("jobs", str(workflows[-1].xcoms["group.launch"]["return_value"]["job_id"]))
    levels = {
        each.group_name: [level.permission_level for level in each.all_permissions or [] if not level.inherited]
        for each in shown.access_control_list or []
    }
    assert levels["users"] == [iam.PermissionLevel.CAN_VIEW]


def test_the_tasks_of_a_workflow_run_one_after_the_other(workflows: list[DagRun], client: WorkspaceClient) -> None:
    for each in workflows:
        run = client.jobs.get_run(each.xcoms["group.launch"]["return_value"]["run_id"])
        assert run.state
        assert run.state.result_state is jobs.RunResultState.SUCCESS
        first, second = run.tasks or []
        assert [task.task_key for task in second.depends_on or []] == [first.task_key]
        assert (first.end_time or 0) <= (second.start_time or 0)


def test_a_workflow_hands_templates_over_as_they_are(workflows: list[DagRun], client: WorkspaceClient) -> None:
    """Airflow does not fill them in there, and a reference that nobody knows is left alone."""
    found = [row["day"] for row in rows(client) if row["who"] == "workflow"]
    assert found == ["{{ ds }}"] * len(workflows)
