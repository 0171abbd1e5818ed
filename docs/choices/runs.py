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
        "A dependency that was cancelled",
        "It counts as a failure for `ALL_DONE`, `AT_LEAST_ONE_FAILED` and `ALL_FAILED`; else the task is"
        " `UPSTREAM_CANCELED`.",
        "The service's page on cancelling tasks; combinations with failures are derived from it.",
    ),
    Choice(
        "A failed task whose handler succeeded as the only leaf",
        "The run is `SUCCESS_WITH_FAILURES`.",
        "The rule of leaves on the service's page; some notes claim `FAILED`.",
    ),
    Choice(
        "A task downstream of a disabled one",
        "Disabled too, whatever its `run_if` says.",
        "Measured on the service.",
    ),
    Choice(
        "A disabled task and `only`",
        "It runs where `only` names it; where a `+` reaches it, it stays disabled.",
        "Measured on the service.",
    ),
    Choice(
        "Two selected tasks (`only`) with others between them that are not",
        "The second waits for the first, and then runs however that ended.",
        "That it waits was measured on the service; the rest is not documented.",
    ),
    Choice(
        "The other iterations of a loop after one failed",
        "They go on; the loop fails when all are over.",
        "Seen in recorded runs; stopping at the first is not documented.",
    ),
    Choice(
        "A loop that is stopped by its timeout or a cancel",
        "`SUCCESS` only if every iteration did succeed all the same; else `TIMEDOUT` or `CANCELED`."
        " Iterations that were"
        " stopped with it are not retried.",
        "Follows from the rules for single tasks.",
    ),
    Choice(
        "An iteration that waits for its retry",
        "It keeps its place among the `concurrency` ones.",
        "Not documented; so there are never more attempts on their way than were asked for.",
    ),
    Choice(
        "The message of a run with a failed task",
        "The sentence on skipped downstream tasks follows only if nothing behind the failure ran. A count of"
        " failed tasks"
        " includes those that were skipped because of a failure.",
        "Recorded runs.",
    ),
    Choice(
        "A run whose tasks are all disabled",
        "It is `SKIPPED` with the service's sentence, and cannot be repaired; its tasks end as `DISABLED`.",
        "Measured on the service; there, its tasks have no result.",
    ),
    Choice(
        "A run-job task that is retried or repaired",
        "Each attempt starts a new run of the other job. The fourth level of nesting fails the task; a"
        " circle is refused when"
        " a job is saved.",
        "The limit of three levels is the service's; the rest is not documented.",
    ),
    Choice(
        "A run-job task whose run ended as `SUCCESS_WITH_FAILURES`",
        "It succeeded.",
        "The service counts that result as a success in notifications.",
    ),
    Choice(
        "Cancelling a run-job task, or the run that it belongs to",
        "The run that it started is cancelled.",
        "Not documented; nobody would wait for its result.",
    ),
    Choice(
        "Values that a task set before it failed",
        "Visible to the tasks that run after it.",
        "Not documented; a handler of failures needs them most.",
    ),
    Choice(
        "Number of task values",
        "250 for each run.",
        "Recalled from the service's page; not confirmed.",
    ),
    Choice(
        "The Git commit of a run",
        "Resolved once, when the first task needs it, and the same for all tasks. A repair resolves it again.",
        "The first is documented; a repair runs with the job's current settings, so with the current code.",
    ),
    Choice(
        "Idempotency tokens",
        "Known in the whole installation. The body of the second request is not compared.",
        "Not documented.",
    ),
    Choice(
        "Deleting a job",
        "Its runs stay; those that are active are cancelled.",
        "Not documented; history should not vanish.",
    ),
)
