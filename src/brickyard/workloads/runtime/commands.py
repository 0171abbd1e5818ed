"""Commands of the Spark Connect protocol: which pass as they are, which are changed, which are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from brickyard.workloads.runtime import errors, literals, names, writes
from brickyard.workloads.runtime.plans import PlanResolver
from brickyard.workloads.runtime.tables import Tables

DONE: tuple[None, dict[str, Any], None] = (None, {}, None)
"""What a command that has no answer returns to pyspark."""
_ALIASED = re.compile(r"(.+) AS (`(?:[^`]|``)+`)")
"""The target of a merge with another name for its condition: ours, as pyspark's own merge has no alias."""
_BATCH = "Run the job on a schedule and process what is new as a batch."
_REFUSED = {
    "write_stream_operation_start": ("Structured Streaming (writeStream)", _BATCH),
    "streaming_query_command": ("Structured Streaming", _BATCH),
    "streaming_query_manager_command": ("Structured Streaming", _BATCH),
    "streaming_query_listener_bus_command": ("Structured Streaming", _BATCH),
    "pipeline_command": ("Declarative pipelines in a notebook (dlt)", "Write the tables with notebook tasks."),
    "ml_command": ("pyspark.ml", "Use scikit-learn on a pandas frame."),
    "checkpoint_command": ("DataFrame.checkpoint()", "Write the frame to a table and read it again."),
    "create_resource_profile_command": ("Resource profiles", "Leave them out: there is one engine."),
}


class Commands:
    """Dispatch by kind of command."""

    def __init__(self, tables: Tables, plans: PlanResolver) -> None:
        self._tables = tables
        self._plans = plans

    def run(self, command: Any, execute: Callable[[Any], Any]) -> Any:
        """Run a command of user code; returns what pyspark's client expects."""
        kind = command.WhichOneof("command_type")
        if kind in _REFUSED:
            raise errors.refused(*_REFUSED[kind])
        if kind == "write_operation":
            self._plans.resolve(command.write_operation.input)
            writes.save(self._tables, command.write_operation)
            return DONE
        if kind == "write_operation_v2":
            self._plans.resolve(command.write_operation_v2.input)
            writes.save_v2(self._tables, command.write_operation_v2)
            return DONE
        if kind == "create_dataframe_view":
            return self._view(command, execute)
        if kind == "sql_command":
            self._plans.resolve(command.sql_command.input)
        if kind == "merge_into_table_command":
            return self._merge(command, execute)
        return execute(command)

    def _view(self, command: Any, execute: Callable[[Any], Any]) -> Any:
        view = command.create_dataframe_view
        self._plans.resolve(view.input)
        spelling, view.name = view.name, view.name.lower()
        answer = execute(command)
        if not view.is_global:
            self._tables.resolver.state.temp_views[view.name] = spelling
        return answer

    def _merge(self, command: Any, execute: Callable[[Any], Any]) -> Any:
        """The condition names the target by its last name: so the engine gets to know it, for this one command."""
        merge = command.merge_into_table_command
        if merge.with_schema_evolution:
            raise errors.refused("withSchemaEvolution", "Add the columns first: ALTER TABLE … ADD COLUMNS.")
        self._plans.resolve(merge.source_table_plan)
        aliased = _ALIASED.fullmatch(merge.target_table_name)
        parts = names.split(aliased[1] if aliased else merge.target_table_name)
        entry = self._tables.writable(parts)
        if not entry.table.catalog and not aliased:
            merge.target_table_name = f"delta.{names.quote(entry.location)}"
            return execute(command)
        merge.target_table_name = f"default.{aliased[2] if aliased else names.quote(parts[-1])}"
        location = literals.text(entry.location)
        self._tables.execute(f"CREATE TABLE {merge.target_table_name} USING delta LOCATION {location}")
        try:
            return execute(command)
        finally:
            self._tables.execute(f"DROP TABLE {merge.target_table_name}")
