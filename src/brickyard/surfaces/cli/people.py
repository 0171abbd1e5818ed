"""`brickyard users …`, `brickyard groups …` and `brickyard service-principals …`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from brickyard.surfaces.cli.output import AsJson, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected
from brickyard.surfaces.cli.usage import Commands
from brickyard.surfaces.people_client import Json, PeopleClient, Place

SECONDS_PER_DAY = 86_400
users = Commands(help="Users: who may sign in.", no_args_is_help=True)
groups = Commands(help="Groups of users, service principals and other groups.", no_args_is_help=True)
robots = Commands(help="Service principals: programs that sign in.", no_args_is_help=True)
secret = Commands(help="Secrets by which a service principal signs in.", no_args_is_help=True)
robots.add_typer(secret, name="secret")

User = Annotated[str, typer.Argument(metavar="USER", help="The user name, an e-mail address.")]
Group = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name.")]
Robot = Annotated[str, typer.Argument(metavar="NAME", help="The application id, or the display name.")]
Members = Annotated[list[str], typer.Argument(metavar="MEMBER...", help="User names, application ids or groups.")]
Filter = Annotated[str, typer.Option("--filter", metavar="TEXT", help='A SCIM filter: userName sw "ada".')]
Shown = Annotated[str, typer.Option("--display-name", metavar="TEXT", help="What people read.")]
InGroups = Annotated[
    list[str] | None, typer.Option("--group", metavar="GROUP", help="Put into this group; repeatable.")
]

FirstMembers = Annotated[
    list[str] | None, typer.Option("--member", metavar="MEMBER", help="A first member; repeatable.")
]


@contextmanager
def people() -> Iterator[PeopleClient]:
    """What a command asks."""
    with connected() as session:
        yield PeopleClient(session.client)


# ------------------------------------------------------------------------------------------------------------- users


@users.command("list")
def list_users(where: Filter = "", as_json: AsJson = False) -> None:
    """List the users with their groups."""
    with people() as asked:
        found = asked.all(Place.USERS, where)
    _listed(found, ("user", "name", "active", "groups"), "userName", as_json=as_json)


@users.command("create")
def create_user(user: User, display_name: Shown = "", group: InGroups = None, as_json: AsJson = False) -> None:
    """Make a user. A first token for it:  brickyard auth token create --user USER."""
    with people() as asked:
        made = asked.create(Place.USERS, userName=user, **_described(asked, display_name, group))
    emit_json(made) if as_json else say(f"User {made['userName']} is there.")


@users.command("delete")
def delete_user(user: User, as_json: AsJson = False) -> None:
    """Delete a user with all tokens and rights; jobs and files stay."""
    _delete(Place.USERS, user, as_json=as_json)


@users.command("activate")
def activate_user(user: User, as_json: AsJson = False) -> None:
    """Let a user in again."""
    _set_active(Place.USERS, user, active=True, as_json=as_json)


@users.command("deactivate")
def deactivate_user(user: User, as_json: AsJson = False) -> None:
    """Let a user in no more, from the next request on; tokens and jobs are kept."""
    _set_active(Place.USERS, user, active=False, as_json=as_json)


# ------------------------------------------------------------------------------------------------------------ groups


@groups.command("list")
def list_groups(where: Filter = "", as_json: AsJson = False) -> None:
    """List the groups with their members; everybody is in `users`."""
    with people() as asked:
        found = asked.all(Place.GROUPS, where)
    if as_json:
        emit_json(found)
        return
    print_table(("group", "members"), [(each["displayName"], _names(each["members"])) for each in found])


@groups.command("create")
def create_group(group: Group, member: FirstMembers = None, as_json: AsJson = False) -> None:
    """Make a group."""
    with people() as asked:
        members = [{"value": asked.member(name)["id"]} for name in member or ()]
        made = asked.create(Place.GROUPS, displayName=group, members=members)
    emit_json(made) if as_json else say(f"Group {made['displayName']} is there.")


@groups.command("delete")
def delete_group(group: Group, as_json: AsJson = False) -> None:
    """Delete a group with all its rights; its members stay."""
    _delete(Place.GROUPS, group, as_json=as_json)


@groups.command("add")
def add_members(group: Group, members: Members, as_json: AsJson = False) -> None:
    """Put users, service principals or groups into a group."""
    with people() as asked:
        _said(asked.add_members(group, members), as_json=as_json)


@groups.command("remove")
def remove_members(group: Group, members: Members, as_json: AsJson = False) -> None:
    """Take members out of a group."""
    with people() as asked:
        _said(asked.remove_members(group, members), as_json=as_json)


# ------------------------------------------------------------------------------------------------ service principals


@robots.command("list")
def list_robots(where: Filter = "", as_json: AsJson = False) -> None:
    """List the service principals with their groups."""
    with people() as asked:
        found = asked.all(Place.SERVICE_PRINCIPALS, where)
    _listed(found, ("application id", "name", "active", "groups"), "applicationId", as_json=as_json)


@robots.command("create")
def create_robot(
    display_name: Annotated[str, typer.Argument(metavar="NAME", help="What people read.")],
    group: InGroups = None,
    as_json: AsJson = False,
) -> None:
    """Make a service principal; its application id is printed."""
    with people() as asked:
        made = asked.create(Place.SERVICE_PRINCIPALS, **_described(asked, display_name, group))
    emit_json(made) if as_json else say(made["applicationId"])


@robots.command("delete")
def delete_robot(name: Robot, as_json: AsJson = False) -> None:
    """Delete a service principal with all tokens, secrets and rights; jobs and files stay."""
    _delete(Place.SERVICE_PRINCIPALS, name, as_json=as_json)


@robots.command("activate")
def activate_robot(name: Robot, as_json: AsJson = False) -> None:
    """Let a service principal in again."""
    _set_active(Place.SERVICE_PRINCIPALS, name, active=True, as_json=as_json)


@robots.command("deactivate")
def deactivate_robot(name: Robot, as_json: AsJson = False) -> None:
    """Let a service principal in no more, from the next request on; tokens, secrets and jobs are kept."""
    _set_active(Place.SERVICE_PRINCIPALS, name, active=False, as_json=as_json)


@secret.command("create")
def create_secret(
    name: Robot,
    days: Annotated[
        int | None, typer.Option(min=1, max=730, metavar="DAYS", help="For how many days it is good; default: 730.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a client secret. Its value is shown this once."""
    with people() as asked:
        made = asked.create_secret(name, days * SECONDS_PER_DAY if days else None)
    if as_json:
        emit_json(made)
        return
    say(f"export DATABRICKS_CLIENT_ID={made['application_id']}")
    say(f"export DATABRICKS_CLIENT_SECRET={made['secret']}")


@secret.command("list")
def list_secrets(name: Robot, as_json: AsJson = False) -> None:
    """List the client secrets, without their values."""
    with people() as asked:
        found = asked.list_secrets(name)
    if as_json:
        emit_json(found)
        return
    print_table(
        ("secret id", "status", "expires"), [(each["id"], each["status"], each["expire_time"]) for each in found]
    )


@secret.command("delete")
def delete_secret(
    name: Robot,
    secret_id: Annotated[str, typer.Argument(metavar="SECRET_ID", help="As `list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """End a client secret, and the access tokens that it gave."""
    with people() as asked:
        asked.delete_secret(name, secret_id)
    emit_json({"secret_id": secret_id}) if as_json else say(f"Secret {secret_id} is no longer good.")


# ----------------------------------------------------------------------------------------------------------- helpers


def _described(asked: PeopleClient, display_name: str, group_names: list[str] | None) -> dict[str, Any]:
    body: dict[str, Any] = {"displayName": display_name} if display_name else {}
    if group_names:
        body["groups"] = [{"value": asked.find(Place.GROUPS, name)["id"]} for name in group_names]
    return body


def _delete(place: Place, name: str, *, as_json: bool) -> None:
    with people() as asked:
        gone = asked.delete(place, name)
    emit_json({"id": gone["id"]}) if as_json else say(f"{name} is deleted.")


def _set_active(place: Place, name: str, *, active: bool, as_json: bool) -> None:
    with people() as asked:
        changed = asked.set_active(place, name, active=active)
    emit_json(changed) if as_json else say(f"{name} is {'active' if active else 'not active any more'}.")


def _listed(found: list[Json], columns: tuple[str, ...], name: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(found)
        return
    rows = [
        (each[name], each["displayName"], "yes" if each["active"] else "no", _names(each["groups"])) for each in found
    ]
    print_table(columns, rows) if rows else say("There are none.")


def _said(group: Json, *, as_json: bool) -> None:
    emit_json(group) if as_json else say(f"In {group['displayName']} are now: {_names(group['members'])}")


def _names(references: list[Json]) -> str:
    return ", ".join(each["display"] for each in references) or "-"
