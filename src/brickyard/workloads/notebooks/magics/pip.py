"""`%pip`: libraries of one notebook. They go to a folder of the attempt; what all notebooks share is never changed."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from brickyard.workloads.messages import Paths
from brickyard.workloads.places import CHECKOUTS

_READ_ONLY = frozenset({"list", "show", "freeze", "check", "--version", "help", "index", "download", "config", "debug"})
_REFUSED = {
    "--target": "the notebook has a folder of its own for libraries",
    "-t": "the notebook has a folder of its own for libraries",
    "--user": "the notebook has a folder of its own for libraries",
    "--prefix": "the notebook has a folder of its own for libraries",
    "-e": "a library of a notebook is installed as a copy; leave out -e",
    "--editable": "a library of a notebook is installed as a copy; leave out --editable",
}


class PipError(Exception):
    """`%pip` failed; the text has pip's own words."""


def run_pip(text: str, site: Path, paths: Paths) -> None:
    """Run a pip command for this notebook. What `install` brings can be imported from `site` at once.

    Raises:
        PipError: the command is refused, or pip failed.
    """
    words = [_real(word, paths) for word in shlex.split(text, comments=True)]
    command, rest = (words[0], words[1:]) if words else ("help", [])
    if command in _READ_ONLY:
        _pip([command, *rest], site, quiet=False)
    elif command == "install":
        _install(rest, site)
    elif command == "uninstall":
        raise PipError(f"%pip {text} is refused: it would change the libraries that all notebooks share")
    else:
        raise PipError(f"%pip has no command {command!r}. It has: install, {', '.join(sorted(_READ_ONLY))}.")


def _install(words: list[str], site: Path) -> None:
    for word in words:
        reason = _REFUSED.get(word.partition("=")[0])
        if reason:
            raise PipError(f"%pip install {word} is refused: {reason}")
    satisfied = _satisfied(words, site)
    if satisfied is not None:
        print("\n".join(f"Requirement already satisfied: {line}" for line in satisfied))
        return
    # pip's --target knows nothing of what is installed already and would bring all of it again. So pip first says
    # what is missing; exactly that is then installed.
    report = _pip(["install", "--dry-run", "--report", "-", "--quiet", *words], site, quiet=True)
    missing = json.loads(report[report.index("{") :])["install"]
    if not missing:
        print("Requirement already satisfied: " + " ".join(words))
        return
    site.mkdir(exist_ok=True)
    wanted = [_wanted(item) for item in missing]
    _pip(["install", "--quiet", "--no-deps", "--upgrade", "--target", str(site), *wanted], site, quiet=True)
    activate(site)
    names = (f"{item['metadata']['name']}-{item['metadata']['version']}" for item in missing)
    print("Successfully installed " + " ".join(sorted(names)))


def activate(site: Path) -> None:
    """Make what is in the folder importable, before everything else."""
    if str(site) not in sys.path:
        sys.path.insert(0, str(site))
    importlib.invalidate_caches()


def _satisfied(words: list[str], site: Path) -> list[str] | None:
    """What is there already, where the words are plain requirements that are all met; else None."""
    found = []
    for word in words:
        if word in {"-q", "--quiet", "-qq"}:
            continue
        try:
            requirement = Requirement(word)
        except InvalidRequirement:
            return None
        if requirement.url or requirement.extras:
            return None
        installed = _version(requirement.name, site)
        if installed is None or not requirement.specifier.contains(installed, prereleases=True):
            return None
        found.append(f"{word} ({installed})")
    return found or None


def _version(name: str, site: Path) -> str | None:
    wanted = canonicalize_name(name)
    for distribution in importlib.metadata.distributions(path=[str(site), *sys.path]):
        if distribution.metadata["Name"] and canonicalize_name(distribution.metadata["Name"]) == wanted:
            return distribution.version
    return None


def _wanted(item: dict[str, Any]) -> str:
    """Exactly what pip's report decided on."""
    name, source = item["metadata"]["name"], item["download_info"]
    if "vcs_info" in source:
        return f"{name} @ {source['vcs_info']['vcs']}+{source['url']}@{source['vcs_info']['commit_id']}"
    return f"{name} @ {source['url']}"


def _pip(arguments: list[str], site: Path, *, quiet: bool) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]).strip(":")}
    environment.setdefault("PIP_RETRIES", "1")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if "ERROR" in line or "No module named pip" in line]
        reason = "\n".join(told or done.stderr.splitlines()[-5:])
        raise PipError(f"%pip {' '.join(arguments)} failed with exit code {done.returncode}: {reason}")
    if not quiet:
        print(done.stdout, end="")
    return done.stdout


def _real(word: str, paths: Paths) -> str:
    """A word that is a path of the workspace, a volume or DBFS, as the file of this machine."""
    for prefix, folder in (
        (f"/Workspace{CHECKOUTS}", paths.checkouts),
        ("/Workspace/", paths.workspace),
        ("/Volumes/", paths.volumes),
        ("dbfs:/", paths.dbfs),
        ("/dbfs/", paths.dbfs),
    ):
        if folder and word.startswith(prefix):
            return f"{folder}/{word.removeprefix(prefix)}"
    return word
