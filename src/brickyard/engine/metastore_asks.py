"""What notebooks ask of the catalog of tables."""

from __future__ import annotations

from typing import Any, assert_never

import msgspec

from brickyard.ports import MetastoreStore
from brickyard.workloads.messages import (
    DropSchema,
    DropTable,
    ListSchemas,
    ListTables,
    LookupTables,
    PutSchema,
    PutTable,
)

MetastoreAsk = LookupTables | ListTables | ListSchemas | PutTable | DropTable | PutSchema | DropSchema


class MetastoreAsks:
    """Passes asks on to the store."""

    def __init__(self, store: MetastoreStore) -> None:
        self._store = store

    def answer(self, body: MetastoreAsk) -> Any:
        """The answer, ready for JSON.

        Raises:
            NotFound, AlreadyExists, DirectoryNotEmpty: as the store says.
        """
        match body:
            case LookupTables() | ListTables() | ListSchemas():
                return self._read(body)
            case PutTable():
                return self._store.put(body.entry, mode=body.mode)
            case DropTable():
                return self._store.drop(body.table)
            case PutSchema():
                return self._put_schema(body)
            case DropSchema():
                return self._drop_schema(body)
            case _:
                assert_never(body)

    def _read(self, body: LookupTables | ListTables | ListSchemas) -> Any:
        match body:
            case LookupTables():
                return msgspec.to_builtins(list(self._store.lookup(body.names)))
            case ListTables():
                return msgspec.to_builtins(list(self._store.tables(body.catalog, body.schema)))
            case ListSchemas(catalog=None):
                return list(self._store.catalogs())
            case ListSchemas(catalog=str(catalog)):
                return msgspec.to_builtins(list(self._store.schemas(catalog)))

    def _put_schema(self, body: PutSchema) -> None:
        if body.entry.name:
            self._store.create_schema(body.entry, if_absent=body.if_absent)
        else:
            self._store.create_catalog(body.entry.catalog, if_absent=body.if_absent)

    def _drop_schema(self, body: DropSchema) -> None:
        if body.name:
            self._store.drop_schema(body.catalog, body.name, cascade=body.cascade)
        else:
            self._store.drop_catalog(body.catalog, cascade=body.cascade)
