"""Which parameters a run takes and which of them each task gets."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "Job parameters and run-job tasks",
        "Pushed down like into notebooks, SQL tasks and wheels with named parameters, and stronger than the task's own"
        " `job_parameters` of the same name. Not where the task gives legacy overrides.",
        "The service's page on job parameters lists Run Job among the tasks that they are pushed down to.",
    ),
    Choice(
        "Job parameters and a wheel task without any parameters",
        "Not pushed down.",
        "The service's page: only where the task is configured with keyword arguments.",
    ),
    Choice(
        "`job_parameters` that the job does not define",
        "Accepted as additional parameters of that run; also where the job defines none.",
        "The service accepts them; its command line refuses the second by itself.",
    ),
    Choice(
        "References in the `job_parameters` of run-now and repair",
        "Not resolved: what is given for a run is a value. Defaults are resolved.",
        "A value that is read as a template lets whoever starts a run read what the job knows.",
    ),
    Choice(
        "Legacy overrides in a job with several tasks",
        "They reach every task of their kind, also those within loops. One that no task takes is refused.",
        "Not documented; accepted and ignored would be worse.",
    ),
    Choice(
        "Empty lists and maps as overrides",
        "They override nothing.",
        "Airflow sends all lists, and empty ones for those that nobody set.",
    ),
    Choice(
        "`python_named_params`",
        "Merged over `named_parameters`; in place of `parameters` where the task has a list.",
        "As `notebook_params`; not documented.",
    ),
    Choice(
        "`python_params` of a wheel task",
        "In place of all its parameters, named ones too.",
        "The two forms exclude each other.",
    ),
    Choice(
        "`python_params` and `python_named_params` together",
        "Refused.",
        "The two forms exclude each other.",
    ),
    Choice(
        "`resolved_values` of a dbt task",
        "The commands that ran. The service shows the task's own, also where `dbt_commands` replaced them.",
        "What is shown should be what happened.",
    ),
    Choice(
        "`resolved_values` of a loop",
        "Its inputs, under `for_each_task`.",
        "The API has no entry for loops; Brickyard shows every value that it resolved.",
    ),
)
