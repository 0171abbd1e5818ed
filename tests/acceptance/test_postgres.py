"""The same on PostgreSQL: a whole installation keeps its state there, and goes on after a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.installation import Installation, example, latest, over
from tests.conformance import postgres_server


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of an empty database on a server of this test."""
    with postgres_server.running(postgres_server.required()) as server:
        yield server.new_database()


def test_the_medallion_job_on_postgres(installation: Installation, database: str, tmp_path: Path) -> None:
    """Deploy, run, kill -9 the server in the middle, start it again: success, each task once."""
    installation.env["BRICKYARD_DATABASE_URL"] = database
    bundle = example(tmp_path)
    installation.start()
    deployed = installation.command("bundle", "deploy", cwd=bundle)
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    jobs = installation.get("/api/2.2/jobs/list")["jobs"]
    job_id = next(job["job_id"] for job in jobs if job["settings"]["name"].endswith("medallion"))
    run_id = installation.post("/api/2.2/jobs/run-now", {"job_id": job_id})["run_id"]
    installation.watch(run_id, lambda run: latest(run)["silver"]["state"]["life_cycle_state"] != "BLOCKED")
    installation.kill()
    installation.start()
    run = installation.watch(run_id, over)
    assert run["state"]["result_state"] == "SUCCESS", run["state"]
    assert all(task["attempt_number"] == 0 for task in run["tasks"])
    assert not (installation.home / "brickyard.db").exists()
