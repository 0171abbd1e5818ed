"""Settings of jobs made from the table of fields itself, so that a new field is tested from its first day.

`settings(path)` makes a job that has the field at this path, and other fields at random. What no table says (that a
task has one payload, that a key names something) stands in `_FIXES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from brickyard.jobs.field import Field, Kind, Meaning
from brickyard.jobs.fields import SECTIONS
from brickyard.jobs.fields_payloads import WORKING_PAYLOADS
from brickyard.jobs.fields_task import COMPUTE

Json = dict[str, Any]
Draw = st.DrawFn

NOT_READ = {"access_control_list", "apply_policy_default_values", "format"}
"""What is taken and stands elsewhere, or otherwise, when the settings are read."""
DEFAULTS: dict[str, Json] = {
    "job": {
        "name": "Untitled",
        "email_notifications": {},
        "webhook_notifications": {},
        "timeout_seconds": 0,
        "max_concurrent_runs": 1,
        "format": "MULTI_TASK",
        "queue": {"enabled": False},
    },
    "task": {"run_if": "ALL_SUCCESS", "timeout_seconds": 0, "email_notifications": {}},
    "nested_task": {"run_if": "ALL_SUCCESS", "timeout_seconds": 0, "email_notifications": {}, "disabled": False},
    "new_cluster": {"data_security_mode": "SINGLE_USER", "enable_elastic_disk": False},
    **{name: {"source": "WORKSPACE"} for name in ("notebook_task", "spark_python_task", "dbt_task", "sql_file")},
}
"""What may be read and was not sent, by section: what the service fills in (the queue before API 2.2)."""
_TEXT = st.text(alphabet="abcxyzäß0_ -/'\"\\<", min_size=1, max_size=8)
_MAP = st.dictionaries(st.text(alphabet="abc", min_size=1, max_size=2), _TEXT, max_size=3)
_NO_COMPUTE = ("condition_task", "run_job_task", "for_each_task", "sql_task")
_PLACES = (*COMPUTE, "libraries", "environment_key")
_SPECIAL: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("task", "existing_cluster_id"): st.just("1122-334455-abcdefgh"),
    ("nested_task", "existing_cluster_id"): st.just("1122-334455-abcdefgh"),
    ("task", "job_cluster_key"): st.just("c0"),
    ("nested_task", "job_cluster_key"): st.just("c0"),
    ("task", "environment_key"): st.just("e0"),
    ("nested_task", "environment_key"): st.just("e0"),
    ("job_cluster", "job_cluster_key"): st.just("c0"),
    ("environment", "environment_key"): st.just("e0"),
    ("environment_spec", "dependencies"): st.permutations(["six", "attrs==24.1", "-r /Workspace/r.txt"]),
    ("library", "whl"): st.just("/Volumes/a/b/c/d.whl"),
    ("library", "requirements"): st.just("/Workspace/r.txt"),
    ("pypi", "package"): st.just("six==1.16"),
    ("new_cluster", "node_type_id"): st.just("i3.xlarge"),
    ("new_cluster", "driver_node_type_id"): st.just("i3.xlarge"),
    ("new_cluster", "spark_conf"): st.just({"spark.sql.ansi.enabled": "true", "b": "1"}),
    ("new_cluster", "spark_env_vars"): st.just({"B": "1", "A": "2"}),
    ("autoscale", "min_workers"): st.just(1),
    ("autoscale", "max_workers"): st.just("3"),
    ("for_each_task", "inputs"): st.sampled_from(["[]", "[1, 2]", '[{"a": null}]']),
    ("schedule", "quartz_cron_expression"): st.just("0 0 6 * * ?"),
    ("schedule", "timezone_id"): st.just("Europe/Berlin"),
    ("git_source", "git_url"): st.just("https://git.example.com/a.git"),
    ("git_source", "git_provider"): st.just("gitHub"),
    ("git_source", "git_branch"): st.just("main"),
    ("git_source", "git_tag"): st.just("v1"),
    ("git_source", "git_commit"): st.just("0123456789" * 4),
    ("dbt_task", "commands"): st.just(["dbt deps", "dbt run", "dbt deps"]),
    ("dbt_task", "project_directory"): st.just("/p"),
    ("run_job_task", "dbt_commands"): st.just(["dbt test", "dbt run"]),
    ("run_job_task", "job_id"): st.sampled_from([7, "7"]),
    ("notebook_task", "notebook_path"): st.just("/Shared/n"),
    ("spark_python_task", "python_file"): st.just("/Shared/s.py"),
    ("sql_file", "path"): st.just("/Shared/q.sql"),
    ("file_arrival", "url"): st.just("/Volumes/a/b/c/"),
    ("table_update", "table_names"): st.just(["z.y.x", "a.b.c"]),
    ("run_as", "user_name"): st.just("ada@example.com"),
}
"""Values that mean something, by section and field."""


def paths() -> list[str]:
    """Every field that settings of a job may have and that reads back, such as `tasks.notebook_task.source`."""
    return list(_below("job", "", ()))


def _below(section: str, prefix: str, above: tuple[str, ...]) -> Iterator[str]:
    for field in SECTIONS[section].values():
        if field.meaning is Meaning.REFUSED or field.name in NOT_READ or field.of in above:
            continue
        yield f"{prefix}{field.name}"
        if field.of:
            yield from _below(field.of, f"{prefix}{field.name}.", (*above, section))


@st.composite
def settings(draw: Draw, path: str = "") -> Json:
    """Settings that have the field at `path`."""
    return _object(draw, "job", tuple(filter(None, path.split("."))))


@st.composite
def noisy(draw: Draw, section: str, body: Json) -> Json:
    """The same as some clients write it: nulls for what is not set, and numbers as texts."""
    result: Json = {}
    for name, value in body.items():
        field = SECTIONS[section][name]
        if field.kind is Kind.INTEGER and draw(st.booleans()):
            result[name] = str(value)
        elif field.kind is Kind.OBJECT and field.of:
            result[name] = draw(noisy(field.of, value))
        elif field.kind is Kind.OBJECTS and field.of:
            result[name] = [draw(noisy(field.of, each)) for each in value]
        else:
            result[name] = value
    unset = [name for name in SECTIONS[section] if name not in body]
    for name in draw(st.lists(st.sampled_from(unset), max_size=4)) if unset else ():
        result[name] = None
    return result


def meant(section: str, sent: Json) -> Json:
    """What was sent in the one form in which it is read: numbers as numbers, scalars of maps as texts."""
    result: Json = {}
    for name, value in sent.items():
        field = SECTIONS[section][name]
        if value is None or name in NOT_READ:
            continue
        if field.kind is Kind.OBJECT and field.of:
            result[name] = meant(field.of, value)
        elif field.kind is Kind.OBJECTS and field.of:
            result[name] = [meant(field.of, each) for each in value]
        else:
            result[name] = int(value) if field.kind is Kind.INTEGER else value
    return result


def drift(section: str, wanted: Json, read: Json, where: str = "") -> list[str]:
    """What a tool would report as a difference for ever: fields that read otherwise, or that nobody has sent."""
    found = []
    for name in [*wanted, *(name for name in read if name not in wanted)]:
        field, place = SECTIONS[section][name], f"{where}.{name}"
        if name not in wanted:
            if name not in DEFAULTS.get(section, {}) or read[name] != DEFAULTS[section][name]:
                found.append(f"{place} was not sent and reads as {read[name]!r}")
        elif name not in read:
            found.append(f"{place} was sent as {wanted[name]!r} and does not read")
        elif field.kind is Kind.OBJECT and field.of:
            found += drift(field.of, wanted[name], read[name], place)
        elif field.kind is Kind.OBJECTS and field.of and len(wanted[name]) == len(read[name]):
            pairs = enumerate(zip(wanted[name], read[name], strict=True))
            found += [each for n, (one, two) in pairs for each in drift(field.of, one, two, f"{place}[{n}]")]
        elif (wanted[name], type(wanted[name])) != (read[name], type(read[name])):
            found.append(f"{place} was sent as {wanted[name]!r} and reads as {read[name]!r}")
    return found


def has(body: Any, path: list[str]) -> bool:
    """Whether there is something at this path."""
    if isinstance(body, list) and path:
        return any(has(each, path) for each in body)
    return not path or (isinstance(body, dict) and path[0] in body and has(body[path[0]], path[1:]))


# ------------------------------------------------------------------------------------------------------- making objects


def _object(draw: Draw, section: str, path: tuple[str, ...]) -> Json:
    fields = [field for field in SECTIONS[section].values() if field.meaning is not Meaning.REFUSED]
    wanted = path[0] if path else ""
    more = draw(st.lists(st.sampled_from([field.name for field in fields]), max_size=3)) if fields else []
    made = {
        field.name: _value(draw, section, field, path[1:] if field.name == wanted else ())
        for field in fields
        if (field.required or field.name in (wanted, *more)) and field.name not in NOT_READ - {wanted}
    }
    fixed = _FIXES.get(section, _as_it_is)(draw, made, path)
    return {name: fixed[name] for name in draw(st.permutations(sorted(fixed)))}


def _value(draw: Draw, section: str, field: Field, path: tuple[str, ...]) -> Any:
    special = _SPECIAL.get((section, field.name))
    if special is not None:
        return draw(special)
    if field.of:
        made = _object(draw, field.of, path)
        return [made] if field.kind is Kind.OBJECTS else made
    return draw(_PLAIN[field.kind](field))


def _string(field: Field) -> st.SearchStrategy[str]:
    if field.allowed:
        return st.sampled_from([str(word) for word in field.allowed])
    return st.just("key_1") if field.pattern and not re.fullmatch(field.pattern, "ä b") else _TEXT


_PLAIN: dict[Kind, Callable[[Field], st.SearchStrategy[Any]]] = {
    Kind.STRING: _string,
    Kind.INTEGER: lambda field: st.integers(field.minimum, min(field.maximum or 100, field.minimum + 100)),
    Kind.BOOLEAN: lambda _: st.booleans(),
    Kind.STRINGS: lambda _: st.lists(_TEXT, max_size=3),
    Kind.MAP: lambda _: _MAP,
    Kind.OBJECT: lambda _: st.just({"z": [2, 1], "a": {"c": "d", "b": 0}}),
    Kind.OBJECTS: lambda _: st.just([{"b": 1}, {"a": 2}]),
}


# -------------------------------------------------------------------------------------------- what the table cannot say


def _as_it_is(_draw: Draw, made: Json, _path: tuple[str, ...]) -> Json:
    return made


def _only(*names: str, at_least: str = "") -> Callable[[Draw, Json, tuple[str, ...]], Json]:
    """Of these names the wanted one, or the first that is there, or `at_least` with a value that fits."""

    def fix(draw: Draw, made: Json, path: tuple[str, ...]) -> Json:
        given = [name for name in names if name in made]
        kept = path[0] if path and path[0] in names else next(iter(given), "")
        result = {name: value for name, value in made.items() if name not in names or name == kept}
        return result if kept or not at_least else {**result, at_least: draw(_DEFAULTS[at_least])}

    return fix


_DEFAULTS: dict[str, st.SearchStrategy[Any]] = {
    "git_branch": st.just("main"),
    "query": st.just({"query_id": "q"}),
    "whl": st.just("/Volumes/a.whl"),
    "periodic": st.just({"interval": 2, "unit": "DAYS"}),
    "user_name": st.just("ada@example.com"),
}


def _cluster(draw: Draw, made: Json, path: tuple[str, ...]) -> Json:
    result = _only("num_workers", "autoscale")(draw, made, path)
    if result.get("is_single_node") and {"num_workers", "autoscale"} & result.keys():
        result["is_single_node"] = False
    return result


def _git(draw: Draw, made: Json, path: tuple[str, ...]) -> Json:
    result = _only("git_branch", "git_tag", "git_commit", at_least="git_branch")(draw, made, path)
    return {"git_provider": "gitHub", **result}


def _dbt(_draw: Draw, made: Json, path: tuple[str, ...]) -> Json:
    made.setdefault("project_directory", "/p")
    if "profiles_directory" in made:
        if path and path[0] in {"warehouse_id", "catalog"}:
            del made["profiles_directory"]
        else:
            made.pop("warehouse_id", None)
            made.pop("catalog", None)
    if "catalog" in made:
        made.setdefault("warehouse_id", "w")
    return made


def _run_job(_draw: Draw, made: Json, path: tuple[str, ...]) -> Json:
    if path and path[0] not in {"job_parameters", "job_id"}:
        made.pop("job_parameters", None)
    elif "job_parameters" in made:
        made = {name: value for name, value in made.items() if name in {"job_parameters", "job_id"}}
    return made


def _task(draw: Draw, made: Json, path: tuple[str, ...]) -> Json:
    payloads = [name for name in made if name in WORKING_PAYLOADS]
    wanted = path[0] if path else ""
    kind = wanted if wanted in WORKING_PAYLOADS else next(iter(payloads), "notebook_task")
    if wanted in (*_PLACES, "max_retries") and kind in _NO_COMPUTE:
        kind = "notebook_task"
    result = {name: value for name, value in made.items() if name not in WORKING_PAYLOADS}
    result[kind] = made.get(kind, {"notebook_path": "/Shared/n", "source": "WORKSPACE"})
    if kind in _NO_COMPUTE:
        result = {name: value for name, value in result.items() if name not in _PLACES}
    if kind in {"for_each_task", "condition_task"}:
        result.pop("max_retries", None)
    result.pop("depends_on", None)  # the job knows what there is to depend on
    return _only(*COMPUTE)(draw, result, path)


def _job(draw: Draw, made: Json, path: tuple[str, ...]) -> Json:
    result = _only("schedule", "trigger", "continuous")(draw, made, path)
    below = path[1:] if path[:1] == ("tasks",) else ()
    gate = {"task_key": "gate", "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}}
    first = {**_object(draw, "task", below), "task_key": "first"}
    last = {**_object(draw, "task", ()), "task_key": "last", "depends_on": [{"task_key": "gate"}]}
    if below[:1] == ("depends_on",) or draw(st.booleans()):
        outcome = {"outcome": draw(st.sampled_from(["true", "false"]))} if below[1:] == ("outcome",) else {}
        first["depends_on"] = [{"task_key": "gate", **outcome}]
        last["depends_on"] = draw(st.permutations([{"task_key": "gate"}, {"task_key": "first"}]))
    for task in (first, last):
        if "for_each_task" in task:
            task["for_each_task"]["task"]["task_key"] = f"each_{task['task_key']}"
    result["tasks"] = draw(st.permutations([gate, first, last]))
    clusters = [f"c{n}" for n in range(draw(st.integers(1, 3)))]
    entries = result.get("job_clusters") or [{"new_cluster": {"spark_version": "15.4.x-scala2.12", "num_workers": 1}}]
    result["job_clusters"] = draw(st.permutations([{**entries[0], "job_cluster_key": key} for key in clusters]))
    spaces = result.get("environments") or [{"spec": {"client": "3"}}]
    keys = [f"e{n}" for n in range(draw(st.integers(1, 3)))]
    result["environments"] = draw(st.permutations([{**spaces[0], "environment_key": key} for key in keys]))
    if "parameters" in result:
        names = draw(st.permutations(["z", "a", "m.n"]))
        result["parameters"] = [{"name": name, "default": draw(_TEXT)} for name in names]
    return result if "git_source" not in result else {**result, "tasks": [_from_here(task) for task in result["tasks"]]}


def _from_here(value: Any) -> Any:
    """The same with every source of a file said: a job with a Git source would look for it there."""
    if isinstance(value, list):
        return [_from_here(each) for each in value]
    if not isinstance(value, dict):
        return value
    result = {name: _from_here(each) for name, each in value.items()}
    for payload in ("notebook_task", "spark_python_task", "dbt_task", "file"):
        if isinstance(result.get(payload), dict):
            result[payload] = {**result[payload], "source": "WORKSPACE"}
    return result


def _here(_draw: Draw, made: Json, _path: tuple[str, ...]) -> Json:
    return {**made, "source": "WORKSPACE"} if "source" in made else made


_FIXES: dict[str, Callable[[Draw, Json, tuple[str, ...]], Json]] = {
    "job": _job,
    "task": _task,
    "nested_task": _task,
    "new_cluster": _cluster,
    "notebook_task": _here,
    "spark_python_task": _here,
    "sql_file": _here,
    "dbt_task": lambda draw, made, path: _here(draw, _dbt(draw, made, path), path),
    "run_job_task": _run_job,
    "python_wheel_task": _only("parameters", "named_parameters"),
    "sql_task": _only("query", "file", at_least="query"),
    "library": _only("whl", "pypi", "requirements", at_least="whl"),
    "git_source": _git,
    "trigger": _only("file_arrival", "periodic", "table_update", at_least="periodic"),
    "run_as": _only("user_name", "service_principal_name", "group_name", at_least="user_name"),
}
