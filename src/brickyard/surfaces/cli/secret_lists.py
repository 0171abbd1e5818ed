"""`brickyard secrets acls …`: who may use a secret scope."""

from __future__ import annotations

from typing import Annotated

import typer

from brickyard.surfaces.cli.output import AsJson, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected
from brickyard.surfaces.cli.usage import Commands

app = Commands(help="Who may use a secret scope.", no_args_is_help=True)
Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="The scope.")]
Principal = Annotated[
    str, typer.Argument(metavar="PRINCIPAL", help="A user, a group, or the application id of a service principal.")
]
_ACLS = "/api/2.0/secrets/acls"


@app.command("put")
def put(
    scope: Scope,
    principal: Principal,
    permission: Annotated[str, typer.Argument(metavar="PERMISSION", help="READ, WRITE or MANAGE.")],
    as_json: AsJson = False,
) -> None:
    """Give somebody a permission, in place of the one that they have."""
    body = {"scope": scope, "principal": principal, "permission": permission.upper()}
    with connected() as session:
        session.client.call("POST", f"{_ACLS}/put", json=body)
    emit_json(body) if as_json else say(f"{principal} has {permission.upper()} on {scope}.")


@app.command("list")
def list_all(scope: Scope, as_json: AsJson = False) -> None:
    """List who has which permission."""
    with connected() as session:
        items = session.client.call("GET", f"{_ACLS}/list", params={"scope": scope}).get("items", [])
    if as_json:
        emit_json(items)
        return
    print_table(("principal", "permission"), [(item["principal"], item["permission"]) for item in items])


@app.command("delete")
def delete(scope: Scope, principal: Principal, as_json: AsJson = False) -> None:
    """Take somebody's permission away."""
    body = {"scope": scope, "principal": principal}
    with connected() as session:
        session.client.call("POST", f"{_ACLS}/delete", json=body)
    emit_json(body) if as_json else say(f"{principal} has no permission on {scope} any more.")
