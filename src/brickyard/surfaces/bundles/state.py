"""What was deployed, kept in the workspace beside the files; and the lock that keeps a second deployment out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from brickyard.errors import Conflict, InvalidState
from brickyard.surfaces.client import ApiError, Client

STATE_FILE = "resources.json"
METADATA_FILE = "metadata.json"
LOCK_FILE = "deploy.lock"
VERSION = 1


@dataclass(slots=True)
class State:
    """The ids of deployed jobs by key, and the hash of each uploaded file by path."""

    jobs: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    wheels: dict[str, str] = field(default_factory=dict)
    """The hash of each uploaded wheel by its name."""


def read_state(client: Client, state_path: str) -> State:
    """The state of a bundle; an empty one before the first deployment.

    Raises:
        InvalidState: the file is damaged or written by a later version.
    """
    content = client.get_file(f"{state_path}/{STATE_FILE}")
    if content is None:
        return State()
    try:
        value = json.loads(content)
        if value["version"] != VERSION:
            raise InvalidState(
                f"{state_path}/{STATE_FILE} has version {value['version']}; this command knows {VERSION}."
            )
        jobs = {str(key): int(job_id) for key, job_id in value["jobs"].items()}
        files = {str(path): str(digest) for path, digest in value["files"].items()}
        wheels = {str(name): str(digest) for name, digest in value.get("wheels", {}).items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidState(
            f"{state_path}/{STATE_FILE} is damaged. Delete it to deploy anew; jobs that were deployed then stay."
        ) from None
    return State(jobs, files, wheels)


def write_state(client: Client, state_path: str, state: State) -> None:
    """Keep the state."""
    content = {"version": VERSION, "jobs": state.jobs, "files": state.files, "wheels": state.wheels}
    _put_json(client, f"{state_path}/{STATE_FILE}", content)


def write_metadata(client: Client, state_path: str, metadata: dict[str, Any]) -> None:
    """Keep what others may want to know of the deployment; jobs name this file."""
    _put_json(client, f"{state_path}/{METADATA_FILE}", {"version": VERSION, "config": metadata})


@contextmanager
def deployment_lock(client: Client, state_path: str, owner: str, *, wanted: bool, force: bool) -> Iterator[None]:
    """Keep other deployments of the same bundle out.

    Raises:
        Conflict: another holds the lock; the text says who, and how to take it.
    """
    client.mkdirs(state_path)
    path = f"{state_path}/{LOCK_FILE}"
    if not wanted:
        yield
        return
    try:
        client.put_file(path, json.dumps({"owner": owner}).encode(), overwrite=force)
    except ApiError as error:
        if error.status not in {400, 409}:
            raise
        holder = _holder(client.get_file(path))
        raise Conflict(
            f"{holder} is deploying this bundle ({path}). Wait, or take the lock with --force-lock."
        ) from None
    try:
        yield
    finally:
        client.delete_path(path)


def _holder(content: bytes | None) -> str:
    try:
        return str(json.loads(content or b"{}").get("owner") or "Somebody")
    except (ValueError, AttributeError):
        return "Somebody"


def _put_json(client: Client, path: str, value: object) -> None:
    client.put_file(path, json.dumps(value, indent=1).encode())
