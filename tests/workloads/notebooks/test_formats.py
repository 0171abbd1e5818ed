"""Notebooks are read and written without loss."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.workloads.notebooks.document import Cell, Notebook, first_magic
from brickyard.workloads.notebooks.files import is_notebook, parse_notebook
from brickyard.workloads.notebooks.formats import FORMATS, parse_source, render_source
from brickyard.workloads.notebooks.ipynb import parse_ipynb, render_ipynb

FILES = Path(__file__).parent / "files"
HEADER = "# Databricks notebook source\n"
SEP = "\n\n# COMMAND ----------\n\n"

line = st.one_of(
    st.sampled_from(
        ["", "x = 1", "# MAGIC", "# MAGIC %md", "# MAGIC text", "%md", "!ls", "# DBTITLE 1,A", "# COMMAND ----------",
         "# COMMAND ---------- ", "# comment", "    indented", "# MAGIC ", "%sql select 1", "-- x", "é ü 漢"]
    ),
    st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=20),
)  # fmt: skip
lines = st.lists(line, max_size=20).map("\n".join)


@pytest.mark.parametrize("file", sorted(FILES.glob("*.*")), ids=lambda file: file.name)
def test_a_notebook_file_comes_back_as_it_was(file: Path) -> None:
    data = file.read_bytes()
    notebook = parse_notebook(data, file.suffix)
    if file.suffix == ".ipynb":
        assert json.loads(render_ipynb(notebook)) == json.loads(data)
    else:
        assert render_source(notebook, file.suffix).encode() == data
    assert notebook.cells


@given(body=lines, end=st.sampled_from(["", "\n"]), newline=st.sampled_from(["\n", "\r\n"]))
def test_any_source_comes_back_byte_for_byte(body: str, end: str, newline: str) -> None:
    text = (HEADER + body + end).replace("\n", newline)
    assert render_source(parse_source(text, ".py"), ".py") == text


@given(body=lines)
def test_any_sql_source_comes_back_byte_for_byte(body: str) -> None:
    text = "-- Databricks notebook source\n" + body.replace("# ", "-- ")
    assert render_source(parse_source(text, ".sql"), ".sql") == text


@given(
    sources=st.lists(lines.filter(lambda text: "MAGIC" not in text and "COMMAND" not in text), min_size=1, max_size=5)
)
def test_cells_survive_a_way_through_both_formats(sources: list[str]) -> None:
    cells = tuple(Cell(source=source) for source in sources if not source.startswith("# DBTITLE"))
    notebook = Notebook(cells=cells)
    through_ipynb = parse_ipynb(render_ipynb(notebook))
    assert [cell.source for cell in through_ipynb.cells] == [cell.source for cell in cells]


def test_magic_lines_lose_their_prefix_and_get_it_back() -> None:
    text = HEADER + "# MAGIC %md\n# MAGIC # Title\n# MAGIC\n# MAGIC text" + SEP + "x = 1\n"
    notebook = parse_source(text, ".py")
    assert [cell.source for cell in notebook.cells] == ["%md\n# Title\n\ntext", "x = 1"]
    assert [cell.written for cell in notebook.cells] == [None, None]
    assert render_source(notebook, ".py") == text


def test_a_title_belongs_to_its_cell() -> None:
    text = HEADER + "# DBTITLE 1,Load, then go\nx = 1" + SEP + "# DBTITLE 0,Hidden\n# MAGIC %sql\n# MAGIC select 1\n"
    first, second = parse_source(text, ".py").cells
    assert (first.title, first.show_title, first.source) == ("Load, then go", True, "x = 1")
    assert (second.title, second.show_title, second.source) == ("Hidden", False, "%sql\nselect 1")


def test_a_magic_after_a_comment_keeps_the_comment() -> None:
    text = HEADER + "# libraries\n# MAGIC %pip install x\n"
    notebook = parse_source(text, ".py")
    assert notebook.cells[0].source == "# libraries\n%pip install x"
    assert render_source(notebook, ".py") == text


def test_a_comment_that_only_begins_like_a_magic_stays_a_comment() -> None:
    assert parse_source(HEADER + "x = 1\n# MAGIC happens\n", ".py").cells[0].source == "x = 1\n# MAGIC happens"


def test_empty_cells_are_kept() -> None:
    text = HEADER + "x = 1" + SEP + SEP + "y = 2\n"
    assert [cell.source for cell in parse_source(text, ".py").cells] == ["x = 1", "", "y = 2"]


@pytest.mark.parametrize("text", [HEADER, HEADER.rstrip(), HEADER + "\n", HEADER + "\n\n"])
def test_notebooks_without_content_come_back(text: str) -> None:
    assert render_source(parse_source(text, ".py"), ".py") == text


def test_windows_line_ends_are_kept_and_not_seen() -> None:
    text = (HEADER + "a = 1\nb = 2" + SEP + "# MAGIC %sql\n# MAGIC select 1\n").replace("\n", "\r\n")
    notebook = parse_source(text, ".py")
    assert [cell.source for cell in notebook.cells] == ["a = 1\nb = 2", "%sql\nselect 1"]
    assert render_source(notebook, ".py") == text


def test_sql_notebooks_use_their_own_comments() -> None:
    text = "-- Databricks notebook source\nselect 1\n\n-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC x = 1\n"
    notebook = parse_source(text, ".sql")
    assert notebook.language == "sql"
    assert [cell.language("sql") for cell in notebook.cells] == ["sql", "python"]
    assert render_source(notebook, ".sql") == text


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_language_has_its_header(suffix: str) -> None:
    form = FORMATS[suffix]
    assert is_notebook(f"{form.header}\n".encode(), suffix)
    assert is_notebook(f"{form.header}\r\n".encode(), suffix.upper())
    assert not is_notebook(f" {form.header}\n".encode(), suffix)
    assert not is_notebook(b"", suffix)


def test_a_plain_python_file_is_no_notebook() -> None:
    with pytest.raises(InvalidParameterValue, match="first line is 'import os'"):
        parse_source("import os\n", ".py")


def test_a_changed_cell_is_written_as_changed() -> None:
    odd = parse_source(HEADER + "# MAGIC %md\n# MAGIC \n# MAGIC text\n", ".py")
    assert odd.cells[0].written is not None
    changed = Notebook(cells=(Cell(source="%md\n\nother"),))
    assert render_source(changed, ".py") == HEADER + "# MAGIC %md\n# MAGIC\n# MAGIC other\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%sql\nselect 1", "sql"),
        ("\n# c\n%pip install x", "pip"),
        ("%md-sandbox\n# x", "md-sandbox"),
        ("x % y", None),
        ("%%time\nx", None),
        ("", None),
        ("%timeit x", "timeit"),
    ],
)
def test_the_first_magic_of_a_cell(source: str, expected: str | None) -> None:
    assert first_magic(source) == expected


def test_languages_of_cells() -> None:
    kinds = ["x", "%sql\n1", "%md\nx", "%sh ls", "%pip list", "%fs ls", "%run ./x", "%scala\n1", "%r\n1", "%time x"]
    assert [Cell(source=source).language("python") for source in kinds] == [
        "python", "sql", "md", "sh", "pip", "fs", "run", "scala", "r", "python",
    ]  # fmt: skip
    assert Cell(source="x", kind="markdown").language("python") == "md"
    assert Cell(source="x", kind="raw").language("python") == "other"


def test_a_rendered_ipynb_is_valid_for_jupyter() -> None:
    notebook = Notebook(cells=(Cell(source="x = 1\ny", title="T"), Cell(source="# h", kind="markdown")))
    nbformat.validate(nbformat.reads(render_ipynb(notebook).decode(), as_version=4))


def test_the_language_of_an_ipynb_is_that_of_its_databricks_metadata() -> None:
    raw = {"nbformat": 4, "nbformat_minor": 0, "cells": [], "metadata": {
        "application/vnd.databricks.v1+notebook": {"language": "sql"}, "language_info": {"name": "python"}}}  # fmt: skip
    assert parse_ipynb(json.dumps(raw).encode()).language == "sql"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "no notebook"),
        (b'{"nbformat": 3, "cells": []}', "nbformat 4.*3"),
        (b"[]", "list"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "odd"}]}', "Cell 1 has the type 'odd'"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "source of cell 1"),
        (b'{"nbformat": 4, "cells": [], "metadata": {"language_info": {"name": "julia"}}}', "julia"),
    ],
)
def test_a_broken_ipynb_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(InvalidParameterValue, match=why):
        parse_ipynb(data)


def test_a_source_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match="UTF-8"):
        parse_notebook(b"# Databricks notebook source\n\xff", ".py")
