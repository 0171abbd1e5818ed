"""The workspace as one person sees it: every right that they have there, read once."""

from __future__ import annotations

from brickyard.access import folders
from brickyard.access.identity import ADMINS, Identity
from brickyard.access.levels import ObjectType, highest
from brickyard.ports import AclStore

_FILES = ObjectType.FILES


class WorkspaceView:
    """For lists: says of each path what somebody may do there, without another question to the store."""

    def __init__(self, acls: AclStore, who: Identity) -> None:
        self._who = who
        self._all = ADMINS in who.groups
        found = {} if self._all else acls.concerning(_FILES, who)
        self._levels = {path: highest(_FILES, [each.level for each in entries]) for path, entries in found.items()}
        self._above = {above for path in found for above in folders.lineage(path)} | {"/", *folders.TOP}

    def level(self, path: str) -> str:
        """The highest level that they have on a path; "" is none."""
        if self._all:
            return folders.MANAGE
        levels = [self._levels[each] for each in folders.lineage(path) if each in self._levels]
        standing = folders.standing_level(path, self._who)
        return highest(_FILES, [*levels, *([standing] if standing else [])])

    def sees(self, path: str) -> bool:
        """Whether they may know that a path is there: they have a right on it, or it is on the way to such a path."""
        return path in self._above or bool(self.level(path))
