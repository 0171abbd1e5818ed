"""Access lists from the command line."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.permissions import entry_of
from brickyard.surfaces.client import Client
from tests.surfaces.cli.conftest import Run

TASK = {"task_key": "a", "notebook_task": {"notebook_path": "/Shared/a"}}


@pytest.fixture
def job(client: Client, request: pytest.FixtureRequest) -> str:
    """The name of a new job."""
    name = f"job of {request.node.name}"
    client.create_job({"name": name, "tasks": [TASK]})
    return name


def levels(shown: Any) -> dict[str, str]:
    """Who has which level directly."""
    return {
        entry.get("user_name") or entry["group_name"]: each["permission_level"]
        for entry in shown["access_control_list"]
        for each in entry["all_permissions"]
        if not each["inherited"]
    }


def test_a_list_is_shown_changed_and_replaced(brickyard: Run, client: Client, job: str) -> None:
    me = client.me()["userName"]
    shown = brickyard("permissions", "get", "jobs", job)
    assert shown.code == 0
    assert me in shown.out
    assert "IS_OWNER" in shown.out
    assert "/jobs/" in shown.out, "what administrators inherit is told"
    changed = brickyard("permissions", "update", "jobs", job, "group:users=CAN_VIEW", "--json")
    assert levels(changed.json) == {me: "IS_OWNER", "users": "CAN_VIEW"}
    whole = brickyard("permissions", "set", "jobs", job, f"user:{me}=IS_OWNER", "--json")
    assert levels(whole.json) == {me: "IS_OWNER"}


def test_a_job_without_owner_is_refused_in_the_words_of_the_server(brickyard: Run, job: str) -> None:
    done = brickyard("permissions", "set", "jobs", job, "group:users=CAN_VIEW")
    assert done.code == 2
    assert "The job must have exactly one owner." in done.err


def test_other_kinds_go_by_their_id(brickyard: Run) -> None:
    done = brickyard("permissions", "get", "authorization", "tokens")
    assert done.code == 0
    assert "CAN_USE" in done.out


@pytest.mark.parametrize(
    ("grant", "entry"),
    [
        ("user:a@b.c=CAN_VIEW", {"user_name": "a@b.c", "permission_level": "CAN_VIEW"}),
        ("group:x=y=CAN_VIEW", {"group_name": "x=y", "permission_level": "CAN_VIEW"}),
        ("service-principal:1-2=IS_OWNER", {"service_principal_name": "1-2", "permission_level": "IS_OWNER"}),
    ],
    ids=["user", "group", "service principal"],
)
def test_a_grant_is_read_from_its_end(grant: str, entry: dict[str, str]) -> None:
    assert entry_of(grant) == entry


@pytest.mark.parametrize("grant", ["", "a=b", "user:a", "user:=CAN_VIEW", "users:a=CAN_VIEW", "user:a="])
def test_what_grants_nothing_is_refused_with_the_form(grant: str) -> None:
    with pytest.raises(InvalidParameterValue, match="user:NAME=LEVEL"):
        entry_of(grant)


def test_a_job_is_shown_with_its_owner_and_who_it_runs_as(brickyard: Run, client: Client, job: str) -> None:
    me = client.me()["userName"]
    assert f"owner: {me}, runs as: {me}" in brickyard("jobs", "get", job).out
