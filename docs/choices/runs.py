"""States, retries, repair, queueing and backfill."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "A dependency that was excluded, under `ALL_SUCCESS`",
        "It counts as a success; where all are excluded the task is excluded too.",
        "The service's page; the SDK's wording (executed and succeeded) would say otherwise.",
    ),
    Choice(
        "A failed task whose handler succeeded as the only leaf",
        "The run is `SUCCESS_WITH_FAILURES`.",
        "The rule of leaves on the service's page; some notes claim `FAILED`.",
    ),
)
