"""Documents as every database keeps them; what is sealed in them opens nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text, update

from brickyard.errors import Unavailable
from brickyard.records import Document
from brickyard.storage.compute_tables import DOCUMENTS
from brickyard.storage.store import SqlStore

SECRET = b"geheim-\x00-hook"


def document(document_id: str = "1", **fields: Any) -> Document:
    chosen: dict[str, Any] = {
        "kind": "pools", "document_id": document_id, "name": "ore", "owner": "ada", "created_ms": 5, "updated_ms": 5,
        "body": {"a": [1, None, "ü"], "b": {"c": 2**53}},
    }  # fmt: skip
    return Document(**(chosen | fields))


def test_a_document_is_saved_and_saved_again(store: SqlStore) -> None:
    store.documents.save(document())
    assert store.documents.get("pools", "1") == document()
    changed = document(name="coal", body={}, updated_ms=9, sealed=SECRET)
    store.documents.save(changed)
    assert store.documents.get("pools", "1") == changed
    store.documents.save(replace(changed, sealed=None))
    assert store.documents.get("pools", "1") == replace(changed, sealed=None)


def test_documents_are_found_by_kind_and_name_oldest_first(store: SqlStore) -> None:
    for name, at in (("b", 2), ("c", 1), ("a", 2)):
        store.documents.save(document(name, created_ms=at, name=f"n{name}"))
    store.documents.save(document("a", kind="policies"))
    assert [each.document_id for each in store.documents.find("pools")] == ["c", "a", "b"]
    assert [each.document_id for each in store.documents.find("pools", name="nb")] == ["b"]
    assert [list(store.documents.find(*words)) for words in (("Pools",), ("",))] == [[], []]
    assert list(store.documents.find("pools", name="NB")) == []


def test_a_deleted_document_is_gone_and_its_namesake_of_another_kind_is_not(store: SqlStore) -> None:
    store.documents.save(document())
    store.documents.save(document(kind="policies"))
    assert store.documents.delete("pools", "1") is True
    assert store.documents.delete("pools", "1") is False
    assert store.documents.get("pools", "1") is None
    assert store.documents.get("policies", "1") is not None


def test_what_is_sealed_is_not_in_the_database_in_the_clear(store: SqlStore) -> None:
    """S51: whoever has a copy of the database has no secret."""
    store.documents.save(document(sealed=SECRET))
    with store._db.read() as connection:
        rows = connection.execute(text("SELECT * FROM documents")).all()
    assert SECRET not in b"".join(bytes(each) for row in rows for each in row if isinstance(each, bytes | memoryview))
    assert "geheim" not in str(rows)


def test_what_is_sealed_for_one_document_opens_for_no_other(store: SqlStore) -> None:
    """Else whoever may write to the database could show one person's secret under another's document."""
    store.documents.save(document("1", sealed=SECRET))
    store.documents.save(document("2", sealed=b"other"))
    with store._db.read() as connection:
        stolen = connection.execute(text("SELECT sealed FROM documents WHERE document_id = '1'")).scalar_one()
    statement = update(DOCUMENTS).where(DOCUMENTS.c.document_id == "2").values(sealed=stolen)
    store._db.write(lambda connection: connection.execute(statement))
    with pytest.raises(Unavailable, match="pools 2"):
        store.documents.get("pools", "2")
    found = store.documents.get("pools", "1")
    assert found is not None
    assert found.sealed == SECRET
