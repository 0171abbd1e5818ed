"""What all parts of `dbutils` have in common: `help()`, and a clear answer to a name that does not exist."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import ClassVar, NoReturn


class Utility:
    """One part of `dbutils`."""

    path: ClassVar[str] = "dbutils"
    refused: ClassVar[Mapping[str, str]] = {}
    """Names that Databricks has and that are refused here, each with the reason."""

    def help(self, name: str | None = None) -> None:
        """Print what there is, or what one member does."""
        if name is not None:
            print(_describe(f"{self.path}.{name}", getattr(self, name)))
            return
        print(inspect.getdoc(type(self)) or "")
        for member in self.members():
            print("  " + _describe(f"{self.path}.{member}", getattr(self, member)).replace("\n", "\n    "))

    def members(self) -> list[str]:
        """The names that a user may use."""
        own = {**vars(type(self)), **vars(self)}
        return sorted(name for name in own if not name.startswith("_") and name not in {"path", "refused", "members"})

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        reason = self.refused.get(name)
        if reason:
            raise NotImplementedError(f"{self.path}.{name} is refused here: {reason}")
        near = difflib.get_close_matches(name, self.members(), n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise AttributeError(f"{self.path} has no {name!r}. {hint}It has: {', '.join(self.members())}.")

    def __dir__(self) -> list[str]:
        return ["help", *self.members()]

    def __repr__(self) -> str:
        return f"<{self.path}: {', '.join(self.members())}>"


def _describe(path: str, member: object) -> str:
    if isinstance(member, Utility):
        return f"{path}: {(inspect.getdoc(type(member)) or '').splitlines()[0]}"
    text = (inspect.getdoc(member) or "").splitlines()
    if not callable(member):
        return path
    # Annotations are kept as text; help shows them without quotes.
    signature = str(inspect.signature(member)).replace("'", "")
    return f"{path}{signature}: {text[0] if text else ''}"
