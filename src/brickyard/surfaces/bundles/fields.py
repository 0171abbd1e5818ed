"""The fields of a bundle's configuration: which work, which are refused and why, which have no meaning here.

Source: the published schema of `databricks.yml`.
"""

from __future__ import annotations

WORKS, NO_MEANING = "works", "no meaning"
"""Every other text is the reason of a refusal."""

LATER = "it is not supported yet"

TOP = {
    "bundle": WORKS,
    "include": WORKS,
    "variables": WORKS,
    "workspace": WORKS,
    "sync": WORKS,
    "resources": WORKS,
    "targets": WORKS,
    "run_as": WORKS,
    "presets": WORKS,
    "artifacts": WORKS,
    "permissions": WORKS,
    "scripts": "commands of a bundle are not run; run them yourself",
    "python": "resources that are made by Python code are not supported; write them as YAML",
    "experimental": LATER,
    "environments": "it is the old name of targets; call it targets",
}
TARGET = {
    "default": WORKS,
    "mode": WORKS,
    "presets": WORKS,
    "workspace": WORKS,
    "bundle": WORKS,
    "artifacts": WORKS,
    "resources": WORKS,
    "variables": WORKS,
    "git": WORKS,
    "run_as": WORKS,
    "sync": WORKS,
    "permissions": WORKS,
    "cluster_id": "tasks have job clusters here; an existing cluster cannot be put in their place",
    "compute_id": "tasks have job clusters here; an existing cluster cannot be put in their place",
}
BUNDLE = {
    "name": WORKS,
    "git": WORKS,
    "deployment": WORKS,
    "uuid": NO_MEANING,
    "databricks_cli_version": NO_MEANING,
    "engine": NO_MEANING,
    "cluster_id": TARGET["cluster_id"],
    "compute_id": TARGET["compute_id"],
}
DEPLOYMENT = {"fail_on_active_runs": WORKS, "lock": WORKS}
LOCK = {"enabled": WORKS, "force": WORKS}
GIT = {"branch": WORKS, "origin_url": WORKS}
WORKSPACE = {
    "root_path": WORKS,
    "file_path": WORKS,
    "state_path": WORKS,
    "artifact_path": WORKS,
    "resource_path": WORKS,
    **dict.fromkeys(
        (
            "host",
            "profile",
            "auth_type",
            "client_id",
            "google_service_account",
            "azure_client_id",
            "azure_environment",
            "azure_login_app_id",
            "azure_tenant_id",
            "azure_use_msi",
            "azure_workspace_resource_id",
            "account_id",
            "workspace_id",
            "experimental_is_unified_host",
        ),
        NO_MEANING,
    ),
}
SYNC = {"paths": WORKS, "include": WORKS, "exclude": WORKS}
PRESETS = {
    "name_prefix": WORKS,
    "tags": WORKS,
    "jobs_max_concurrent_runs": WORKS,
    "trigger_pause_status": WORKS,
    "pipelines_development": NO_MEANING,
    "artifacts_dynamic_version": NO_MEANING,
    "source_linked_deployment": "files are always uploaded",
}
RUN_AS = {"user_name": WORKS, "service_principal_name": WORKS}
ARTIFACT = {
    "type": WORKS,
    "path": WORKS,
    "build": WORKS,
    "files": WORKS,
    "executable": WORKS,
    "dynamic_version": NO_MEANING,
}
ARTIFACT_TYPES = {"jar": "there is no Java here"}
"""Types of artifacts beside `whl`, each with why it is refused."""
VARIABLE = {"default": WORKS, "description": WORKS, "type": WORKS, "lookup": WORKS}
RESOURCES = {
    "jobs": WORKS,
    **dict.fromkeys(
        (
            "alerts",
            "apps",
            "catalogs",
            "clusters",
            "dashboards",
            "database_catalogs",
            "database_instances",
            "experiments",
            "external_locations",
            "genie_spaces",
            "instance_pools",
            "job_runs",
            "model_serving_endpoints",
            "models",
            "pipelines",
            "postgres_branches",
            "postgres_endpoints",
            "postgres_projects",
            "quality_monitors",
            "registered_models",
            "schemas",
            "secret_scopes",
            "secrets",
            "sql_warehouses",
            "synced_database_tables",
            "vector_search_endpoints",
            "vector_search_indexes",
            "volumes",
        ),
        "only jobs can be deployed",
    ),
}
JOB_EXTRA = {
    "lifecycle": LATER,
}
"""Fields of a job that only bundles know."""
NO_MEANING_REASONS = {
    "host": "the server is that of DATABRICKS_HOST, or the local one",
    "profile": "the server is that of DATABRICKS_HOST, or the local one",
    "uuid": "the bundle is known by its path in the workspace",
    "databricks_cli_version": "this is another command line",
    "engine": "there is one way to deploy",
    "pipelines_development": "only jobs can be deployed",
    "artifacts_dynamic_version": "a wheel is installed anew whenever its content has changed",
}
AUTHENTICATION_REASON = "the credentials are those of DATABRICKS_TOKEN, or of the local server"
