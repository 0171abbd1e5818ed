"""Bad input gets one clear sentence before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.installation import Installation, notebook

HEAD = "bundle: {name: bad}\nresources:\n  jobs:\n    bad:\n      name: bad\n      tasks:\n"
A = "        - task_key: a\n          notebook_task: {notebook_path: ./nb.py}\n"
CASES = {
    "cycle": (
        HEAD
        + "        - {task_key: a, depends_on: [{task_key: c}], notebook_task: {notebook_path: ./nb.py}}\n"
        + "        - {task_key: b, depends_on: [{task_key: a}], notebook_task: {notebook_path: ./nb.py}}\n"
        + "        - {task_key: c, depends_on: [{task_key: b}], notebook_task: {notebook_path: ./nb.py}}\n",
        ["->", "a", "b", "c"],
    ),
    "unknown dependency": (HEAD + A + "          depends_on: [{task_key: ghost}]\n", ["ghost"]),
    "duplicate key": (HEAD + A + A, ["a", "task_key"]),
    "missing notebook": (HEAD + A.replace("nb.py", "nob.py"), ["nob.py", "nb.py"]),
    "unknown field": (HEAD + A + "          max_retrys: 2\n", ["max_retrys", "max_retries"]),
    "undefined reference": (
        HEAD + A.replace("./nb.py}", "./nb.py, base_parameters: {p: '{{job.parameters.nope}}'}}"),
        ["nope"],
    ),
    "bad yaml": (HEAD + A + "          depends_on: [{task_key: a}\n", ["databricks.yml", "line"]),
    "wrong type": (HEAD + A + "          max_retries: many\n", ["max_retries", "many"]),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_before_anything_runs(serving: Installation, tmp_path: Path, case: str) -> None:
    """Exit code 2, the words that help, no traceback, and nothing is created."""
    text, words = CASES[case]
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "databricks.yml").write_text(text)
    (folder / "nb.py").write_text(notebook("print(1)"))
    for verb in ("validate", "deploy"):
        done = serving.command("bundle", verb, cwd=folder)
        said = done.stdout + done.stderr
        assert done.returncode == 2, said
        assert "Traceback" not in said
        for word in words:
            assert word in said, said
    assert not serving.get("/api/2.2/jobs/list").get("jobs")
