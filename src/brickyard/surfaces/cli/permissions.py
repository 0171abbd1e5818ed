"""`brickyard permissions …`: who may do what with a job, a cluster, a folder and so on."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.jobs import job_id_of
from brickyard.surfaces.cli.output import AsJson, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected
from brickyard.surfaces.cli.usage import Commands
from brickyard.surfaces.client import WORKSPACE, Client

app = Commands(help="Access lists: who may do what with an object.", no_args_is_help=True)
Type = Annotated[
    str,
    typer.Argument(metavar="TYPE", help="jobs, clusters, directories, notebooks, files, sql/warehouses, queries, …"),
]
Object = Annotated[str, typer.Argument(metavar="ID", help="Its id; of a job also its name, of a folder its path.")]
Grants = Annotated[
    list[str],
    typer.Argument(metavar="WHO=LEVEL …", help="user:NAME=LEVEL, group:NAME=LEVEL or service-principal:ID=LEVEL."),
]
_FIELDS = {"user": "user_name", "group": "group_name", "service-principal": "service_principal_name"}


@app.command("get")
def get(kind: Type, object_id: Object, as_json: AsJson = False) -> None:
    """Show who may do what with an object."""
    with connected() as session:
        found = session.client.permissions(kind, _id(session.client, kind, object_id))
    _show(found, as_json=as_json)


@app.command("set")
def replace(kind: Type, object_id: Object, grants: Grants, as_json: AsJson = False) -> None:
    """Replace all that is granted on an object directly; of a job the list must name the owner."""
    _change(kind, object_id, grants, whole=True, as_json=as_json)


@app.command("update")
def update(kind: Type, object_id: Object, grants: Grants, as_json: AsJson = False) -> None:
    """Give some principals another level; all others keep theirs."""
    _change(kind, object_id, grants, whole=False, as_json=as_json)


def entry_of(grant: str) -> dict[str, str]:
    """`user:NAME=LEVEL` as an entry of an access list.

    Raises:
        InvalidParameterValue: it has not this form.
    """
    who, _, level = grant.rpartition("=")
    kind, _, name = who.partition(":")
    if kind not in _FIELDS or not name or not level:
        forms = ", ".join(f"{each}:NAME=LEVEL" for each in _FIELDS)
        raise InvalidParameterValue(f"{grant!r} grants nothing; it must be one of {forms}.")
    return {_FIELDS[kind]: name, "permission_level": level}


def _change(kind: str, object_id: str, grants: list[str], *, whole: bool, as_json: bool) -> None:
    entries = [entry_of(grant) for grant in grants]
    with connected() as session:
        known = _id(session.client, kind, object_id)
        found = session.client.change_permissions(kind, known, entries, whole=whole)
    _show(found, as_json=as_json)


def _id(client: Client, kind: str, object_id: str) -> str:
    if object_id.startswith("/"):
        return str(client.call("GET", f"{WORKSPACE}/get-status", params={"path": object_id})["object_id"])
    return str(job_id_of(client, object_id)) if kind == "jobs" else object_id


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit_json(found)
        return
    rows = [
        (*_name(entry), each["permission_level"], " ".join(each.get("inherited_from_object") or ()))
        for entry in found["access_control_list"]
        for each in entry["all_permissions"]
    ]
    print_table(("kind", "who", "level", "inherited from"), rows) if rows else say("Nobody is named.")


def _name(entry: dict[str, Any]) -> tuple[str, str]:
    return next((kind, str(entry[field])) for kind, field in _FIELDS.items() if field in entry)
