"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ADMINS = "admins"
"""The group whose members may do everything."""
USERS = "users"
"""The group that every active user and service principal belongs to."""


class PrincipalKind(StrEnum):
    """What may stand in an access list."""

    USER = "USER"
    GROUP = "GROUP"
    SERVICE_PRINCIPAL = "SERVICE_PRINCIPAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user or service principal, with all groups that it is in, directly or through other groups."""

    name: str
    """The user name; of a service principal its application id."""
    kind: PrincipalKind
    groups: frozenset[str]
    """Names; always with `users`."""
    run_id: int = 0
    """Of a task's own token: the job run that it was made for. Such a caller reaches that run alone (`RUN_SCOPE`)."""

    @property
    def is_admin(self) -> bool:
        """Whether everything is allowed; never for a task's own token."""
        return ADMINS in self.groups and not self.run_id
