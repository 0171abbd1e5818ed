"""Unity Catalog's endpoints."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "Columns of a table",
        "Those that the metastore was told after the last change by a notebook or a SQL task; none of a Parquet table.",
        "A list never opens a table: it costs the same whatever the tables hold and wherever they are.",
    ),
    Choice(
        "What is not known: owner of a table without one, times of schemas, `type_json`, cloud and region",
        "The field is left out.",
        "The SDK reads an absent field as not known; a made-up value would be believed.",
    ),
    Choice(
        "What is kept of catalogs, schemas and volumes",
        "Their names, and the comment of a schema. Another field that says something is refused by name.",
        "A comment that is taken and lost is worse than one that is refused.",
    ),
    Choice(
        "`tables/{full_name}/exists` of a catalog or schema that is not there",
        "`table_exists` is false.",
        "The service names no other answer for them.",
    ),
    Choice(
        "Lists without `max_results`",
        "The whole list of catalogs, schemas and tables; pages of volumes and of summaries.",
        "So the SDK's own documentation has it; the SDK itself always asks for pages.",
    ),
    Choice(
        "A volume that is not there",
        "404 with `RESOURCE_DOES_NOT_EXIST`.",
        "The service's public list of codes has one for catalogs, schemas and tables, and none for volumes.",
    ),
    Choice(
        "Deleting a schema or catalog",
        "Refused while tables or volumes are in it; `force` deletes them, with the files of managed tables.",
        "As at the service, but for good: nothing is kept for `UNDROP`.",
    ),
    Choice(
        "The schema `default`",
        "In every catalog; it cannot be made or deleted.",
        "Notebooks may use it before something is in it.",
    ),
)
