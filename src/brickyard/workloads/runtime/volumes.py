"""Volumes: folders below /Volumes, one for each catalog, schema and name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from brickyard.workloads.runtime import errors, names, shows
from brickyard.workloads.runtime.context import NAME, Context, answer


def _folder(context: Context, *parts: str) -> Path:
    return Path(context.resolver.paths.local("/Volumes/" + "/".join(parts)))


def change(context: Context, match: re.Match[str]) -> None:
    """CREATE VOLUME [IF NOT EXISTS] name, DROP VOLUME [IF EXISTS] name.

    Raises:
        AnalysisException: the schema is not there; the volume is there already, or is not.
    """
    table = context.table(names.split(match["name"]))
    catalog, schema, name = table.catalog, table.schema, table.name
    if context.metastore.schema(catalog, schema) is None:
        raise errors.schema_not_found(names.written((catalog, schema)))
    folder = _folder(context, catalog, schema, name)
    if match["verb"].upper() == "CREATE":
        if folder.is_dir() and not match["condition"]:
            raise errors.already_exists("VOLUME", names.written((catalog, schema, name)))
        folder.mkdir(parents=True, exist_ok=True)
    elif folder.is_dir():
        shutil.rmtree(folder)
    elif not match["condition"]:
        raise errors.analysis(
            "VOLUME_NOT_FOUND", f"The volume {names.written((catalog, schema, name))} cannot be found.", "42704"
        )


def show(context: Context, match: re.Match[str]) -> Any:
    """SHOW VOLUMES [IN schema] [LIKE pattern]."""
    catalog, schema = shows.schema_parts(context, match["schema"])
    folder = _folder(context, catalog, schema)
    found = [each.name for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    return answer(
        ["database", "volume_name"], [[schema, name] for name in shows.matching(sorted(found), match["like"])]
    )


WORDS: tuple[tuple[str, Callable[[Context, re.Match[str]], Any]], ...] = (
    (
        (
            r"(?P<verb>CREATE|DROP)\s+VOLUME\s+(?P<condition>IF\s+(?:NOT\s+)?EXISTS\s+)?"
            rf"(?P<name>{NAME})(?:\s+COMMENT\s+'[^']*')?"
        ),
        change,
    ),
    (rf"SHOW\s+VOLUMES(?:\s+(?:IN|FROM)\s+(?P<schema>{NAME}))?(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?", show),
)
