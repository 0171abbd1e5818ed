"""How commands explain themselves: names that say what is wanted, without the types of Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand

Only = Annotated[
    str | None, typer.Option(metavar="TASKS", help="Only these tasks: a,b  a+ (with all after)  +a (before).")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Print the run's id and leave.")]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--params", "--param", "-p", metavar="NAME=VALUE", help="A parameter; several: a=1,b=2, or the option again."
    ),
]


class Command(TyperCommand):
    """A command whose help lists arguments by name alone, as in the line of its usage."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the sections of arguments and options; those that have no help text are left out."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            if isinstance(parameter, TyperArgument):
                name = str(parameter.metavar or parameter.name).upper()
                sections["Arguments"].append((name, record[1]))
            else:
                sections["Options"].append(record)
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Commands(typer.Typer):
    """A group of such commands."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        """Add a command."""
        return super().command(name, cls=Command, **options)
