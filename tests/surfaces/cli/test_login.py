"""Access tokens of a command that lasts longer than they do."""

from __future__ import annotations

from brickyard.surfaces.login import EARLY_SECONDS, ClientCredentials, Signer

ROBOT = ClientCredentials("robot", "geheim")


def test_a_token_is_fetched_when_it_is_needed_and_again_before_it_ends() -> None:
    now, fetched = [1000.0], []

    def fetch(login: ClientCredentials) -> tuple[str, float]:
        fetched.append(login)
        return f"token-{len(fetched)}", 3600.0

    signer = Signer(ROBOT, fetch, lambda: now[0])
    assert fetched == []
    assert [signer.token(), signer.token()] == ["token-1", "token-1"]
    now[0] += 3600.0 - EARLY_SECONDS - 1
    assert signer.token() == "token-1"
    now[0] += 1
    assert [signer.token(), signer.token()] == ["token-2", "token-2"]
    assert fetched == [ROBOT, ROBOT]


def test_a_token_of_a_few_seconds_is_used_once() -> None:
    fetched: list[ClientCredentials] = []

    def fetch(login: ClientCredentials) -> tuple[str, float]:
        fetched.append(login)
        return "short", 5.0

    signer = Signer(ROBOT, fetch, lambda: 0.0)
    assert [signer.token(), signer.token()] == ["short", "short"]
    assert len(fetched) == 2


def test_what_was_given_as_a_token_is_the_token_and_a_secret_is_not_shown() -> None:
    signer = Signer("dapi", lambda _: ("never", 0.0))
    assert signer.token() == "dapi"
    assert "geheim" not in repr(ROBOT)
