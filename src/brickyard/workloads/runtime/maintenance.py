"""OPTIMIZE, VACUUM, RESTORE of Delta tables, statements about caches, and those that are refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from deltalake.exceptions import DeltaError

from brickyard.workloads.runtime import delta, errors, names
from brickyard.workloads.runtime.context import NAME, Context, answer


def optimize(context: Context, match: re.Match[str]) -> Any:
    """OPTIMIZE name [ZORDER BY (columns)]."""
    if match["where"]:
        raise errors.refused("OPTIMIZE … WHERE", "Optimize the whole table.")
    entry = context.tables.writable(names.split(match["name"]))
    table = delta.open_table(entry.location)
    columns = [names.split(each)[0] for each in (match["columns"] or "").strip(" ()").split(",") if each.strip()]
    try:
        metrics = table.optimize.z_order(columns) if columns else table.optimize.compact()
    except DeltaError as error:
        raise errors.analysis("DELTA_OPTIMIZE_FAILED", str(error)) from None
    row = [entry.location, metrics["numFilesAdded"], metrics["numFilesRemoved"]]
    return answer(["path", "numFilesAdded", "numFilesRemoved"], [row])


def vacuum(context: Context, match: re.Match[str]) -> Any:
    """VACUUM name [RETAIN n HOURS] [DRY RUN]."""
    entry = context.tables.writable(names.split(match["name"]))
    hours = int(match["hours"]) if match["hours"] else None
    key = "spark.databricks.delta.retentionDurationCheck.enabled"
    checked = context.tables.conf(key, "true") != "false"
    try:
        removed = delta.open_table(entry.location).vacuum(
            hours, dry_run=bool(match["dry"]), enforce_retention_duration=checked
        )
    except DeltaError as error:
        raise errors.analysis(
            "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT", f"{error}. To do it all the same, set {key} to false."
        ) from None
    if match["dry"]:
        return answer(["path"], [[f"{entry.location}/{name}"] for name in removed])
    return answer(["path"], [[entry.location]])


def restore(context: Context, match: re.Match[str]) -> Any:
    """RESTORE [TABLE] name TO VERSION AS OF n | TIMESTAMP AS OF 'time'."""
    entry = context.tables.writable(names.split(match["name"]))
    target: int | dt.datetime
    if match["version"]:
        target = int(match["version"])
    else:
        try:
            target = dt.datetime.fromisoformat(match["time"])
        except ValueError:
            raise errors.analysis("DELTA_INVALID_TIMESTAMP_FORMAT", f"{match['time']!r} is no timestamp.") from None
        target = target if target.tzinfo else target.replace(tzinfo=dt.UTC)
    try:
        metrics = delta.open_table(entry.location).restore(target)
    except DeltaError as error:
        raise errors.analysis("DELTA_CANNOT_RESTORE_TABLE_VERSION", str(error), "22003") from None
    context.tables.refresh(entry)
    columns = ["num_removed_files", "num_restored_files"]
    return answer(columns, [[metrics["numRemovedFile"], metrics["numRestoredFile"]]])


def nothing_kept(context: Context, match: re.Match[str]) -> None:
    """REFRESH, CACHE and UNCACHE: every statement reads the table as it is, and a cache would change no result.

    `CACHE TABLE name AS query` makes a temporary view, as in Spark.
    """
    if match["query"]:
        context.session.sql(match["query"], context.arguments or None).createOrReplaceTempView(match["name"])
    elif match["name"] and not (match["exists"] and not context.session.catalog.tableExists(match["name"])):
        context.session.table(match["name"])


def refuse(context: Context, match: re.Match[str]) -> None:
    """Statements that are known and do not work here."""
    way_out = {
        "GRANT": "There are no permissions on tables here; leave it out.",
        "REVOKE": "There are no permissions on tables here; leave it out.",
        "COPY": "Use INSERT INTO … SELECT * FROM parquet.`path`, and keep what was read in a table.",
        "DECLARE": "Use Python variables and spark.sql(text, args).",
        "BEGIN": "Use Python for control flow.",
        "MERGE WITH SCHEMA EVOLUTION": "Add the columns first: ALTER TABLE … ADD COLUMNS.",
        "ANALYZE": "The engine needs no statistics; leave it out.",
    }
    del context
    word = " ".join(match["word"].upper().split())
    raise errors.refused(f"{word} …", way_out.get(word, "Leave it out."))


WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = (
    (rf"OPTIMIZE\s+(?P<name>{NAME})(?P<where>\s+WHERE\s.*?)?(?:\s+ZORDER\s+BY\s*(?P<columns>.*))?", optimize),
    (
        rf"VACUUM\s+(?P<name>{NAME})(?:\s+(?:FULL|LITE))?(?:\s+RETAIN\s+(?P<hours>\d+)\s+HOURS?)?(?P<dry>\s+DRY\s+RUN)?",
        vacuum,
    ),
    (
        (
            rf"RESTORE\s+(?:TABLE\s+)?(?P<name>{NAME})\s+(?:TO\s+)?"
            r"(?:VERSION\s+AS\s+OF\s+(?P<version>\d+)|TIMESTAMP\s+AS\s+OF\s+['\"](?P<time>[^'\"]+)['\"])"
        ),
        restore,
    ),
    (
        (
            r"(?:REFRESH|CACHE(?:\s+LAZY)?|UNCACHE)\s+(?:TABLE\s+)?(?P<exists>IF\s+EXISTS\s+)?"
            rf"(?P<name>{NAME})(?:\s+OPTIONS\s*\([^)]*\))?(?:\s+(?:AS\s+)?(?P<query>(?:SELECT|WITH|VALUES)\b.*))?"
        ),
        nothing_kept,
    ),
    (r"CLEAR\s+CACHE(?P<name>)(?P<query>)(?P<exists>)", nothing_kept),
    (r"(?P<word>MERGE\s+WITH\s+SCHEMA\s+EVOLUTION)\b.*", refuse),
    (r"(?P<word>GRANT|REVOKE|COPY|DECLARE|BEGIN|ANALYZE|MSCK|SYNC|CALL|EXECUTE)\b.*", refuse),
)
