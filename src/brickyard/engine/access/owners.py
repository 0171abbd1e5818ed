"""Who owns an object whose access list names no owner: whoever made it. Lists of jobs name one from the start."""

from __future__ import annotations

from brickyard.access.levels import ObjectType
from brickyard.ports import Store


class Owners:
    """Reads makers from the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, kind: ObjectType, object_id: str) -> str:
        """The name of the owner; "" where the object is not there."""
        match kind:
            case ObjectType.QUERIES:
                query = self._store.queries.get(object_id)
                return query.owner if query else ""
            case _:
                document = self._store.documents.get(kind, object_id)
                return document.owner if document else ""
