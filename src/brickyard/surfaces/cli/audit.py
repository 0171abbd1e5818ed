"""`brickyard audit`: what was asked of the server, by whom, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from brickyard.clock import SystemClock
from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.output import AsJson, clock_time, emit_json, print_table
from brickyard.surfaces.cli.session import connected

_SPAN: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_UNIT_MS: Final = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def audit(
    *,
    user: Annotated[str | None, typer.Option(metavar="NAME", help="Only what this user asked.")] = None,
    action: Annotated[
        str | None, typer.Option(metavar="WORDS", help='Only this action, such as "create a job".')
    ] = None,
    concerned: Annotated[
        str | None, typer.Option("--object", metavar="NAME", help="Only this object, such as jobs/12.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From then on: 30m, 12h, 7d, or a date and time.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, metavar="NUMBER", help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what was changed, refused or taken out, newest first. For members of the group admins."""
    where: dict[str, str | int] = {
        name: value for name, value in (("user", user), ("action", action), ("object", concerned)) if value
    }
    if since:
        where["from"] = since_ms(since, SystemClock().now_ms())
    with connected() as session:
        found = list(session.client.audit(limit=limit, **where))
    if as_json:
        emit_json(found)
        return
    rows = [(clock_time(each["at_ms"]), each["user"] or "-", *_what(each), each["address"]) for each in found]
    print_table(("time", "user", "what", "object", "answer", "from"), rows)


def since_ms(text: str, now_ms: int) -> int:
    """`12h` before now, or a date (and time) in the zone of this machine, as epoch ms.

    Raises:
        InvalidParameterValue: it is neither.
    """
    span = _SPAN.fullmatch(text)
    if span:
        return max(0, now_ms - int(span[1]) * _UNIT_MS[span[2]])
    try:
        return max(0, int(datetime.fromisoformat(text).astimezone().timestamp() * 1000))
    except (ValueError, OverflowError):
        raise InvalidParameterValue(
            f"--since is {text!r}; it must be a span such as 30m, 12h or 7d, or a time such as 2026-11-23T08:00."
        ) from None


def _what(event: Mapping[str, Any]) -> tuple[str, str, str]:
    count = event["details"].get("count", 1)
    times = f" ({count} times)" if count > 1 else ""
    answered = f"{event['status']} {event['error_code']}".rstrip()
    return (event["action"] or event["request"] or "events were lost") + times, event["object"] or "-", answered
