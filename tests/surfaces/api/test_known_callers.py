"""Who asked lately is remembered, and never longer than what is true of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.records import PrincipalRecord, TokenInfo
from brickyard.storage.store import SqlStore, open_store
from brickyard.surfaces.api import known_callers
from brickyard.surfaces.api.known_callers import LIFE_MS, KnownCallers
from tests.surfaces.api.house import HandClock

ADA = PrincipalRecord(principal_id=1, kind=PrincipalKind.USER, name="ada")
ADMINS = PrincipalRecord(principal_id=2, kind=PrincipalKind.GROUP, name="admins")
TOKEN = TokenInfo(token_id="t", user_name="ada", comment="", created_ms=0, expires_ms=0)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'db'}"


@pytest.fixture
def store(url: str, tmp_path: Path, clock: HandClock) -> Iterator[SqlStore]:
    store = open_store(url, key_file=tmp_path / "key", clock=clock)
    for each in (ADA, ADMINS):
        store.principals.add(each)
    store.tokens.add(TOKEN, "digest")
    yield store
    store.close()


def test_what_is_remembered_is_what_is_stored(store: SqlStore, clock: HandClock) -> None:
    callers = KnownCallers(store, clock)
    first = callers.find("digest")
    assert first[0] == TOKEN
    assert first[1] is not None
    assert first[1].name == "ada"
    assert callers.find("digest") == first
    assert callers.find("other") == (None, None)


def test_a_change_of_this_server_holds_at_once(store: SqlStore, clock: HandClock) -> None:
    callers = KnownCallers(store, clock)
    callers.find("digest")
    store.principals.set_members(ADMINS.principal_id, [ADA.principal_id])
    identity = callers.find("digest")[1]
    assert identity is not None
    assert identity.is_admin
    store.principals.save(replace(ADA, active=False))
    assert callers.find("digest") == (TOKEN, None)
    store.principals.save(ADA)
    assert callers.find("digest")[1] is not None
    store.tokens.delete("t")
    assert callers.find("digest") == (None, None)


def test_a_change_of_another_server_holds_five_seconds_later(
    store: SqlStore, url: str, tmp_path: Path, clock: HandClock
) -> None:
    callers = KnownCallers(store, clock)
    callers.find("digest")
    other = open_store(url, key_file=tmp_path / "key", clock=clock)
    other.tokens.delete("t")
    other.close()
    clock.ms += LIFE_MS - 1
    assert callers.find("digest")[0] == TOKEN
    clock.ms += 1
    assert callers.find("digest") == (None, None)


def test_a_clock_that_was_set_back_prolongs_nothing(
    store: SqlStore, url: str, tmp_path: Path, clock: HandClock
) -> None:
    callers = KnownCallers(store, clock)
    callers.find("digest")
    other = open_store(url, key_file=tmp_path / "key", clock=clock)
    other.tokens.delete("t")
    other.close()
    clock.ms -= 1
    assert callers.find("digest") == (None, None)


def test_it_remembers_so_many_and_no_guesses(
    store: SqlStore, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_callers, "_MOST", 2)
    for number in range(4):
        store.tokens.add(replace(TOKEN, token_id=f"t{number}"), f"digest {number}")
    callers = KnownCallers(store, clock)
    for digest in (*(f"digest {number}" for number in range(4)), "guess"):
        callers.find(digest)
    assert list(callers._known) == ["digest 2", "digest 3"]
