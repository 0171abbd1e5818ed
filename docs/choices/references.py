"""What `{{…}}` stands for."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "Numbers within an object of a loop's inputs",
        'As Java writes a double: `{"id": 7}` gives `7.0` for `{{input.id}}` and `{"id":7.0}` for `{{input}}`.'
        " A number that is an element itself keeps its text where it is an integer.",
        "Measured on the service.",
    ),
    Choice(
        "`{{input.key}}` without such a key, or of an element that is no object",
        "The iteration fails and names the keys that are near.",
        "Not documented.",
    ),
    Choice(
        "`{{input}}` outside of a loop",
        "Refused when the job is saved.",
        "It could never have a value.",
    ),
    Choice(
        "A task value that was not set, or whose task did not run",
        "The task that refers to it fails, in the service's words.",
        "Measured on the service with `only`.",
    ),
    Choice(
        "Rows of a SQL task",
        "Every value is text, `NULL` an empty one. `first_row` of a result without rows fails the task.",
        "The spelling was seen on the service; the last is not documented.",
    ),
    Choice("`{{tasks.x.output.alert_state}}`", "Refused.", "Only alerts have a state, and there are none."),
    Choice(
        "`{{tasks.x.error_code}}`",
        "The termination code in the form `RunExecutionError`; empty after a success.",
        "`Disabled` was seen on the service; the others follow its form.",
    ),
    Choice(
        "`{{job.trigger.file_arrival.*}}` and `{{job.trigger.table_update.*}}` in a run that was started by hand",
        "`location` is the watched one; `files` and `updated_tables` are `[]`; `version` and `commit_timestamp` of a"
        " table fail the task.",
        "A job should run by hand too, but nothing is made up.",
    ),
    Choice(
        "`{{job.trigger.file_arrival.files}}`",
        "The arrived files as a JSON list. Our own: the service tells only the location.",
        "It is what such a run needs first.",
    ),
    Choice(
        "`{{backfill.*}}` in a run that no backfill started",
        "The task fails and says so.",
        "Not documented; an empty date would load the wrong day.",
    ),
    Choice(
        "`{{backfill.*}}` of a backfill with a time zone",
        "Dates and hours are those of its zone. All other times are in UTC, as on the service.",
        "A day is a day of somebody's calendar.",
    ),
    Choice(
        "References in the default of a job parameter",
        "`job.*` (not `job.parameters.*`), `workspace.*` and `backfill.*`.",
        "All that is known when a run starts; parameters that refer to each other have no order.",
    ),
    Choice(
        "`{{now() | date('yyyy-MM-dd')}}`",
        "The time of resolving in UTC, by a pattern of `java.time.format.DateTimeFormatter`. Our own form.",
        "Letters whose meaning depends on a locale (`Y w W`) or that are about parsing (`p`) are refused.",
    ),
    Choice(
        "`{{start_date}}`, `{{start_time}}`, `{{task_retry_count}}`",
        "Date and epoch milliseconds of the run's start; retries from 0.",
        "Only seen in use; their page is gone.",
    ),
    Choice(
        "Fraction in `iso_datetime`",
        "Milliseconds: `2026-11-23T14:05:09.042Z`.",
        "The service's page gives the form without saying.",
    ),
    Choice(
        "Order of substitution",
        "Once. The value of a reference is never read again as a template.",
        "Whoever can set a value could otherwise read others.",
    ),
)
