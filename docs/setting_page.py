"""The page of the environment variables, from the settings' own class."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from brickyard import settings
from docs.markdown import code, page, table

_NAME = re.compile(r"`(BRICKYARD_[A-Z_]+)`")
_HOME = Path("/the/home")
_FOR_CLIENTS = (
    ("DATABRICKS_HOST", "", "The server that commands and Databricks clients use; default: the one of the home."),
    ("DATABRICKS_TOKEN", "", 'The token for it. `eval "$(brickyard env)"` sets both.'),
    ("BUNDLE_VAR_name", "", "A value of the variable `name` of a bundle; `--var name=value` beats it."),
)
_FOR_TASKS = (
    ("BRICKYARD_JOB_ID", "the job"),
    ("BRICKYARD_RUN_ID", "the run"),
    ("BRICKYARD_TASK_RUN_ID", "this attempt of the task"),
    ("BRICKYARD_TASK_KEY", "the task's key"),
    ("DATABRICKS_RUNTIME_VERSION", "the runtime of Databricks that is nearest: libraries look for it"),
    ("DATABRICKS_CONFIG_FILE", "an empty file: clients without arguments act as the run"),
)


def settings_page() -> str:
    """The page `settings.md`."""
    lead = (
        "Brickyard has no configuration file: everything is an environment variable. A wrong value is an error at the\n"
        "start that names the variable."
    )
    given = [(code(name), code(default), text) for name, default, text in (*_settings(), *_FOR_CLIENTS)]
    return page(
        "Settings",
        lead,
        table(("variable", "default", "what it says"), given),
        "## What a task finds in its environment",
        "A task starts with a clean environment: nothing of the server's own is passed on. `spark_env_vars` of its\n"
        "cluster are set, and these:",
        table(("variable", "what it says"), [(code(name), text) for name, text in _FOR_TASKS]),
    )


def _settings() -> Iterator[tuple[str, str, str]]:
    """(variable, default, meaning), read from the class with the texts below its fields."""
    defaults = settings.read({"BRICKYARD_HOME": str(_HOME)})
    tree = ast.parse(inspect.getsource(settings.Settings))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(field.target, ast.Name):
            meaning = str(ast.literal_eval(text.value))
            name = _NAME.search(meaning)
            if name:
                default = getattr(defaults, field.target.id)
                default = {True: "on", False: "off"}[default] if isinstance(default, bool) else default
                shown = "" if default in {None, ()} else str(default).replace(str(_HOME), "~/.brickyard")
                yield name[1], shown, _without_name(meaning)


def _without_name(meaning: str) -> str:
    """The text without the part that says the variable and its default again."""
    kept = re.sub(r"`BRICKYARD_[A-Z_]+`(, default [^.]*(\.brickyard`|home))?\.?", "", meaning).strip()
    return kept or "The database: SQLite, or `postgresql+psycopg://user@host/name`."
