"""The page of the commands, from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from brickyard.surfaces.cli.app import app
from docs.markdown import code, page, table


def commands_page() -> str:
    """The page `commands.md`."""
    lead = (
        "`brickyard COMMAND --help` says the same. Commands use the server that `DATABRICKS_HOST` and\n"
        "`DATABRICKS_TOKEN` name, else the one that runs on the home, else one of their own that ends with them.\n\n"
        "Exit codes: 0 success, 1 the run failed or the server did, 2 bad input, 3 no server is reachable,\n"
        "130 ended by Ctrl-C."
    )
    return page("Commands", lead, *_commands(typer.main.get_command(app), "brickyard"))


def _commands(command: Any, name: str) -> Iterator[str]:
    """A heading, the help and the options of each command below this one."""
    inner = getattr(command, "commands", {})
    for key in inner:
        yield from _commands(inner[key], f"{name} {key}")
    if inner:
        return
    usage = " ".join([name, *(_argument(each) for each in command.params if each.param_type_name == "argument")])
    yield f"## {code(usage)}"
    yield (command.help or "").strip()
    rows = [(code(", ".join(each.opts)), _default(each), getattr(each, "help", None) or "") for each in command.params]
    if rows:
        yield table(("argument or option", "default", "what it does"), rows)


def _argument(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name.upper())
    name = f"{name} …" if parameter.nargs == -1 else name
    return name if parameter.required else f"[{name}]"


def _default(parameter: Any) -> str:
    return "" if parameter.default in {None, False, ""} else code(str(parameter.default))
