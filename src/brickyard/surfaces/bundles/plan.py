"""What a deployment would change: each job created, updated (with the difference), deleted or left as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from brickyard.errors import BrickyardError
from brickyard.jobs.settings import parse
from brickyard.surfaces.bundles import grants
from brickyard.surfaces.bundles.check import with_ids
from brickyard.surfaces.bundles.merge import KEYS
from brickyard.surfaces.bundles.resolve import Bundle
from brickyard.surfaces.bundles.state import State
from brickyard.surfaces.client import ApiError, Client

CREATE, UPDATE, DELETE, UNCHANGED = "create", "update", "delete", "unchanged"
ABSENT = "(none)"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one job."""

    action: str
    key: str
    name: str
    job_id: int = 0
    """0 for a job that is not there yet."""
    differences: tuple[str, ...] = ()
    """`path: old -> new`, for an update."""


def plan(client: Client, bundle: Bundle, state: State) -> list[Step]:
    """The steps, in the order of the bundle; deletions last.

    Asks the server what each job is now, so that changes which were made elsewhere show too.
    """
    steps = [_step(client, bundle, key, state) for key in bundle.jobs]
    for key, job_id in state.jobs.items():
        remote = None if key in bundle.jobs else _remote(client, job_id)
        if remote is not None:
            steps.append(Step(DELETE, key, str(remote.get("name", "")), job_id))
    return steps


def _step(client: Client, bundle: Bundle, key: str, state: State) -> Step:
    settings = with_ids(bundle.jobs.block(key), state.jobs)
    name = str(settings.get("name", ""))
    job_id = state.jobs.get(key, 0)
    remote = _remote(client, job_id) if job_id else None
    if remote is None:
        return Step(CREATE, key, name)
    granted = grants.missing(client, job_id, bundle.grants.jobs.get(key, ()))
    found = (*differences(normal(remote), normal(settings)), *granted)
    return Step(UPDATE if found else UNCHANGED, key, name, job_id, found)


def normal(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings with all defaults, so that two texts for the same job are equal."""
    try:
        return parse(settings).raw
    except BrickyardError:
        return settings  # Written by a server that knows more: compared as it is.


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Where two settings differ, as `path: old -> new`. Keyed lists are compared by key, not by place."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            place = f"{path}.{name}" if path else str(name)
            yield from differences(_keyed(name, old.get(name)), _keyed(name, new.get(name)), place)
    elif old != new:
        yield f"{path}: {_shown(old)} -> {_shown(new)}"


def _keyed(name: object, value: Any) -> Any:
    key = KEYS.get(str(name))
    if key and isinstance(value, list | tuple) and all(isinstance(item, Mapping) and key in item for item in value):
        return {item[key]: item for item in value}
    return value


def _shown(value: Any) -> str:
    if value is None:
        return ABSENT
    text = str(dict(value)) if isinstance(value, Mapping) else repr(value)
    return text if len(text) <= 120 else f"{text[:120]}…"


def _remote(client: Client, job_id: int) -> dict[str, Any] | None:
    try:
        return dict(client.get_job(job_id)["settings"])
    except ApiError as error:
        if error.is_missing or "does not exist" in error.message:
            return None
        raise
