"""Bundles of a few lines, written where a test can change them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from brickyard.surfaces.bundles import resolve
from brickyard.surfaces.bundles.resolve import Bundle

ME = {"userName": "mina.moon@example.com"}
HOST = "http://127.0.0.1:8484"
NOTEBOOK = "# Databricks notebook source\nprint(1)\n"
JOB = """
resources:
  jobs:
    etl:
      name: etl
      tasks:
        - task_key: a
          notebook_task: {notebook_path: ./nb.py}
"""

Write = Callable[[Mapping[str, str]], Path]
Resolve = Callable[..., Bundle]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files below the test's folder; returns the folder."""

    def written(files: Mapping[str, str]) -> Path:
        root = tmp_path / "project"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return written


@pytest.fixture
def resolved(write: Write) -> Resolve:
    """Resolve a bundle whose main file is given; `nb.py` is a notebook beside it."""

    def made(
        text: str,
        *,
        target: str | None = None,
        files: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        user: str = ME["userName"],
    ) -> Bundle:
        root = write({"databricks.yml": text, "nb.py": NOTEBOOK, **(files or {})})
        half = resolve.draft(root, target, variables, environ or {})
        return resolve.complete(half, {"userName": user}, HOST)

    return made
