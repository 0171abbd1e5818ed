"""The strings of a payload in which references are resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from brickyard.jobs.tasks import (
    ConditionTask,
    DbtTask,
    ForEachTask,
    NotebookTask,
    PythonWheelTask,
    RunJobTask,
    SparkPythonTask,
    SqlTask,
    Work,
)


def texts(work: Work) -> Iterator[str]:
    """Every string that `parameters.resolve_work` resolves; of a loop not those of its nested task."""
    match work:
        case NotebookTask():
            yield work.notebook_path
            yield from work.base_parameters.values()
        case SparkPythonTask():
            yield work.python_file
            yield from work.parameters
        case PythonWheelTask():
            yield from work.parameters
            yield from work.named_parameters.values()
        case SqlTask():
            yield from (work.file_path, work.query_id, *work.parameters.values())
        case DbtTask():
            yield from work.commands
            yield from (work.project_directory, work.profiles_directory, work.catalog, work.schema)
        case RunJobTask():
            yield from work.job_parameters.values()
            for value in work.overriding.values():
                yield from value.values() if isinstance(value, Mapping) else value
        case ConditionTask():
            yield from (work.left, work.right)
        case ForEachTask():
            yield work.inputs
