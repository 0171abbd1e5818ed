"""The model in the page, as clients of the service read it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from brickyard.surfaces.export.content import MAX_MODEL
from brickyard.surfaces.export.page import document
from brickyard.workloads.folder import CellRecord
from brickyard.workloads.notebooks import tables
from tests.surfaces.export.reading import cell, executed, failure, model_of, shown, stream


def commands(*cells: CellRecord, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = model_of(document(executed(*cells, **more)))["commands"]
    return found


def test_cells_are_commands_in_their_order() -> None:
    found = model_of(document(executed(cell(0, "SELECT 1", language="sql", title="One"), cell(1, "x = 'é'"))))
    assert (found["name"], found["language"], found["version"]) == ("silver", "sql", "NotebookV1")
    assert [(each["position"], each["command"], each["commandTitle"]) for each in found["commands"]] == [
        (1.0, "SELECT 1", "One"),
        (2.0, "x = 'é'", ""),
    ]


@pytest.mark.parametrize(
    ("state", "word", "summary"),
    [
        ("pending", "waiting", None),
        ("running", "running", None),
        ("ok", "finished", None),
        ("skipped", "error", "Command skipped"),
    ],
)
def test_states_have_the_words_of_the_service(state: str, word: str, summary: str | None) -> None:
    [command] = commands(cell(0, state=state))
    assert (command["state"], command["errorSummary"], command["error"]) == (word, summary, None)


def test_outputs_are_results_of_their_kind() -> None:
    table = tables.bundle(tables.make_table(["n"], ["int"], [[1]]))
    outputs = [
        stream("out\n"),
        stream("warned\n", "stderr"),
        shown(text_html="<b>x</b>", text_plain="x"),
        shown(image_png="AAAA", text_plain="<Figure>"),
        {"output_type": "display_data", "data": table},
        {"output_type": "display_data", "data": "odd"},
    ]
    [command] = commands(cell(0, outputs=outputs))
    assert command["results"]["type"] == "listResults"
    *texts, odd = command["results"]["data"]
    assert texts == [
        {"type": "ansi", "name": "stdout", "data": "out\n"},
        {"type": "ansi", "name": "stderr", "data": "warned\n"},
        {"type": "htmlSandbox", "name": None, "data": "<b>x</b>"},
        {"type": "ansi", "name": None, "data": "<Figure>"},
        {"type": "table", "schema": [{"name": "n", "type": "int"}], "data": [[1]], "overflow": False},
    ]
    assert json.loads(odd["data"]) == {"output_type": "display_data", "data": "odd"}


def test_a_failed_cell_has_its_error_and_what_it_printed_before() -> None:
    outputs = [stream("so far"), failure("ValueError", "bad", "\x1b[31mTraceback\x1b[0m", "ValueError: bad")]
    [command] = commands(cell(0, state="failed", outputs=outputs))
    assert (command["state"], command["errorSummary"]) == ("error", "ValueError: bad")
    assert command["error"] == "Traceback\nValueError: bad"
    assert [item["data"] for item in command["results"]["data"]] == ["so far"]


@pytest.mark.parametrize(("trace", "told"), [("the trace", "the trace"), ("", "Cancelled")], ids=["trace", "none"])
def test_a_cell_that_failed_without_an_output_has_the_error_of_the_run(trace: str, told: str) -> None:
    failed = commands(cell(0, state="failed"), state="FAILED", error="Cancelled", trace=trace, cell=0)
    assert [(each["errorSummary"], each["error"]) for each in failed] == [("Cancelled", told)]


def test_an_error_without_a_text_is_its_name() -> None:
    [command] = commands(cell(0, state="failed", outputs=[{"output_type": "error", "ename": "KeyboardInterrupt"}]))
    assert (command["errorSummary"], command["error"]) == ("KeyboardInterrupt", "KeyboardInterrupt")


def test_the_exit_value_is_a_result_of_the_cell_that_ended_the_notebook() -> None:
    first, second, third = commands(cell(0), cell(1, outputs=[stream("x")]), cell(2, state="skipped"), exit_value="7")
    assert first["results"] is None
    assert second["results"]["data"][-1] == {"type": "raw", "data": "7"}
    assert third["results"] is None


def test_a_source_cannot_end_the_line_or_its_element() -> None:
    source = "</script>'\n__DATABRICKS_NOTEBOOK_MODEL = 'eA=='"
    assert commands(cell(0, source, language="other"))[0]["command"] == source


def test_a_source_that_poses_as_a_model_is_not_taken_for_it() -> None:
    """Ours stands before everything that users wrote, and clients take the first."""
    fake = "__DATABRICKS_NOTEBOOK_MODEL = 'eA=='"
    cells = [cell(0, fake, title=fake, outputs=[stream(fake), shown(text_html=fake)]), cell(1, fake, language="md")]
    assert len(commands(*cells, name=fake, path=fake)) == 2


def test_results_beyond_the_room_are_left_out_with_a_word() -> None:
    [command] = commands(cell(0, outputs=[stream("x" * (MAX_MODEL + 1)), stream("small")]))
    assert [item["data"][:23] for item in command["results"]["data"]] == ["This result is left out", "small"]
