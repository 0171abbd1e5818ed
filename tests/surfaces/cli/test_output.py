"""Tables and numbers as people read them."""

from __future__ import annotations

import pytest

from brickyard.surfaces.cli.demo import _cell
from brickyard.surfaces.cli.follow import labelled, shortened
from brickyard.surfaces.cli.output import counted, print_table


def test_numbers_stand_right_words_left_and_nothing_trails(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "late", "took", "note"), [("UA", "19.1", "0.35 s", "x"), ("B6", -1, "-", "")], title="gold")
    assert capsys.readouterr().out.splitlines() == [
        "gold",
        "name  late    took  note",
        "UA    19.1  0.35 s  x",
        "B6      -1       -",
    ]


def test_long_lengths_of_time_are_numbers_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("task", "took"), [("a", "3 min 05 s"), ("b", "2 h 07 min"), ("c", "12.3 s")])
    assert [line.rstrip()[-1] for line in capsys.readouterr().out.splitlines()] == ["k", "s", "n", "s"]
    print_table(("task", "reason"), [("a", ""), ("b", "")])
    assert capsys.readouterr().out.splitlines()[0] == "task  reason"


def test_cells_are_text_and_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name",), [("[dev ada] etl",), ("[bold]x[/bold]",)])
    assert capsys.readouterr().out.splitlines() == ["name", "[dev ada] etl", "[bold]x[/bold]"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(19.1, "19.1"), (-1.0, "-1"), (24.40, "24.4"), (0.0, "0"), (7, "7"), (None, ""), ("UA", "UA"), (12000.0, "12000")],
)
def test_cells_of_the_demo(value: object, text: str) -> None:
    assert _cell(value) == text


def test_a_long_result_is_shortened_and_says_where_the_rest_is() -> None:
    assert shortened("x" * 200, 7) == "x" * 200
    assert shortened("x" * 5000, 7) == "x" * 200 + "… (5,000 characters; all of it: brickyard runs output 7)"


def test_counts() -> None:
    assert [counted(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]


@pytest.mark.parametrize(
    ("value", "text"),
    [("7 rows", "load: 7 rows"), ("region  rows\nnorth   4", "load:\nregion  rows\nnorth   4"), ("", "load: ")],
    ids=["one-line", "table", "empty"],
)
def test_a_value_of_several_lines_begins_below_its_task(value: str, text: str) -> None:
    """The columns of a table stay aligned."""
    assert labelled("load", value) == text
