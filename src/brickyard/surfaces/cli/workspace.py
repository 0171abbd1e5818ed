"""`brickyard workspace …`: folders, notebooks and files of the workspace."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.output import AsJson, clock_time, emit_json, print_table, say
from brickyard.surfaces.cli.session import connected
from brickyard.surfaces.cli.usage import Commands
from brickyard.surfaces.client import WORKSPACE, Client

app = Commands(help="Folders, notebooks and files of the workspace.", no_args_is_help=True)
At = Annotated[str, typer.Argument(metavar="PATH", help="The path in the workspace, such as /Users/me/notebook.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]
_FOLDERS = frozenset({"DIRECTORY", "REPO"})


@app.command("ls")
def ls(path: At = "/", as_json: AsJson = False) -> None:
    """List a folder."""
    with connected() as session:
        found = _children(session.client, path)
    if as_json:
        emit_json(found)
        return
    rows = [
        (item["object_type"].lower(), item.get("language", "").lower(), clock_time(item["modified_at"]), item["path"])
        for item in found
    ]
    print_table(("kind", "language", "changed", "path"), rows) if rows else say("The folder is empty.")


@app.command("mkdirs")
def mkdirs(path: At, as_json: AsJson = False) -> None:
    """Make a folder and those above it."""
    with connected() as session:
        session.client.call("POST", f"{WORKSPACE}/mkdirs", json={"path": path})
    emit_json({"path": path}) if as_json else say(f"{path} is there.")


@app.command("import")
def import_file(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file or a folder of this machine.")],
    path: At,
    *,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="AUTO, SOURCE, JUPYTER or RAW; of a folder always AUTO.")
    ] = "AUTO",
    language: Annotated[str, typer.Option(metavar="LANGUAGE", help="PYTHON, SQL, SCALA or R; SOURCE needs it.")] = "",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Upload a notebook, a file, or a folder with all that is in it. The first line says what is a notebook."""
    sources = list(_files_of(Path(file)))
    with connected() as session:
        for source, inner in sources:
            target = str(PurePosixPath(path, inner)) if inner else path
            if inner:
                session.client.call("POST", f"{WORKSPACE}/mkdirs", json={"path": str(PurePosixPath(target).parent)})
            content = base64.b64encode(source.read_bytes()).decode()
            body: dict[str, Any] = {"path": target, "content": content, "overwrite": overwrite}
            body |= {"format": "AUTO"} if inner else {"format": form, **({"language": language} if language else {})}
            session.client.call("POST", f"{WORKSPACE}/import", json=body)
    written = [str(PurePosixPath(path, inner)) for _, inner in sources]
    emit_json(written) if as_json else say(f"{len(written)} imported to {path}.")


@app.command("export")
def export(
    path: At,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="Where to; default: standard output. Of a folder: a folder.")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="SOURCE, JUPYTER, AUTO or RAW.")] = "SOURCE",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Download a notebook, a file, or a folder with all that is in it."""
    with connected() as session:
        client = session.client
        status = client.call("GET", f"{WORKSPACE}/get-status", params={"path": path})
        if status["object_type"] in _FOLDERS:
            if file is None:
                raise InvalidParameterValue(f"{path} is a folder; name the folder of this machine to export it to.")
            how: dict[str, Any] = {"root": status["path"], "form": form, "overwrite": overwrite}
            written = [_save(client, item, Path(file), **how) for item in _below(client, path)]
        elif file is None:
            sys.stdout.buffer.write(_content(client, path, form)[0])
            return
        else:
            written = [_write(Path(file), _content(client, path, form)[0], overwrite=overwrite)]
    emit_json(written) if as_json else say(f"{len(written)} exported to {file}.")


@app.command("delete")
def delete(
    path: At,
    recursive: Annotated[bool, typer.Option("--recursive", help="Also what is in the folder.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a notebook, a file or a folder."""
    with connected() as session:
        session.client.call("POST", f"{WORKSPACE}/delete", json={"path": path, "recursive": recursive})
    emit_json({"path": path}) if as_json else say(f"{path} is deleted.")


def _children(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.call("GET", f"{WORKSPACE}/list", params={"path": path}).get("objects", [])
    return found


def _below(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """All notebooks and files in a folder and in those below it."""
    for item in _children(client, path):
        if item["object_type"] in _FOLDERS:
            yield from _below(client, item["path"])
        else:
            yield item


def _files_of(place: Path) -> Iterator[tuple[Path, str]]:
    """The files to send, each with its path in the folder that was named; "" for a file that was named itself."""
    if place.is_file():
        yield place, ""
    elif place.is_dir():
        for file in sorted(each for each in place.rglob("*") if each.is_file()):
            yield file, file.relative_to(place).as_posix()
    else:
        raise InvalidParameterValue(f"{place} does not exist.")


def _content(client: Client, path: str, form: str) -> tuple[bytes, str]:
    found = client.call("GET", f"{WORKSPACE}/export", params={"path": path, "format": form})
    return base64.b64decode(found["content"]), str(found.get("file_type", ""))


def _save(client: Client, item: dict[str, Any], folder: Path, *, root: str, form: str, overwrite: bool) -> str:
    """Write one of a folder's files to this machine, at the same path below another folder."""
    inner = PurePosixPath(item["path"]).relative_to(root)
    is_notebook = item["object_type"] == "NOTEBOOK"
    data, kind = _content(client, item["path"], form if is_notebook else "AUTO")
    name = f"{inner}.{kind}" if is_notebook and kind else str(inner)
    if ".." in inner.parts:  # a server is not trusted with the files of this machine
        raise InvalidParameterValue(f"The server names a path {item['path']!r}, which leads out of the folder.")
    return _write(folder / name, data, overwrite=overwrite)


def _write(file: Path, data: bytes, *, overwrite: bool) -> str:
    if file.exists() and not overwrite:
        raise InvalidParameterValue(f"{file} exists; --overwrite replaces it.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise InvalidParameterValue(f"{file} cannot be written: {error.strerror}.") from None
    return str(file)
