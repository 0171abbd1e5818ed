"""A whole run once more, as naive as it can be: after each fact everything is looked at again until nothing changes.

It has no indexes, no counters and no effects, and it shares no code with `brickyard.runs`: its states and
results are plain words, its tables are its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

GOOD = {"SUCCESS"}
ASIDE = {"EXCLUDED", "DISABLED"}
BAD = {"FAILED", "TIMEDOUT", "UPSTREAM_FAILED"}
CALLED_OFF = {"CANCELED", "UPSTREAM_CANCELED"}
OVER = {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}

UNSELECTED = "This task was not selected in the partial run."
BEHIND_DISABLED = "This task was disabled because it is downstream of a disabled task"
End = tuple[str, str, str, str]
"""State, result, code and message."""

STOPPED: dict[str, End] = {
    "cancel": ("TERMINATED", "CANCELED", "USER_CANCELED", "Run cancelled by user"),
    "timeout": ("TERMINATED", "TIMEDOUT", "CANCELED", "The task was stopped: its timeout was reached."),
    "run_timeout": ("TERMINATED", "TIMEDOUT", "CANCELED", "The task was stopped: the timeout of its run was reached."),
    "loop_timeout": (
        "TERMINATED",
        "TIMEDOUT",
        "CANCELED",
        "The task was stopped: the timeout of its For each task was reached.",
    ),
}
SKIPPED = {
    "EXCLUDED": "The run_if condition of this task was not met.",
    "UPSTREAM_FAILED": "An upstream task failed.",
    "UPSTREAM_CANCELED": "An upstream task was canceled.",
}


@dataclass
class Rule:
    """A task as declared. `needs` are pairs of a key and an outcome, "" where any will do."""

    key: str
    needs: list[tuple[str, str]] = field(default_factory=list)
    run_if: str = "ALL_SUCCESS"
    retries: int = 0
    interval: int = 0
    on_timeout: bool = False
    disabled: bool = False
    kind: str = "worker"
    width: int = 1
    inner: Rule | None = None


@dataclass(eq=False)
class Try:
    """One attempt. `index` is -1 but for iterations."""

    rule: Rule
    index: int
    number: int
    repair: int
    state: str
    made: int
    loop: Try | None = None
    began: int = 0
    ended: int = 0
    asked: str = ""
    result: str = ""
    code: str = ""
    message: str = ""
    outcome: str = ""
    total: int = -1
    same: bool = False

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def runs_a_loop(self) -> bool:
        return self.total >= 0


class Oracle:
    """What a run must look like after the facts that it was told."""

    def __init__(self, rules: Mapping[str, Rule], only: AbstractSet[str] | None, limit: int) -> None:
        self.rules = rules
        self.only = set(rules) if only is None else only
        self.limit = limit
        self.tries: dict[tuple[str, int], list[Try]] = {}
        self.state, self.result, self.code, self.message = "PENDING", "", "", ""
        self.repairs = 0
        self.began = 0
        self.cancelled = self.timed_out = False

    def every(self) -> Iterator[Try]:
        for tries in self.tries.values():
            yield from tries

    def last(self, key: str, index: int = -1) -> Try:
        return self.tries[key, index][-1]

    # ----------------------------------------------------------------------------------------------- facts

    def created(self, now: int) -> None:
        off = {key for key in self.only if self._off_at_start(key)}
        if off == self.only:
            self._finish_run("SKIPPED", "DISABLED", "SKIPPED")
            self.message = (
                "Skipped because every task is disabled. Re-enable at least one task to be able to run the job."
            )
            self._make_all(off, now)
            return
        self.state, self.began = "RUNNING", now
        self._make_all(off, now)
        self._settle(now)

    def _make_all(self, off: set[str], now: int) -> None:
        for key, rule in self.rules.items():
            made = self._make(rule, -1, "BLOCKED" if rule.needs else "PENDING", now)
            if key not in self.only:
                self._end(made, ("SKIPPED", "DISABLED", "DISABLED", UNSELECTED), now)
            elif rule.disabled:
                self._end(made, ("SKIPPED", "DISABLED", "DISABLED", "This task is disabled."), now)
            elif key in off:
                self._end(made, ("SKIPPED", "DISABLED", "DISABLED", BEHIND_DISABLED), now)

    def worker_began(self, one: Try, now: int) -> None:
        if one.state == "PENDING" and one.rule.kind != "loop":
            one.state, one.began = "RUNNING", now
        self._settle(now)

    def loop_began(self, one: Try, total: int, same: bool, now: int) -> None:
        if one.state == "PENDING" and one.rule.kind == "loop":
            one.state, one.began, one.total, one.same = "RUNNING", now, total, same
        self._settle(now)

    def reported(self, one: Try, end: End, outcome: str, now: int) -> None:
        if one.over or one.runs_a_loop:
            return
        if one.asked and end[1] != "SUCCESS":
            self._end(one, STOPPED[one.asked], now)
        else:
            one.outcome = outcome
            self._end(one, end, now)
        if self._tries_again(one):
            begun = one.began or one.ended
            following = self._make(one.rule, one.index, "PENDING", now, one.loop)
            if begun + one.rule.interval > now:
                following.state = "WAITING_FOR_RETRY"
        self._settle(now)

    def retry_due(self, one: Try, now: int) -> None:
        if one.state == "WAITING_FOR_RETRY":
            one.state = "PENDING"
        self._settle(now)

    def time_up(self, one: Try, now: int) -> None:
        if one.state == "RUNNING":
            self._ask(one, "timeout", now)
        self._settle(now)

    def cancel(self, one: Try, now: int) -> None:
        self._ask(one, "cancel", now)
        self._settle(now)

    def cancel_run(self, now: int) -> None:
        if self.state not in OVER:
            self.cancelled = True
            self._stop_all("cancel", now)

    def run_time_up(self, now: int) -> None:
        if self.state == "RUNNING" and self.limit and now >= self.began + self.limit:
            self.timed_out = True
            self._stop_all("run_timeout", now)

    def repair(self, chosen: AbstractSet[str], rules: Mapping[str, Rule], now: int) -> None:
        self.rules = rules
        self.state, self.result, self.code, self.message = "RUNNING", "", "", ""
        self.repairs += 1
        self.began = now
        self.cancelled = self.timed_out = False
        off = {key for key in chosen if self._off_in_repair(key, chosen)}
        for key in rules:
            if key in chosen:
                made = self._make(rules[key], -1, "BLOCKED" if rules[key].needs else "PENDING", now)
                if key in off:
                    self._end(made, ("SKIPPED", "DISABLED", "DISABLED", BEHIND_DISABLED), now)
            elif (key, -1) not in self.tries:
                made = self._make(rules[key], -1, "BLOCKED", now)
                self._end(made, ("SKIPPED", "DISABLED", "DISABLED", UNSELECTED), now)
        self._settle(now)

    def in_need_of_repair(self) -> set[str]:
        """What `rerun_all_failed_tasks` chooses."""
        return {
            key for key, rule in self.rules.items() if not rule.disabled and self.last(key).result not in GOOD | ASIDE
        }

    def behind(self, keys: AbstractSet[str]) -> set[str]:
        """All tasks downstream of these that are not switched off."""
        found: set[str] = set()
        for _ in self.rules:
            found |= {key for key, rule in self.rules.items() if any(need in keys | found for need, _ in rule.needs)}
        return {key for key in found if not self.rules[key].disabled}

    # -------------------------------------------------------------------------------------- single changes

    def _make(self, rule: Rule, index: int, state: str, now: int, loop: Try | None = None) -> Try:
        before = self.tries.setdefault((rule.key, index), [])
        made = Try(rule, index, len(before), self.repairs, state, now, loop)
        before.append(made)
        return made

    def _end(self, one: Try, end: End, now: int) -> None:
        (one.state, one.result, one.code, one.message), one.ended = end, now

    def _ask(self, one: Try, why: str, now: int) -> None:
        if one.over:
            return
        if one.state in {"BLOCKED", "WAITING_FOR_RETRY"}:
            self._end(one, STOPPED[why], now)
            return
        if one.state == "TERMINATING" and why != "cancel":
            return
        one.state, one.asked = "TERMINATING", why
        if one.runs_a_loop:
            for other in self.every():
                if other.loop is one:
                    self._ask(other, "loop_timeout" if why == "timeout" else why, now)

    def _stop_all(self, why: str, now: int) -> None:
        self.state = "TERMINATING"
        for one in list(self.every()):
            if one.state == "BLOCKED":
                self._end(one, ("SKIPPED", "UPSTREAM_CANCELED", "SKIPPED", SKIPPED["UPSTREAM_CANCELED"]), now)
        for one in list(self.every()):
            self._ask(one, why, now)
        self._settle(now)

    def _tries_again(self, one: Try) -> bool:
        if self.state != "RUNNING" or (one.loop and one.loop.state != "RUNNING") or one.asked == "cancel":
            return False
        so_far = sum(other.repair == self.repairs for other in self.tries[one.rule.key, one.index])
        if one.rule.retries != -1 and so_far > one.rule.retries:
            return False
        if one.result == "TIMEDOUT":
            return one.rule.on_timeout
        return one.result == "FAILED" and one.code != "INVALID_RUN_CONFIGURATION"

    def _off_at_start(self, key: str) -> bool:
        rule = self.rules[key]
        return rule.disabled or any(need in self.only and self._off_at_start(need) for need, _ in rule.needs)

    def _off_in_repair(self, key: str, chosen: AbstractSet[str]) -> bool:
        return any(
            self._off_in_repair(need, chosen) if need in chosen else self._was_off(need)
            for need, _ in self.rules[key].needs
        )

    def _was_off(self, key: str) -> bool:
        last = self.tries.get((key, -1), [None])[-1]
        return last is not None and last.result == "DISABLED" and last.message != UNSELECTED

    # --------------------------------------------------------------------------- what follows, until it rests

    def _settle(self, now: int) -> None:
        while self._look_at_loops(now) or self._look_at_tasks(now):
            pass
        if self.state not in OVER and all(one.over for one in self.every()):
            self._roll_up()

    def _look_at_loops(self, now: int) -> bool:
        for key in self.rules:
            one = self.last(key)
            if one.runs_a_loop and not one.over and self._look_at_loop(one, now):
                return True
        return False

    def _look_at_loop(self, loop: Try, now: int) -> bool:
        assert loop.rule.inner is not None
        own = self.own(loop)
        active = sum(not one.over for one in own.values())
        for index in range(loop.total):
            idle = index not in own and not self._is_kept(loop, index)
            if idle and active < loop.rule.width and loop.state == "RUNNING":
                self._make(loop.rule.inner, index, "PENDING", now, loop)
                return True
        if active:
            return False
        if all(self.stands(loop, index) == "SUCCESS" for index in range(loop.total)):
            self._end(loop, ("TERMINATED", "SUCCESS", "SUCCESS", ""), now)
        elif loop.asked:
            self._end(loop, STOPPED[loop.asked], now)
        else:
            text = "An error occurred during execution of task For each: Some iterations failed"
            self._end(loop, ("TERMINATED", "FAILED", "RUN_EXECUTION_ERROR", text), now)
        return True

    def own(self, loop: Try) -> dict[int, Try]:
        return {one.index: one for one in self.every() if one.loop is loop}

    def _is_kept(self, loop: Try, index: int) -> bool:
        begun = [one for one in self.tries[loop.rule.key, -1][: loop.number] if one.runs_a_loop]
        return loop.same and bool(begun) and self.stands(begun[-1], index) == "SUCCESS"

    def stands(self, loop: Try, index: int) -> str:
        """The result of an iteration as this attempt of the loop counts it."""
        own = self.own(loop)
        if index in own:
            return own[index].result
        return "SUCCESS" if self._is_kept(loop, index) else ""

    def _is_past(self, key: str) -> bool:
        """A task that was not selected is where those before it are."""
        one = self.last(key)
        return one.over and (one.message != UNSELECTED or all(self._is_past(need) for need, _ in self.rules[key].needs))

    def _look_at_tasks(self, now: int) -> bool:
        for key, rule in self.rules.items():
            one = self.last(key)
            needs = [(self.last(need), outcome) for need, outcome in rule.needs]
            if one.state != "BLOCKED" or not all(self._is_past(need) for need, _ in rule.needs):
                continue
            letters = "".join(_letter(need, outcome) for need, outcome in needs if need.message != UNSELECTED)
            said = verdict(rule.run_if, letters)
            if said == "run":
                one.state = "PENDING"
            else:
                self._end(one, ("SKIPPED", said, "SKIPPED", SKIPPED[said]), now)
            return True
        return False

    # --------------------------------------------------------------------------------------- the run's end

    def _finish_run(self, state: str, result: str, code: str, message: str = "") -> None:
        self.state, self.result, self.code, self.message = state, result, code, message

    def _roll_up(self) -> None:
        last = {key: self.last(key) for key in self.rules}
        hidden = {need for key, rule in self.rules.items() for need, _ in rule.needs if last[key].result != "DISABLED"}
        leaves = {last[key].result for key in last.keys() - hidden}
        failures = sum(one.result in BAD | CALLED_OFF for one in last.values())
        if self.timed_out:
            self._finish_run("TERMINATED", "TIMEDOUT", "CANCELED", "The run was stopped: its timeout was reached.")
        elif self.cancelled or (leaves & CALLED_OFF and not leaves & BAD):
            self._finish_run("TERMINATED", "CANCELED", "USER_CANCELED", "Run cancelled by user")
        elif leaves & BAD:
            self._finish_run("INTERNAL_ERROR", "FAILED", "RUN_EXECUTION_ERROR", self._blame(last))
        elif failures:
            text = f"The job run succeeded with {failures} failed task" + ("s" if failures > 1 else "")
            self._finish_run("TERMINATED", "SUCCESS_WITH_FAILURES", "SUCCESS_WITH_FAILURES", text)
        elif all(one.result in ASIDE for one in last.values()):
            self._finish_run("TERMINATED", "SUCCESS", "SKIPPED", "No task had to run.")
        else:
            self._finish_run("TERMINATED", "SUCCESS", "SUCCESS")

    def _blame(self, last: Mapping[str, Try]) -> str:
        guilty = [one for one in last.values() if one.result in {"FAILED", "TIMEDOUT"}]
        guilty = guilty or [one for one in last.values() if one.result == "UPSTREAM_FAILED"]
        first = min(guilty, key=lambda one: one.ended)
        text = f"Task {first.rule.key} failed with message: {first.message.removesuffix('.')}."
        behind = {first.rule.key}
        for _ in self.rules:
            behind |= {key for key, rule in self.rules.items() if behind & {need for need, _ in rule.needs}}
        ends = {last[key].result for key in behind - {first.rule.key}}
        if "UPSTREAM_FAILED" in ends and not ends & {"SUCCESS", "FAILED", "TIMEDOUT", "CANCELED"}:
            text += " This caused all downstream tasks to get skipped."
        return text


def _letter(need: Try, outcome: str) -> str:
    if need.result in GOOD:
        return "X" if outcome and need.outcome != outcome else "S"
    if need.result in ASIDE:
        return "X"
    return "C" if need.result in CALLED_OFF else "F"


def verdict(run_if: str, letters: str) -> str:
    """`run`, or the result of a task that does not run, from what its dependencies count as."""
    if not letters:
        return "run"
    if set(letters) == {"X"}:
        return "EXCLUDED"
    bad = letters.count("F") + letters.count("C")
    goes = {
        "ALL_SUCCESS": bad == 0,
        "NONE_FAILED": bad == 0,
        "AT_LEAST_ONE_SUCCESS": "S" in letters,
        "ALL_DONE": True,
        "AT_LEAST_ONE_FAILED": bad > 0,
        "ALL_FAILED": bad == len(letters),
    }[run_if]
    if goes:
        return "run"
    if run_if in {"AT_LEAST_ONE_FAILED", "ALL_FAILED"}:
        return "EXCLUDED"
    return "UPSTREAM_FAILED" if "F" in letters else "UPSTREAM_CANCELED"
