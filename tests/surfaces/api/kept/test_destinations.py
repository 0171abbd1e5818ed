"""Notification destinations: kept by administrators, their addresses sealed and never answered."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.records import Document
from tests.surfaces.api.house import House

PATH = "/api/2.0/notification-destinations"
SECRET = "https://hooks.example.com/services/T0/B0/very-secret"
CONFIGS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "email": ({"addresses": ["ada@example.com"]}, "EMAIL", {"addresses": ["ada@example.com"]}),
    "slack": ({"url": SECRET}, "SLACK", {"url_set": True}),
    "microsoft_teams": ({"url": SECRET}, "MICROSOFT_TEAMS", {"url_set": True}),
    "pagerduty": ({"integration_key": "very-secret"}, "PAGERDUTY", {"integration_key_set": True}),
    "generic_webhook": (
        {"url": SECRET, "username": "ada", "password": "very-secret"},
        "WEBHOOK",
        {"url_set": True, "username_set": True, "password_set": True},
    ),
}


def make(house: House, name: str = "slack", display_name: str = "on call") -> str:
    config = {name: CONFIGS[name][0]}
    answer = house.client.post(PATH, json={"display_name": display_name, "config": config})
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["id"]
    return found


@pytest.mark.parametrize("name", CONFIGS)
def test_a_destination_is_answered_without_what_is_secret(house: House, name: str) -> None:
    destination = make(house, name)
    _, kind, shown = CONFIGS[name]
    answer = house.client.get(f"{PATH}/{destination}")
    assert "very-secret" not in answer.text
    body = {"id": destination, "display_name": "on call", "destination_type": kind, "config": {name: shown}}
    assert answer.json() == body
    del body["config"]
    assert house.get(PATH) == {"results": [body]}


def test_what_is_secret_is_not_in_the_body_that_is_kept(house: House) -> None:
    destination = make(house, "generic_webhook")
    kept = house.store.documents.get("notification-destination", destination)
    assert isinstance(kept, Document)
    assert "very-secret" not in str(kept.body)
    assert b"very-secret" in (kept.sealed or b"")


def test_a_destination_gets_another_name_or_another_configuration(house: House) -> None:
    destination = make(house)
    renamed = house.client.patch(f"{PATH}/{destination}", json={"display_name": "night", "config": None}).json()
    assert (renamed["display_name"], renamed["config"]) == ("night", {"slack": {"url_set": True}})
    moved = house.client.patch(f"{PATH}/{destination}", json={"config": {"email": {"addresses": ["a@b.example"]}}})
    assert (moved.json()["display_name"], moved.json()["destination_type"]) == ("night", "EMAIL")


def test_a_destination_is_deleted_once(house: House) -> None:
    destination = make(house)
    assert house.client.delete(f"{PATH}/{destination}").json() == {}
    for method in ("GET", "DELETE", "PATCH"):
        status, code, message = house.refused(method, f"{PATH}/{destination}")
        assert (status, code) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert destination in message


def test_destinations_come_in_pages_oldest_first(house: House) -> None:
    made = []
    for number in range(5):
        made.append(make(house, display_name=f"d{number}"))
        house.clock.ms += 1
    found, token = [], ""
    while True:
        page = house.get(PATH, page_size="2", page_token=token)
        found += [each["id"] for each in page["results"]]
        token = page.get("next_page_token", "")
        if not token:
            break
    assert found == made


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no config": ({"config": None}, "config is missing"),
    "empty": ({"config": {}}, "config has nothing; it must have exactly one of email"),
    "two": ({"config": {"slack": {"url": SECRET}, "email": {"addresses": ["a@b"]}}}, "config has slack, email"),
    "unknown": ({"config": {"pigeon": {}}}, "Unknown field 'pigeon'"),
    "application": ({"config": {"databricks_app_slack": {}}}, "config.databricks_app_slack is not supported"),
    "token of Slack": ({"config": {"slack": {"oauth_token": "x"}}}, "config.slack.oauth_token is not supported"),
    "no url": ({"config": {"slack": {}}}, "config.slack.url is missing"),
    "ftp": ({"config": {"slack": {"url": "ftp://very-secret"}}}, "config.slack.url is no address"),
    "user in the address": (
        {"config": {"slack": {"url": "https://a:very-secret@b"}}},
        "config.slack.url is no address",
    ),
    "broken address": ({"config": {"slack": {"url": "https://[very-secret"}}}, "config.slack.url is no address"),
    "line break": ({"config": {"slack": {"url": "https://a/\r\nHost: very-secret"}}}, "config.slack.url is no address"),
    "long": ({"config": {"pagerduty": {"integration_key": "k" * 5000}}}, "has 5000 characters"),
    "half a login": ({"config": {"generic_webhook": {"url": SECRET, "username": "a"}}}, "given together or not at all"),
    "no addresses": ({"config": {"email": {}}}, "has 0 addresses"),
    "no address": ({"config": {"email": {"addresses": ["ada"]}}}, "'ada', which is no e-mail address"),
    "header": ({"config": {"email": {"addresses": ["a@b.c\r\nBcc: d@e.f"]}}}, "which is no e-mail address"),
    "no name": ({"display_name": ""}, "display_name is missing"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_sent_to_is_refused_and_not_repeated(house: House, case: str) -> None:
    change, said = BAD[case]
    body = {"display_name": "x", "config": {"slack": {"url": SECRET}}, **change}
    status, _, message = house.refused("POST", PATH, json=body)
    assert status == 400
    assert said in message
    assert "very-secret" not in message
    assert house.get(PATH) == {"results": []}


def test_a_name_is_taken_once(house: House) -> None:
    make(house)
    other = make(house, display_name="other")
    assert "exists already" in house.refused("PATCH", f"{PATH}/{other}", json={"display_name": "on call"})[2]


def test_members_may_look_and_administrators_may_change(house: House) -> None:
    headers = house.person("bob@example.com")
    destination = make(house)
    assert house.client.get(f"{PATH}/{destination}", headers=headers).status_code == 200
    for method, path in (("POST", PATH), ("PATCH", f"{PATH}/{destination}"), ("DELETE", f"{PATH}/{destination}")):
        assert house.refused(method, path, json={}, headers=headers)[:2] == (403, "PERMISSION_DENIED")
