"""10,000 random graphs of all kinds of tasks, worked on in random order: the run is what its naive model says."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from brickyard.jobs.tasks import RunIf
from brickyard.runs.model import Attempt, Kind
from brickyard.runs.repair import select
from brickyard.runs.states import LifeCycle
from tests.unit.runs.oracle import Rule
from tests.unit.runs.pair import Pair, compare_stats, plan_of

GRAPHS = 10_000
CHUNKS = 20
MOST_EVENTS = 400
REPORTS = ("ok", "ok", "ok", "ok", "fail", "fail", "lost", "config")


def random_rules(chance: random.Random) -> dict[str, Rule]:
    """Up to twelve tasks; each may depend on any that stand before it."""
    rules: dict[str, Rule] = {}
    for index in range(min(chance.randint(1, 12), chance.randint(1, 12))):
        kind = chance.choices(["worker", "condition", "loop", "run_job"], [6, 2, 2, 1])[0]
        rule = _worker(chance, f"t{index}")
        rule.kind = kind
        rule.run_if = chance.choice(["ALL_SUCCESS", "ALL_SUCCESS", *RunIf])
        rule.disabled = chance.random() < 0.06
        for need in chance.sample(list(rules), min(len(rules), chance.choice([0, 1, 1, 2, 3]))):
            outcomes = [""] if rules[need].kind != "condition" else chance.choice([["true"], ["false"], [""]])
            rule.needs += [(need, outcome) for outcome in outcomes]
        if kind in {"loop", "condition"}:
            rule.retries = 0
        if kind == "loop":
            rule.width = chance.randint(1, 3)
            rule.inner = _worker(chance, f"in_{index}")
        rules[rule.key] = rule
    return rules


def _worker(chance: random.Random, key: str) -> Rule:
    return Rule(
        key,
        retries=chance.choice([0, 0, 0, 1, 2, -1]),
        interval=chance.choice([0, 0, 500]),
        on_timeout=chance.random() < 0.5,
    )


class World:
    """Chooses what happens next."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
        rules = random_rules(self.chance)
        keys = list(rules)
        only = {key for key in keys if self.chance.random() < 0.6} if self.chance.random() < 0.1 else None
        limit = 5_000 if self.chance.random() < 0.1 else 0
        self.pair = Pair(rules, only=only or None, limit=limit)
        self.pair.thorough = seed % 10 == 0
        self.calm = self.chance.random() < 0.5
        """In a calm world nobody cancels and no time is ever up."""
        self.totals: dict[str, int] = {}

    def play(self) -> None:
        """Let everything happen, until the run is over for good."""
        self.pair.create()
        for _ in range(MOST_EVENTS):
            self.pair.player.now_ms += self.chance.choice([0, 1, 100, 600])
            alive = [one for one in self.pair.run.attempts if not one.is_terminal]
            if not alive:
                assert self.pair.run.life_cycle.is_terminal, "no attempt is left, but the run goes on"
                if len(self.pair.run.repairs) == 2 or self.chance.random() < 0.5 or not self.repair():
                    return
            elif self.chance.random() < 0.02:
                self.disturb(self.chance.choice(self.pair.run.attempts))
            else:
                free = [one for one in alive if one.life_cycle is not LifeCycle.BLOCKED]
                self.go_on(self.chance.choice(free))
        raise AssertionError("the run does not end")

    def go_on(self, one: Attempt) -> None:
        """Let the next thing happen to an attempt that is alive."""
        if not self.calm and self.chance.random() < 0.08:
            self.chance.choice([self.pair.cancel, self.pair.cancel, self.pair.time_up])(one)
        elif one.life_cycle is LifeCycle.WAITING_FOR_RETRY:
            self.pair.retry_due(one)
        elif one.life_cycle is LifeCycle.TERMINATING and one.total < 0:
            self.pair.reported(one, self.chance.choice(["ok", "fail", "fail", "lost"]))
        elif one.total >= 0:
            self.pair.worker_began(one)  # late words about a loop change nothing
        elif one.life_cycle is LifeCycle.PENDING:
            self.begin(one)
        else:
            self.pair.reported(one, self.report(one))

    def begin(self, one: Attempt) -> None:
        kind = self.pair.run.rules(one).kind
        if self.chance.random() < 0.05:
            self.pair.reported(one, self.chance.choice(["config", "lost"]))
        elif kind is Kind.CONDITION:
            self.pair.reported(one, self.chance.choice(["true", "false"]))
        elif kind is Kind.LOOP:
            same = one.task_key in self.totals and self.chance.random() < 0.6
            total = self.totals[one.task_key] if same else self.chance.choice([0, 1, 2, 3, 5])
            self.totals[one.task_key] = total
            self.pair.loop_began(one, total, same=same)
        else:
            self.pair.worker_began(one)

    def report(self, one: Attempt) -> str:
        # Endless retries must end one day.
        return "ok" if one.number > 6 else self.chance.choice(REPORTS)

    def disturb(self, one: Attempt) -> None:
        """Something that comes late, twice, or for the whole run."""
        late: list[Callable[[], None]] = [
            lambda: self.pair.reported(one, "fail") if one.is_terminal or one.total >= 0 else None,
            lambda: self.pair.loop_began(one, 3, same=False) if one.life_cycle is not LifeCycle.PENDING else None,
            lambda: self.pair.retry_due(one),
            self.pair.run_time_up,
        ]
        if not self.calm:
            late.append(self.pair.cancel_run)
        self.chance.choice(late)()

    def repair(self) -> bool:
        """Repair the run in some way; False where there is nothing to repair."""
        pair = self.pair
        if pair.run.life_cycle is LifeCycle.SKIPPED:
            return False
        rules = self.changed_rules() if self.chance.random() < 0.2 else dict(pair.oracle.rules)
        latest = pair.run.repairs[-1].repair_id if pair.run.repairs else None
        dependents = self.chance.random() < 0.3
        named = self.chance.sample(list(rules), 1) if self.chance.random() < 0.3 else []
        before = pair.oracle.rules
        pair.oracle.rules = rules
        wanted = set(named) or pair.oracle.in_need_of_repair()
        wanted |= pair.oracle.behind(wanted) if dependents else set()
        pair.oracle.rules = before
        if not wanted:
            return False
        chosen = select(
            pair.run,
            pair.run.plan if rules == before else plan_of(rules),
            rerun_tasks=named,
            rerun_all_failed_tasks=not named,
            rerun_dependent_tasks=dependents,
            latest_repair_id=latest,
        )
        assert chosen == wanted
        pair.repair(chosen, rules)
        return True

    def changed_rules(self) -> dict[str, Rule]:
        """The job was edited since: tasks were switched on or off and got other rules."""
        return {
            key: replace(rule, disabled=self.chance.random() < 0.1, run_if=self.chance.choice([*RunIf]))
            for key, rule in self.pair.oracle.rules.items()
        }


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_run_is_after_every_event_what_its_model_says(chunk: int) -> None:
    for seed in range(chunk * GRAPHS // CHUNKS, (chunk + 1) * GRAPHS // CHUNKS):
        world = World(seed)
        try:
            world.play()
            compare_stats(world.pair)
        except AssertionError as error:
            error.add_note(f"graph of seed {seed}")
            raise
