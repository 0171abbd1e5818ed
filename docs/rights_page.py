"""The page of who may do what, from the table by which the server decides."""

from __future__ import annotations

from brickyard.access.actions import MANAGING, RULES, VIEWING, Action, Role, Rule
from brickyard.access.levels import LEVELS
from docs.markdown import code, page, table

_ROLES = {
    Role.ANYBODY: "everybody with a token",
    Role.MEMBER: "every user and service principal",
    Role.ADMIN: "members of `admins`",
}
_OF_ANY = {VIEWING: "the lowest of its kind", MANAGING: "`CAN_MANAGE`, or `MANAGE`"}


def rights_page() -> str:
    """The page `rights.md`."""
    lead = (
        "Each endpoint does one of these actions; what is in no row is refused. Levels are those of an object's\n"
        "access list, a higher one includes the lower ones. Who owns an object has its highest level, members of\n"
        "`admins` have it on everything. Whoever has no level at all on an object is told that it is not there. How\n"
        "people, groups and tokens are made is in [people and rights](../guide/people.md)."
    )
    rows = ((action.value, _object(RULES[action]), _who(RULES[action]), _in_run(action)) for action in Action)
    actions = table(("action", "on", "who may", "the token of a task"), rows)
    levels = table(
        ("kind of object", "levels, lowest first"),
        ((code(kind.value), ", ".join(code(level) for level in order)) for kind, order in LEVELS.items()),
    )
    return page("Rights", lead, "## Actions", actions, "## Levels", levels)


def _object(rule: Rule) -> str:
    if rule.of_any:
        return "an object with an access list"
    return code(rule.kind.value) if rule.kind else "-"


def _who(rule: Rule) -> str:
    if rule.of_any:
        return _OF_ANY[rule.of_any]
    if rule.kind is None:
        return _ROLES[rule.role]
    also = f"; on the cluster of a run {code(rule.of_job)} on its job" if rule.of_job else ""
    return f"{code(rule.level)}{also}"


def _in_run(action: Action) -> str:
    rule = RULES[action]
    if not rule.in_run:
        return "no"
    return "its own run" if action is Action.JOB_VIEW else "with the rights of the run"
