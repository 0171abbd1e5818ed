"""What code inside of tasks sees, and what it may do."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "What a task's own token may do",
        "See its run and its job, and use files, tables and secrets with the rights of the run's identity. Everything"
        " else is refused, also to administrators.",
        "The service's token may do whatever its user may do. Code of a job that starts, changes and lists other jobs"
        " is what an attacker would write.",
    ),
    Choice(
        "How long a task's own token lasts",
        "Until its run is over. A notebook that another has started has one of the run at the top.",
        "Not documented.",
    ),
    Choice(
        "`WorkspaceClient()` in a task",
        "Acts as the run. `~/.databrickscfg` of whoever runs the server is not read.",
        "There is no such file on the service's clusters; here it may name a workspace that is in production.",
    ),
    Choice(
        "`display` in Python files and packages",
        "Prints: frames of Spark by `show()`, everything else as text.",
        "Not documented; there are no cells to show anything in.",
    ),
    Choice(
        "The root folder that tasks see",
        "Cannot be written to, where `/Workspace`, `/Volumes` and `/dbfs` are seen by a mount namespace.",
        "What is written there would be lost with the launcher of the tasks.",
    ),
)
