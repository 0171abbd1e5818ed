"""`%sql`: statements one after the other; the last result is shown and is `_sqldf` from then on."""

from __future__ import annotations

from typing import Any

from brickyard.workloads.notebooks import tables
from brickyard.workloads.notebooks.display import spark_table
from brickyard.workloads.notebooks.magics import sql_text
from brickyard.workloads.notebooks.scope import Scope
from brickyard.workloads.runtime.sql import split_statements


def run_sql(scope: Scope, text: str) -> Any:
    """Run the statements of a cell; returns the last result (a DataFrame), None where no statement had one.

    Every query is run, also one whose result is not shown: an error in it must not pass unseen.
    """
    shown: tuple[Any, tables.Table] | None = None
    text = sql_text.substitute(text, scope.widgets.all(), lambda name: _setting(scope.spark, name))
    for statement in split_statements(text):
        frame = _run_one(scope, statement)
        if frame is not None and frame.columns:
            shown = frame, spark_table(frame)
    if shown is None:
        return None
    frame, table = shown
    scope.publish(tables.bundle(table))
    return frame


def _run_one(scope: Scope, statement: str) -> Any:
    match sql_text.widget_statement(statement):
        case str() as name:
            scope.widgets.remove(name)
            return None
        case sql_text.CreateWidget() as widget:
            _create(scope, widget)
            return None
    given = {name: scope.widgets.get(name) for name in sql_text.markers(statement) if name in scope.widgets}
    return scope.spark.sql(statement, args=given) if given else scope.spark.sql(statement)


def _create(scope: Scope, widget: sql_text.CreateWidget) -> None:
    choices: list[str] = []
    if widget.choices:
        choices = [str(row[0]) for row in scope.spark.sql(widget.choices).limit(1024).collect()]
    scope.widgets.define(widget.kind, widget.name, widget.default, choices)  # type: ignore[arg-type]  # the pattern has only these kinds


def _setting(spark: Any, name: str) -> str | None:
    value = spark.conf.get(name, None)
    return None if value is None else str(value)
