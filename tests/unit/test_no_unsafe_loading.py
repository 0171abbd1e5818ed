"""The server reads data that others wrote as data only: nothing that could become code when it is loaded."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "brickyard"
BANNED_MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "joblib", "jsonpickle", "yaml"}
"""These make objects, or run code, from bytes; `yaml` is here for its load, ruamel's safe loader reads what we read."""
BANNED_CALLS = {"eval", "exec", "compile"}
USERS_CODE = {
    "workloads",  # runs what users wrote: that is its purpose, in a process of its own
}
FILES = sorted(SOURCE.rglob("*.py"))


def imported(tree: ast.AST) -> set[str]:
    """The top-level names of all modules that are imported, wherever that stands."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def called(tree: ast.AST) -> set[str]:
    """The plain names that are called."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}


def test_nothing_is_loaded_that_could_be_code() -> None:
    for path in FILES:
        tree = ast.parse(path.read_text())
        assert not imported(tree) & BANNED_MODULES, path
        if path.relative_to(SOURCE).parts[0] not in USERS_CODE:
            assert not called(tree) & BANNED_CALLS, path


def test_this_check_sees_what_it_looks_for() -> None:
    tree = ast.parse("def f():\n    import pickle as p\n    from yaml.loader import Loader\n    eval('1')\n")
    assert imported(tree) == {"pickle", "yaml"}
    assert called(tree) == {"eval"}


def test_yaml_is_read_with_a_loader_that_makes_no_objects() -> None:
    """Every use of ruamel.yaml names its type, and none is the unsafe one."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "YAML":
                said = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
                assert said.get("typ", "rt") in {"safe", "rt", "pure"}, path
