"""What cells show: tables, figures, HTML, values; within limits."""

from __future__ import annotations

import datetime as dt
import decimal
import json

import pytest

from brickyard.workloads.notebooks import outputs, tables
from brickyard.workloads.notebooks.outputs import CellOutputs
from brickyard.workloads.notebooks.redact import Redactor
from brickyard.workloads.notebooks.tables import MIME, bundle, make_table, plain
from tests.workloads.notebooks.house import Home


def test_a_pandas_frame_is_a_table(home: Home) -> None:
    outcome = home.run(
        "import pandas as pd\ndisplay(pd.DataFrame({'a': [1, None], 'b': ['<x>', None], 'a b': [True, False]}))"
    )
    assert outcome.status == "success", outcome.trace
    (shown,) = home.shown(0)
    assert [column["name"] for column in shown[MIME]["columns"]] == ["a", "b", "a b"]
    assert shown[MIME]["rows"] == [[1.0, "<x>", True], [None, None, False]]
    assert "&lt;x&gt;" in shown["text/html"]
    assert "<x>" not in shown["text/html"]


def test_a_large_pandas_frame_is_cut(home: Home) -> None:
    home.run("import pandas as pd\ndisplay(pd.DataFrame({'a': range(1500)}))\ndisplay(pd.Series([1, 2], name='s'))")
    frame, series = home.shown(0)
    assert len(frame[MIME]["rows"]) == 1000
    assert frame[MIME]["truncated"]
    assert series[MIME]["rows"] == [[1], [2]]


@pytest.mark.parametrize(
    ("value", "names", "rows"),
    [
        ("[{'a': 1}, {'b': 'x'}]", ["a", "b"], [[1, None], [None, "x"]]),
        ("[(1, 'x'), (2, 'y')]", ["_1", "_2"], [[1, "x"], [2, "y"]]),
        ("dbutils.fs.ls('/Volumes')", ["path", "name", "size", "modificationTime"], None),
    ],
)
def test_lists_of_records_are_tables(home: Home, value: str, names: list[str], rows: object) -> None:
    (home.root / "volumes/main").mkdir()
    home.run(f"display({value})")
    (shown,) = home.shown(0)
    assert [column["name"] for column in shown[MIME]["columns"]] == names
    assert rows is None or shown[MIME]["rows"] == rows


@pytest.mark.parametrize("value", ["[1, 2]", "[]", "[[1], [2, 3]]", "'text'", "3", "None", "{'a': 1}"])
def test_other_values_are_shown_as_python_shows_them(home: Home, value: str) -> None:
    home.run(f"display({value})")
    (shown,) = home.shown(0)
    assert MIME not in shown
    assert shown["text/plain"] == value


def test_what_has_html_shows_it(home: Home) -> None:
    home.run("class A:\n    def _repr_html_(self): return '<b>hi</b>'\ndisplay(A())\nA()", "displayHTML('<i>x</i>')")
    assert [shown["text/html"] for shown in home.shown(0)] == ["<b>hi</b>", "<b>hi</b>"]
    assert home.shown(1)[0]["text/html"] == "<i>x</i>"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("displayHTML(3)", "TypeError: displayHTML() needs a str, not int"),
        ("display(1, size=3)", "TypeError: display() has no option size"),
    ],
)
def test_wrong_calls_are_refused(home: Home, code: str, why: str) -> None:
    assert home.run(code).error == why


def test_a_streaming_frame_is_refused(home: Home) -> None:
    code = "DataFrame = type('DataFrame', (), {'isStreaming': True, '__module__': 'pyspark.sql.dataframe'})\n"
    assert "in a job it would never end" in home.run(code + "display(DataFrame())").error


def test_figures_are_images_and_shown_once(home: Home) -> None:
    outcome = home.run(
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\ndisplay(fig)",
        "plt.plot([3, 4])\nplt.show()",
        "plt.plot([5, 6]);",
        "%matplotlib inline\nplt.figure()\ndisplay(plt.gca())",
    )
    assert outcome.status == "success", outcome.trace
    for index in range(4):
        images = [shown for shown in home.shown(index) if "image/png" in shown]
        assert len(images) == 1, (index, home.shown(index))
        assert images[0]["image/png"].startswith("iVBOR")


def test_plotly_like_figures_keep_their_bundle(home: Home) -> None:
    home.run(
        "class Figure:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n        return {'application/vnd.plotly.v1+json': {'data': []}, 'text/html': '<div>'}\ndisplay(Figure())"
    )
    (shown,) = home.shown(0)
    assert shown["application/vnd.plotly.v1+json"] == {"data": []}


def test_printed_and_displayed_outputs_keep_their_order(home: Home) -> None:
    home.run(
        "import subprocess\nprint('a')\ndisplayHTML('b')\nsubprocess.run(['echo', 'c'])\ndisplayHTML('d')\nprint('e')"
    )
    kinds = [output.get("text") or output["data"]["text/html"] for output in home.cells()[0].outputs]
    assert kinds == ["a\n", "b", "c\n", "d", "e\n"]


def test_a_display_can_be_updated_and_outputs_cleared(home: Home) -> None:
    home.run(
        "from IPython.display import display as show, clear_output, HTML\nh = show(HTML('<p>1</p>'), display_id='x')\nh.update(HTML('<p>2</p>'))",
        "print('gone')\nclear_output()\nprint('kept')\nclear_output(wait=True)",
        "print('gone')\nclear_output(wait=True)\nprint('kept')",
    )
    assert [shown["text/html"] for shown in home.shown(0)] == ["<p>2</p>"]
    assert [[output["text"] for output in cell.outputs] for cell in home.cells()[1:]] == [["kept\n"], ["kept\n"]]


def test_the_value_of_the_last_line_is_kept_as_underscore_and_hidden_by_a_semicolon(home: Home) -> None:
    home.run("40 + 1", "_ + 1", "3;")
    assert [home.shown(index) for index in range(3)] == [[{"text/plain": "41"}], [{"text/plain": "42"}], []]


# ---------------------------------------------------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2**53, 2**53),
        (2**53 + 1, str(2**53 + 1)),
        (float("inf"), "inf"),
        (1.5, 1.5),
        (decimal.Decimal("1E+2"), "100"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), "2024-01-02T03:00:00+00:00"),
        (dt.time(1, 2), "01:02:00"),
        (b"\x01\xff", "01ff"),
        ({1: {2: (3,)}}, {"1": {"2": [3]}}),
        ("x" * 40_000, "x" * 32_768 + "…"),
        (ValueError("x"), "x"),
    ],
)
def test_values_of_a_table_are_json(value: object, expected: object) -> None:
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_numpy_values_are_plain() -> None:
    import numpy as np

    assert [plain(np.int64(3)), plain(np.float64("nan")), plain(np.array([1, 2])), plain(np.bool_(True))] == [
        3,
        "nan",
        [1, 2],
        True,
    ]


def test_a_table_is_cut_by_size() -> None:
    table = make_table(["a"], ["string"], [["x" * 30_000] for _ in range(200)])
    assert table.truncated
    assert 60 < len(table.rows) < 80


def test_a_table_as_text() -> None:
    text = bundle(make_table(["n", "long"], ["int", "string"], [[1, "a\nb"], [None, "y" * 50]]))["text/plain"]
    assert text.splitlines() == [
        "+------+------------------------------------------+",
        "| n    | long                                     |",
        "+------+------------------------------------------+",
        "| 1    | a\\nb                                     |",
        f"| null | {'y' * 39}… |",
        "+------+------------------------------------------+",
        "2 rows",
    ]


def test_a_long_table_as_text_says_what_is_left_out() -> None:
    text = bundle(make_table(["n"], ["int"], [[number] for number in range(30)]))["text/plain"]
    assert "10 more rows" in text
    assert text.endswith("30 rows")


def test_an_empty_table_has_its_columns() -> None:
    shown = bundle(make_table(["a<b"], ["int"], []))
    assert shown[MIME] == {"columns": [{"name": "a<b", "type": "int"}], "rows": [], "truncated": False}
    assert "a&lt;b" in shown["text/html"]
    assert "0 rows" in shown["text/plain"]


def test_the_limits_are_those_that_the_docs_tell() -> None:
    assert (tables.MAX_ROWS, tables.MAX_SIZE, outputs.MAX_TEXT) == (1000, 2 * 1024 * 1024, 1024 * 1024)


# ---------------------------------------------------------------------------------------------------------- limits


def test_streams_of_one_cell_share_the_limit() -> None:
    cell = CellOutputs(Redactor())
    for _ in range(30):
        cell.write("stdout", "o" * 100_000)
        cell.write("stderr", "e" * 100_000)
    assert sum(len(output["text"]) for output in cell.items()) < outputs.MAX_TEXT + 100 * 2048 * 2


def test_too_many_outputs_are_counted_and_not_kept() -> None:
    cell = CellOutputs(Redactor())
    for number in range(outputs.MAX_OUTPUTS + 5):
        cell.show({"text/plain": str(number)}, {})
    cell.fail("ValueError", "x", "trace")
    items = cell.items()
    assert "5 more outputs of this cell are not kept" in items[-1]["text"]
    assert items[-2]["output_type"] == "error"


def test_too_large_outputs_are_not_kept() -> None:
    cell = CellOutputs(Redactor())
    for _ in range(3):
        cell.show({"text/html": "x" * (outputs.MAX_RICH // 2)}, {})
    assert [output["output_type"] for output in cell.items()] == ["display_data", "display_data", "stream"]


def test_an_update_of_an_unknown_display_does_nothing() -> None:
    cell = CellOutputs(Redactor())
    cell.update("nobody", {"text/plain": "x"}, {})
    assert cell.items() == []


def test_windows_are_refused(home: Home) -> None:
    assert "a job has no screen" in home.run("get_ipython().enable_gui('qt')").error
