"""The gate: whether somebody may do something. Asked before every command, also by what runs inside a job."""

from __future__ import annotations

from collections.abc import Iterable

from brickyard.access import folders
from brickyard.access.actions import RULES, Action, Role, Rule, concerns_object, needed
from brickyard.access.identity import ADMINS, Identity
from brickyard.access.levels import LEVELS, OWNER, ObjectType, highest, reaches
from brickyard.access.refs import Ref
from brickyard.engine.access.owners import Owners
from brickyard.errors import PermissionDenied
from brickyard.ports import Store
from brickyard.records import AclEntry


class Gate:
    """Decides by `access.actions.RULES`. Reads the store anew each time, so a change holds from the next request on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owners = Owners(store)

    def check(self, who: Identity, action: Action, ref: Ref | None = None) -> None:
        """Return if it is allowed.

        Raises:
            PermissionDenied: it is not.
            BrickyardError: `ref.missing`, where somebody may not even see the object.
        """
        rule = RULES[action]
        if who.run_id and not rule.in_run:
            raise PermissionDenied(f"The token of a task may not {action}; it reaches its own run only.")
        if not concerns_object(action):
            if rule.role is Role.ADMIN and not who.is_admin:
                raise PermissionDenied(f"Only members of the group {ADMINS} may {action}; {who.name} is none.")
            return
        if ref is None:
            raise PermissionDenied(f"Nothing was named; it is not known on what {who.name} wants to {action}.")
        self._check_object(who, action, rule, ref)

    def level(self, who: Identity, kind: ObjectType, object_id: str) -> str:
        """The highest level that somebody has on an object; "" is none."""
        if ADMINS in who.groups and (kind is not ObjectType.JOBS or not who.run_id):
            return LEVELS[kind][-1]
        if kind is ObjectType.FILES:
            return self._level_in_workspace(who, object_id)
        entries = self._store.acls.entries(kind, object_id)
        if kind is ObjectType.TOKENS and not entries:
            return LEVELS[kind][0]  # until a list says otherwise, everybody may have tokens
        levels = [entry.level for entry in entries if concerns(who, entry)]
        if OWNER in LEVELS[kind] and not any(entry.level == OWNER for entry in entries):
            levels += [OWNER] if self._owners.of(kind, object_id) == who.name else []
        return highest(kind, levels)

    def sees(self, who: Identity, kind: ObjectType, object_id: str) -> bool:
        """Whether somebody may know of an object; with any level on it they may."""
        return bool(self.level(who, kind, object_id))

    def seen(self, who: Identity, kind: ObjectType, object_ids: Iterable[str]) -> set[str]:
        """Those of these objects that somebody may know of by an access list, in one question."""
        ids = list(object_ids)
        if who.is_admin:
            return set(ids)
        found = self._store.acls.entries_of(kind, ids)
        return {object_id for object_id, entries in found.items() if any(concerns(who, entry) for entry in entries)}

    def _check_object(self, who: Identity, action: Action, rule: Rule, ref: Ref) -> None:
        if ref.kind is ObjectType.JOBS and who.run_id:
            if not self._is_own(who.run_id, ref):
                raise ref.missing
            return
        level = needed(rule, ref.kind)
        has = self.level(who, ref.kind, ref.object_id)
        if who.is_admin or (level and reaches(ref.kind, has, level)):
            return
        if not has:
            raise ref.missing
        raise PermissionDenied(denied(who, action, ref, level, has))

    def _is_own(self, run_id: int, ref: Ref) -> bool:
        if ref.run_id:
            return ref.run_id == run_id
        record = self._store.runs.record(run_id)
        return record is not None and str(record.job_id) == ref.object_id

    def _level_in_workspace(self, who: Identity, path: str) -> str:
        lineage = folders.lineage(path)
        entries = self._store.acls.entries_of(ObjectType.FILES, lineage)
        levels = [entry.level for each in entries.values() for entry in each if concerns(who, entry)]
        standing = folders.standing_level(path, who)
        return highest(ObjectType.FILES, [*levels, *([standing] if standing else [])])


_WORDS = {"CAN_VIEW": "View", "CAN_MANAGE_RUN": "Manage Run", "CAN_MANAGE": "Admin", OWNER: "Owner"}
"""What the service calls the levels of jobs in its refusals."""


def denied(who: Identity, action: Action, ref: Ref, level: str, has: str) -> str:
    """Why somebody who may see an object may not do something with it; of jobs in the words of the service."""
    if ref.kind is ObjectType.JOBS:
        order = LEVELS[ObjectType.JOBS]
        enough = " or ".join(_WORDS[each] for each in order[order.index(level) :])
        return (
            f"User {who.name} does not have {enough} permissions on job {ref.object_id}, which are needed to {action}."
        )
    if not level:
        return f"Only members of the group {ADMINS} may {action} of {ref}; {who.name} is none."
    return f"{who.name} does not have the permission {level} on {ref}, which is needed to {action}; it has {has}."


def concerns(who: Identity, entry: AclEntry) -> bool:
    """Whether an entry of an access list speaks of somebody, or of a group that they are in."""
    if entry.kind == "GROUP":
        return entry.principal in who.groups
    return entry.principal == who.name and entry.kind == who.kind
