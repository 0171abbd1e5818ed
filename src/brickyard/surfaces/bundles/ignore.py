"""Which files of a folder stay out: `.gitignore` files and patterns of the same language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ALWAYS = (
    ".git/",
    ".databricks/",
    ".brickyard/",
    ".venv/",
    "__pycache__/",
    ".ipynb_checkpoints/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".pytest_cache/",
    "node_modules/",
    ".DS_Store",
)
"""Never part of a project, whatever its .gitignore says."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern, ready to be compared with paths relative to the folder it was written in."""

    expression: re.Pattern[str]
    negated: bool
    folders_only: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one folder; `base` is its path relative to the root, "" for the root itself."""

    base: str
    rules: tuple[Rule, ...]

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """True: ignored; False: taken back in; None: nothing is said of it. The last rule that fits counts."""
        if self.base and not path.startswith(f"{self.base}/"):
            return None
        inner = path[len(self.base) + 1 :] if self.base else path
        found: bool | None = None
        for rule in self.rules:
            if (is_folder or not rule.folders_only) and rule.expression.fullmatch(inner):
                found = not rule.negated
        return found


def parse(lines: Iterable[str], base: str = "") -> Rules:
    """The rules in the lines of a `.gitignore`."""
    return Rules(base, tuple(rule for line in lines if (rule := _rule(line)) is not None))


def read(folder: Path, base: str) -> Rules | None:
    """The rules of a folder's `.gitignore`; None where it has none."""
    path = folder / ".gitignore"
    if not path.is_file() or path.is_symlink():
        return None
    return parse(path.read_text(encoding="utf-8", errors="replace").splitlines(), base)


def is_ignored(path: str, stack: Sequence[Rules], *, is_folder: bool) -> bool:
    """What the rules of the folders on the way say of a path; those of deeper folders come last and win."""
    ignored = False
    for rules in stack:
        verdict = rules.verdict(path, is_folder=is_folder)
        ignored = ignored if verdict is None else verdict
    return ignored


def matcher(patterns: Iterable[str]) -> Rules:
    """Patterns of `sync.include` and `sync.exclude`, in the language of `.gitignore`."""
    return parse(patterns)


def _rule(line: str) -> Rule | None:
    text = line.rstrip()
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text[1:] if negated else text.removeprefix("\\")
    folders_only = text.endswith("/")
    text = text.strip("/") if folders_only else text
    anchored = "/" in text.strip("/") or line.lstrip("!").startswith("/")
    text = text.strip("/")
    if not text:
        return None
    prefix = "" if anchored else "(?:.*/)?"
    return Rule(re.compile(prefix + _expression(text)), negated, folders_only)


def _expression(pattern: str) -> str:
    found, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            found, at = f"{found}(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            found, at = f"{found}.*", at + 2
        elif pattern[at] == "*":
            found, at = f"{found}[^/]*", at + 1
        elif pattern[at] == "?":
            found, at = f"{found}[^/]", at + 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inner = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            inner = f"^{inner[1:]}" if inner.startswith("!") else inner
            found, at = f"{found}[{inner}]", end + 1
        else:
            found, at = found + re.escape(pattern[at]), at + 1
    return found
