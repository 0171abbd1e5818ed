"""Who may come in: `brickyard env`, `auth token …` and `secrets …`."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.settings import read
from brickyard.surfaces.cli.output import AsJson, clock_time, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected
from brickyard.surfaces.cli.usage import Commands
from brickyard.surfaces.client import NoServer
from brickyard.surfaces.local import find_server
from brickyard.surfaces.people_client import PeopleClient

SECONDS_PER_DAY = 86_400
auth = Commands(help="Access tokens.", no_args_is_help=True)
token = Commands(help="Tokens of the user.", no_args_is_help=True)
auth.add_typer(token, name="token")
Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="The scope of the secret.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="Its name in the scope.")]
secrets = Commands(help="Secrets that notebooks read; values are never shown.", no_args_is_help=True)


def env(as_json: AsJson = False) -> None:
    """Print DATABRICKS_HOST and DATABRICKS_TOKEN of the local server:  eval "$(brickyard env)"."""
    home = read().home
    server = find_server(home)
    if server is None:
        raise NoServer(f"No server is running on the home {home}. Start one: brickyard server")
    values = {"DATABRICKS_HOST": server.url, "DATABRICKS_TOKEN": server.token}
    if server.trust:
        # The names under which Python's and most other clients look for authorities.
        values |= {"SSL_CERT_FILE": server.trust, "REQUESTS_CA_BUNDLE": server.trust}
    if as_json:
        emit_json(values)
        return
    for name, value in values.items():
        say(f"export {name}={shlex.quote(value)}")


@token.command("create")
def create_token(
    comment: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    days: Annotated[
        int | None, typer.Option(min=1, metavar="DAYS", help="For how many days it is good; default: for ever.")
    ] = None,
    user: Annotated[
        str, typer.Option(metavar="NAME", help="Of another user or service principal; only administrators may.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a token. Its value is shown this once."""
    seconds = days * SECONDS_PER_DAY if days else None
    with connected() as session:
        if user:
            made = PeopleClient(session.client).create_token(user, comment, seconds)
        else:
            made = session.client.create_token(comment, seconds)
    emit_json(made) if as_json else say(made["token_value"])


@token.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """List the tokens, without their values."""
    with connected() as session:
        found = session.client.list_tokens()
    if as_json:
        emit_json(found)
        return
    rows = [
        (item["token_id"], item.get("comment", ""), clock_time(item["creation_time"]), _expiry(item["expiry_time"]))
        for item in found
    ]
    print_table(("token id", "comment", "created", "expires"), rows)


@token.command("delete")
def delete_token(
    token_id: Annotated[str, typer.Argument(metavar="TOKEN_ID", help="As `list` shows it.")], as_json: AsJson = False
) -> None:
    """End a token."""
    with connected() as session:
        session.client.delete_token(token_id)
    emit_json({"token_id": token_id}) if as_json else say(f"Token {token_id} is no longer good.")


@secrets.command("put")
def put_secret(
    scope: Scope,
    key: Key,
    value: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The value; default: asked for, or standard input.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a secret; its scope is made where it is missing. Without --value it stays out of the shell's history."""
    text = _secret_text(value)
    with connected() as session:
        if scope not in session.client.list_scopes():
            session.client.create_scope(scope)
        session.client.put_secret(scope, key, text.encode())
    emit_json({"scope": scope, "key": key}) if as_json else say(f"{scope}/{key} is kept.")


@secrets.command("list")
def list_secrets(
    scope: Annotated[str | None, typer.Argument(metavar="SCOPE", help="Only this scope.")] = None,
    as_json: AsJson = False,
) -> None:
    """List scopes and keys."""
    with connected() as session:
        scopes = [scope] if scope else session.client.list_scopes()
        found = {name: session.client.list_secrets(name) for name in scopes}
    if as_json:
        emit_json(found)
        return
    rows = [
        (name, item["key"], clock_time(item.get("last_updated_timestamp")))
        for name, items in found.items()
        for item in items
    ]
    print_table(("scope", "key", "updated"), rows)


@secrets.command("delete")
def delete_secret(scope: Scope, key: Key, as_json: AsJson = False) -> None:
    """Forget a secret."""
    with connected() as session:
        session.client.delete_secret(scope, key)
    emit_json({"scope": scope, "key": key}) if as_json else say(f"{scope}/{key} is forgotten.")


def _secret_text(value: str | None) -> str:
    if value is not None:
        return value
    if sys.stdin.isatty():
        return str(typer.prompt("Value", hide_input=True))
    text = sys.stdin.read().removesuffix("\n")
    if not text:
        raise InvalidParameterValue("The value is empty: give --value, or the value on standard input.")
    return text


def _expiry(epoch_ms: int) -> str:
    return "never" if epoch_ms < 0 else clock_time(epoch_ms)
