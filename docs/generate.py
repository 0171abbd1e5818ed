"""`make docs`: write the pages of `docs/reference` from the code, so that they say what it does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from docs.api_page import endpoints_page
from docs.command_page import commands_page
from docs.field_page import fields_page
from docs.refusals import engine_page
from docs.setting_page import settings_page

REFERENCE = Path(__file__).parent / "reference"


def pages() -> Mapping[str, str]:
    """The name and the text of every generated page."""
    return {
        "commands.md": commands_page(),
        "endpoints.md": endpoints_page(),
        "engine.md": engine_page(),
        "fields.md": fields_page(),
        "settings.md": settings_page(),
    }


def main(folder: Path) -> None:
    """Write the pages that differ."""
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {name}")  # noqa: T201 - a command says what it did


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else REFERENCE)
