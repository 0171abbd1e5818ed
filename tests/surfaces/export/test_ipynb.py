"""The `.ipynb` form is a notebook that other tools read."""

from __future__ import annotations

import nbformat

from brickyard.surfaces.export.ipynb import notebook
from tests.surfaces.export.reading import cell, failure, stream


def test_cells_with_their_outputs_are_a_valid_notebook() -> None:
    records = [
        cell(0, "%md\n# Title", language="md"),
        cell(1, "print('hi')", title="Greet", outputs=[stream("hi\n")], started_ms=1, ended_ms=2),
        cell(2, "1/0", state="failed", outputs=[failure("ZeroDivisionError", "division by zero", "trace")]),
        cell(3, "%sql\nSELECT 1", language="sql", state="skipped"),
    ]
    names = records[0].__struct_fields__
    content = notebook([{name: getattr(record, name) for name in names} for record in records])
    read = nbformat.reads(content.decode(), as_version=4)
    nbformat.validate(read)
    assert [each.cell_type for each in read.cells] == ["markdown", "code", "code", "code"]
    assert read.cells[0].source == "# Title"
    assert [each.execution_count for each in read.cells[1:]] == [2, 3, None]
    assert read.cells[1].outputs[0].text == "hi\n"
    assert read.cells[2].outputs[0].ename == "ZeroDivisionError"
    assert read.cells[1].metadata.brickyard == {"title": "Greet", "state": "ok", "startedMs": 1, "endedMs": 2}
    assert read.metadata.language_info.name == "python"
