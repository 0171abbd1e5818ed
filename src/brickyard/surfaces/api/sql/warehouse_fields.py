"""What may be said of a warehouse. Source: REST API reference of Databricks, SQL warehouses.

One engine serves a warehouse, whatever its size: what the service says of size and number of its clusters is kept and
answered, and counts for its price.
"""

from __future__ import annotations

from typing import Any

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.surfaces.api.inputs import Fields

SIZES = ("2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large", "5X-Large")
_FIELDS = (
    "name",
    "cluster_size",
    "auto_stop_mins",
    "min_num_clusters",
    "max_num_clusters",
    "enable_photon",
    "enable_serverless_compute",
    "warehouse_type",
    "spot_instance_policy",
    "channel",
    "tags",
    "instance_profile_arn",
    "creator_name",
    "id",
)
_REFUSED = {
    "max_dbu": "the engine has one size",
    "statement_timeout": "statements have no limit of time; cancel them with on_wait_timeout or by their id",
    "customer_version_label": "it is not a field for users",
    "reyden_cluster_size_multiplier": "it is not a field for users",
}
_MAX_MINUTES = 100_000
_MAX_CLUSTERS = 40
_MAX_TAGS = 45


def checked(sent: Fields, before: dict[str, Any]) -> dict[str, Any]:
    """The fields of a warehouse: those that were sent over those that it has.

    Raises:
        InvalidParameterValue: a field is not known or not allowed; the text names it.
        FeatureDisabled: it cannot be kept to here.
    """
    for name, reason in _REFUSED.items():
        if name in sent:
            raise FeatureDisabled(f"{name} is not supported: {reason}.")
    sent.only(*_FIELDS)
    body = {**before, **_given(sent)}
    if body["min_num_clusters"] > body["max_num_clusters"]:
        raise InvalidParameterValue(
            f"min_num_clusters is {body['min_num_clusters']}; it must be at most max_num_clusters, "
            f"{body['max_num_clusters']}."
        )
    return body


def _given(sent: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "cluster_size" in sent:
        found["cluster_size"] = sent.choice("cluster_size", SIZES)
    if "auto_stop_mins" in sent:
        found["auto_stop_mins"] = sent.whole("auto_stop_mins", high=_MAX_MINUTES)
    for name in ("min_num_clusters", "max_num_clusters"):
        if name in sent:
            found[name] = sent.whole(name, low=1, high=_MAX_CLUSTERS)
    found |= {name: sent.flag(name) for name in ("enable_photon", "enable_serverless_compute") if name in sent}
    if "warehouse_type" in sent:
        found["warehouse_type"] = sent.choice("warehouse_type", ["TYPE_UNSPECIFIED", "CLASSIC", "PRO"])
    if "spot_instance_policy" in sent:
        policies = ["POLICY_UNSPECIFIED", "COST_OPTIMIZED", "RELIABILITY_OPTIMIZED"]
        found["spot_instance_policy"] = sent.choice("spot_instance_policy", policies)
    if "channel" in sent:
        found["channel"] = _channel(Fields(sent.mapping("channel")).only("name", "dbsql_version"))
    if "instance_profile_arn" in sent:
        found["instance_profile_arn"] = sent.text("instance_profile_arn", "")
    if "tags" in sent:
        found["tags"] = {"custom_tags": _tags(Fields(sent.mapping("tags")).only("custom_tags"))}
    return found


def _channel(given: Fields) -> dict[str, str]:
    if "dbsql_version" in given:
        raise FeatureDisabled("channel.dbsql_version is not supported: there is one version, that of the engine.")
    names = ["CHANNEL_NAME_UNSPECIFIED", "CHANNEL_NAME_PREVIEW", "CHANNEL_NAME_CURRENT", "CHANNEL_NAME_PREVIOUS"]
    return {"name": given.choice("name", names, "CHANNEL_NAME_CURRENT")}


def _tags(given: Fields) -> list[dict[str, str]]:
    tags = given.raw().get("custom_tags", [])
    if not isinstance(tags, list) or len(tags) > _MAX_TAGS or not all(isinstance(each, dict) for each in tags):
        raise InvalidParameterValue(
            f"tags.custom_tags must be a list of at most {_MAX_TAGS} objects with key and value."
        )
    found = [Fields(each).only("key", "value") for each in tags]
    return [{"key": each.text("key"), "value": each.text("value", "")} for each in found]
