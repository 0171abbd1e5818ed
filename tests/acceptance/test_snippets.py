"""What data engineers write every day works to the letter: widgets, missing paths, task values, dates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.installation import Installation, latest, notebook, over, results

BUNDLE = """
bundle: {name: daily}
resources:
  jobs:
    daily:
      name: daily
      parameters:
        - {name: run_date, default: "{{job.start_time.iso_date}}"}
      job_clusters:
        - job_cluster_key: small
          new_cluster: {spark_version: 16.4.x-scala2.12, node_type_id: i3.xlarge, num_workers: 0}
      tasks:
        - task_key: bronze
          job_cluster_key: small
          notebook_task:
            notebook_path: ./bronze.py
            base_parameters:
              path: /Volumes/main/raw/not_there
              processing_date: "{{now() | date('yyyy-MM-dd')}}"
        - task_key: silver
          job_cluster_key: small
          depends_on: [{task_key: bronze}]
          notebook_task:
            notebook_path: ./silver.py
            base_parameters:
              processing_date: "{{tasks.bronze.values.processing_date}}"
        - task_key: report
          job_cluster_key: small
          depends_on: [{task_key: silver}]
          notebook_task: {notebook_path: ./report.sql}
"""
BRONZE = notebook(
    """from pyspark.sql.utils import AnalysisException
path = dbutils.widgets.get("path")
processing_date = dbutils.widgets.get("processing_date")
try:
    df = spark.read.format("parquet").load(path)
    reached = True
except AnalysisException as e:
    reached = False
    if "Path does not exist" in str(e):
        dbutils.jobs.taskValues.set(key="processing_date", value=processing_date)
        dbutils.jobs.taskValues.set(key="status", value="NO_DATA")
        dbutils.notebook.exit("Success: No data to process")
    raise""",
    "raise AssertionError('this cell must not run')",
)
SILVER = notebook(
    """from pyspark.sql.functions import col
dbutils.widgets.text("run_date", "2026-01-14", "Run date")
dbutils.widgets.text("processing_date", "")
run_date = dbutils.widgets.get("run_date")
bronze_df = spark.createDataFrame(
    [(1, f"{run_date} 08:30:00"), (2, "2001-01-01 00:00:00")], "id int, at string"
).withColumn("event_time", col("at").cast("timestamp"))
filtered = bronze_df.filter(col("event_time").cast("date") == run_date)
filtered.write.mode("overwrite").saveAsTable("main.default.events_today")""",
    """%sql
SELECT count(*) AS n FROM main.default.events_today""".replace("%sql\n", "# MAGIC %sql\n").replace(
        "\nSELECT", "\n# MAGIC SELECT"
    ),
    """assert _sqldf.first()["n"] == 1
status = dbutils.jobs.taskValues.get(taskKey="bronze", key="status", default="?", debugValue="debug")
dbutils.notebook.exit(f"{run_date}|{dbutils.widgets.get('processing_date')}|{status}")""",
)
REPORT = """-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Report

-- COMMAND ----------

CREATE OR REPLACE TABLE main.default.report AS SELECT id, :run_date AS run_date FROM main.default.events_today

-- COMMAND ----------

-- MAGIC %python
-- MAGIC dbutils.notebook.exit(str(spark.table("main.default.report").collect()))
"""


@pytest.fixture
def daily(serving: Installation, tmp_path: Path) -> Installation:
    """A server with the job `daily` deployed."""
    folder = tmp_path / "daily"
    folder.mkdir()
    (folder / "databricks.yml").write_text(BUNDLE)
    (folder / "bronze.py").write_text(BRONZE)
    (folder / "silver.py").write_text(SILVER)
    (folder / "report.sql").write_text(REPORT)
    done = serving.command("bundle", "deploy", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return serving


def finished(installation: Installation, **more: Any) -> dict[str, Any]:
    """Run the only job to its end."""
    job_id = installation.get("/api/2.2/jobs/list")["jobs"][0]["job_id"]
    run_id = installation.post("/api/2.2/jobs/run-now", {"job_id": job_id, **more})["run_id"]
    return installation.watch(run_id, over)


def exit_value(installation: Installation, run: dict[str, Any], key: str) -> str:
    """What the notebook of a task gave to `dbutils.notebook.exit`."""
    output = installation.get("/api/2.2/jobs/runs/get-output", run_id=latest(run)[key]["run_id"])
    return str(output["notebook_output"].get("result"))


def test_the_daily_job_to_the_letter(daily: Installation) -> None:
    """No data is a success with its text; values and dates reach the tasks downstream."""
    run = finished(daily)
    assert results(run) == {"bronze": "SUCCESS", "silver": "SUCCESS", "report": "SUCCESS"}, run["state"]
    today = dt.datetime.fromtimestamp(run["start_time"] / 1000, dt.UTC).date().isoformat()
    assert exit_value(daily, run, "bronze") == "Success: No data to process"
    assert exit_value(daily, run, "silver") == f"{today}|{today}|NO_DATA"
    assert exit_value(daily, run, "report") == f"[Row(id=1, run_date='{today}')]"


def test_a_parameter_of_the_run_beats_the_default(daily: Installation) -> None:
    """`run_date` given at run-now reaches every notebook's widget."""
    run = finished(daily, job_parameters={"run_date": "2026-01-14"})
    assert exit_value(daily, run, "silver").startswith("2026-01-14|")
    assert exit_value(daily, run, "report") == "[Row(id=1, run_date='2026-01-14')]"
