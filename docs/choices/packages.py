"""Packages of tasks, Git sources and saved queries."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "Where packages of a task go",
        "Into an environment for each set, beside what the server has installed, and before it. The version"
        " of Python is the"
        " server's.",
        "The service builds an image for each `environment_version`.",
    ),
    Choice(
        "The entry point of a wheel task",
        "Looked up by its name, `console_scripts` first; then the function of that name in the package. What"
        " it returns is"
        " ignored. If there is none, the task ends with `RESOURCE_NOT_FOUND` and the known names.",
        "The SDK's text, which leaves the order open.",
    ),
    Choice(
        "`pyspark` among the requirements",
        "Met by the server's own client; another version is refused.",
        "The client and the engine must fit each other.",
    ),
    Choice(
        "The adapter of a dbt task",
        "`dbt-spark` on the Spark session of the task, also where a project names `dbt-databricks`. The"
        " artifacts stay in the folder of the task run; the link to them in its output needs no token for 30 minutes.",
        "`dbt-databricks` speaks a protocol that only the service has.",
    ),
    Choice(
        "What a checkout has",
        "The files of one commit, read-only, shared by all runs of that commit. Submodules stay empty, LFS files stay"
        " pointers, and there is no `.git`.",
        "Both would fetch from addresses that nobody has checked.",
    ),
    Choice(
        "Private repositories",
        "The credentials are those of the server: a file in its home, or its user's SSH keys. There is no endpoint for"
        " them yet.",
        "A password in settings would be shown to all who may see the job.",
    ),
    Choice(
        "`{{name}}` in the text of a query",
        "A number stands bare, everything else as a quoted text; `:name` is always a text.",
        "The older form of the service's queries; its quoting is not published.",
    ),
    Choice(
        "Deleting a saved query",
        "Final; there is no trash.",
        "The service keeps it for 30 days.",
    ),
)
