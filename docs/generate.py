"""`make docs`: write the generated pages of `docs` from the code, so that they say what it does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from docs.api_page import endpoints_page
from docs.command_page import commands_page
from docs.compatibility_page import compatibility_page
from docs.field_page import fields_page
from docs.reference_page import references_page
from docs.refusals import engine_page
from docs.rights_page import rights_page
from docs.setting_page import settings_page

DOCS = Path(__file__).parent


def pages() -> Mapping[str, str]:
    """The path below `docs` and the text of every generated page."""
    return {
        "compatibility.md": compatibility_page(),
        "reference/commands.md": commands_page(),
        "reference/endpoints.md": endpoints_page(),
        "reference/engine.md": engine_page(),
        "reference/fields.md": fields_page(),
        "reference/references.md": references_page(),
        "reference/rights.md": rights_page(),
        "reference/settings.md": settings_page(),
    }


def main(folder: Path) -> None:
    """Write the pages that differ below this folder."""
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {name}")  # noqa: T201 - a command says what it did


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
