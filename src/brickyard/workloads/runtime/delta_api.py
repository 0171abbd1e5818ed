"""`from delta.tables import DeltaTable`: Delta's Python API on the statements and plans of the runtime.

Source of the method names and their meaning: the public documentation of Delta Lake's Python API.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pyspark.sql.connect import functions
from pyspark.sql.connect.merge import MergeIntoWriter

from brickyard.workloads.runtime import delta, errors, names
from brickyard.workloads.runtime.delta_create import DeltaTableBuilder
from brickyard.workloads.runtime.delta_merge import DeltaMergeBuilder, assignments, condition_of, expression
from brickyard.workloads.runtime.dml import merged
from brickyard.workloads.runtime.tables import delta_only

if TYPE_CHECKING:
    from brickyard.workloads.runtime.session import RuntimeSession


class DeltaOptimizeBuilder:
    """`dt.optimize()`."""

    def __init__(self, session: RuntimeSession, name: str) -> None:
        self._session = session
        self._name = name

    def where(self, partition_filter: str) -> DeltaOptimizeBuilder:
        """Refused: the whole table is optimized."""
        raise errors.refused(f"optimize().where({partition_filter!r})", "Optimize the whole table.")

    def executeCompaction(self) -> Any:  # noqa: N802  Delta's name
        """Merge small files."""
        return self._session.sql(f"OPTIMIZE {self._name}")

    def executeZOrderBy(self, *columns: Any) -> Any:  # noqa: N802  Delta's name
        """Sort rows that are near in these columns into the same files."""
        given = columns[0] if len(columns) == 1 and isinstance(columns[0], list | tuple) else columns
        return self._session.sql(f"OPTIMIZE {self._name} ZORDER BY ({', '.join(map(names.quote, given))})")


class DeltaTable:
    """A Delta table of a name or a path."""

    def __init__(self, session: RuntimeSession, name: str, alias: str = "") -> None:
        """`name` is as SQL writes it. User code calls `forName` or `forPath`."""
        self._session = session
        self._name = name
        self._alias = alias

    # ------------------------------------------------------------------------------------------------ finding one

    @classmethod
    def forName(cls, sparkSession: Any, tableOrViewName: str) -> DeltaTable:  # noqa: N802, N803  Delta's names
        """The table of a name.

        Raises:
            AnalysisException: it is not there, or no Delta table.
        """
        sparkSession.tables.writable(names.split(tableOrViewName))
        return cls(sparkSession, names.written(names.split(tableOrViewName)))

    @classmethod
    def forPath(cls, sparkSession: Any, path: str, hadoopConf: Any = None) -> DeltaTable:  # noqa: N802, N803  Delta's names
        """The table at a path.

        Raises:
            AnalysisException: there is none.
        """
        if hadoopConf:
            raise errors.refused("hadoopConf of DeltaTable.forPath", "Leave it out.")
        if not cls.isDeltaTable(sparkSession, path):
            raise errors.analysis("DELTA_MISSING_DELTA_TABLE", f"{path} is not a Delta table.", "42P01")
        return cls(sparkSession, f"delta.{names.quote(path)}")

    @classmethod
    def isDeltaTable(cls, sparkSession: Any, identifier: str) -> bool:  # noqa: N802, N803  Delta's names
        """Whether a Delta table is at a path."""
        return delta.exists(sparkSession.paths.local(identifier))

    @classmethod
    def create(cls, sparkSession: Any = None) -> DeltaTableBuilder:  # noqa: N803  Delta's name
        """Builds a new table; one of this name must not be there."""
        return DeltaTableBuilder(sparkSession, "CREATE TABLE", cls)

    @classmethod
    def createIfNotExists(cls, sparkSession: Any = None) -> DeltaTableBuilder:  # noqa: N802, N803  Delta's names
        """Builds a table where there is none of this name."""
        return DeltaTableBuilder(sparkSession, "CREATE TABLE IF NOT EXISTS", cls)

    @classmethod
    def createOrReplace(cls, sparkSession: Any = None) -> DeltaTableBuilder:  # noqa: N802, N803  Delta's names
        """Builds a table; one of this name is replaced."""
        return DeltaTableBuilder(sparkSession, "CREATE OR REPLACE TABLE", cls)

    @classmethod
    def replace(cls, sparkSession: Any = None) -> Any:  # noqa: N803  Delta's name
        """Refused."""
        del sparkSession
        raise errors.refused("DeltaTable.replace", "Use DeltaTable.createOrReplace.")

    @classmethod
    def convertToDelta(cls, *_: Any) -> Any:  # noqa: N802  Delta's name
        """Refused."""
        raise errors.refused("DeltaTable.convertToDelta", "Write the rows: spark.read.parquet(…).write.save(…).")

    # ------------------------------------------------------------------------------------------------ reading it

    def toDF(self) -> Any:  # noqa: N802  Delta's name
        """Its rows now."""
        frame = self._session.sql(f"SELECT * FROM {self._name}")  # noqa: S608  a quoted name
        return frame.alias(self._alias) if self._alias else frame

    def alias(self, aliasName: str) -> DeltaTable:  # noqa: N803  Delta's name
        """The same table; conditions of `merge` name it so."""
        return DeltaTable(self._session, self._name, aliasName)

    def history(self, limit: int | None = None) -> Any:
        """Its commits, the newest first."""
        return self._session.sql(f"DESCRIBE HISTORY {self._name}" + (f" LIMIT {limit}" if limit is not None else ""))

    def detail(self) -> Any:
        """Format, place, files and properties."""
        return self._session.sql(f"DESCRIBE DETAIL {self._name}")

    # ------------------------------------------------------------------------------------------------ changing it

    def merge(self, source: Any, condition: Any) -> DeltaMergeBuilder:
        """Begin a merge of a frame's rows into the table."""
        writer = MergeIntoWriter(source._plan, self._session, self._target(), expression(condition))  # noqa: SLF001  as pyspark's own
        return DeltaMergeBuilder(writer, self._merge)

    def delete(self, condition: Any = None) -> Any:
        """Remove the rows that match; all without a condition."""
        if condition is None or isinstance(condition, str):
            where = f" WHERE {condition}" if condition else ""
            return self._session.sql(f"DELETE FROM {self._name}{self._as()}{where}")  # noqa: S608  the user's own SQL
        writer = self._of_no_source()
        writer.whenNotMatchedBySource(condition).delete()
        return self._merge(writer)

    def update(self, condition: Any = None, set: Any = None) -> Any:  # noqa: A002  Delta's name
        """Set columns of the rows that match; of all without a condition."""
        changes = assignments(set)
        if (condition is None or isinstance(condition, str)) and all(isinstance(value, str) for value in set.values()):
            changed = ", ".join(f"{column} = {value}" for column, value in set.items())
            where = f" WHERE {condition}" if condition else ""
            return self._session.sql(f"UPDATE {self._name}{self._as()} SET {changed}{where}")  # noqa: S608  the user's own SQL
        writer = self._of_no_source()
        writer.whenNotMatchedBySource(condition_of(condition)).update(changes)
        return self._merge(writer)

    def vacuum(self, retentionHours: float | None = None) -> Any:  # noqa: N803  Delta's name
        """Remove files that no version of the last hours needs."""
        hours = f" RETAIN {int(retentionHours)} HOURS" if retentionHours is not None else ""
        return self._session.sql(f"VACUUM {self._name}{hours}")

    def optimize(self) -> DeltaOptimizeBuilder:
        """Begin an optimization."""
        return DeltaOptimizeBuilder(self._session, self._name)

    def restoreToVersion(self, version: int) -> Any:  # noqa: N802  Delta's name
        """Make an older version the current one."""
        return self._session.sql(f"RESTORE TABLE {self._name} TO VERSION AS OF {int(version)}")

    def restoreToTimestamp(self, timestamp: str) -> Any:  # noqa: N802  Delta's name
        """Make the version of a time the current one."""
        return self._session.sql(f"RESTORE TABLE {self._name} TO TIMESTAMP AS OF '{timestamp}'")

    def generate(self, mode: str) -> None:
        """Refused."""
        raise errors.refused(f"DeltaTable.generate({mode!r})", "Read the table with a Delta reader.")

    def upgradeTableProtocol(self, readerVersion: int, writerVersion: int) -> None:  # noqa: N802, N803  Delta's names
        """Refused."""
        raise errors.refused(
            f"upgradeTableProtocol({readerVersion}, {writerVersion})", "Leave it out: a feature upgrades the table."
        )

    # ------------------------------------------------------------------------------------------------------------

    def _target(self) -> str:
        return self._name + self._as()

    def _as(self) -> str:
        return f" AS {names.quote(self._alias)}" if self._alias else ""

    def _of_no_source(self) -> MergeIntoWriter:
        """A merge that finds every row only in the table: the engine has no update by columns of its own."""
        nothing = self._session.range(0).toDF("nothing")._plan  # noqa: SLF001  as pyspark's own
        return MergeIntoWriter(nothing, self._session, self._target(), functions.lit(False))

    def _merge(self, writer: MergeIntoWriter) -> Any:
        entry = delta_only(self._session.tables.writable(names.split(self._name)))
        return self._session.local(merged(entry, writer.merge))


def install() -> None:
    """Make `import delta` find this module, as on Databricks, where it is part of the runtime."""
    package, module = ModuleType("delta"), ModuleType("delta.tables")
    for offered in (DeltaTable, DeltaTableBuilder, DeltaMergeBuilder, DeltaOptimizeBuilder):
        setattr(module, offered.__name__, offered)
    setattr(package, "DeltaTable", DeltaTable)  # noqa: B010  a module of our own making has no such attribute
    setattr(package, "tables", module)  # noqa: B010
    package.__path__ = []
    sys.modules.update({"delta": package, "delta.tables": module})
