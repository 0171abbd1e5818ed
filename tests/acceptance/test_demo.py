"""The main job from one command, and what is left of it after a power cut."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.acceptance.installation import Installation, example, latest, over, results

TASKS = {"bronze", "silver", "gold_carriers", "gold_weather", "check"}


def check_counts(output: dict[str, Any]) -> dict[str, int]:
    """The counts that the demo's check task reports, which must add up."""
    counts: dict[str, int] = json.loads(output["notebook_output"]["result"])["counts"]
    assert counts["bronze"] == counts["silver"] + counts["quarantine"] + counts["duplicates"]
    return counts


def medallion(installation: Installation) -> int:
    """The id of the deployed job; its name carries the prefix of development mode."""
    jobs = installation.get("/api/2.2/jobs/list")["jobs"]
    return int(next(job["job_id"] for job in jobs if job["settings"]["name"].endswith("medallion")))


def test_the_demo_shows_every_step_and_doubles_nothing(installation: Installation) -> None:
    """A first demo on an empty home ends well in time; a second adds a run and no row."""
    started = time.monotonic()
    first = installation.command("demo")
    took = time.monotonic() - started
    assert first.returncode == 0, first.stdout + first.stderr
    for word in (*TASKS, "gold.carrier_delays", "gold.weather_delays", "6542", "6374", "112", "56", "brickyard server"):
        assert word in first.stdout, word
    assert took < 15, f"the demo took {took:.1f} s"
    second = installation.command("demo")
    assert second.returncode == 0, second.stdout + second.stderr
    for number in ("6542", "6374", "112", "56"):
        assert number in second.stdout
    installation.start()
    assert len(installation.get("/api/2.2/jobs/runs/list")["runs"]) == 2


def test_a_killed_server_goes_on_where_it_was(installation: Installation, tmp_path: Path) -> None:
    """A kill -9 in the middle of the run: it ends in success, no task ran twice, no row is doubled."""
    bundle = example(tmp_path)
    installation.start()
    deployed = installation.command("bundle", "deploy", cwd=bundle)
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    run_id = installation.post("/api/2.2/jobs/run-now", {"job_id": medallion(installation)})["run_id"]
    installation.watch(run_id, lambda run: latest(run)["silver"]["state"]["life_cycle_state"] == "RUNNING")
    installation.kill()
    installation.start()
    run = installation.watch(run_id, over)
    assert run["state"]["result_state"] == "SUCCESS", run["state"]
    assert results(run) == dict.fromkeys(TASKS, "SUCCESS")
    assert len(run["tasks"]) == len(TASKS), "no task has a second attempt"
    output = installation.get("/api/2.2/jobs/runs/get-output", run_id=latest(run)["check"]["run_id"])
    assert check_counts(output) == {"bronze": 6542, "silver": 6374, "quarantine": 112, "duplicates": 56}


def test_a_server_that_is_killed_at_every_stage_loses_nothing(installation: Installation, tmp_path: Path) -> None:
    """One kill after another, whatever the run is doing: still each task runs once."""
    bundle = example(tmp_path)
    installation.start()
    assert installation.command("bundle", "deploy", cwd=bundle).returncode == 0
    job_id = medallion(installation)
    run_id = installation.post("/api/2.2/jobs/run-now", {"job_id": job_id})["run_id"]
    for stage in ("bronze", "silver", "gold_weather", "check"):
        installation.watch(
            run_id,
            lambda run, stage=stage: over(run) or latest(run)[stage]["state"]["life_cycle_state"] != "BLOCKED",
        )
        installation.kill()
        installation.start()
    run = installation.watch(run_id, over)
    assert run["state"]["result_state"] == "SUCCESS", run["state"]
    assert all(task["attempt_number"] == 0 for task in run["tasks"])
