"""The command line: every command but `server`. One clear sentence for an error, never a traceback.

Exit codes: 0 success, 1 the run failed or the server did, 2 bad input, 3 no server is reachable, 130 ended by Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Sequence

from brickyard.errors import BrickyardError
from brickyard.surfaces.cli import (
    access,
    audit,
    backfill,
    backfills,
    bundle,
    certificates,
    clusters,
    demo,
    doctor,
    jobs,
    people,
    permissions,
    repos,
    run,
    runs,
    secret_lists,
    versions,
    workspace,
)
from brickyard.surfaces.cli.live import INTERRUPTED
from brickyard.surfaces.cli.output import note
from brickyard.surfaces.cli.usage import Commands
from brickyard.surfaces.client import ApiError, NoServer

FAILED, BAD_INPUT, NO_SERVER = 1, 2, 3

app = Commands(
    name="brickyard",
    help="Draft in a notebook, run it on the production line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # loading it for coloured help takes longer than all other imports together
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bundle.app, name="bundle")
jobs.app.command("history")(versions.history)
jobs.app.command("diff")(versions.diff)
jobs.app.command("restore")(versions.restore)
app.add_typer(jobs.app, name="jobs")
app.add_typer(runs.app, name="runs")
app.add_typer(backfills.app, name="backfills")
app.add_typer(clusters.app, name="clusters")
jobs.app.command("backfill")(backfill.backfill)
access.auth.command("tls")(certificates.tls)
app.add_typer(access.auth, name="auth")
access.secrets.add_typer(secret_lists.app, name="acls")
app.add_typer(access.secrets, name="secrets")
app.add_typer(workspace.app, name="workspace")
app.add_typer(repos.app, name="repos")
app.add_typer(permissions.app, name="permissions")
app.add_typer(people.users, name="users")
app.add_typer(people.groups, name="groups")
app.add_typer(people.robots, name="service-principals")
app.command("run")(run.run)
app.command("audit")(audit.audit)
app.command("env")(access.env)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("version")(doctor.version)


@app.command("server")
def server() -> None:
    """Serve the Jobs API of this home. `brickyard server --help` lists its options."""
    # `brickyard server …` is served by `__main__`; here it is only listed and explained.


def main(argv: Sequence[str]) -> int:
    """Run one command; its exit code."""
    try:
        app(list(argv), prog_name="brickyard")
    except SystemExit as end:
        # Typer ends the process itself, also after it has explained wrong usage (code 2).
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except NoServer as error:
        return _say(str(error), NO_SERVER)
    except ApiError as error:
        return _say(error.message, BAD_INPUT if error.status < 500 else FAILED)
    except BrickyardError as error:
        return _say(error.message, BAD_INPUT)
    return 0


def _say(sentence: str, code: int) -> int:
    note(f"Error: {sentence}")
    return code
