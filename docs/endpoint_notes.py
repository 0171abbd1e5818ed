"""In what single endpoints differ from the service's; the page of endpoints shows it beside each."""

from __future__ import annotations

from typing import Final

DIFFERS: Final = {
    "jobs/get": "triggers have no state yet, so asking for it adds nothing",
    "jobs/list": "2.0 answers all jobs at once, with their tasks",
    "jobs/delete": "active runs go on, and all runs stay readable by their id",
    "jobs/runs/list": "`limit` goes to 26: widely used clients ask for that many, where the service says 24",
    "jobs/runs/cancel-all": "`all_queued_runs` is refused: name a job, whose queued runs are cancelled too",
    "jobs/runs/export": "the HTML has no scripts and opens offline; there are no dashboards to export",
    "jobs/runs/get-output": "the id of a run of one task works too, as in 2.0",
    "clusters/spark-versions": "every version runs the engine of this server",
    "clusters/list-zones": "there is one zone, this machine",
    "contexts/create": "Python and SQL; Scala and R are refused",
    "libraries/install": "wheels, packages and requirement files; JARs, Maven and CRAN are refused",
    "workspace/import": "DBC archives, HTML and R Markdown are refused",
    "workspace/export": "DBC archives, HTML and R Markdown are refused",
    "secrets/scopes/create": "secrets are kept here; a key vault is refused",
    "token/create": "`scopes` is refused: a token has all rights of its user",
    "sql/statements": "results as `JSON_ARRAY`, or CSV behind links; `ARROW_STREAM` is refused",
    "POST sql/warehouses": "every warehouse is the engine of this server; its size is kept and has no effect",
    "POST unity-catalog/volumes": "managed volumes; external ones are refused",
    "POST notification-destinations": "they are kept, and nothing is sent to them yet",
    "POST repos": "sparse checkouts are refused",
    "permissions/{object_type}/{object_id}": "for the kinds of objects that are here; others are refused by name",
}
"""By path below the version, with a method where the note speaks of that one only."""

REFUSED: Final = {
    "fs/create-abort-upload-url": "files are sent to this server itself, in as many parts as needed",
    "fs/create-download-url": "files are read from this server itself",
    "fs/create-resumable-upload-url": "as above",
    "fs/create-upload-part-urls": "as above",
}
"""Endpoints that are here to answer as clients expect it, so that they take another way."""
