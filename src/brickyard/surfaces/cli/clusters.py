"""`brickyard clusters …`: all-purpose clusters."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.output import AsJson, clock_time, emit_json, note, print_table, say
from brickyard.surfaces.cli.session import connected, lasting
from brickyard.surfaces.cli.usage import Commands
from brickyard.surfaces.client import Client

app = Commands(help="All-purpose clusters: compute that stays until it is idle.", no_args_is_help=True)
Cluster = Annotated[str, typer.Argument(metavar="CLUSTER", help="The cluster's id, or its name.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Leave before it is done.")]
_PREFIX = "/api/2.1/clusters"
_MOVING = frozenset({"PENDING", "RESTARTING", "RESIZING", "TERMINATING"})
_LOOK_SECONDS = 0.2
Json = dict[str, Any]


@app.command("list")
def list_clusters(as_json: AsJson = False) -> None:
    """List the clusters: those that run first, then the newest."""
    with connected() as session:
        found = list(session.client.list_clusters())
    if as_json:
        emit_json(found)
        return
    rows = [(each["cluster_id"], each["cluster_name"], each["state"], _size(each), _creator(each)) for each in found]
    print_table(("cluster", "name", "state", "workers", "creator"), rows) if rows else say("There are no clusters.")


@app.command("get")
def get(cluster: Cluster, as_json: AsJson = False) -> None:
    """Show a cluster."""
    with connected() as session:
        found = session.client.get_cluster(_id_of(session.client, cluster))
    _tell(found, as_json=as_json)


@app.command("create")
def create(  # noqa: PLR0917 - one for each option; typer calls it by name
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    workers: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="How many workers, beside the driver. Default: none.", min=0)
    ] = None,
    node_type: Annotated[str, typer.Option(metavar="TYPE", help="The size of each node, such as m5.xlarge.")] = "",
    minutes: Annotated[
        int, typer.Option("--autotermination", metavar="MINUTES", help="Ends when idle for so long; 0 is never.")
    ] = 60,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="Further settings of clusters/create, as JSON.")
    ] = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Make a cluster and start it."""
    body: Json = {"cluster_name": name, "autotermination_minutes": minutes}
    body |= {} if workers is None else {"num_workers": workers}
    body |= {"node_type_id": node_type} if node_type else {}
    with lasting() as session:
        client = session.client
        body["spark_version"] = _versions(client)[0]["key"]
        cluster_id = str(client.call("POST", f"{_PREFIX}/create", json=body | _read(settings))["cluster_id"])
        found = client.get_cluster(cluster_id) if no_wait else _settled(client, cluster_id)
    _tell(found, as_json=as_json)
    _insist(found, "RUNNING", waited=not no_wait)


@app.command("start")
def start(cluster: Cluster, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """Start a cluster that has ended."""
    _act("start", cluster, wanted="RUNNING", wait=not no_wait, as_json=as_json)


@app.command("restart")
def restart(cluster: Cluster, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """Give a running cluster a new engine; whatever runs on it fails."""
    _act("restart", cluster, wanted="RUNNING", wait=not no_wait, as_json=as_json)


@app.command("stop")
def stop(cluster: Cluster, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """End a cluster; it can be started again."""
    _act("delete", cluster, wanted="TERMINATED", wait=not no_wait, as_json=as_json)


@app.command("delete")
def delete(cluster: Cluster) -> None:
    """End a cluster and forget it. What it cost is kept."""
    with lasting() as session:
        cluster_id = _id_of(session.client, cluster)
        session.client.call("POST", f"{_PREFIX}/permanent-delete", json={"cluster_id": cluster_id})
    note(f"Deleted cluster {cluster_id}.")


@app.command("events")
def events(
    cluster: Cluster,
    limit: Annotated[int, typer.Option(metavar="NUMBER", help="At most so many.", min=1, max=500)] = 20,
    as_json: AsJson = False,
) -> None:
    """List what happened to a cluster, newest first."""
    with connected() as session:
        body = {"cluster_id": _id_of(session.client, cluster), "limit": limit}
        found = session.client.call("POST", f"{_PREFIX}/events", json=body)["events"]
    if as_json:
        emit_json(found)
        return
    print_table(("time", "event", "why"), [(clock_time(each["timestamp"]), each["type"], _why(each)) for each in found])


@app.command("spark-versions")
def spark_versions(as_json: AsJson = False) -> None:
    """List the versions that clusters may name."""
    with connected() as session:
        found = _versions(session.client)
    emit_json(found) if as_json else print_table(("key", "name"), [(each["key"], each["name"]) for each in found])


def _act(verb: str, cluster: str, *, wanted: str, wait: bool, as_json: bool) -> None:
    with lasting() as session:
        cluster_id = _id_of(session.client, cluster)
        session.client.call("POST", f"{_PREFIX}/{verb}", json={"cluster_id": cluster_id})
        found = _settled(session.client, cluster_id) if wait else session.client.get_cluster(cluster_id)
    _tell(found, as_json=as_json)
    _insist(found, wanted, waited=wait)


def _settled(client: Client, cluster_id: str) -> Json:
    """The cluster once it is neither starting nor ending."""
    between = threading.Event()
    while (found := client.get_cluster(cluster_id))["state"] in _MOVING:
        between.wait(_LOOK_SECONDS)
    return found


def _insist(cluster: Json, wanted: str, *, waited: bool) -> None:
    if waited and cluster["state"] != wanted:
        raise typer.Exit(1)


def _id_of(client: Client, cluster: str) -> str:
    """The id of the cluster that has this id, else of the one that is called so."""
    found = list(client.list_clusters())
    if any(each["cluster_id"] == cluster for each in found):
        return cluster
    named = [str(each["cluster_id"]) for each in found if each["cluster_name"] == cluster]
    if len(named) > 1:
        raise InvalidParameterValue(f"{len(named)} clusters are called {cluster!r}; give one of {', '.join(named)}.")
    return named[0] if named else cluster


def _versions(client: Client) -> list[Json]:
    found: list[Json] = client.call("GET", f"{_PREFIX}/spark-versions")["versions"]
    return found


def _read(settings: Path | None) -> Json:
    if settings is None:
        return {}
    try:
        found = json.loads(settings.read_text())
    except (OSError, ValueError) as error:
        raise InvalidParameterValue(f"{settings} cannot be read as JSON: {error}.") from None
    if not isinstance(found, dict):
        raise InvalidParameterValue(f"{settings} must hold a JSON object.")
    return found


def _tell(cluster: Json, *, as_json: bool) -> None:
    if as_json:
        emit_json(cluster)
        return
    say(f"{cluster['cluster_id']}  {cluster['cluster_name']}  {cluster['state']}")
    if cluster["state_message"]:
        say(cluster["state_message"])


def _size(cluster: Json) -> str:
    scale = cluster.get("autoscale")
    return f"{scale['min_workers']}-{scale['max_workers']}" if scale else str(cluster.get("num_workers", 0))


def _creator(cluster: Json) -> str:
    return str(cluster.get("creator_user_name", ""))


def _why(event: Json) -> str:
    details = event.get("details", {})
    reason = details.get("reason", {})
    parameters = reason.get("parameters", {})
    words = parameters.get("databricks_error_message") or reason.get("text") or reason.get("code") or ""
    return str(words or details.get("cause") or details.get("user") or "")
