"""What is kept of people, of what they may do, and of what they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from brickyard.access.identity import Identity, PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.records import AclEntry, AuditEvent, AuditFilter, ClientSecret, Document, PrincipalRecord, TokenInfo


class TokenStore(Protocol):
    """Access tokens; only their SHA-256 is kept."""

    @property
    def revision(self) -> int:
        """Grows with every change that is made through this store."""
        ...

    def add(self, info: TokenInfo, digest: str) -> None: ...
    def find(self, digest: str) -> TokenInfo | None: ...
    def all(self, user_name: str | None = None) -> Sequence[TokenInfo]:
        """The personal tokens of a user, or of everybody, oldest first."""
        ...

    def delete(self, token_id: str) -> bool: ...
    def runs(self) -> Sequence[int]:
        """The runs whose tasks have tokens."""
        ...

    def delete_of_run(self, run_id: int) -> None:
        """Forget the tokens of the tasks of a run."""
        ...

    def delete_of_user(self, user_name: str) -> None:
        """Forget the tokens of every kind of somebody who is gone."""
        ...

    def delete_issued(self, secret_id: str) -> None:
        """Forget the access tokens that were given for a client secret."""
        ...

    def delete_expired(self, at_ms: int) -> int: ...


class PrincipalStore(Protocol):
    """Users, groups and service principals."""

    @property
    def revision(self) -> int:
        """Grows with every change that is made through this store."""
        ...

    def add(self, principal: PrincipalRecord) -> None:
        """Keep a new one.

        Raises:
            AlreadyExists: there is one of this kind and name.
        """
        ...

    def save(self, principal: PrincipalRecord) -> None:
        """Replace what is kept of one; its id, kind and creation stay."""
        ...

    def get(self, principal_id: int) -> PrincipalRecord | None: ...
    def named(self, kind: PrincipalKind, name: str) -> PrincipalRecord | None:
        """Names are compared exactly."""
        ...

    def find(self, kind: PrincipalKind) -> Sequence[PrincipalRecord]:
        """All of a kind, by id."""
        ...

    def delete(self, principal_id: int) -> bool: ...
    def members(self, group_id: int) -> Sequence[PrincipalRecord]:
        """The direct members of a group, by id."""
        ...

    def groups_of(self, principal_id: int) -> Sequence[PrincipalRecord]:
        """The groups that it is a direct member of, by id."""
        ...

    def memberships(self) -> Sequence[tuple[int, int]]:
        """Every group's id with the id of each direct member, in one question."""
        ...

    def set_members(self, group_id: int, member_ids: Sequence[int]) -> None: ...
    def identity(self, name: str) -> Identity | None:
        """The active user or service principal of this name with all its groups; None where there is none."""
        ...

    def add_secret(self, secret: ClientSecret, digest: str) -> None: ...
    def secrets(self, principal_id: int) -> Sequence[ClientSecret]: ...
    def secret(self, digest: str) -> ClientSecret | None: ...
    def delete_secret(self, principal_id: int, secret_id: str) -> bool: ...


class AclStore(Protocol):
    """Access lists: who has which level on which object. What is inherited is not stored."""

    def entries(self, kind: ObjectType, object_id: str) -> Sequence[AclEntry]: ...
    def entries_of(self, kind: ObjectType, object_ids: Sequence[str]) -> Mapping[str, Sequence[AclEntry]]:
        """As `entries`, of many objects in one question; those that have any."""
        ...

    def concerning(self, kind: ObjectType, who: Identity) -> Mapping[str, Sequence[AclEntry]]:
        """The entries that speak of somebody or of a group that they are in, by object, in one question."""
        ...

    def replace(self, kind: ObjectType, object_id: str, entries: Sequence[AclEntry]) -> None:
        """Make these the whole list, in one transaction."""
        ...

    def delete(self, kind: ObjectType, object_id: str) -> None: ...
    def delete_tree(self, kind: ObjectType, path: str) -> None:
        """Forget the lists of a path and of all paths below it."""
        ...

    def move(self, kind: ObjectType, old: str, new: str) -> None: ...
    def forget(self, kind: PrincipalKind, name: str) -> None:
        """Delete all that lists say of somebody who is gone: another of the same name must not inherit it."""
        ...

    def rename(self, kind: PrincipalKind, old: str, new: str) -> None:
        """Give all that lists say of a name to another, of whom they say nothing."""
        ...


class AuditStore(Protocol):
    """What was asked of the server, by whom, and how it ended. Rows are added, never changed."""

    def add(self, events: Sequence[AuditEvent]) -> None: ...
    def find(self, where: AuditFilter, *, limit: int) -> Sequence[AuditEvent]:
        """Newest first."""
        ...

    def forget(self, before_ms: int) -> int:
        """Delete what is older; how much that was. Nothing that can be asked of the API comes here."""
        ...


class DocumentStore(Protocol):
    """Small objects that are kept whole and found by their id. What is `sealed` is encrypted at rest."""

    def save(self, document: Document) -> None:
        """Insert or update."""
        ...

    def get(self, kind: str, document_id: str) -> Document | None: ...
    def find(self, kind: str, *, name: str | None = None) -> Sequence[Document]:
        """All of a kind, or those of a name; oldest first."""
        ...

    def delete(self, kind: str, document_id: str) -> bool: ...
