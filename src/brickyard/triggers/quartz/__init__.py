"""Cron expressions as Quartz reads them: `parse` and `next_fire`.

Observed: Quartz 2.3.2, `org.quartz.CronExpression`. What it accepts by accident is refused here with a reason; what is
accepted fires at the same moments, but for one case: where Quartz looks from 29, 30 or 31 January on for a day W that
February has not, it passes over that February.
"""

from __future__ import annotations

from brickyard.triggers.quartz.cron import Cron, parse
from brickyard.triggers.quartz.fires import fires, next_fire
from brickyard.triggers.quartz.preview import Coming, Mark, coming

__all__ = ["Coming", "Cron", "Mark", "coming", "fires", "next_fire", "parse"]
