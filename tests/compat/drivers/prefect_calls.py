"""`python prefect_calls.py INSTANCE TOKEN CLIENT_ID CLIENT_SECRET FILE`: the tasks and flows of Prefect's integration, one after the other.

Writes to FILE, as JSON, what they return. The notebooks under /Shared/prefect are made by the tests.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from prefect_databricks import DatabricksCredentials, flows, jobs
from prefect_databricks.models.jobs import (
    AutoScale,
    AwsAttributes,
    CronSchedule,
    JobParameter,
    JobSettings,
    JobTaskSettings,
    NewCluster,
    NotebookTask,
    RunSubmitTaskSettings,
    TaskDependencies,
    TaskDependency,
)

FOLDER = "/Shared/prefect"
CLUSTER = NewCluster(
    spark_version="15.4.x-scala2.12",
    node_type_id="m4.large",
    autoscale=AutoScale(min_workers=1, max_workers=2),
    aws_attributes=AwsAttributes(availability="SPOT", zone_id="us-west-2a", ebs_volume_count=3, ebs_volume_size=100),
    spark_conf={"spark.speculation": True},
    spark_env_vars={"TEAM": "data"},
)


def notebook(name: str, **parameters: str) -> NotebookTask:
    """A notebook of the tests."""
    return NotebookTask(notebook_path=f"{FOLDER}/{name}", base_parameters=parameters)


def submitted(name: str, **parameters: str) -> RunSubmitTaskSettings:
    """One task of a run that is submitted."""
    return RunSubmitTaskSettings(task_key=name, new_cluster=CLUSTER, notebook_task=notebook(name, **parameters))


class Caller:
    """Calls the functions behind Prefect's tasks, and waits for runs."""

    def __init__(self, credentials: DatabricksCredentials) -> None:
        self.credentials = credentials

    async def __call__(self, task: Any, **values: Any) -> Any:
        """What the task returns."""
        return await task.fn(databricks_credentials=self.credentials, **values)

    async def end(self, run_id: int) -> dict[str, Any]:
        """The run once it is over."""
        for _ in range(300):
            run: dict[str, Any] = await self(jobs.jobs_runs_get, run_id=run_id, include_history=True)
            if run["state"]["life_cycle_state"] in {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}:
                return run
            await asyncio.sleep(0.2)  # noqa: TID251  this program polls, as all users of this client do
        raise TimeoutError(str(run))


async def lives(call: Caller) -> dict[str, Any]:
    """The life of a job."""
    tasks = [
        JobTaskSettings(task_key="write", new_cluster=CLUSTER, notebook_task=notebook("write", who="job")),
        JobTaskSettings(
            task_key="echo",
            depends_on=TaskDependencies([TaskDependency(task_key="write")]),
            notebook_task=notebook("echo", day="x"),
        ),
    ]
    schedule = CronSchedule(quartz_cron_expression="0 0 5 * * ?", timezone_id="UTC", pause_status="PAUSED")
    made = await call(
        jobs.jobs_create,
        name="made by prefect",
        tags={"team": "prefect"},
        tasks=tasks,
        schedule=schedule,
        parameters=[JobParameter(name="day", default="monday")],
        max_concurrent_runs=3,
    )
    job_id = made["job_id"]
    found = {"job": await call(jobs.jobs_get, job_id=job_id)}
    listed = await call(jobs.jobs_list, name="made by prefect", expand_tasks=True)
    found["listed"] = [each["job_id"] == job_id for each in listed["jobs"]]
    await call(
        jobs.jobs_update, job_id=job_id, new_settings=JobSettings(max_concurrent_runs=2), fields_to_remove=["tags"]
    )
    found["updated"] = await call(jobs.jobs_get, job_id=job_id)
    same = JobSettings(
        name="made by prefect",
        tags={"team": "new"},
        tasks=tasks,
        parameters=[JobParameter(name="day", default="monday")],
    )
    await call(jobs.jobs_reset, job_id=job_id, new_settings=same)
    found["reset"] = await call(jobs.jobs_get, job_id=job_id)
    started = await call(jobs.jobs_run_now, job_id=job_id, job_parameters={"day": "sunday"}, idempotency_token="once")
    again = await call(jobs.jobs_run_now, job_id=job_id, job_parameters={"day": "sunday"}, idempotency_token="once")
    found["once"] = started["run_id"] == again["run_id"]
    found["run"] = await call.end(started["run_id"])
    ran = found["run"]["tasks"][-1]["run_id"]
    found["output"] = await call(jobs.jobs_runs_get_output, run_id=ran)
    found["export"] = await call(jobs.jobs_runs_export, run_id=ran)
    found["runs"] = await call(jobs.jobs_runs_list, job_id=job_id, completed_only=True, expand_tasks=True)
    await call(jobs.jobs_runs_delete, run_id=started["run_id"])
    found["left"] = await call(jobs.jobs_runs_list, job_id=job_id)
    await call(jobs.jobs_delete, job_id=job_id)
    return found


async def fails(call: Caller) -> dict[str, Any]:
    """A run that fails and is repaired, and one that is cancelled."""
    task = JobTaskSettings(task_key="once", notebook_task=notebook("once", marker="prefect"))
    job_id = (await call(jobs.jobs_create, name="prefect repairs", tasks=[task]))["job_id"]
    run_id = (await call(jobs.jobs_run_now, job_id=job_id))["run_id"]
    failed = await call.end(run_id)
    await call(jobs.jobs_runs_repair, run_id=run_id, rerun_all_failed_tasks=True)
    repaired = await call.end(run_id)
    found = {"failed": failed, "repaired": repaired}
    held = await call(jobs.jobs_runs_submit, run_name="held", tasks=[submitted("held")])
    await call(jobs.jobs_runs_cancel, run_id=held["run_id"])
    found["cancelled"] = await call.end(held["run_id"])
    task = JobTaskSettings(task_key="held", notebook_task=notebook("held"))
    job_id = (await call(jobs.jobs_create, name="prefect holds", tasks=[task]))["job_id"]
    held = await call(jobs.jobs_run_now, job_id=job_id)
    await call(jobs.jobs_runs_cancel_all, job_id=job_id)
    found["cancelled with all"] = await call.end(held["run_id"])
    return found


async def signs_in(call: Caller) -> dict[str, Any]:
    """What a run of a service principal says."""
    run_id = (await call(jobs.jobs_runs_submit, run_name="by a program", tasks=[submitted("echo", day="robot")]))[
        "run_id"
    ]
    run = await call.end(run_id)
    return {"run": run, "output": await call(jobs.jobs_runs_get_output, run_id=run["tasks"][0]["run_id"])}


async def said(flow: Awaitable[Any]) -> str:
    """What a flow that cannot come to a good end raises."""
    try:
        await flow
    except Exception as error:  # noqa: BLE001  which one it is, is what is asked
        return f"{type(error).__name__}: {error}"
    return ""


async def everything(credentials: DatabricksCredentials, robot: DatabricksCredentials) -> dict[str, Any]:
    """All of it."""
    call = Caller(credentials)
    found: dict[str, Any] = {"lives": await lives(call), "fails": await fails(call)}
    found["robot"] = await signs_in(Caller(robot))
    often = {"databricks_credentials": credentials, "poll_frequency_seconds": 1}
    found["flow"] = await flows.jobs_runs_submit_and_wait_for_completion(
        run_name="by a flow",
        tasks=[submitted("echo", day="flow"), submitted("write", who="flow")],
        return_metadata=True,
        **often,
    )
    bad = flows.jobs_runs_submit_and_wait_for_completion(run_name="bad", tasks=[submitted("bad")], **often)
    found["bad"] = await said(bad)
    task = JobTaskSettings(task_key="echo", notebook_task=notebook("echo"))
    job_id = (await call(jobs.jobs_create, name="prefect runs this", tasks=[task]))["job_id"]
    found["by_id"] = await flows.jobs_runs_submit_by_id_and_wait_for_completion(
        job_id=job_id, notebook_params={"day": "by id"}, **often
    )
    return found


if __name__ == "__main__":
    instance, token, client_id, client_secret, file = sys.argv[1:]
    person = DatabricksCredentials(databricks_instance=instance, token=token)
    program = DatabricksCredentials(databricks_instance=instance, client_id=client_id, client_secret=client_secret)
    Path(file).write_text(json.dumps(asyncio.run(everything(person, program)), default=str))
