"""What has to be installed before a task can run."""

from __future__ import annotations

from brickyard.jobs.tasks import JobSettings, LibraryKind, Task


def requirements(task: Task, settings: JobSettings) -> tuple[str, ...]:
    """The pip requirement lines of a task: those of its environment, then its libraries, each once.

    Paths of wheels stand as declared, without a scheme of their own; a file of requirements is `-r PATH`.
    """
    lines = [*settings.environments.get(task.environment_key, ())]
    for library in task.libraries:
        lines.append(f"-r {library.value}" if library.kind is LibraryKind.REQUIREMENTS else library.value)
    return tuple(dict.fromkeys(lines))
