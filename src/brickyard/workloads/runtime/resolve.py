"""What a name means now: a temporary view, files, a table of the metastore, or a view that is expanded.

A table is always handed to the engine as its location, a view as its text. So the engine keeps no copy of the metastore
that could grow old, upper and lower case never matter, and what another task has committed is seen at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from brickyard.workloads.messages import TableEntry, TableName
from brickyard.workloads.runtime import dialect, errors, literals, names, references
from brickyard.workloads.runtime.metastore import Metastore
from brickyard.workloads.runtime.names import Namespace
from brickyard.workloads.runtime.paths import PathMap
from brickyard.workloads.runtime.references import CurrentCall, TableRef

FILE_FORMATS = frozenset({"delta", "parquet", "csv", "json", "text", "binaryfile", "iceberg", "avro"})
_READABLE = frozenset({"delta", "parquet"})
_DEPTH = 50


@dataclass(slots=True)
class State:
    """What a task's session remembers between statements."""

    current: Namespace
    temp_views: dict[str, str]
    """Temporary views: their names in lower case, as the engine knows them, to the spelling of their maker."""


class Resolver:
    """Turns names into what the engine understands."""

    def __init__(self, metastore: Metastore, paths: PathMap, state: State) -> None:
        self.metastore = metastore
        self.paths = paths
        self.state = state
        self.engine_columns: Callable[[str], Sequence[str]] = _no_columns
        """The names of the columns of a resolved query."""

    def table_name(self, text: str) -> TableName:
        """The full name that a written name means now."""
        return names.qualify(names.split(text), self.state.current)

    def is_temp_view(self, parts: Sequence[str]) -> bool:
        """Whether a temporary view hides the metastore's tables."""
        return len(parts) == 1 and parts[0].lower() in self.state.temp_views

    def rewrite(self, text: str, *, known: frozenset[str] = frozenset()) -> str:
        """The text of a query or of a change of rows, with every table replaced.

        `known` are names that come with the query.

        Raises:
            AnalysisException: a name or a path is not there.
        """
        return self._rewrite(text, self.state.current, known, temporary=True, depth=0)

    def _rewrite(
        self,
        text: str,
        current: Namespace,
        known: frozenset[str],
        *,
        temporary: bool,
        depth: int,
    ) -> str:
        text = dialect.plain(text, lambda probe: self._columns(probe, current, known, temporary=temporary, depth=depth))
        found = references.of(text)
        if depth > _DEPTH:
            raise errors.analysis("RECURSIVE_VIEW", f"Views refer to each other more than {_DEPTH} levels deep.")
        edits = [(start, end, "") for start, end in found.qualifiers]
        edits += [(call.start, call.end, _current(call, current)) for call in found.calls]
        written = [ref.parts for ref in found.tables]
        given = [
            self._given(ref, parts, known, temporary=temporary)
            for ref, parts in zip(found.tables, written, strict=True)
        ]
        wanted = [names.qualify(parts, current) for parts, done in zip(written, given, strict=True) if done is None]
        entries = iter(self.metastore.lookup(wanted))
        for ref, parts, done in zip(found.tables, written, given, strict=True):
            replacement = self._entry_text(next(entries), ref, parts, depth) if done is None else done
            edits.append((ref.start, ref.end, replacement))
            if ref.alias_at is not None and not _is_file(parts):
                edits.append((ref.alias_at, ref.alias_at, f" AS {names.quote(parts[-1])}"))
        return _apply(text, edits) if edits else text

    def _columns(
        self, probe: str, current: Namespace, known: frozenset[str], *, temporary: bool, depth: int
    ) -> Sequence[str]:
        """The names of a query's columns, whatever its parameters are."""
        if any(name in probe for name in known):
            raise errors.refused("QUALIFY or * EXCEPT on a data frame in {…}", "Make a temporary view of it.")
        text = literals.without_parameters(probe.strip())
        return self.engine_columns(self._rewrite(text, current, known, temporary=temporary, depth=depth))

    def _given(self, ref: TableRef, parts: tuple[str, ...], known: frozenset[str], *, temporary: bool) -> str | None:
        """What stands for a name that the metastore need not be asked for."""
        if ref.cte:
            return names.quote(ref.cte)
        if temporary and len(parts) == 1:
            if parts[0] in known:
                return names.quote(parts[0])
            if parts[0].lower() in self.state.temp_views:
                return names.quote(parts[0].lower())
        if parts[0].lower() == "global_temp" and len(parts) == 2:
            return names.written(("global_temp", parts[1].lower()))
        if _is_file(parts):
            return f"{parts[0].lower()}.{names.quote(self.paths.existing([parts[1]])[0])}"
        return None

    def _entry_text(self, entry: TableEntry | None, ref: TableRef, parts: Sequence[str], depth: int) -> str:
        if entry is None:
            raise errors.table_not_found(names.written(parts))
        if entry.kind == "VIEW":
            return f"({self.view_text(entry, depth)})"
        check_readable(entry)
        version = f" VERSION AS OF {ref.version}" if ref.version else ""
        return f"{entry.format}.{names.quote(entry.location)}{version}"

    def view_text(self, entry: TableEntry, depth: int = 0) -> str:
        """The query of a view, seen from the catalog and schema where it was made, with every table replaced."""
        home = Namespace(entry.view_catalog or entry.table.catalog, entry.view_schema or entry.table.schema)
        return self._rewrite(entry.view_text, home, frozenset(), temporary=False, depth=depth + 1)


def _no_columns(_: str) -> Sequence[str]:
    raise errors.refused("QUALIFY or * EXCEPT before the engine is there", "Use it in spark.sql.")


def check_readable(entry: TableEntry) -> None:
    """Refuse a table whose format the engine cannot read by its location alone."""
    if entry.format not in _READABLE:
        raise errors.refused(f"A table in the format {entry.format}", "Read its files with spark.read instead.")


def _is_file(parts: Sequence[str]) -> bool:
    return len(parts) == 2 and parts[0].lower() in FILE_FORMATS and ("/" in parts[1] or ":" in parts[1])


def _current(call: CurrentCall, current: Namespace) -> str:
    text = f"'{current.catalog if call.catalog else current.schema}'"
    return f"{text} AS {names.quote(call.alias)}" if call.alias else text


def _apply(text: str, edits: list[tuple[int, int, str]]) -> str:
    pieces, at = [], 0
    for start, end, replacement in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        pieces += [text[at:start], replacement]
        at = end
    return "".join([*pieces, text[at:]])
