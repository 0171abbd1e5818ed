"""An access list as the API shows it: what is granted directly, and what holds without being written there."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from brickyard.access import folders
from brickyard.access.identity import ADMINS, USERS, PrincipalKind
from brickyard.access.levels import LEVELS, OWNER, ObjectType
from brickyard.engine.access.lists import FIELDS
from brickyard.engine.access.permissions import Permissions
from brickyard.ports import Store
from brickyard.records import AclEntry
from brickyard.surfaces.api.permissions.finding import Target
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.workspace_paths import stable_id

_FIELD_OF = {kind: field for field, kind in FIELDS.items()}
_Key = tuple[PrincipalKind, str]


def body(services: Services, found: Target) -> dict[str, Any]:
    """The answer to every request for a list."""
    permissions: dict[_Key, list[dict[str, Any]]] = defaultdict(list)
    direct = Permissions(services.store, services.gate).entries(found.ref.kind, found.ref.object_id)
    for entry in direct:
        permissions[entry.kind, entry.principal].append({"permission_level": entry.level, "inherited": False})
    for entry, source in _inherited(services.store, found):
        shown = {"permission_level": entry.level, "inherited": True, "inherited_from_object": [source]}
        permissions[entry.kind, entry.principal].append(shown)
    return {
        "object_id": f"/{found.what.path}/{found.shown_id}",
        "object_type": found.what.noun,
        "access_control_list": [_principal(services.store, key, levels) for key, levels in permissions.items()],
    }


def _principal(store: Store, key: _Key, levels: list[dict[str, Any]]) -> dict[str, Any]:
    kind, name = key
    shown: dict[str, Any] = {_FIELD_OF[kind]: name, "all_permissions": levels}
    if kind is not PrincipalKind.GROUP:
        record = store.principals.named(kind, name)
        shown["display_name"] = (record.display_name if record else "") or name
    return shown


def _inherited(store: Store, found: Target) -> list[tuple[AclEntry, str]]:
    above = _of_folders(store, found.ref.object_id) if found.ref.kind is ObjectType.FILES else []
    manage = [level for level in LEVELS[found.ref.kind] if level != OWNER][-1]
    root = "directories" if found.ref.kind is ObjectType.FILES else found.what.path
    return [*above, (AclEntry(PrincipalKind.GROUP, ADMINS, manage), f"/{root}/")]


def _of_folders(store: Store, path: str) -> list[tuple[AclEntry, str]]:
    """What folders above give, and what the place alone gives: a home is its user's, `/Shared` everybody's."""
    above = folders.lineage(path)[1:]
    written = store.acls.entries_of(ObjectType.FILES, above)
    result = [(entry, _folder(each)) for each in above for entry in written.get(each, ())]
    for each in folders.lineage(path):
        if owner := folders.owner_of_home(each):
            is_user = store.principals.named(PrincipalKind.USER, owner) is not None
            kind = PrincipalKind.USER if is_user else PrincipalKind.SERVICE_PRINCIPAL
            result.append((AclEntry(kind, owner, folders.MANAGE), _folder(each)))
        elif each == "/Shared":
            result.append((AclEntry(PrincipalKind.GROUP, USERS, folders.MANAGE), _folder(each)))
    return result


def _folder(path: str) -> str:
    return f"/directories/{stable_id(path)}"
