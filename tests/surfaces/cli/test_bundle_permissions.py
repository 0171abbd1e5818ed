"""`permissions` of a bundle, brought to a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run

BUNDLE = """
bundle: {name: granted}
permissions:
  - {level: %s, group_name: users}
resources:
  jobs:
    night:
      name: granted
      tasks: [{task_key: a, notebook_task: {notebook_path: ./a.py}}]
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "granted"
    folder.mkdir()
    (folder / "a.py").write_text("# Databricks notebook source\n1\n")
    return folder


def write(folder: Path, level: str) -> None:
    (folder / "databricks.yml").write_text(BUNDLE % level)


def direct(body: Any) -> dict[str, str]:
    return {
        entry.get("user_name") or entry["group_name"]: each["permission_level"]
        for entry in body["access_control_list"]
        for each in entry["all_permissions"]
        if not each["inherited"]
    }


def test_what_a_bundle_grants_is_granted_on_its_jobs_and_its_folder(
    brickyard: Run, client: Client, bundle: Path
) -> None:
    me = client.me()["userName"]
    write(bundle, "CAN_VIEW")
    assert brickyard("bundle", "deploy", cwd=bundle).code == 0
    job_id = next(iter(client.list_jobs("granted")))["job_id"]
    assert direct(client.permissions("jobs", str(job_id))) == {me: "IS_OWNER", "users": "CAN_VIEW"}
    root = client.status(f"/Workspace/Users/{me}/.bundle/granted/default")
    assert root is not None
    assert direct(client.permissions("directories", str(root["object_id"])))["users"] == "CAN_READ"
    assert "= job night: unchanged" in brickyard("bundle", "deploy").out

    write(bundle, "CAN_RUN")
    assert "permissions.users: CAN_VIEW -> CAN_MANAGE_RUN" in brickyard("bundle", "plan").out
    assert brickyard("bundle", "deploy").code == 0
    assert direct(client.permissions("jobs", str(job_id))) == {me: "IS_OWNER", "users": "CAN_MANAGE_RUN"}
    assert direct(client.permissions("directories", str(root["object_id"])))["users"] == "CAN_RUN"
    assert brickyard("bundle", "destroy", "--auto-approve").code == 0
