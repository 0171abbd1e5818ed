"""What dbt left behind: a link in the task's output, and the archive that it opens without a token."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from brickyard.surfaces.api.links import LIFE_MS
from brickyard.workloads import folder
from tests.surfaces.api.house import House

OUTPUT = "/api/2.2/jobs/runs/get-output"
DBT = {"task_key": "d", "dbt_task": {"project_directory": "/Shared/shop", "commands": ["dbt build"]}}


def started(house: House) -> tuple[int, int, Path]:
    """A dbt task that runs: its run, its attempt, and the folder in which dbt works."""
    run_id = house.start_run(DBT)
    attempt_id = house.begin(run_id, "d")
    project = house.folder_of(attempt_id) / folder.DBT
    (project / "models").mkdir(parents=True)
    (project / "models" / "secret.sql").write_text("select 1")
    return run_id, attempt_id, project


def write(project: Path) -> None:
    (project / "target" / "compiled").mkdir(parents=True)
    (project / "target" / "run_results.json").write_text('{"results": []}')
    (project / "target" / "compiled" / "a.sql").write_text("select 2")
    (project / "logs").mkdir()
    (project / "logs" / "dbt.log").write_text("done")


def ended(house: House, status: str = "success") -> tuple[int, Path]:
    run_id, attempt_id, project = started(house)
    write(project)
    house.end(run_id, "d", status=status)
    return attempt_id, project


def dbt_output(house: House, attempt_id: int) -> Any:
    return house.get(OUTPUT, run_id=attempt_id).get("dbt_output")


def fetch(link: str) -> httpx.Response:
    """Without a token, as clients follow such links."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        return client.get(link)


def contents(link: str) -> dict[str, str]:
    answer = fetch(link)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/gzip")
    assert int(answer.headers["content-length"]) == len(answer.content)
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        return {each.name: archive.extractfile(each).read().decode() for each in archive if each.isreg()}  # type: ignore[union-attr]


@pytest.mark.parametrize("status", ["success", "failed", "cancelled"])
def test_the_link_opens_what_dbt_wrote_and_nothing_else_however_the_task_ended(house: House, status: str) -> None:
    attempt_id, _ = ended(house, status)
    shown = dbt_output(house, attempt_id)
    assert shown["artifacts_headers"] == {}
    assert shown["artifacts_link"].startswith(f"{str(house.client.base_url).rstrip('/')}/api/brickyard/task-runs/")
    assert contents(shown["artifacts_link"]) == {
        "target/run_results.json": '{"results": []}',
        "target/compiled/a.sql": "select 2",
        "logs/dbt.log": "done",
    }


def test_there_is_no_link_before_the_end_nor_where_dbt_wrote_nothing(house: House) -> None:
    run_id, attempt_id, project = started(house)
    write(project)
    assert dbt_output(house, attempt_id) is None
    run_id, attempt_id, _ = started(house)
    house.end(run_id, "d", status="failed", error="no dbt_project.yml")
    assert house.get(OUTPUT, run_id=attempt_id)["logs"] == ""
    assert dbt_output(house, attempt_id) is None


def test_links_in_the_folder_are_left_out_of_the_archive(house: House, tmp_path: Path) -> None:
    attempt_id, project = ended(house)
    outside = tmp_path / "outside"
    outside.write_text("not dbt's")
    (project / "target" / "link.json").symlink_to(outside)
    (project / "target" / "folder").symlink_to(tmp_path)
    assert "not dbt's" not in contents(dbt_output(house, attempt_id)["artifacts_link"]).values()


def test_a_part_that_is_a_link_is_left_out_with_all_that_is_behind_it(house: House, tmp_path: Path) -> None:
    run_id, attempt_id, project = started(house)
    (tmp_path / "behind").mkdir()
    (tmp_path / "behind" / "key").write_text("not dbt's")
    (project / "target").symlink_to(tmp_path / "behind")
    (project / "logs").mkdir()
    house.end(run_id, "d")
    assert contents(dbt_output(house, attempt_id)["artifacts_link"]) == {}


def test_a_link_ends_after_half_an_hour_and_the_next_output_has_a_new_one(house: House) -> None:
    attempt_id, _ = ended(house)
    link = dbt_output(house, attempt_id)["artifacts_link"]
    house.clock.ms += LIFE_MS
    answer = fetch(link)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")
    assert contents(dbt_output(house, attempt_id)["artifacts_link"])


def test_a_link_opens_no_other_task_run_and_a_bare_path_opens_nothing(house: House) -> None:
    attempt_id, _ = ended(house)
    other, _ = ended(house)
    link = dbt_output(house, attempt_id)["artifacts_link"]
    for wrong in (
        link.replace(str(attempt_id), str(other)),
        link.partition("?")[0],
        re.sub("signature=.", "&s=", link),
    ):
        answer = fetch(wrong)
        assert answer.status_code in {400, 403}
        assert set(answer.json()) >= {"error_code", "message"}


def test_artifacts_that_were_removed_meanwhile_are_named_as_gone(house: House) -> None:
    attempt_id, project = ended(house)
    link = dbt_output(house, attempt_id)["artifacts_link"]
    project.rename(project.with_name("elsewhere"))
    answer = fetch(link)
    assert answer.status_code == 404
    assert answer.json()["message"] == f"Task run {attempt_id} has no dbt artifacts any more."
