"""A dbt project as a task: dbt is installed once, and its models are tables like all others."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import httpx

from tests.acceptance.installation import Installation, latest, results

BUNDLE = """
bundle:
  name: shop
resources:
  jobs:
    shop:
      name: shop
      tasks:
        - task_key: models
          libraries: [{pypi: {package: "dbt-databricks>=1.0.0,<2.0.0"}}]
          dbt_task:
            project_directory: ./shop
            commands: ["dbt seed", "dbt run", "dbt test"]
            catalog: main
            schema: shop
            warehouse_id: any
        - task_key: read
          depends_on: [{task_key: models}]
          sql_task:
            warehouse_id: any
            file: {path: ./read.sql}
        - task_key: broken
          depends_on: [{task_key: read}]
          dbt_task:
            project_directory: ./shop
            commands: ["dbt run --select orders", "dbt run --select broken --vars '{enabled: true}'", "dbt test"]
            schema: shop
targets:
  dev: {default: true}
"""
FILES = {
    "databricks.yml": BUNDLE,
    "read.sql": "SELECT total FROM shop.totals",
    "shop/dbt_project.yml": "name: shop\nprofile: shop\nmodels:\n  shop:\n    +file_format: delta\n",
    "shop/seeds/prices.csv": "name,price\napple,3\npear,4\n",
    "shop/models/orders.sql": "{{ config(materialized='table') }}\nselect name, price from {{ ref('prices') }}\n",
    "shop/models/totals.sql": "{{ config(materialized='view') }}\nselect sum(price) as total from {{ ref('orders') }}\n",
    "shop/models/broken.sql": "{{ config(enabled=var('enabled', false)) }}\nselect nothing from {{ ref('orders') }}\n",
    "shop/models/schema.yml": "version: 2\nmodels:\n  - name: orders\n    columns:\n"
    "      - name: name\n        data_tests: [unique, not_null]\n",
}


def nodes(output: Any) -> dict[str, str]:
    """What the last command did to each node, from the archive behind the link, which asks for no token."""
    answer = httpx.get(output["dbt_output"]["artifacts_link"], trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        file = archive.extractfile("target/run_results.json")
        assert file
        found = json.load(file)["results"]
    # dbt adds a hash to the names of tests.
    return {".".join(each["unique_id"].split(".")[:3]): each["status"] for each in found}


def test_models_are_built_tested_and_read(serving: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    deployed = serving.command("bundle", "deploy", cwd=folder)
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    ran = serving.command("bundle", "run", "shop", cwd=folder, timeout=240)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    run_id = serving.get("/api/2.2/jobs/runs/list")["runs"][0]["run_id"]
    run = serving.get("/api/2.2/jobs/runs/get", run_id=run_id)
    assert results(run) == {"models": "SUCCESS", "read": "SUCCESS", "broken": "FAILED"}
    outputs = {
        key: serving.get("/api/2.2/jobs/runs/get-output", run_id=task["run_id"]) for key, task in latest(run).items()
    }
    for words in ("$ dbt seed", "OK created sql table model shop.orders", "$ dbt test", "PASS=2"):
        assert words in outputs["models"]["logs"]
    assert outputs["read"]["sql_output"]["file_output"]["query_result"]["rows"] == [{"values": [{"string_value": "7"}]}]
    assert nodes(outputs["models"]) == {
        "test.shop.unique_orders_name": "pass",
        "test.shop.not_null_orders_name": "pass",
    }
    assert nodes(outputs["broken"]) == {"model.shop.broken": "error"}
    # The first command that fails ends the task, and says which model it was.
    error = outputs["broken"]["error"]
    assert error.startswith("dbt run --select broken")
    assert "model.shop.broken" in error
    assert "$ dbt test" not in outputs["broken"]["logs"]
