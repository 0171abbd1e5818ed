"""The page of rights has the whole table, in words that hold."""

from __future__ import annotations

import pytest
from docs.rights_page import rights_page

from brickyard.access.actions import RULES, Action, Role
from brickyard.access.levels import LEVELS


def row(action: Action) -> list[str]:
    [line] = [line for line in rights_page().splitlines() if line.startswith(f"| {action.value} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("action", Action)
def test_every_action_has_one_row_that_says_what_its_rule_says(action: Action) -> None:
    rule, (_, kind, who, in_run) = RULES[action], row(action)
    assert (in_run == "no") == (not rule.in_run)
    if rule.kind is not None:
        assert kind == f"`{rule.kind}`"
        assert who.startswith(f"`{rule.level}`")
        assert (rule.of_job in who) is True
    elif not rule.of_any:
        assert kind == "-"
        assert ("admins" in who) == (rule.role is Role.ADMIN)


def test_every_level_is_there_in_its_order() -> None:
    text = rights_page()
    for kind, order in LEVELS.items():
        assert f"| `{kind}` | {', '.join(f'`{level}`' for level in order)} |" in text
