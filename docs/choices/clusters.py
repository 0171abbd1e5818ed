"""All-purpose clusters, and code that is run on them."""

from __future__ import annotations

from typing import Final

from docs.choices.choice import Choice

CHOICES: Final = (
    Choice(
        "`existing_cluster_id` of a cluster that has ended, or is not there",
        "It is started when the task begins, with the rights of the run, and stays. One that is not there fails the "
        "task.",
        "The job may have been made before the cluster.",
    ),
    Choice(
        "`clusters/start` of a cluster that runs, `clusters/restart` of one that does not",
        "Nothing happens.",
        "As the SDK's own documentation says.",
    ),
    Choice(
        "`clusters/resize`",
        "The engine is replaced by one of the new size. Refused while a task runs on the cluster or a context is open.",
        "An engine cannot grow while it runs; what would be lost must not be lost silently.",
    ),
    Choice(
        "`spark_version`",
        "Kept. `clusters/spark-versions` names the one engine that there is, and says which.",
        "Clients look for `LTS` and for the version of Spark in the name.",
    ),
    Choice(
        "Local disks of node types",
        "Every node type has one.",
        "An engine spills to the disk of this machine, whatever the type.",
    ),
    Choice(
        "A cluster whose engine ends by itself",
        "`TERMINATED` with `DRIVER_UNREACHABLE` and how the process ended; the next start works.",
        "The service restarts a driver in some cases only; a loop of crashes helps nobody.",
    ),
    Choice(
        "Clusters when the server ends",
        "A server that stops ends them, unless tasks go on; after a crash the next server takes over those that live. "
        "The time without use is stored, so a restart prolongs nothing.",
        "Nothing may stay behind that nobody knows of.",
    ),
    Choice(
        "References to secrets in `spark_conf` and `spark_env_vars`",
        "Looked up with the rights of the cluster's owner (of a job cluster: of the run), for the process alone. "
        "What is stored and shown is the reference.",
        "The service checks the rights of whoever made the cluster.",
    ),
    Choice(
        "Packages of a cluster, and shells that are open already",
        "They are there in contexts and tasks that begin after the installation.",
        "A process that has imported a package does not get another one.",
    ),
    Choice(
        "Contexts",
        "Each is a process with the shell that notebooks of jobs have. Nobody but its maker sees it. It ends with the "
        "cluster and with the server.",
        "What is drafted here runs the same way in a job.",
    ),
    Choice(
        "The result of a command that shows several things",
        "One table alone is a `table`, images alone are `images`; anything else is `text` with everything in it.",
        "The API has one kind for each result; nothing is left out.",
    ),
    Choice(
        "Values in the table of a SQL command",
        "Whole numbers, floating numbers and booleans as JSON has them; all else as text, decimals exactly.",
        "JSON has no decimals and no times.",
    ),
    Choice(
        "`dbutils.notebook.run` and task values in a context",
        "Refused.",
        "They belong to the tasks of a job; `%run` works.",
    ),
)
