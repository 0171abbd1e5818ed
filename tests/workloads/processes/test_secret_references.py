"""References to secrets in the settings of clusters: found, replaced, and asked for only where there are any."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.workloads import secret_references
from brickyard.workloads.bridge import AskError
from brickyard.workloads.messages import Assignment, Body, GetClusterSecrets, JobContext, Paths, ScriptWork
from tests.workloads.notebooks.house import Server

PATHS = Paths(workspace="/w", volumes="/v", dbfs="/d", warehouse="/h")


class Keeper(Server):
    """A server that knows the values."""

    def __init__(self, values: dict[str, str] | None) -> None:
        super().__init__()
        self.revealed = values

    def ask(self, body: Body) -> Any:
        self.asked.append(body)
        if self.revealed is None:
            raise AskError("The cluster's settings refer to {{secrets/s/k}}: there is none.", "INVALID_PARAMETER_VALUE")
        return self.revealed


def assignment(environment: dict[str, str], conf: dict[str, str] | None = None) -> Assignment:
    return Assignment(
        attempt_id=1,
        work=ScriptWork(path="/a.py"),
        folder="/f",
        paths=PATHS,
        context=JobContext(),
        environment=environment,
        spark_conf=conf or {},
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{secrets/s/k}}", {"{{secrets/s/k}}": ("s", "k")}),
        ("a {{ secrets/my.scope/k-1 }} b", {"{{ secrets/my.scope/k-1 }}": ("my.scope", "k-1")}),
        ("{{secrets/a/b}}{{secrets/c/d}}", {"{{secrets/a/b}}": ("a", "b"), "{{secrets/c/d}}": ("c", "d")}),
        ("{{secrets/a}}", {}),
        ("{{secrets/a/b/c}}", {}),
        ("{secrets/a/b}", {}),
        ("{{job.id}}", {}),
        ("", {}),
    ],
    ids=["alone", "inside", "two", "no key", "too long", "one brace", "another", "empty"],
)
def test_what_is_a_reference(text: str, found: dict[str, tuple[str, str]]) -> None:
    assert secret_references.found({"A": text}) == found


def test_references_are_replaced_and_unknown_ones_stay() -> None:
    settings = {"A": "x{{secrets/s/k}}y", "B": "{{secrets/s/other}}", "C": "plain"}
    values = {"{{secrets/s/k}}": "{{secrets/s/other}}"}
    # What is put in is a value, and is not looked at again.
    assert secret_references.replaced(settings, values) == {**settings, "A": "x{{secrets/s/other}}y"}


def test_a_worker_asks_only_where_there_is_something_to_ask_for() -> None:
    keeper = Keeper({})
    plain = assignment({"A": "1"}, {"x": "{{job.id}}"})
    assert secret_references.resolved(plain, keeper) is plain
    assert keeper.asked == []


def test_environment_and_spark_settings_get_their_values_which_are_kept_for_hiding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(secret_references, "_revealed", [])
    keeper = Keeper({"{{secrets/s/k}}": "very-secret"})
    given = assignment({"A": "{{secrets/s/k}}", "B": "b"}, {"x": "-{{secrets/s/k}}-"})
    found = secret_references.resolved(given, keeper)
    assert (found.environment, found.spark_conf) == ({"A": "very-secret", "B": "b"}, {"x": "-very-secret-"})
    assert keeper.asked == [GetClusterSecrets()]
    assert secret_references.revealed() == ["very-secret"]
    assert given.environment["A"] == "{{secrets/s/k}}"


def test_a_secret_that_cannot_be_had_ends_the_work_before_it_begins() -> None:
    with pytest.raises(AskError, match="there is none"):
        secret_references.resolved(assignment({"A": "{{secrets/s/k}}"}), Keeper(None))
