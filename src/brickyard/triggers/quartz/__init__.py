"""Cron expressions as Quartz reads them: `parse` and `next_fire`.

Observed: Quartz 2.3.2, `org.quartz.CronExpression`. What it accepts by accident is refused here with a reason; what is
accepted fires at the same moments. Decision and differences: `docs/reference/cron.md`.
"""

from __future__ import annotations

from brickyard.triggers.quartz.cron import Cron, parse
from brickyard.triggers.quartz.fires import fires, next_fire
from brickyard.triggers.quartz.preview import Coming, Mark, coming

__all__ = ["Coming", "Cron", "Mark", "coming", "fires", "next_fire", "parse"]
