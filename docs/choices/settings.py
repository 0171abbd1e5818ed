"""What `jobs/create`, `update`, `reset` and `runs/submit` take."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "A field that no version of the API has",
        "It is an error that suggests the nearest name.",
        "A misspelt field that is dropped changes what a job does without a word.",
    ),
    Choice(
        "Numbers as strings, `null`, the single-task form of API 2.0",
        "Accepted everywhere; `null` is as good as absent.",
        "Airflow sends every number as a string, Prefect a `null` for every unset field.",
    ),
    Choice(
        "Order of `depends_on`",
        "As it was sent. The service answers with the list sorted by `task_key`.",
        "What is read back is then what was written; the order has no meaning.",
    ),
    Choice(
        "`depends_on` names a task twice",
        "Refused.",
        "It is a mistake in every case; with two outcomes it could never be anything but a plain dependency.",
    ),
    Choice(
        "`depends_on` of a condition task without `outcome`",
        "The task runs after either outcome.",
        "The SDK calls the field optional.",
    ),
    Choice(
        "Length of a `task_key`",
        "At most 100 characters of `A-Z a-z 0-9 _ -`.",
        "The service publishes no number; 100 is what its own page allows.",
    ),
    Choice(
        "`fields_to_remove` and `new_settings` in one update",
        "Removals come first: a field that is in both is set.",
        "Not documented; the other order would undo what the same request asks for.",
    ),
    Choice(
        "Lists that `jobs/update` merges",
        "`tasks`, `job_clusters`, `environments` and `parameters`, each by the key of its entries.",
        "Documented for the first two; the others have keys of the same kind.",
    ),
    Choice(
        "Length of all job parameters together",
        "At most 10,000 characters, counted as the service counts: the JSON of `name` and `defaultValue`.",
        "Measured on the service, with its message.",
    ),
    Choice(
        "Length of tags",
        "At most 256 bytes, for the key and for the value.",
        "Measured on the service for values.",
    ),
    Choice(
        "An environment without `environment_version` and without `base_environment`",
        "Accepted. With both it is refused, in the service's words.",
        "The version names a Python of the service; tasks here run in the server's own.",
    ),
    Choice(
        "A script, wheel or dbt task without compute and without `environment_key`",
        "Accepted: it has the packages of the server. The service wants an environment.",
        "Nothing has to be chosen here, so nothing has to be asked for.",
    ),
    Choice(
        "Options of pip in `dependencies`",
        "Only `-r FILE`. Indexes, `-e` and all others are refused.",
        "Where packages come from is for those to say who run the server; a folder that changes is no package.",
    ),
    Choice(
        "`libraries` on a task",
        "Installed into an environment for the task, beside the server's packages. No other task sees them.",
        "On the service they stay on the cluster, and what a later task finds depends on the order of tasks.",
    ),
    Choice(
        "`git_commit`",
        "All 40 hexadecimal digits.",
        "Git cannot fetch a shortened hash, and one that is unique today may not be tomorrow.",
    ),
    Choice(
        "`git_url`",
        "`https://`, `http://`, `ssh://` or `user@host:path`, and no password in it.",
        "`file://` reads the server's disk and `ext::` runs commands; settings are shown to all who may see the job.",
    ),
    Choice(
        "`source` of a script in a job with a `git_source`",
        "Where it is not given: `GIT` for a relative `python_file`, `WORKSPACE` for an absolute one.",
        "The SDK's text and the service's answers disagree; an absolute path can only mean the workspace.",
    ),
)
