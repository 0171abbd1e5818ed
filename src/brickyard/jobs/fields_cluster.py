"""The fields of a cluster that a job asks for. Source: Clusters API 2.1, as `new_cluster` of jobs uses it."""

from __future__ import annotations

from typing import Final

from brickyard.jobs.field import Field, Kind, kept, refused, works
from brickyard.jobs.fields_job import KEY_PATTERN

MAX_WORKERS: Final = 100_000

_CLOUD = "it describes machines of a cloud"
_POLICY = "a policy of this id that is kept here is applied; any other id means nothing"
_POOL = "pools keep no machines; the node type alone gives the size"
_ACCESS = "every cluster belongs to the run that started it"

CLUSTER: Final[dict[str, tuple[Field, ...]]] = {
    "job_cluster": (
        works("job_cluster_key", required=True, pattern=KEY_PATTERN),
        works("new_cluster", Kind.OBJECT, required=True, of="new_cluster"),
        refused("serverless_compute_id", Kind.STRING, "name no compute at all to run on the warm default"),
    ),
    "new_cluster": (
        kept("spark_version", Kind.STRING, "every cluster runs the engine of this server", required=True),
        works("num_workers", Kind.INTEGER, maximum=MAX_WORKERS),
        works("autoscale", Kind.OBJECT, of="autoscale"),
        works("is_single_node", Kind.BOOLEAN),
        works("node_type_id"),
        works("driver_node_type_id"),
        works("spark_conf", Kind.MAP),
        works("spark_env_vars", Kind.MAP),
        works("custom_tags", Kind.MAP, maximum=45),
        refused("init_scripts", Kind.OBJECTS, "clusters run no init scripts yet"),
        refused("docker_image", Kind.OBJECT, "clusters run no containers yet"),
        refused("cluster_log_conf", Kind.OBJECT, "logs are kept with the run and not copied elsewhere yet"),
        refused("use_ml_runtime", Kind.BOOLEAN, "there is no runtime with machine learning packages"),
        kept("autotermination_minutes", Kind.INTEGER, "a job's cluster lives for its run", maximum=10_000),
        kept("cluster_name", Kind.STRING, "the cluster of a job is named after its run"),
        kept("instance_pool_id", Kind.STRING, _POOL),
        kept("driver_instance_pool_id", Kind.STRING, _POOL),
        kept("policy_id", Kind.STRING, _POLICY),
        kept("apply_policy_default_values", Kind.BOOLEAN, _POLICY),
        kept("data_security_mode", Kind.STRING, _ACCESS, silent=("SINGLE_USER",)),
        kept("single_user_name", Kind.STRING, _ACCESS),
        kept("runtime_engine", Kind.STRING, "every cluster runs the engine of this server"),
        kept("dependency_mode", Kind.STRING, "every cluster runs the engine of this server"),
        kept("kind", Kind.STRING, "it is a form of the cloud service's page"),
        kept("workload_type", Kind.OBJECT, _ACCESS),
        kept("aws_attributes", Kind.OBJECT, _CLOUD),
        kept("azure_attributes", Kind.OBJECT, _CLOUD),
        kept("gcp_attributes", Kind.OBJECT, _CLOUD),
        kept("enable_elastic_disk", Kind.BOOLEAN, _CLOUD),
        kept("enable_local_disk_encryption", Kind.BOOLEAN, _CLOUD),
        kept("remote_disk_throughput", Kind.INTEGER, _CLOUD),
        kept("total_initial_remote_disk_size", Kind.INTEGER, _CLOUD),
        kept("driver_node_type_flexibility", Kind.OBJECT, _CLOUD),
        kept("worker_node_type_flexibility", Kind.OBJECT, _CLOUD),
        kept("ssh_public_keys", Kind.STRINGS, "nobody logs in to a cluster"),
    ),
    "autoscale": (
        works("min_workers", Kind.INTEGER, required=True, maximum=MAX_WORKERS),
        works("max_workers", Kind.INTEGER, required=True, minimum=1, maximum=MAX_WORKERS),
    ),
}
"""Section name to its fields."""
