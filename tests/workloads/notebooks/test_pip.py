"""`%pip` installs for one notebook and fails loudly. All packages come from files that the tests write."""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from tests.workloads.notebooks.house import Home


def wheel(folder: Path, name: str, version: str, *, requires: str = "") -> Path:
    """Write a wheel with one module that knows its version."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"version = '{version}'\n",
        f"{info}/METADATA": metadata + (f"Requires-Dist: {requires}\n" if requires else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += f"{path},sha256={digest},{len(text)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return file


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def forget(*names: str) -> None:
    for name in names:
        sys.modules.pop(name, None)


def test_a_wheel_of_a_volume_is_installed_with_what_it_needs(home: Home) -> None:
    folder = home.root / "volumes/main/libs"
    wheel(folder, "brick_base", "1.0")
    wheel(folder, "brick_top", "2.0", requires="brick_base>=1")
    outcome = home.run(
        "# MAGIC %pip install --find-links /Volumes/main/libs brick_top\nimport brick_top, brick_base\nprint(brick_top.version, brick_base.version)"
    )
    forget("brick_top", "brick_base")
    assert outcome.status == "success", outcome.error
    assert "Successfully installed brick_base-1.0 brick_top-2.0" in home.printed()
    assert home.printed().endswith("2.0 1.0\n")
    assert (home.attempt / "site/brick_top.py").exists()


def test_a_newer_version_is_seen_after_the_restart(home: Home) -> None:
    folder = home.root / "volumes/main/libs"
    old, new = wheel(folder, "brick_one", "1.0"), wheel(folder, "brick_one", "1.1")
    outcome = home.run(
        f"%pip install {old}",
        "import brick_one\nprint(brick_one.version)",
        f"%pip install {new}",
        "%restart_python",
        "import brick_one\nprint(brick_one.version)",
    )
    forget("brick_one")
    assert outcome.status == "success", outcome.error
    assert [line for line in home.printed().splitlines() if line[0].isdigit()] == ["1.0", "1.1"]


def test_what_is_there_already_is_not_installed_again(home: Home) -> None:
    outcome = home.run("%pip install -q 'pandas>=2' msgspec")
    assert outcome.status == "success", outcome.error
    assert "Requirement already satisfied: pandas>=2" in home.printed()
    assert not (home.attempt / "site").exists()


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("%pip install surely-no-such-package==9.9", "No matching distribution found for surely-no-such-package==9.9"),
        ("%pip install /Volumes/none.whl", "none.whl"),
        ("%pip install pandas --target /x", "--target is refused"),
        ("%pip install -e .", "-e is refused"),
        ("%pip uninstall -y pandas", "it would change the libraries that all notebooks share"),
        ("%pip instal pandas", "%pip has no command 'instal'"),
    ],
)
def test_a_failing_pip_fails_the_notebook_with_pips_own_words(home: Home, cell: str, why: str) -> None:
    outcome = home.run(cell, "print('never')")
    assert outcome.status == "failed"
    assert outcome.error.startswith("PipError")
    assert why in outcome.error
    assert "never" not in home.printed()


def test_pip_list_prints(home: Home) -> None:
    outcome = home.run("%pip list")
    assert outcome.status == "success", outcome.error
    assert "pandas" in home.printed()
