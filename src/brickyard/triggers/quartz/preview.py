"""The coming fires of an expression as a person wants to see them: also those that a change of clocks takes away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from brickyard.triggers.quartz import walls
from brickyard.triggers.quartz.cron import parse


class Mark(StrEnum):
    """What a change of clocks does to a fire."""

    NONE = ""
    SKIPPED = "skipped"
    """Clocks leave this time out, so it does not fire."""
    DOUBLED = "doubled"
    """Clocks show this time twice; it fires once, the second time."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One time at which an expression is due."""

    wall: dt.datetime
    """What clocks show, without a zone."""
    at: dt.datetime | None
    """The moment, in the zone; None where clocks never show the time."""
    mark: Mark


def coming(expression: str, after: dt.datetime, zone: str) -> Iterator[Coming]:
    """Every coming time, one after the other.

    Args:
        expression: six or seven fields.
        after: an aware moment.
        zone: a name of the time zone database.

    Raises:
        ValueError: the expression or the zone is none, or `after` is not aware.
    """
    cron, place = parse(expression), walls.zone(zone)
    wall = walls.after(after, place)
    while (found := cron.first_from(wall)) is not None:
        yield _seen(found, wall, place)
        wall = found + walls.SECOND


def _seen(wall: dt.datetime, since: dt.datetime, zone: walls.Zone) -> Coming:
    if not walls.exists(wall, zone) or walls.is_lost_hour(wall, since, zone):
        return Coming(wall, None, Mark.SKIPPED)
    return Coming(wall, walls.moment(wall, zone), Mark.DOUBLED if walls.is_doubled(wall, zone) else Mark.NONE)
