"""S09: whoever guesses is slowed down, nobody else is, and the log tells of it without what was guessed."""

from __future__ import annotations

import logging
import threading
from urllib.parse import urlencode

import httpx
import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.surfaces.api.failed_logins import LIMIT, MAX_REMEMBERED, FailedLogins, network
from brickyard.surfaces.api.faults import TooManyRequests
from tests.surfaces.api.house import TOKEN, HandClock, House

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LIST = "/api/2.2/jobs/list"
ROBOT = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> House:
    """A house with a limit that a test reaches soon; it must be set before the house is built."""
    monkeypatch.setattr(FailedLogins.__init__, "__defaults__", (5,))
    house: House = request.getfixturevalue("house")
    return house


def fail(counter: FailedLogins, times: int, address: str = "10.0.0.1", client: str = "") -> int:
    """How often it was said that there were too many."""
    refused = 0
    for _ in range(times):
        try:
            counter.failed(address, client)
        except TooManyRequests:
            refused += 1
    return refused


def test_a_thousand_in_a_minute_are_counted_and_the_next_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    counter = FailedLogins(HandClock())
    with caplog.at_level(logging.WARNING):
        assert LIMIT == 1000
        assert fail(counter, 1100) == 100
    assert len(caplog.records) == 2, "the first, and that there were too many"


def test_the_window_ends_and_the_error_says_when() -> None:
    clock = HandClock()
    counter = FailedLogins(clock, limit=3)
    fail(counter, 3)
    clock.ms += 20_500
    with pytest.raises(TooManyRequests) as caught:
        counter.failed("10.0.0.1")
    assert caught.value.retry_after == 40
    clock.ms += 39_500
    assert fail(counter, 3) == 0


def test_addresses_and_clients_are_counted_apart() -> None:
    counter = FailedLogins(HandClock(), limit=3)
    assert fail(counter, 4, "10.0.0.1") == 1
    assert fail(counter, 3, "10.0.0.2") == 0
    assert fail(counter, 3, "10.0.0.3", "a") == 0
    assert fail(counter, 1, "10.0.0.4", "a") == 1, "also from many addresses"
    assert fail(counter, 1, "10.0.0.4", "b") == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1%eth0", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("", "''"),
        ("a\nb", r"'a\nb'"),
    ],
    ids=range(7),
)
def test_what_a_sender_can_change_at_will_is_one_sender(address: str, counted: str) -> None:
    assert network(address) == counted


def test_memory_is_bounded_whatever_comes() -> None:
    counter = FailedLogins(HandClock(), limit=3)
    for number in range(MAX_REMEMBERED + 500):
        counter.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", f"client-{number}" * 50)
    assert len(counter) == MAX_REMEMBERED


def test_threads_lose_no_count() -> None:
    counter = FailedLogins(HandClock(), limit=400)
    refused: list[int] = []
    threads = [threading.Thread(target=lambda: refused.append(fail(counter, 100))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sum(refused) == 400


def test_a_guesser_is_refused_and_a_right_token_of_the_same_address_is_not(few: House) -> None:
    wrong = {"Authorization": "Bearer dapi-wrong"}
    statuses = [few.client.get(LIST, headers=wrong).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    refused = few.client.get(LIST, headers=wrong)
    assert (refused.json()["error_code"], refused.headers["Retry-After"]) == ("REQUEST_LIMIT_EXCEEDED", "60")
    assert "dapi-wrong" not in refused.text
    assert few.client.get(LIST).status_code == 200
    few.clock.ms += 60_000
    assert few.client.get(LIST, headers=wrong).status_code == 401


def test_a_request_without_a_token_is_no_guess(few: House) -> None:
    with httpx.Client(base_url=few.client.base_url, trust_env=False, verify=False) as bare:  # noqa: S501 - no TLS here
        assert {bare.get(LIST).status_code for _ in range(8)} == {401}


def test_guesses_of_a_client_secret_are_refused_and_the_right_one_is_not(few: House) -> None:
    few.person(ROBOT, kind=PrincipalKind.SERVICE_PRINCIPAL)
    principal = few.store.principals.named(PrincipalKind.SERVICE_PRINCIPAL, ROBOT)
    assert principal is not None
    path = f"/api/2.0/accounts/servicePrincipals/{principal.principal_id}/credentials/secrets"
    right = few.post(path)["secret"]

    def ask(secret: str) -> httpx.Response:
        fields = {"grant_type": "client_credentials", "client_id": ROBOT, "client_secret": secret}
        return few.client.post("/oidc/v1/token", content=urlencode(fields), headers=FORM)

    assert [ask("wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    refused = ask("wrong")
    assert (refused.json()["error"], refused.headers["Retry-After"]) == ("temporarily_unavailable", "60")
    assert ask(right).status_code == 200


def test_s58_nothing_that_is_shown_forges_a_line_of_the_log(few: House, caplog: pytest.LogCaptureFixture) -> None:
    fields = {"grant_type": "client_credentials", "client_id": "a\r\nroot signed in\x1b[2J", "client_secret": "x"}
    with caplog.at_level(logging.WARNING):
        few.client.post("/oidc/v1/token", content=urlencode(fields), headers=FORM)
        few.client.get(LIST, headers={"Authorization": "Bearer dapi-wrong"})
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert all(each.isprintable() for each in messages)
    assert "dapi-wrong" not in caplog.text
    assert TOKEN not in caplog.text
