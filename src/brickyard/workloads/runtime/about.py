"""What a session's configuration tells of the cluster and the run: notebooks and libraries read these keys."""

from __future__ import annotations

from urllib.parse import urlsplit

from brickyard.workloads.messages import ComputeAnswer, JobContext

_USAGE = "spark.databricks.clusterUsageTags."


def about(compute: ComputeAnswer, context: JobContext) -> dict[str, str]:
    """Keys as on the service, where they are set for every cluster. A key without a value here is left out.

    Logs are not delivered to a place of the cluster's, which libraries that forward logs (Dagster's) ask for.
    """
    workspace = str(context.workspace_id or "")
    told = {
        f"{_USAGE}clusterId": compute.cluster_id,
        f"{_USAGE}clusterName": compute.cluster_name,
        f"{_USAGE}orgId": workspace,
        f"{_USAGE}clusterOwnerOrgId": workspace,
        "spark.databricks.workspaceUrl": urlsplit(context.api_url).netloc,
        "spark.databricks.job.id": str(context.job_id or ""),
        "spark.databricks.job.runId": str(context.run_id or ""),
    }
    logs = {f"{_USAGE}clusterLogDeliveryEnabled": "false", f"{_USAGE}clusterLogDestination": ""}
    return {key: value for key, value in told.items() if value} | logs
