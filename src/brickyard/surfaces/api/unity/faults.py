"""What Unity Catalog says of names that are not there, are taken, or are still in use."""

from __future__ import annotations

from typing import ClassVar

from brickyard.errors import AlreadyExists, InvalidState, NotFound


class CatalogMissing(NotFound):
    """There is no such catalog."""

    code: ClassVar[str] = "CATALOG_DOES_NOT_EXIST"


class SchemaMissing(NotFound):
    """There is no such schema."""

    code: ClassVar[str] = "SCHEMA_DOES_NOT_EXIST"


class TableMissing(NotFound):
    """There is no such table."""

    code: ClassVar[str] = "TABLE_DOES_NOT_EXIST"


class CatalogTaken(AlreadyExists):
    """There is a catalog of this name already."""

    code: ClassVar[str] = "CATALOG_ALREADY_EXISTS"


class SchemaTaken(AlreadyExists):
    """There is a schema of this name already."""

    code: ClassVar[str] = "SCHEMA_ALREADY_EXISTS"


class CatalogInUse(InvalidState):
    """The catalog is not empty."""

    code: ClassVar[str] = "CATALOG_NOT_EMPTY"


class SchemaInUse(InvalidState):
    """The schema is not empty."""

    code: ClassVar[str] = "SCHEMA_NOT_EMPTY"
