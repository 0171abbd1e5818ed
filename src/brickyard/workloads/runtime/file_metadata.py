"""`input_file_name()` and `_metadata`: which file a row is from.

The engine has neither. A read whose plan uses one of them becomes a union of reads of single files, each with a hidden
column of what is known of its file; the hidden column is dropped above the last use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql.connect import proto

from brickyard.workloads.runtime import errors, literals
from brickyard.workloads.runtime.paths import PathMap, expand, is_remote

_HIDDEN = "__brickyard_file"
_FORMATS = frozenset({"csv", "json", "parquet", "text"})
_PASSING = frozenset(
    {"filter", "limit", "offset", "with_columns", "subquery_alias", "sort", "sample", "repartition", "project"}
)
_CALL = re.compile(r"\binput_file_name\s*\(\s*\)", re.IGNORECASE)
_COLUMN = re.compile(r"(?<![\w.`])`?_metadata`?(?![\w])", re.IGNORECASE)
_MOST_FILES = 2000


class FileMetadata:
    """Rewrites plans that ask for a row's file."""

    def __init__(self, paths: PathMap, schema: Callable[[Any], Any]) -> None:
        self._paths = paths
        self._schema = schema

    def resolve(self, relation: Any, inner: Callable[[Any], Iterator[Any]]) -> None:
        """Rewrite a resolved relation in place.

        Raises:
            UnsupportedOperationException: the file of a row is not known at this place of the plan.
        """
        text = relation.SerializeToString()
        if b"_metadata" in text or b"input_file_name" in text:
            self._descend(relation, inner)

    def _descend(self, relation: Any, inner: Callable[[Any], Iterator[Any]]) -> None:
        if not any(_mentions(each) for each in _expressions(relation)):
            for below in inner(relation):
                self._descend(below, inner)
            return
        self._provide(relation)
        whole = proto.Relation()
        whole.CopyFrom(relation)
        relation.Clear()
        relation.common.CopyFrom(whole.common)
        relation.drop.input.CopyFrom(whole)
        relation.drop.column_names.append(_HIDDEN)

    def _provide(self, relation: Any) -> None:
        """Give the relation the hidden column, and let its expressions use it."""
        kind = relation.WhichOneof("rel_type")
        if kind == "read" and relation.read.data_source.format.lower() in _FORMATS:
            self._split(relation)
            return
        if kind not in _PASSING:
            raise errors.refused(
                "input_file_name() or _metadata after a join, a grouping or a read that is not of files",
                "Add the column right after spark.read: .withColumn('file', input_file_name()).",
            )
        for expression in list(_expressions(relation)):
            if kind == "project":
                _name_column(expression)
            _replace(expression)
        if kind == "project" and not any(each.HasField("unresolved_star") for each in relation.project.expressions):
            relation.project.expressions.add().unresolved_attribute.unparsed_identifier = _HIDDEN
        self._provide(getattr(relation, kind).input)

    def _split(self, relation: Any) -> None:
        source = relation.read.data_source
        if source.format.lower() in {"json", "parquet"} and not source.schema:
            # Files may lack columns: all are read with the columns that all of them have together.
            source.schema = self._schema(relation).json()
        files = _files(source)
        reads = [self._single(relation, file) for file in files] or [_without_file(relation)]
        common = proto.RelationCommon()
        common.CopyFrom(relation.common)
        relation.CopyFrom(_union(reads))
        relation.common.CopyFrom(common)

    def _single(self, relation: Any, file: Path) -> Any:
        read = proto.Relation()
        read.CopyFrom(relation)
        del read.read.data_source.paths[:]
        read.read.data_source.paths.append(str(file))
        status = file.stat()
        name = self._paths.users(str(file))
        shown = f"dbfs:{name}" if name.startswith("/Volumes/") else self._paths.shown(name)
        fields = {
            "file_path": literals.text(shown),
            "file_name": literals.text(file.name),
            "file_size": f"{status.st_size}L",
            "file_block_start": "0L",
            "file_block_length": f"{status.st_size}L",
            "file_modification_time": f"timestamp_micros({status.st_mtime_ns // 1000})",
        }
        return _with_column(read, ", ".join(f"'{key}', {value}" for key, value in fields.items()))


def _without_file(relation: Any) -> Any:
    kinds = {"file_size": "BIGINT", "file_block_start": "BIGINT", "file_block_length": "BIGINT"}
    kinds |= {"file_path": "STRING", "file_name": "STRING", "file_modification_time": "TIMESTAMP"}
    return _with_column(relation, ", ".join(f"'{key}', CAST(NULL AS {kind})" for key, kind in kinds.items()))


def _with_column(read: Any, fields: str) -> Any:
    result = proto.Relation()
    result.project.input.CopyFrom(read)
    result.project.expressions.add().unresolved_star.SetInParent()
    result.project.expressions.add().expression_string.expression = f"named_struct({fields}) AS {_HIDDEN}"
    return result


def _union(reads: Sequence[Any]) -> Any:
    """A balanced tree: a message may not be nested deeply."""
    if len(reads) == 1:
        return reads[0]
    middle = len(reads) // 2
    result = proto.Relation()
    result.set_op.set_op_type = proto.SetOperation.SET_OP_TYPE_UNION
    result.set_op.is_all = True
    result.set_op.left_input.CopyFrom(_union(reads[:middle]))
    result.set_op.right_input.CopyFrom(_union(reads[middle:]))
    return result


def _files(source: Any) -> list[Path]:
    if any(is_remote(path) for path in source.paths):
        raise errors.refused("input_file_name() or _metadata of an object store", "List the files and read each.")
    recursive = {key.lower(): value for key, value in source.options.items()}.get("recursivefilelookup", "") == "true"
    found: list[Path] = []
    for place in (Path(name) for path in source.paths for name in ([path] if Path(path).exists() else expand(path))):
        if place.is_dir():
            children = sorted(place.rglob("*") if recursive else place.iterdir())
            if any(child.is_dir() and "=" in child.name for child in children):
                raise errors.refused("input_file_name() or _metadata of partitioned folders", "Read each partition.")
            found += [child for child in children if child.is_file()]
        else:
            found.append(place)
    # As Spark and the engine do: names that begin so are not data.
    found = [file for file in found if file.name[0] not in "._"]
    if len(found) > _MOST_FILES:
        raise errors.refused(f"input_file_name() or _metadata of {len(found)} files", "Read them in several steps.")
    return found


def _expressions(message: Any) -> Iterator[Any]:
    """The expressions of a relation itself."""
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for child in value if field.is_repeated else [value]:
            name = child.DESCRIPTOR.name
            if name == "Expression":
                yield child
            elif name != "Relation":
                yield from _expressions(child)


def _mentions(expression: Any) -> bool:
    kind = expression.WhichOneof("expr_type")
    if kind == "expression_string":
        text = expression.expression_string.expression
        return bool(_CALL.search(text) or _COLUMN.search(text))
    if kind == "unresolved_attribute":
        return bool(_COLUMN.match(expression.unresolved_attribute.unparsed_identifier))
    if kind == "unresolved_function" and expression.unresolved_function.function_name.lower() == "input_file_name":
        return True
    return any(_mentions(each) for each in _expressions(expression))


def _name_column(expression: Any) -> None:
    """Keep the name that a column without an alias has."""
    kind = expression.WhichOneof("expr_type")
    name = ""
    if kind == "unresolved_function" and expression.unresolved_function.function_name.lower() == "input_file_name":
        name = "input_file_name()"
    elif kind == "unresolved_attribute" and expression.unresolved_attribute.unparsed_identifier == "_metadata":
        name = "_metadata"
    elif kind == "expression_string" and _CALL.fullmatch(expression.expression_string.expression.strip()):
        name = "input_file_name()"
    elif kind == "expression_string" and expression.expression_string.expression.strip() == "_metadata":
        name = "_metadata"
    if name:
        inner = proto.Expression()
        inner.CopyFrom(expression)
        expression.Clear()
        expression.alias.expr.CopyFrom(inner)
        expression.alias.name.append(name)


def _replace(expression: Any) -> None:
    kind = expression.WhichOneof("expr_type")
    if kind == "expression_string":
        text = _CALL.sub(f"{_HIDDEN}.file_path", expression.expression_string.expression)
        expression.expression_string.expression = _COLUMN.sub(_HIDDEN, text)
    elif kind == "unresolved_attribute":
        name = expression.unresolved_attribute.unparsed_identifier
        expression.unresolved_attribute.unparsed_identifier = _COLUMN.sub(_HIDDEN, name, count=1)
    elif kind == "unresolved_function" and expression.unresolved_function.function_name.lower() == "input_file_name":
        expression.Clear()
        expression.unresolved_attribute.unparsed_identifier = f"{_HIDDEN}.file_path"
    else:
        for each in list(_expressions(expression)):
            _replace(each)
