"""DAGs for a real Airflow: each operator of the provider that speaks to the Jobs API, and a workflow of two notebooks.

The notebooks under /Shared/airflow, the schema main.airflow and the jobs that are called by name are made by the tests;
WAREHOUSE is the id of a warehouse.
"""

from __future__ import annotations

import os

from airflow.providers.databricks.operators.databricks import (
    DatabricksCreateJobsOperator,
    DatabricksNotebookOperator,
    DatabricksRunNowOperator,
    DatabricksSQLStatementsOperator,
    DatabricksSubmitRunOperator,
    DatabricksTaskOperator,
)
from airflow.providers.databricks.operators.databricks_workflow import DatabricksWorkflowTaskGroup
from airflow.sdk import DAG

SOON = {"polling_period_seconds": 1}
CLUSTER = {"spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1}
MADE = {
    "name": "made by airflow",
    "tasks": [{"task_key": "echo", "notebook_task": {"notebook_path": "/Shared/airflow/echo"}, "max_retries": 0}],
    "parameters": [{"name": "day", "default": "never"}],
    "tags": {"team": "air"},
    "max_concurrent_runs": 2,
}

with DAG("operators", schedule=None, params={}):
    DatabricksSubmitRunOperator(
        task_id="one_task",
        json={
            "notebook_task": {"notebook_path": "/Shared/airflow/write", "base_parameters": {"who": "one", "day": 7}},
            "new_cluster": CLUSTER,
            "timeout_seconds": 600,
        },
        **SOON,
    )
    DatabricksSubmitRunOperator(
        task_id="tasks",
        tasks=[
            {"task_key": "a", "notebook_task": {"notebook_path": "/Shared/airflow/echo"}},
            {
                "task_key": "b",
                "depends_on": [{"task_key": "a"}],
                "notebook_task": {
                    "notebook_path": "/Shared/airflow/write",
                    "base_parameters": {"who": "many", "day": "{{ ds }}"},
                },
            },
        ],
        **SOON,
    )
    DatabricksNotebookOperator(
        task_id="notebook",
        notebook_path="/Shared/airflow/echo",
        source="WORKSPACE",
        notebook_params={"day": "from the notebook operator"},
        new_cluster=CLUSTER,
        **SOON,
    )
    DatabricksTaskOperator(
        task_id="task",
        task_config={"spark_python_task": {"python_file": "/Workspace/Shared/airflow/script.py", "parameters": ["7"]}},
        new_cluster=CLUSTER,
        **SOON,
    )
    create = DatabricksCreateJobsOperator(task_id="create", json=MADE)
    by_id = DatabricksRunNowOperator(
        task_id="by_id",
        job_id="{{ ti.xcom_pull(task_ids='create') }}",
        json={"job_parameters": {"day": "by id"}},
        **SOON,
    )
    by_name = DatabricksRunNowOperator(
        task_id="by_name", job_name="made by airflow", job_parameters={"day": "by name"}, **SOON
    )
    create_again = DatabricksCreateJobsOperator(task_id="create_again", json=MADE, description="made twice")
    create >> by_id >> by_name >> create_again
    DatabricksSubmitRunOperator(
        task_id="fails", json={"notebook_task": {"notebook_path": "/Shared/airflow/bad"}}, **SOON
    )
    DatabricksNotebookOperator(
        task_id="fails_too", notebook_path="/Shared/airflow/bad", source="WORKSPACE", new_cluster=CLUSTER, **SOON
    )

    DatabricksSubmitRunOperator(
        task_id="as_robot",
        databricks_conn_id="databricks_robot",
        json={"notebook_task": {"notebook_path": "/Shared/airflow/echo", "base_parameters": {"day": "robot"}}},
        **SOON,
    )
    DatabricksSQLStatementsOperator(
        task_id="statement",
        statement="CREATE OR REPLACE TABLE main.airflow.asked AS SELECT :day AS day",
        warehouse_id=os.environ["WAREHOUSE"],
        parameters=[{"name": "day", "value": "monday", "type": "STRING"}],
        query_tags={"team": "air"},
        **SOON,
    )

with DAG("waiting", schedule=None):
    DatabricksRunNowOperator(task_id="deferred", job_name="airflow takes a while", deferrable=True, **SOON)
    DatabricksRunNowOperator(
        task_id="repaired", job_name="airflow fails once", deferrable=True, repair_run=True, **SOON
    )
    DatabricksRunNowOperator(
        task_id="repaired_otherwise",
        job_name="airflow fails always",
        deferrable=True,
        repair_run=True,
        databricks_repair_reason_new_settings={
            "Workload failed": {
                "tasks": [{"task_key": "work", "notebook_task": {"notebook_path": "/Shared/airflow/echo"}}]
            }
        },
        **SOON,
    )
    DatabricksRunNowOperator(
        task_id="repaired_while_waiting", job_name="airflow fails once more", repair_run=True, **SOON
    )
    DatabricksRunNowOperator(
        task_id="instead",
        job_name="airflow is held",
        cancel_previous_runs=True,
        notebook_params={"hold": "no"},
        **SOON,
    )

with (
    DAG("workflow", schedule=None),
    DatabricksWorkflowTaskGroup(
        group_id="group",
        databricks_conn_id="databricks_default",
        notebook_params={"who": "workflow"},
        job_clusters=[{"job_cluster_key": "shared", "new_cluster": CLUSTER}],
        extra_job_params={"tags": {"team": "air"}},
        access_control_list=[{"group_name": "users", "permission_level": "CAN_VIEW"}],
    ),
):
    first = DatabricksNotebookOperator(
        task_id="first",
        notebook_path="/Shared/airflow/write",
        source="WORKSPACE",
        notebook_params={"day": "{{ ds }}"},
        job_cluster_key="shared",
        **SOON,
    )
    second = DatabricksTaskOperator(
        task_id="second",
        task_config={"notebook_task": {"notebook_path": "/Shared/airflow/echo", "source": "WORKSPACE"}},
        job_cluster_key="shared",
        deferrable=True,
        **SOON,
    )
    first >> second
