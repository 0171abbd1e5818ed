"""Who may do what with the jobs of a bundle and with its files: `permissions`, at the top and of single jobs.

Source: the published schema of `databricks.yml`. What stands at the top holds for every job and for the folder of the
bundle; of a principal that a job names itself, the job's own word counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles.marks import Block, BundleError, Mark, describe
from brickyard.surfaces.bundles.shape import jobs_of
from brickyard.surfaces.client import ApiError, Client

Entry = dict[str, str]

PRINCIPALS = ("user_name", "group_name", "service_principal_name")
LEVEL, OWNER = "permission_level", "IS_OWNER"
_OF_JOB = {"CAN_VIEW": "CAN_VIEW", "CAN_RUN": "CAN_MANAGE_RUN", "CAN_MANAGE": "CAN_MANAGE"}
_OF_FOLDER = {"CAN_VIEW": "CAN_READ", "CAN_RUN": "CAN_RUN", "CAN_MANAGE": "CAN_MANAGE"}
_JOB_LEVELS = ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", OWNER)


@dataclass(frozen=True, slots=True)
class Grants:
    """What a bundle grants. What it says nothing of is left as it is on the server."""

    jobs: dict[str, list[Entry]] = field(default_factory=dict)
    """By the key of a job that grants anything."""
    folder: list[Entry] = field(default_factory=list)


def take(config: Block) -> Grants:
    """Read all `permissions`, and take those of jobs out of their settings.

    Raises:
        BundleError: an entry names nobody, several, or a level that there is not.
    """
    top = _entries(config, "permissions", tuple(_OF_JOB))
    found: dict[str, list[Entry]] = {}
    for key in jobs_of(config):
        job = jobs_of(config).block(key)
        own = _entries(job, "permissions", _JOB_LEVELS)
        job.pop("permissions", None)
        named = {_who(entry) for entry in own}
        inherited = [{**entry, LEVEL: _OF_JOB[entry[LEVEL]]} for entry in top if _who(entry) not in named]
        if own or inherited:
            found[key] = [*own, *inherited]
    return Grants(found, [{**entry, LEVEL: _OF_FOLDER[entry[LEVEL]]} for entry in top])


def missing(client: Client, job_id: int, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Where the access list of a job differs from what the bundle grants, as `path: old -> new`."""
    if not entries:
        return ()
    now = {_who(entry): entry[LEVEL] for entry in _direct(client.permissions("jobs", str(job_id)))}
    wanted = {_who(entry): entry[LEVEL] for entry in _with_owner(now, entries)}
    return tuple(
        f"permissions.{who[1]}: {now.get(who, '(none)')} -> {wanted.get(who, '(none)')}"
        for who in dict.fromkeys((*now, *wanted))
        if now.get(who) != wanted.get(who)
    )


def apply_to_job(client: Client, job_id: int, entries: Sequence[Entry]) -> None:
    """Make what the bundle grants on a job all that is granted on it; its owner stays where none is named."""
    if missing(client, job_id, entries):
        now = {_who(entry): entry[LEVEL] for entry in _direct(client.permissions("jobs", str(job_id)))}
        client.change_permissions("jobs", str(job_id), _with_owner(now, entries), whole=True)


def apply_to_folder(client: Client, path: str, entries: Sequence[Entry], user: str) -> None:
    """Make what the bundle grants all that is granted on its folder; whoever deploys manages it."""
    if not entries:
        return
    found = client.status(path)
    if found is None:
        raise ApiError("RESOURCE_DOES_NOT_EXIST", f"The folder {path} of the bundle does not exist.", 404)
    object_id = str(found["object_id"])
    kept = [each for each in _direct(client.permissions("directories", object_id)) if user in each.values()]
    wanted = [*entries, *kept]
    if {(*_who(each), each[LEVEL]) for each in wanted} != {
        (*_who(each), each[LEVEL]) for each in _direct(client.permissions("directories", object_id))
    }:
        client.change_permissions("directories", object_id, wanted, whole=True)


def _with_owner(now: dict[tuple[str, str], str], entries: Sequence[Entry]) -> list[Entry]:
    if any(entry[LEVEL] == OWNER for entry in entries):
        return list(entries)
    owners = [who for who, level in now.items() if level == OWNER]
    # What is granted to the owner anyway is less than owners have.
    others = [entry for entry in entries if _who(entry) not in owners]
    return [*({field: name, LEVEL: OWNER} for field, name in owners), *others]


def _direct(body: dict[str, Any]) -> list[Entry]:
    return [
        {name: str(entry[name]), LEVEL: str(each[LEVEL])}
        for entry in body["access_control_list"]
        for name in PRINCIPALS
        if name in entry
        for each in entry["all_permissions"]
        if not each["inherited"]
    ]


def _who(entry: Entry) -> tuple[str, str]:
    return next((name, entry[name]) for name in PRINCIPALS if name in entry)


def _entries(block: Block, key: str, levels: Sequence[str]) -> list[Entry]:
    items = block.items_of(key)
    return [_entry(item, mark, levels) for item, mark in zip(items, items.marks, strict=True)]


def _entry(item: object, at: Mark | None, levels: Sequence[str]) -> Entry:
    if not isinstance(item, Block):
        raise BundleError(f"permissions has {describe(item)}; each entry must be a mapping.", at)
    for name in item:
        if name not in {*PRINCIPALS, "level"}:
            raise BundleError(
                f"permissions.{name} is not a known field.{nearest(name, (*PRINCIPALS, 'level'))}", item.mark(name)
            )
    named = {name: item.text(name) for name in PRINCIPALS if item.get(name)}
    if len(named) != 1:
        raise BundleError(
            f"An entry of permissions names {len(named)} principals; it must have exactly one of"
            f" {', '.join(PRINCIPALS)}.",
            at,
        )
    level = item.text("level")
    if level not in levels:
        raise BundleError(
            f"permissions.level is {describe(item.get('level'))}; it must be one of {', '.join(levels)}.",
            item.mark("level"),
        )
    return {**named, LEVEL: level}
