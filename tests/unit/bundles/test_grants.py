"""`permissions` of a bundle: which job and which folder gets which entries."""

from __future__ import annotations

from typing import Any

from brickyard.surfaces.bundles import grants
from tests.unit.bundles.conftest import Resolve

HEAD = "bundle: {name: b}\n"
JOBS = """
resources:
  jobs:
    plain: {tasks: [{task_key: a, notebook_task: {notebook_path: /Shared/a}}]}
    own:
      tasks: [{task_key: a, notebook_task: {notebook_path: /Shared/a}}]
      permissions:
        - {level: IS_OWNER, user_name: boss@example.com}
        - {level: CAN_MANAGE_RUN, group_name: miners}
"""
TOP = """
permissions:
  - {level: CAN_VIEW, group_name: miners}
  - {level: CAN_RUN, user_name: bob@example.com}
  - {level: CAN_MANAGE, service_principal_name: robot}
"""


class Listed:
    """A server that has one list for everything."""

    def __init__(self, *entries: dict[str, str]) -> None:
        self.entries = entries
        self.sent: list[Any] = []

    def permissions(self, kind: str, object_id: str) -> dict[str, Any]:
        inherited = {"permission_level": "CAN_MANAGE", "inherited": True}
        shown = [
            {**{name: value for name, value in entry.items() if name != grants.LEVEL},
             "all_permissions": [{"permission_level": entry[grants.LEVEL], "inherited": False}]}
            for entry in self.entries
        ]  # fmt: skip
        return {"access_control_list": [*shown, {"group_name": "admins", "all_permissions": [inherited]}]}

    def change_permissions(self, *words: Any, **more: Any) -> None:
        self.sent.append((*words, more))


def test_what_stands_at_the_top_holds_for_every_job_in_its_own_words(resolved: Resolve) -> None:
    found = resolved(HEAD + TOP + JOBS).grants
    assert found.jobs["plain"] == [
        {"group_name": "miners", "permission_level": "CAN_VIEW"},
        {"user_name": "bob@example.com", "permission_level": "CAN_MANAGE_RUN"},
        {"service_principal_name": "robot", "permission_level": "CAN_MANAGE"},
    ]
    assert [entry["permission_level"] for entry in found.folder] == ["CAN_READ", "CAN_RUN", "CAN_MANAGE"]


def test_of_whom_a_job_names_itself_its_own_word_counts(resolved: Resolve) -> None:
    found = resolved(HEAD + TOP + JOBS).grants.jobs["own"]
    assert {"group_name": "miners", "permission_level": "CAN_MANAGE_RUN"} in found
    assert {"group_name": "miners", "permission_level": "CAN_VIEW"} not in found
    assert len(found) == 4


def test_the_settings_of_jobs_are_without_them(resolved: Resolve) -> None:
    bundle = resolved(HEAD + JOBS)
    assert "permissions" not in bundle.jobs.block("own")
    assert list(bundle.grants.jobs) == ["own"]
    assert bundle.grants.folder == []


def test_a_target_adds_to_what_stands_at_the_top(resolved: Resolve) -> None:
    targets = "targets: {default: {permissions: [{level: CAN_VIEW, user_name: eve@example.com}]}}\n"
    found = resolved(HEAD + targets + TOP + JOBS).grants.folder
    assert {"user_name": "eve@example.com", "permission_level": "CAN_READ"} in found
    assert len(found) == 4


OWNER = {"user_name": "me@example.com", "permission_level": "IS_OWNER"}
MINERS = {"group_name": "miners", "permission_level": "CAN_VIEW"}


def test_the_owner_stays_where_none_is_named() -> None:
    server = Listed(OWNER, {"user_name": "old", "permission_level": "CAN_MANAGE"})
    grants.apply_to_job(server, 7, [MINERS])  # type: ignore[arg-type]
    assert server.sent == [("jobs", "7", [OWNER, MINERS], {"whole": True})]
    assert grants.missing(server, 7, [MINERS]) == (  # type: ignore[arg-type]
        "permissions.old: CAN_MANAGE -> (none)",
        "permissions.miners: (none) -> CAN_VIEW",
    )


def test_what_is_so_already_is_not_sent() -> None:
    server = Listed(OWNER, MINERS)
    grants.apply_to_job(server, 7, [MINERS])  # type: ignore[arg-type]
    assert grants.missing(server, 7, [MINERS]) == ()  # type: ignore[arg-type]
    assert server.sent == []


def test_what_the_owner_is_granted_makes_him_no_less() -> None:
    server = Listed(OWNER)
    granted = [{"user_name": "me@example.com", "permission_level": "CAN_VIEW"}, MINERS]
    grants.apply_to_job(server, 7, granted)  # type: ignore[arg-type]
    assert server.sent == [("jobs", "7", [OWNER, MINERS], {"whole": True})]


def test_a_bundle_that_says_nothing_leaves_all_as_it_is() -> None:
    server = Listed(OWNER, MINERS)
    grants.apply_to_job(server, 7, [])  # type: ignore[arg-type]
    grants.apply_to_folder(server, "/x", [], "me@example.com")  # type: ignore[arg-type]
    assert server.sent == []
