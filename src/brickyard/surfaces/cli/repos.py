"""`brickyard repos …`: Git folders of the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.output import AsJson, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected
from brickyard.surfaces.cli.usage import Commands
from brickyard.surfaces.client import Client

app = Commands(help="Git folders of the workspace.", no_args_is_help=True)
Repo = Annotated[str, typer.Argument(metavar="REPO", help="The path of the Git folder, or its id.")]
_REPOS = "/api/2.0/repos"


@app.command("list")
def list_all(
    prefix: Annotated[str, typer.Option(metavar="PATH", help="Only those whose path begins so.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the Git folders."""
    with connected() as session:
        found = list(_all(session.client, prefix))
    if as_json:
        emit_json(found)
        return
    rows = [(item["path"], _reference(item), item["head_commit_id"][:12], item["url"]) for item in found]
    print_table(("path", "branch or tag", "commit", "from"), rows) if rows else say("There are no Git folders.")


@app.command("create")
def create(
    url: Annotated[str, typer.Argument(metavar="URL", help="Of the repository.")],
    provider: Annotated[
        str, typer.Option(metavar="NAME", help="Such as gitHub or gitLab; needed where the server is one's own.")
    ] = "",
    path: Annotated[str, typer.Option(metavar="PATH", help="Default: in your folder of /Repos, by its name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a Git folder with the files of a repository."""
    given = {"url": url, "provider": provider, "path": path}
    with connected() as session:
        made = session.client.call("POST", _REPOS, json={name: value for name, value in given.items() if value})
    emit_json(made) if as_json else say(f"{made['path']} is at {_reference(made)}, {made['head_commit_id'][:12]}.")


@app.command("update")
def update(
    repo: Repo,
    branch: Annotated[str, typer.Option(metavar="NAME", help="Default: the one that it is at.")] = "",
    tag: Annotated[str, typer.Option(metavar="NAME", help="A tag in place of a branch.")] = "",
    as_json: AsJson = False,
) -> None:
    """Bring a Git folder to the newest commit of a branch, or to a tag. What was changed by hand is not lost."""
    if branch and tag:
        raise InvalidParameterValue("Give --branch or --tag, not both.")
    with connected() as session:
        found = _find(session.client, repo)
        wanted = {"tag": tag} if tag else {"branch": branch} if branch else _same(found)
        place = f"{_REPOS}/{found['id']}"
        session.client.call("PATCH", place, json=wanted)
        after = session.client.call("GET", place)
    emit_json(after) if as_json else say(f"{after['path']} is at {_reference(after)}, {after['head_commit_id'][:12]}.")


@app.command("delete")
def delete(repo: Repo, as_json: AsJson = False) -> None:
    """Delete a Git folder with all that is in it."""
    with connected() as session:
        found = _find(session.client, repo)
        session.client.call("DELETE", f"{_REPOS}/{found['id']}")
    emit_json({"id": found["id"], "path": found["path"]}) if as_json else say(f"{found['path']} is deleted.")


def _all(client: Client, prefix: str) -> Iterator[dict[str, Any]]:
    query = {"path_prefix": prefix} if prefix else {}
    while True:
        page = client.call("GET", _REPOS, params=query)
        yield from page.get("repos", [])
        if "next_page_token" not in page:
            return
        query["next_page_token"] = page["next_page_token"]


def _find(client: Client, repo: str) -> dict[str, Any]:
    if repo.isdigit():
        return client.call("GET", f"{_REPOS}/{repo}")
    path = "/" + repo.removeprefix("/Workspace").strip("/")
    found = next((item for item in _all(client, path) if item["path"] == path), None)
    if found is None:
        raise InvalidParameterValue(f"There is no Git folder {path}. To see all: brickyard repos list")
    return found


def _same(repo: dict[str, Any]) -> dict[str, str]:
    return {name: repo[name] for name in ("branch", "tag") if name in repo}


def _reference(repo: dict[str, Any]) -> str:
    return str(repo.get("branch") or repo.get("tag") or "")
