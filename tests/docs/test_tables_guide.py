"""The guide of tables: its SQL runs, and what it says is refused is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.installation import Installation, notebook
from tests.docs.blocks import ROOT, blocks, rows

GUIDE = ROOT / "docs" / "guide" / "tables.md"
TRY = """
import json
from pyspark.errors import UnsupportedOperationException

answers = {}
for text in json.loads(dbutils.widgets.get("snippets")):
    try:
        value = eval(text)
        if hasattr(value, "collect"):
            value.collect()
        answers[text] = "was not refused"
    except UnsupportedOperationException as error:
        answers[text] = "refused" if "UNSUPPORTED_FEATURE" in str(error) else str(error)
    except Exception as error:
        answers[text] = f"{type(error).__name__}: {error}"
dbutils.notebook.exit(json.dumps(answers))
"""


def result(installation: Installation, folder: Path, cells: tuple[str, ...], *parameters: str) -> str:
    """What a notebook of these cells returns."""
    path = folder / "guide.py"
    path.write_text(notebook(*cells))
    done = installation.command("run", str(path), *parameters)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def setup_sql() -> str:
    """The statements of the guide, as a cell."""
    (block,) = (block for block in blocks(GUIDE) if block.info == "sql run")
    return "\n".join(["# MAGIC %sql", *(f"# MAGIC {line}" for line in block.text.splitlines())])


@pytest.mark.timeout(120)
def test_the_guide_is_right_about_sql_and_refusals(installation: Installation, tmp_path: Path) -> None:
    """Every statement that is shown runs; every line of the tables of refusals raises, by name."""
    python = list(rows(GUIDE, "Python"))
    statements = [f"spark.sql({text!r})" for text in rows(GUIDE, "SQL")]
    assert len(python) > 10
    assert len(statements) > 8
    snippets = json.dumps([*python, *statements])
    printed = result(installation, tmp_path, (setup_sql(), TRY), "-p", f"snippets={snippets}")
    answers = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    assert answers == dict.fromkeys([*python, *statements], "refused")
