"""Run dbt commands of a project on the attempt's own Spark session.

dbt runs inside of the worker, through dbt-spark's `session` method: `SparkSession.builder.getOrCreate()` finds the
session of the attempt, so models land in the same tables that notebooks read. Source of the task's rules: jobs API 2.2
`DbtTask`.
"""

from __future__ import annotations

import importlib
import json
import os
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from brickyard.workloads import folder as folders
from brickyard.workloads import places
from brickyard.workloads.bridge import Bridge
from brickyard.workloads.code import CodeLog, tree
from brickyard.workloads.messages import Assignment, DbtWork, Outcome

TARGET = "brickyard"
_PROJECT_FILE = "dbt_project.yml"
_SOURCES = (".sql", ".yml", ".yaml", ".py", ".csv", ".md")
_THREADS = 4
_BAD = frozenset({"error", "fail", "runtime error", "partial success"})


class BadProjectError(Exception):
    """The project or a command cannot be run as it is; the text says why."""


def run_dbt(work: DbtWork, assignment: Assignment, bridge: Bridge) -> Outcome:
    """Run the commands until the first that fails; returns how it ended. `KeyboardInterrupt` passes through.

    The project is copied and stays as it is.
    """
    try:
        commands = [arguments(command) for command in work.commands]
        project = places.real(work.path, assignment.paths)
        root = places.project_root(project / _PROJECT_FILE, assignment.paths)
        folder = _own_copy(project, Path(assignment.folder), root)
        CodeLog(Path(assignment.folder)).add_all(tree(folder, places.seen(project, assignment.paths), _SOURCES))
        _settle(work, folder)
    except BadProjectError as error:
        return Outcome(status="failed", error=str(error), error_code="INVALID_RUN_CONFIGURATION")
    bridge.started()
    if work.catalog:
        _use_catalog(work.catalog)
    runner = importlib.import_module("dbt.cli.main").dbtRunner()
    for command, text in zip(commands, work.commands, strict=True):
        print(f"$ {text}", flush=True)  # noqa: T201 -- the log of the task shows which command said what
        result = runner.invoke(command)
        if not result.success:
            return Outcome(status="failed", error=f"{text}: {_reason(result)}")
    return Outcome(status="success")


def arguments(command: str) -> list[str]:
    """The arguments of one command, without its first word.

    Raises:
        BadProjectError: it is no dbt command.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadProjectError(f"The dbt command {command!r} cannot be read: {error}.") from error
    if not words or words[0] != "dbt":
        raise BadProjectError(f"The dbt command {command!r} must begin with 'dbt'.")
    return words[1:]


def _own_copy(project: Path, attempt: Path, root: Path) -> Path:
    """A copy of the project; its links lead to what they led to, which must be below `root`."""
    if not (project / _PROJECT_FILE).is_file():
        raise BadProjectError(f"The dbt project {project.name!r} has no {_PROJECT_FILE}.")
    folder = attempt / folders.DBT
    made = shutil.ignore_patterns("target", "logs", ".git")
    try:
        # Links stay links: what is copied goes into the list of code, which others can read; and folders that link to
        # each other would be copied without end.
        shutil.copytree(project, folder, dirs_exist_ok=True, symlinks=True, ignore=made)
    except shutil.Error as error:
        raise BadProjectError(f"The dbt project {project.name!r} cannot be copied: {error.args[0][0][2]}.") from error
    for link in [path for path in folder.rglob("*") if path.is_symlink()]:
        _lead_back(link, project / link.relative_to(folder), root.resolve())
    return folder


def _lead_back(link: Path, original: Path, root: Path) -> None:
    target = Path(os.path.realpath(original))  # `resolve` raises where links lead in a circle
    if not target.is_relative_to(root) or not target.exists():
        raise BadProjectError(f"The dbt project has a link that leads to no file of it: {original.name!r}.")
    link.unlink()
    link.symlink_to(target)


def _settle(work: DbtWork, folder: Path) -> None:
    """Where dbt finds its profile; and that it tells nobody of its use."""
    os.chdir(folder)
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    os.environ["DBT_PROJECT_DIR"] = str(folder)
    if work.profiles_directory:
        profiles_folder = (folder / work.profiles_directory).resolve()
        if not profiles_folder.is_relative_to(folder.resolve()):
            raise BadProjectError(
                f"profiles_directory is {work.profiles_directory!r}; it must be inside of the project."
            )
        os.environ["DBT_PROFILES_DIR"] = str(profiles_folder)
        return
    os.environ["DBT_PROFILES_DIR"] = str(folder.parent)
    (folder.parent / "profiles.yml").write_text(profiles(_profile_name(folder), work.schema), encoding="utf-8")


def _profile_name(folder: Path) -> str:
    try:
        declared: Any = YAML(typ="safe").load((folder / _PROJECT_FILE).read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise BadProjectError(f"{_PROJECT_FILE} cannot be read: {error}") from error
    name = declared.get("profile") if isinstance(declared, dict) else None
    if not isinstance(name, str) or not name:
        raise BadProjectError(f"{_PROJECT_FILE} names no profile.")
    return name


def profiles(name: str, schema: str) -> str:
    """The text of a `profiles.yml` whose only target is the session of the attempt."""
    # `host` is asked for by the adapter for every method and used by none that has a session.
    output = {"type": "spark", "method": "session", "host": "session", "schema": schema, "threads": _THREADS}
    return json.dumps({name: {"target": TARGET, "outputs": {TARGET: output}}}, indent=1)


def _use_catalog(catalog: str) -> None:
    session = importlib.import_module("pyspark.sql").SparkSession.builder.getOrCreate()
    session.catalog.setCurrentCatalog(catalog)


def _reason(result: Any) -> str:
    """Which nodes failed and with what; else the exception that ended the command."""
    failed = list(_failures(getattr(result.result, "results", None) or ()))
    if failed:
        return f"{len(failed)} failed. " + " ".join(failed[:5])
    return str(result.exception or "it failed; see the log").strip()


def _failures(results: Iterable[Any]) -> Iterable[str]:
    for entry in results:
        if str(entry.status) in _BAD:
            yield f"{entry.node.unique_id}: {' '.join(str(entry.message).split())}"
