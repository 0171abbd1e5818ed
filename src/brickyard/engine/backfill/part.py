"""Backfills as one part of the engine: the commands, the loop, and what they share."""

from __future__ import annotations

from brickyard.engine.backfill.bell import BackfillBell
from brickyard.engine.backfill.commands import BackfillCommands
from brickyard.engine.backfill.loop import BackfillLoop
from brickyard.engine.backfill.news import BackfillNews
from brickyard.engine.backfill.steps import BackfillSteps, Runs
from brickyard.engine.job_commands import JobCommands
from brickyard.ports import Clock, Ids, Store


class BackfillPart:
    """Joins the commands of backfills with the loop that carries them out."""

    def __init__(
        self, *, store: Store, jobs: JobCommands, runs: Runs, bell: BackfillBell, clock: Clock, ids: Ids
    ) -> None:
        news = BackfillNews(clock)
        steps = BackfillSteps(store=store.backfills, jobs=store.jobs, runs=runs, clock=clock, tell=news.tell)
        self.loop = BackfillLoop(store=store.backfills, steps=steps, bell=bell, news=news)
        self.commands = BackfillCommands(store=store.backfills, jobs=jobs, bell=bell, news=news, clock=clock, ids=ids)
