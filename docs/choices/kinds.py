"""What the kinds of tasks take and how they behave."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "Compute and packages of a condition, a loop, a run-job task and a SQL task",
        "Refused, with the reason. A dbt task may have both.",
        "They would have no effect: the first three run no code of their own, the fourth runs on a warehouse.",
    ),
    Choice(
        "`max_retries` of a condition task",
        "Refused unless 0.",
        "The service does not retry conditions; the same operands compare the same.",
    ),
    Choice(
        "`max_retries` of a loop",
        "Refused unless 0, in the service's words. `min_retry_interval_millis` and `retry_on_timeout` are accepted.",
        "Measured on the service.",
    ),
    Choice(
        "Operands that are no numbers under a numeric operator",
        "The task fails with `INVALID_RUN_CONFIGURATION` and names the operand.",
        "Not documented; neither outcome would be true.",
    ),
    Choice(
        "What a number is",
        "`-12`, `12.50`, `.5`, `1e3`, with spaces around it; compared exactly, as decimals. `true` and `NaN` are none.",
        "Not documented; floats would make 0.1 + 0.2 a matter of luck.",
    ),
    Choice(
        "`outcome` of a dependency on a condition that failed or was skipped",
        "It counts as a dependency on a failed or skipped task; neither branch is taken for granted.",
        "Not documented.",
    ),
    Choice(
        "`for_each_task.concurrency` that is not given",
        "1.",
        "The service's page says 1, Terraform's 20; the slower one does no harm.",
    ),
    Choice(
        "`for_each_task.inputs` that cannot be looped over",
        "Literal text is refused when the job is saved; the value of a reference fails the task. Both in the"
        " service's words.",
        "Measured on the service for literals.",
    ),
    Choice(
        "Size of `inputs`",
        "5,000 characters as literal text, 48 KiB as the value of a reference.",
        "Measured for literals; the service's page gives 48 KB for task values and contradicts itself on parameters.",
    ),
    Choice("`inputs` without elements", "The loop succeeds.", "Not documented; there is nothing that could fail."),
    Choice(
        "Key of the task of a loop",
        "Unique among all tasks of the job; nothing but its loop may name it.",
        "Its runs carry that key, so it must name one task.",
    ),
    Choice(
        "`disabled` and `run_if` of the task of a loop",
        "`disabled: true` is refused (disable the loop); `run_if` is kept and has no effect.",
        "The task depends on nothing.",
    ),
    Choice(
        "`run_job_task` with `job_parameters` and legacy overrides",
        "Refused.",
        "One of them would be refused by the run that it starts.",
    ),
    Choice(
        "`python_wheel_task` with `parameters` and `named_parameters`",
        "Refused.",
        "The SDK says that they exclude each other.",
    ),
    Choice(
        "`warehouse_id`",
        "Any id, or none: the statements run on the engine that the server starts for the run.",
        "There are no warehouses here, and nothing that an id could choose.",
    ),
    Choice(
        "`project_directory` of a dbt task",
        "Required, but for projects from Git.",
        "The SDK's text.",
    ),
    Choice(
        "`profiles_directory` with, and `catalog` without, a `warehouse_id`",
        "Refused.",
        "The SDK's text.",
    ),
)
