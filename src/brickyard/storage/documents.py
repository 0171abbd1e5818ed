"""Small objects that are kept whole. Implements `ports.DocumentStore`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, select

from brickyard.errors import Unavailable
from brickyard.records import Document
from brickyard.storage import rows
from brickyard.storage.compute_tables import DOCUMENTS
from brickyard.storage.database import Database, upsert
from brickyard.storage.seal import Seal


class SqlDocumentStore:
    """Implements `ports.DocumentStore`. What is sealed is bound to its document: it opens nowhere else."""

    def __init__(self, db: Database, seal: Callable[[], Seal]) -> None:
        self._db = db
        self._seal = seal

    def save(self, document: Document) -> None:
        """Insert or update."""
        sealed = None
        if document.sealed is not None:
            sealed = self._seal().close(document.sealed, _place(document.kind, document.document_id))
        values = {
            "kind": document.kind,
            "document_id": document.document_id,
            "name": document.name,
            "owner": document.owner,
            "created_ms": document.created_ms,
            "updated_ms": document.updated_ms,
            "body": rows.to_json(document.body),
            "sealed": sealed,
        }
        statement = upsert(self._db, DOCUMENTS, values)
        self._db.write(lambda connection: connection.execute(statement))

    def get(self, kind: str, document_id: str) -> Document | None:
        """One document.

        Raises:
            Unavailable: it holds something sealed which the key of this home does not open.
        """
        mine = (DOCUMENTS.c.kind == kind) & (DOCUMENTS.c.document_id == document_id)
        with self._db.read() as connection:
            row = connection.execute(select(DOCUMENTS).where(mine)).one_or_none()
        return None if row is None else self._document(row)

    def find(self, kind: str, *, name: str | None = None) -> Sequence[Document]:
        """All of a kind, or those of a name; oldest first."""
        question = select(DOCUMENTS).where(DOCUMENTS.c.kind == kind)
        if name is not None:
            question = question.where(DOCUMENTS.c.name == name)
        with self._db.read() as connection:
            found = [self._document(row) for row in connection.execute(question)]
        return sorted(found, key=lambda document: (document.created_ms, document.document_id))

    def delete(self, kind: str, document_id: str) -> bool:
        statement = delete(DOCUMENTS).where(DOCUMENTS.c.kind == kind, DOCUMENTS.c.document_id == document_id)
        return self._db.write(lambda connection: connection.execute(statement).rowcount > 0)

    def _document(self, row: Any) -> Document:
        sealed = None
        if row.sealed is not None:
            sealed = self._seal().open(row.sealed, _place(row.kind, row.document_id))
            if sealed is None:
                raise Unavailable(
                    f"What is kept secretly for {row.kind} {row.document_id} was written with another key than that of "
                    "this home. Restore the key from a backup, or write it anew."
                )
        return Document(
            kind=row.kind,
            document_id=row.document_id,
            name=row.name,
            owner=row.owner,
            created_ms=row.created_ms,
            updated_ms=row.updated_ms,
            body=rows.from_json(row.body),
            sealed=sealed,
        )


def _place(kind: str, document_id: str) -> str:
    return f"documents/{kind}/{document_id}"
