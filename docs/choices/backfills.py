"""Backfills: at the service a function of its web page, without an endpoint."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "How a backfill is started",
        "By `brickyard jobs backfill` and by endpoints of our own.",
        "The service has no endpoint for it.",
    ),
    Choice(
        "`{{backfill.*}}`",
        "The start of the interval by the clock of the backfill's zone, UTC unless another is named. In a"
        " run that no backfill"
        " started it has no value, and the task fails.",
        "The service's page shows UTC only.",
    ),
    Choice(
        "Intervals",
        "Minutes and hours are lengths of time; days, weeks and months are calendar days of the zone. The"
        " end is exclusive.",
        "Not documented; so a day with 23 hours is one interval.",
    ),
    Choice(
        "Intervals that ran before",
        "Run again if they failed (`--rerun missing|failed|all`). `SUCCESS_WITH_FAILURES` is a success.",
        "Not documented.",
    ),
    Choice(
        "Number of runs",
        "At most 100 for each request, as at the service; `--max` raises it to 10,000.",
        "The service's page.",
    ),
    Choice(
        "Type and name of the runs",
        "`trigger` is `ONE_TIME`; the name ends in `(backfill 2026-01-03)`.",
        "The service marks the name; its text is not published.",
    ),
)
