"""Repairs, runs of chosen tasks, and versions of jobs."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "Repair of a run that was submitted without a job",
        "It runs with the settings that it was submitted with.",
        "The API's page asks for a job run and does not say; the run has all that is needed.",
    ),
    Choice(
        "Repair of a run whose job was deleted",
        "Refused, with the reason.",
        "A repair runs with the current settings of the job, and there are none.",
    ),
    Choice(
        "Legacy overrides (`notebook_params`, …) in a repair",
        "They hold for that repair. Names that are left out have the value of the run's start; a list is one value.",
        "The service's page on repairs says that of a parameter that is left out.",
    ),
    Choice(
        "`rerun_tasks` with a task that succeeded, was disabled, or was left out by `only`",
        "It runs.",
        "The service's page says it of disabled tasks; who names a task means it.",
    ),
    Choice(
        "The nested task of a loop in `rerun_tasks` or `only`",
        "Refused; the text names the loop. A loop repeats its failed iterations where its inputs are the same.",
        "A nested task has no run of its own without its loop.",
    ),
    Choice(
        "Tasks that the job has got since the run began, in a repair",
        "With `rerun_all_failed_tasks` they run; with `rerun_tasks` they are disabled unless they are named.",
        "The service says only that a repair runs with current settings.",
    ),
    Choice(
        "A repair while other runs of the job are active",
        "It starts at once, also beyond `max_concurrent_runs`, and holds a place while it is active.",
        "The limit is said to hold for runs that start.",
    ),
    Choice(
        "A dependency that `only` left out",
        "The selected task does not wait for it, whatever its `run_if` or `outcome` says.",
        "The service runs `only: [key]` alone.",
    ),
    Choice(
        "`update` and `reset` with the settings that the job has",
        "They succeed, and make no new version.",
        "Our own: a history of changes should not list what changed nothing.",
    ),
)
