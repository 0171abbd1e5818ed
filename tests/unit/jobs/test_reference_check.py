"""References to other tasks are accepted exactly where the graph lets them be known."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import BrickyardError
from brickyard.jobs.parameters import job_parameters, resolve_work
from brickyard.jobs.settings import parse
from brickyard.jobs.tasks import NotebookTask
from tests.unit.jobs.samples import raw_task, scope, upstream

KEYS = ["a", "b", "c", "d", "e"]
NAMES = st.sampled_from(["p", "q", "r"])
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """What each task needs; always without a cycle."""
    return {
        key: draw(st.lists(st.sampled_from(KEYS[:index]), unique=True) if index else st.just([]))
        for index, key in enumerate(KEYS)
    }


def above(needs: dict[str, list[str]], key: str) -> set[str]:
    """All that a task needs, by plain recursion."""
    return set(needs[key]).union(*(above(needs, other) for other in needs[key]))


def with_text(needs: dict[str, list[str]], key: str, text: str) -> dict[str, Any]:
    tasks = [raw_task(name, *needs[name]) for name in KEYS]
    tasks[KEYS.index(key)]["notebook_task"]["base_parameters"] = {"x": text}
    return {"tasks": tasks}


def refusal(raw: dict[str, Any]) -> str:
    try:
        parse(raw)
    except BrickyardError as refused:
        return refused.message
    return ""


@given(graphs(), st.sampled_from(KEYS), st.sampled_from(KEYS))
def test_a_task_may_refer_to_exactly_the_tasks_upstream(needs: dict[str, list[str]], task: str, other: str) -> None:
    said = refusal(with_text(needs, task, f"{{{{tasks.{other}.values.v}}}}"))
    assert (said == "") == (other in above(needs, task))
    assert not said or said.startswith(f"Task '{other}' must be a dependency of task '{task}'.")


@given(graphs(), st.sampled_from(KEYS))
def test_a_checked_reference_resolves_once_its_task_has_run(needs: dict[str, list[str]], task: str) -> None:
    text = " ".join(f"{{{{tasks.{other}.values.v}}}}" for other in sorted(above(needs, task)))
    settings = parse(with_text(needs, task, text))
    ended = {key: upstream(values={"v": f'"{key}"'}) for key in KEYS if key != task}
    work = resolve_work(settings.task(task), settings, scope(task_key=task, tasks=ended), {})
    assert isinstance(work, NotebookTask)
    assert work.base_parameters["x"] == " ".join(sorted(above(needs, task)))


# ---------------------------------------------------------------------------------- precedence, against a model


@given(
    st.dictionaries(NAMES, VALUES),
    st.dictionaries(NAMES, VALUES),
    st.dictionaries(NAMES, VALUES),
    st.dictionaries(NAMES, VALUES),
)
def test_the_strongest_parameter_wins(
    base: dict[str, str], defaults: dict[str, str], overrides: dict[str, str], legacy: dict[str, str]
) -> None:
    """Values with braces never change either: only what was declared is a template, and here nothing there is."""
    base, defaults = ({name: text.replace("{", "(") for name, text in given.items()} for given in (base, defaults))
    settings = parse(
        {
            "tasks": [raw_task("t", notebook_task={"notebook_path": "/n", "base_parameters": base})],
            "parameters": [{"name": name, "default": text} for name, text in defaults.items()],
        }
    )
    effective = job_parameters(settings, overrides, scope())
    work = resolve_work(settings.task("t"), settings, scope(parameters=effective), {"notebook_params": legacy})
    assert isinstance(work, NotebookTask)
    for name in ("p", "q", "r"):
        chain = [overrides, defaults, {} if defaults else legacy, base]
        expected = next((given[name] for given in chain if name in given), None)
        assert work.base_parameters.get(name) == expected
