"""Turn a process fresh from `fork` into one that shares nothing with its parent that the user's code could notice."""

from __future__ import annotations

import atexit
import os
import random
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from brickyard.workloads import kernel
from brickyard.workloads.messages import Assignment

KEPT = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "LD_LIBRARY_PATH", "JAVA_HOME", "VIRTUAL_ENV",
)  # fmt: skip
"""All that user code gets to see of the server's environment: no credentials, no settings of the server."""

RUNTIME_VERSION = "16.4"
"""Libraries look for `DATABRICKS_RUNTIME_VERSION` to learn that they are in a notebook; the number is the runtime whose
Python and Spark APIs are nearest to what runs here."""

_RESET_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2)


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What of `environ` a launcher, its workers and its engines may have."""
    kept = {name: environ[name] for name in KEPT if name in environ}
    folder = str(Path(sys.executable).parent)
    # The user's shell commands find the same Python and the same tools as the user's notebooks.
    kept["PATH"] = os.pathsep.join([folder, kept.get("PATH", os.defpath)])
    return kept


def settle() -> None:
    """Own session and group, no core dumps, signals as at the start of a program, fresh random numbers."""
    os.setsid()
    os.umask(0o077)
    kernel.become_subreaper()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in _RESET_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    # As in every Python program: a peer that went away (the server, say) is an error to handle, not a death.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Hooks of the launcher's libraries are not the user's.
    atexit._clear()  # noqa: SLF001 -- there is no other way to forget them
    # A module that is uploaded twice within a second must not be taken from the bytecode of the first.
    sys.dont_write_bytecode = True
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def variables(assignment: Assignment) -> dict[str, str]:
    """The environment variables that an attempt has beyond `KEPT`; those of the cluster win."""
    context = assignment.context
    given = {
        "DATABRICKS_RUNTIME_VERSION": RUNTIME_VERSION,
        # A client without arguments acts as the run (see `dbruntime`), and not as the operator's own profile says.
        "DATABRICKS_CONFIG_FILE": os.devnull,
        "BRICKYARD_JOB_ID": str(context.job_id),
        "BRICKYARD_RUN_ID": str(context.run_id),
        "BRICKYARD_TASK_RUN_ID": str(assignment.attempt_id),
        "BRICKYARD_TASK_KEY": context.task_key,
    }
    return given | assignment.environment
