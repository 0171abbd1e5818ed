"""Documents of one kind, with the faults that the API tells of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.records import Document, Json
from brickyard.surfaces.api.services import Services

_MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents of a kind."""

    kind: str
    noun: str
    """As in "Instance pool x does not exist."."""

    def get(self, services: Services, document_id: str) -> Document:
        """One document.

        Raises:
            NotFound: there is none of this id.
        """
        found = services.store.documents.get(self.kind, document_id)
        if found is None:
            raise self.missing(document_id)
        return found

    def missing(self, document_id: str) -> NotFound:
        """What is said of a document that is not there."""
        return NotFound(f"{self.noun} {document_id[:100]} does not exist.")

    def all(self, services: Services) -> Sequence[Document]:
        """All of them, oldest first."""
        return services.store.documents.find(self.kind)

    def add(self, services: Services, name: str, body: Json, *, owner: str, sealed: bytes | None = None) -> Document:
        """Keep a new one.

        Raises:
            InvalidParameterValue: another has the name.
        """
        self._check_name(services, name, "")
        now = services.clock.now_ms()
        document = Document(
            kind=self.kind,
            document_id=str(uuid.UUID(services.ids.token(16))),
            name=name,
            owner=owner,
            created_ms=now,
            updated_ms=now,
            body=body,
            sealed=sealed,
        )
        services.store.documents.save(document)
        return document

    def change(self, services: Services, document: Document, **changes: Any) -> Document:
        """Keep a document with changes: `name`, `body`, `sealed`.

        Raises:
            InvalidParameterValue: another has the new name.
        """
        changed = replace(document, updated_ms=services.clock.now_ms(), **changes)
        self._check_name(services, changed.name, document.document_id)
        services.store.documents.save(changed)
        return changed

    def delete(self, services: Services, document_id: str) -> None:
        """Forget one.

        Raises:
            NotFound: there is none of this id.
        """
        if not services.store.documents.delete(self.kind, document_id):
            raise self.missing(document_id)

    def _check_name(self, services: Services, name: str, document_id: str) -> None:
        if len(name) > _MAX_NAME:
            raise InvalidParameterValue(f"The name has {len(name)} characters; at most {_MAX_NAME} are allowed.")
        others = services.store.documents.find(self.kind, name=name)
        if any(other.document_id != document_id for other in others):
            raise InvalidParameterValue(f"{self.noun} with the name {name[:100]!r} exists already.")
