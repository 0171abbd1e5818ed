"""The engine's plans (Spark Connect messages): every named table and every path in them is resolved in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from pyspark.sql.connect import proto

from brickyard.workloads.messages import TableEntry
from brickyard.workloads.runtime import errors, names, readers
from brickyard.workloads.runtime.file_metadata import FileMetadata
from brickyard.workloads.runtime.resolve import Resolver, check_readable

_RELATION = proto.Relation.DESCRIPTOR.full_name
_EXPRESSION = proto.Expression.DESCRIPTOR.full_name


class PlanResolver:
    """Replaces what a plan names by what it means."""

    def __init__(self, resolver: Resolver, schema: Callable[[Any], Any]) -> None:
        self._resolver = resolver
        self._files = FileMetadata(resolver.paths, schema)

    def resolve(self, relation: Any) -> None:
        """Resolve a relation and all below it."""
        self._resolve(relation, frozenset())
        self._files.resolve(relation, inner_relations)

    def _resolve(self, relation: Any, known: frozenset[str]) -> None:
        """`known` are names that come with the query."""
        kind = relation.WhichOneof("rel_type")
        if kind == "read":
            self._read(relation)
        elif kind == "sql":
            self._sql(relation.sql, known)
        elif kind == "with_relations":
            self._with_relations(relation.with_relations, known)
        else:
            for inner in inner_relations(relation):
                self._resolve(inner, known)

    def _with_relations(self, node: Any, known: frozenset[str]) -> None:
        own = {ref.subquery_alias.alias for ref in node.references if ref.WhichOneof("rel_type") == "subquery_alias"}
        for reference in node.references:
            self._resolve(reference, known)
        self._resolve(node.root, known | own)

    def _sql(self, node: Any, known: frozenset[str]) -> None:
        node.query = self._resolver.rewrite(node.query, known=known)

    def _read(self, relation: Any) -> None:
        read = relation.read
        if read.is_streaming:
            raise errors.refused("Structured Streaming (readStream)", "Read the files as a batch with spark.read.")
        if read.WhichOneof("read_type") == "data_source":
            readers.resolve_source(read.data_source, self._resolver.paths)
        elif read.WhichOneof("read_type") == "named_table":
            self._named_table(relation)

    def _named_table(self, relation: Any) -> None:
        table = relation.read.named_table
        parts = names.split(table.unparsed_identifier)
        resolver = self._resolver
        if resolver.is_temp_view(parts):
            table.unparsed_identifier = names.quote(parts[0].lower())
            return
        if parts[0].lower() == "global_temp":
            table.unparsed_identifier = names.written(("global_temp", parts[-1].lower()))
            return
        entry = resolver.metastore.get(names.qualify(parts, resolver.state.current))
        if entry is None:
            raise errors.table_not_found(names.written(parts))
        self._replace(relation, entry, dict(table.options), parts[-1])

    def _replace(self, relation: Any, entry: TableEntry, options: dict[str, str], alias: str) -> None:
        inner = proto.Relation()
        if entry.kind == "VIEW":
            inner.sql.query = self._resolver.view_text(entry)
        else:
            check_readable(entry)
            inner = table_relation(entry, options)
        relation.ClearField("read")
        relation.subquery_alias.alias = alias
        relation.subquery_alias.input.CopyFrom(inner)


def table_relation(entry: TableEntry, options: dict[str, str] | None = None) -> Any:
    """The relation that reads a table."""
    relation = proto.Relation()
    source = relation.read.data_source
    source.format = entry.format
    source.paths.append(entry.location)
    for key, value in (options or {}).items():
        source.options[key] = value
    return relation


def inner_relations(message: Any) -> Iterator[Any]:
    """The relations directly below a message, whatever lies between (expressions excepted)."""
    for field in _leading(message.DESCRIPTOR):
        if field.is_repeated:
            children = list(getattr(message, field.name))
        elif message.HasField(field.name):
            children = [getattr(message, field.name)]
        else:
            continue
        for child in children:
            if child.DESCRIPTOR.full_name == _RELATION:
                yield child
            else:
                yield from inner_relations(child)


@lru_cache(maxsize=1024)
def _leading(descriptor: Descriptor) -> tuple[FieldDescriptor, ...]:
    """The fields of a message through which relations can be reached."""
    return tuple(
        field for field in descriptor.fields if field.message_type is not None and _reaches(field.message_type, ())
    )


def _reaches(descriptor: Descriptor, seen: tuple[str, ...]) -> bool:
    name = descriptor.full_name
    if name == _RELATION:
        return True
    if name == _EXPRESSION or name in seen or name.startswith("google."):
        return False
    return any(
        field.message_type is not None and _reaches(field.message_type, (*seen, name)) for field in descriptor.fields
    )
