"""Tokens by their kind: personal ones, those of client secrets and those of tasks; none outlives what it hangs on."""

from __future__ import annotations

from typing import Any

from brickyard.records import TokenInfo
from brickyard.storage.store import SqlStore


def add(store: SqlStore, token_id: str, **fields: Any) -> TokenInfo:
    chosen: dict[str, Any] = {"token_id": token_id, "user_name": "me", "comment": "", "created_ms": 1, "expires_ms": 0}
    info = TokenInfo(**(chosen | fields))
    store.tokens.add(info, f"digest-{token_id}")
    return info


def alive(store: SqlStore, *token_ids: str) -> list[str]:
    return [each for each in token_ids if store.tokens.find(f"digest-{each}") is not None]


def test_kind_and_run_are_kept(store: SqlStore) -> None:
    task = add(store, "t", kind="RUN", run_id=2**50)
    client = add(store, "c", kind="OAUTH", comment="secret-1", expires_ms=9)
    assert store.tokens.find("digest-t") == task
    assert store.tokens.find("digest-c") == client


def test_only_personal_tokens_are_listed(store: SqlStore) -> None:
    mine = add(store, "a")
    yours = add(store, "b", user_name="you", created_ms=2)
    add(store, "c", kind="OAUTH")
    add(store, "d", kind="RUN", run_id=7)
    assert list(store.tokens.all("me")) == [mine]
    assert list(store.tokens.all()) == [mine, yours]


def test_the_tokens_of_a_run_end_with_it(store: SqlStore) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "one": {"kind": "RUN", "run_id": 7},
        "two": {"kind": "RUN", "run_id": 7},
        "other": {"kind": "RUN", "run_id": 70},
        "mine": {"run_id": 7},
    }
    for name, fields in kinds.items():
        add(store, name, **fields)
    store.tokens.delete_of_run(7)
    assert alive(store, "one", "two", "other", "mine") == ["other", "mine"]


def test_expired_tokens_are_forgotten_and_those_without_end_are_not(store: SqlStore) -> None:
    for name, end in (("past", 9), ("now", 10), ("later", 11), ("never", 0)):
        add(store, name, expires_ms=end)
    assert store.tokens.delete_expired(10) == 1
    assert alive(store, "past", "now", "later", "never") == ["now", "later", "never"]
    assert store.tokens.delete_expired(10) == 0


def test_who_is_gone_has_no_token_of_any_kind(store: SqlStore) -> None:
    add(store, "a")
    add(store, "b", kind="OAUTH")
    add(store, "c", kind="RUN", run_id=7)
    add(store, "d", user_name="me2")
    store.tokens.delete_of_user("me")
    assert alive(store, "a", "b", "c", "d") == ["d"]


def test_access_tokens_end_with_the_secret_that_gave_them(store: SqlStore) -> None:
    add(store, "a", kind="OAUTH", comment="secret-1")
    add(store, "b", kind="OAUTH", comment="secret-10")
    add(store, "c", comment="secret-1")
    store.tokens.delete_issued("secret-1")
    assert alive(store, "a", "b", "c") == ["b", "c"]
