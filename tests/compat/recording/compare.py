"""Is an answer the recorded one? Ids are those of today, times any, and fields may have been added since."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.compat.recording.scrub import CUT, FIRST, GROWING, REMOVED, TIME

OVER: Final = frozenset({"TERMINATED", "INTERNAL_ERROR", "SKIPPED"})
_STAND_IN: Final = re.compile(r"9\d{14}|id-\d{6}")
_IDENTITY: Final = ("run_id", "job_id", "cluster_id", "cluster_name", "spark_version", "library")
"""What is compared of things that are on their way: runs, clusters, libraries."""
_ON_THEIR_WAY: Final = frozenset({"PENDING", "RESTARTING", "RESIZING", "TERMINATING"})


class Names:
    """What stands in a recording for what is so called today."""

    def __init__(self, fixed: dict[str, str]) -> None:
        self._today = dict(fixed)

    def today(self, value: Any) -> Any:
        """A recorded value as it is sent today. What no answer has told yet the client had made up: it stays."""
        if isinstance(value, dict):
            return {self.today(key): self.today(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.today(entry) for entry in value]
        if isinstance(value, int) and not isinstance(value, bool) and value > FIRST:
            return int(self._today.get(str(value), value))
        return self._text(value) if isinstance(value, str) else value

    def learn(self, stand_in: str, today: str) -> bool:
        """Take note of an id; False where it is known as another."""
        return self._today.setdefault(stand_in, today) == today

    def knows(self, stand_in: str) -> bool:
        """Has an answer told this id?"""
        return stand_in in self._today

    def _text(self, text: str) -> str:
        for stand_in in sorted(self._today, key=len, reverse=True):
            text = text.replace(stand_in, self._today[stand_in])
        return text


def differences(recorded: Any, actual: Any, names: Names, path: str = "answer") -> list[str]:
    """Where an answer is not as recorded; ids that are new are learnt."""
    if isinstance(recorded, dict) and isinstance(actual, dict):
        keys = [key for key in _IDENTITY if key in recorded] if _goes_on(recorded) else list(recorded)
        return [each for key in keys for each in _entry(recorded, actual, key, names, path)]
    if isinstance(recorded, list) and isinstance(actual, list):
        return _list(recorded, actual, names, path)
    return [] if _same(recorded, actual, names) else [f"{path}: recorded {recorded!r}, answered {actual!r}"]


def is_over(answer: Any) -> bool:
    """Does an answer tell of a run that has ended?"""
    if isinstance(answer, dict):
        return answer.get("life_cycle_state") in OVER or any(is_over(entry) for entry in answer.values())
    return isinstance(answer, list) and any(is_over(entry) for entry in answer)


def tells_of_clusters(answer: Any) -> bool:
    """Does an answer say in which state clusters are? They come to it in their own time."""
    if isinstance(answer, dict):
        return ("cluster_id" in answer and "state" in answer) or any(map(tells_of_clusters, answer.values()))
    return isinstance(answer, list) and any(map(tells_of_clusters, answer))


def _goes_on(recorded: dict[str, Any]) -> bool:
    """A run that was going on is a little further every time; so are clusters and libraries."""
    state = recorded.get("state")
    if isinstance(state, dict):
        return state.get("life_cycle_state", "TERMINATED") not in OVER
    return "library" in recorded or ("cluster_id" in recorded and state in _ON_THEIR_WAY)


def _entry(recorded: dict[str, Any], actual: dict[str, Any], key: str, names: Names, path: str) -> list[str]:
    today = names.today(key)
    if today not in actual:
        return [f"{path}.{today} is missing"]
    if (key.endswith("duration") or key == "total_count") and isinstance(actual[today], int):
        return []
    if key in GROWING and isinstance(recorded[key], list):
        count = GROWING[key]
        return differences(recorded[key][:count], actual[today][:count], names, f"{path}.{key}")
    return differences(recorded[key], actual[today], names, f"{path}.{today}")


def _list(recorded: list[Any], actual: list[Any], names: Names, path: str) -> list[str]:
    if len(recorded) != len(actual):
        return [f"{path}: recorded {len(recorded)} entries, answered {len(actual)}: {actual!r}"]
    pairs = enumerate(zip(recorded, actual, strict=True))
    return [each for index, (old, new) in pairs for each in differences(old, new, names, f"{path}[{index}]")]


def _same(recorded: object, actual: object, names: Names) -> bool:
    if isinstance(recorded, str) and isinstance(actual, str):
        return recorded == REMOVED or _matches(recorded, actual, names)
    if isinstance(recorded, bool) or not isinstance(recorded, int) or type(actual) is not int:
        return type(recorded) is type(actual) and recorded == actual
    if recorded == TIME:
        return TIME <= actual < 10 * TIME
    return names.learn(str(recorded), str(actual)) if recorded > FIRST else recorded == actual


def _matches(recorded: str, actual: str, names: Names) -> bool:
    if recorded.endswith(CUT):
        return actual.startswith(names.today(recorded[: -len(CUT)].partition("id-")[0]))
    unknown: list[str] = []
    pattern = ""
    last = 0
    for found in _STAND_IN.finditer(recorded):
        pattern += re.escape(names.today(recorded[last : found.start()]))
        pattern += re.escape(names.today(found[0])) if names.knows(found[0]) else "(.+?)"
        unknown += [] if names.knows(found[0]) else [found[0]]
        last = found.end()
    matched = re.fullmatch(pattern + re.escape(names.today(recorded[last:])), actual, re.DOTALL)
    return matched is not None and all(
        names.learn(old, new) for old, new in zip(unknown, matched.groups(), strict=True)
    )
