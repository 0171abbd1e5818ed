"""Secrets: what is stored tells nothing without the key file."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text

from brickyard.errors import AlreadyExists, InvalidParameterValue, NotFound, Unavailable
from brickyard.storage import seal
from brickyard.storage.store import SqlStore, open_store
from brickyard.storage.tables import SECRETS
from tests.conformance.conftest import Open
from tests.conformance.samples import HandClock

SECRET = b"hunter2-\x00-\xff-hunter2"


def test_a_secret_comes_back(store: SqlStore) -> None:
    store.secrets.create_scope("db")
    store.secrets.put("db", "password", SECRET, 5)
    assert store.secrets.get("db", "password") == SECRET
    store.secrets.put("db", "password", b"", 6)
    assert store.secrets.get("db", "password") == b""
    assert list(store.secrets.keys("db")) == [("password", 6)]


def test_scopes_and_keys_are_sorted(store: SqlStore) -> None:
    for scope in ("b", "a", "B", "_"):
        store.secrets.create_scope(scope)
    assert list(store.secrets.scopes()) == sorted(["b", "a", "B", "_"])
    for key in ("z", "Z", "a"):
        store.secrets.put("a", key, b"x", 1)
    assert [key for key, _ in store.secrets.keys("a")] == ["Z", "a", "z"]


def test_a_scope_exists_once(store: SqlStore) -> None:
    store.secrets.create_scope("db")
    with pytest.raises(AlreadyExists, match="db"):
        store.secrets.create_scope("db")


def test_what_is_not_there_is_named(store: SqlStore) -> None:
    for ask in (
        lambda: store.secrets.delete_scope("no"),
        lambda: store.secrets.put("no", "k", b"", 1),
        lambda: store.secrets.get("no", "k"),
        lambda: store.secrets.keys("no"),
        lambda: store.secrets.delete("no", "k"),
    ):
        with pytest.raises(NotFound, match="Scope no does not exist"):
            ask()
    store.secrets.create_scope("db")
    for ask_key in (lambda: store.secrets.get("db", "k"), lambda: store.secrets.delete("db", "k")):
        with pytest.raises(NotFound, match="scope: db and key: k"):
            ask_key()


def test_deleting(store: SqlStore) -> None:
    store.secrets.create_scope("db")
    store.secrets.put("db", "a", b"1", 1)
    store.secrets.put("db", "b", b"2", 1)
    store.secrets.delete("db", "a")
    assert [key for key, _ in store.secrets.keys("db")] == ["b"]
    store.secrets.delete_scope("db")
    store.secrets.create_scope("db")
    assert list(store.secrets.keys("db")) == []


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ä", "x" * 129, "a\n"])
def test_names_are_checked(store: SqlStore, name: str) -> None:
    with pytest.raises(InvalidParameterValue, match="scope"):
        store.secrets.create_scope(name)
    store.secrets.create_scope("db")
    with pytest.raises(InvalidParameterValue, match="key"):
        store.secrets.put("db", name, b"", 1)


def test_a_secret_has_at_most_128_kilobytes(store: SqlStore) -> None:
    store.secrets.create_scope("db")
    store.secrets.put("db", "k", b"x" * 131_072, 1)
    with pytest.raises(InvalidParameterValue, match="131073"):
        store.secrets.put("db", "k", b"x" * 131_073, 1)


def test_the_database_file_does_not_tell_the_secret(tmp_path: Path, opening: Open) -> None:
    store = opening(f"sqlite:///{tmp_path / 'brickyard.db'}")
    store.secrets.create_scope("db")
    store.secrets.put("db", "password", SECRET, 5)
    store.close()
    for file in tmp_path.glob("brickyard.db*"):
        assert b"hunter2" not in file.read_bytes()


def test_the_key_file_is_private_and_made_at_first_use(tmp_path: Path, opening: Open) -> None:
    key_file = tmp_path / "secret.key"
    store = opening("sqlite://")
    store.secrets.create_scope("db")
    assert not key_file.exists()
    store.secrets.put("db", "k", b"", 1)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [key_file]


def test_a_sealed_value_opens_nowhere_else(store: SqlStore) -> None:
    store.secrets.create_scope("db")
    store.secrets.put("db", "mine", b"1", 1)
    store.secrets.put("db", "yours", b"2", 1)
    with store._db.read() as connection:
        mine = connection.execute(select(SECRETS.c.sealed).where(SECRETS.c.key == "mine")).scalar_one()
    swap = text("UPDATE secrets SET sealed = :sealed WHERE key = 'yours'").bindparams(sealed=mine)
    store._db.write(lambda connection: connection.execute(swap))
    with pytest.raises(Unavailable, match="damaged"):
        store.secrets.get("db", "yours")


def _store_with_secret(url: str, key_file: Path) -> None:
    store = open_store(url, key_file=key_file, clock=HandClock())
    store.secrets.create_scope("db")
    store.secrets.put("db", "k", SECRET, 1)
    store.close()


def test_secrets_outlive_the_store(lasting: str, tmp_path: Path, opening: Open) -> None:
    _store_with_secret(lasting, tmp_path / "secret.key")
    assert opening(lasting).secrets.get("db", "k") == SECRET


def test_another_key_is_recognised(lasting: str, tmp_path: Path, opening: Open) -> None:
    _store_with_secret(lasting, tmp_path / "first.key")
    seal.create(tmp_path / "secret.key")
    store = opening(lasting)
    with pytest.raises(Unavailable, match="not the key"):
        store.secrets.get("db", "k")
    with pytest.raises(Unavailable, match="not the key"):
        store.secrets.put("db", "k", b"new", 2)


def test_a_lost_key_is_not_replaced_by_a_new_one(lasting: str, tmp_path: Path, opening: Open) -> None:
    _store_with_secret(lasting, tmp_path / "secret.key")
    (tmp_path / "secret.key").unlink()
    with pytest.raises(Unavailable, match=r"secret\.key, cannot be read: .*Restore it"):
        opening(lasting).secrets.get("db", "k")
    assert not (tmp_path / "secret.key").exists()


def test_an_open_key_file_is_refused(lasting: str, tmp_path: Path, opening: Open) -> None:
    _store_with_secret(lasting, tmp_path / "secret.key")
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        opening(lasting).secrets.get("db", "k")


@pytest.mark.parametrize("content", [b"", b"not base64!", b"c2hvcnQ="])
def test_a_file_that_is_no_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Unavailable, match="32 bytes"):
        seal.read(path)


def test_many_first_uses_at_once_agree_on_one_key(lasting: str, tmp_path: Path, opening: Open) -> None:
    stores = [opening(lasting) for _ in range(4)]
    stores[0].secrets.create_scope("db")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: stores[number].secrets.put("db", f"k{number}", b"%d" % number, 1), range(4)))
    for store in stores:
        assert [store.secrets.get("db", f"k{number}") for number in range(4)] == [b"0", b"1", b"2", b"3"]
