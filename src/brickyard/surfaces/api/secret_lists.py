"""Access lists of secret scopes: who may read, write and manage the secrets in them.

Source: Secrets API 2.0. A principal is given by its name alone; which kind it is, is looked up.
"""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.access.identity import ADMINS, USERS, Identity, PrincipalKind
from brickyard.access.levels import LEVELS, ObjectType
from brickyard.errors import InvalidParameterValue, InvalidState, NotFound
from brickyard.records import AclEntry
from brickyard.surfaces.api.services import Services

_SCOPES = ObjectType.SECRET_SCOPES
MANAGE = "MANAGE"


def begin(services: Services, scope: str, maker: Identity, *, everybody: bool) -> None:
    """The list of a new scope."""
    entries = [AclEntry(maker.kind, maker.name, MANAGE)]
    if everybody:
        entries.append(AclEntry(PrincipalKind.GROUP, USERS, MANAGE))
    services.store.acls.replace(_SCOPES, scope, entries)


def visible(services: Services, who: Identity) -> Sequence[str]:
    """The scopes on which somebody has any permission, by name."""
    scopes = services.store.secrets.scopes()
    if ADMINS in who.groups:
        return scopes
    mine = services.store.acls.concerning(_SCOPES, who)
    return [scope for scope in scopes if scope in mine]


def entries(services: Services, scope: str) -> Sequence[AclEntry]:
    """The whole list of a scope.

    Raises:
        NotFound: there is no such scope.
    """
    services.store.secrets.keys(scope)
    return services.store.acls.entries(_SCOPES, scope)


def entry(services: Services, scope: str, principal: str) -> AclEntry:
    """What the list says of a principal.

    Raises:
        NotFound: there is no such scope, or nothing is said.
    """
    found = next((each for each in entries(services, scope) if each.principal == principal), None)
    if found is None:
        raise NotFound(f"The scope {scope} has no ACL for the principal {principal[:200]!r}.")
    return found


def put(services: Services, who: Identity, scope: str, principal: str, permission: str) -> None:
    """Give a principal this permission, in place of the one that it has.

    Raises:
        NotFound: there is no such scope or principal.
        InvalidParameterValue: users and groups are both called so, or there is no such permission.
        InvalidState: nobody could manage the scope any more.
    """
    if permission not in LEVELS[_SCOPES]:
        allowed = ", ".join(LEVELS[_SCOPES])
        raise InvalidParameterValue(f"permission is {permission[:100]!r}; it must be one of {allowed}.")
    before = entries(services, scope)
    new = AclEntry(_kind_of(services, principal), principal, permission)
    others = [each for each in before if (each.kind, each.principal) != (new.kind, new.principal)]
    _replace(services, who, scope, before, [*others, new])


def remove(services: Services, who: Identity, scope: str, principal: str) -> None:
    """Take a principal's permission away.

    Raises:
        NotFound: there is no such scope, or the principal has none.
        InvalidState: nobody could manage the scope any more.
    """
    gone = entry(services, scope, principal)
    before = entries(services, scope)
    _replace(services, who, scope, before, [each for each in before if each != gone])


def _replace(
    services: Services, who: Identity, scope: str, before: Sequence[AclEntry], after: Sequence[AclEntry]
) -> None:
    managed = any(each.level == MANAGE for each in before)
    if managed and not any(each.level == MANAGE for each in after) and not who.is_admin:
        raise InvalidState(
            f"Nobody but administrators could manage the scope {scope} any more. Give somebody else {MANAGE} first."
        )
    services.store.acls.replace(_SCOPES, scope, after)


def _kind_of(services: Services, principal: str) -> PrincipalKind:
    kinds = [kind for kind in PrincipalKind if services.store.principals.named(kind, principal) is not None]
    if not kinds:
        raise NotFound(f"There is no user, group or service principal {principal[:200]!r}.")
    if len(kinds) > 1:
        raise InvalidParameterValue(f"principal is {principal[:200]!r}, which is the name of several kinds of them.")
    return kinds[0]
