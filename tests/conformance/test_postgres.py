"""What only PostgreSQL does: transactions that must be done again, limits on time, servers that go away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from brickyard.errors import Unavailable
from brickyard.storage.store import SqlStore
from tests.conformance.conftest import Open
from tests.conformance.postgres_server import PostgresServer
from tests.conformance.samples import create


@pytest.fixture
def store(emptied: str, opening: Open) -> SqlStore:
    return opening(emptied)


def set_value(connection: Connection, key: str, value: str) -> None:
    connection.execute(text("UPDATE meta SET value = :value WHERE key = :key"), {"key": key, "value": value})


def test_a_deadlock_is_resolved_by_a_second_try(store: SqlStore) -> None:
    for key in ("a", "b"):
        store.meta(key, lambda: "0")
    both_hold_one = threading.Barrier(2)
    tries = []

    def cross(keys: tuple[str, str]) -> None:
        def work(connection: Connection) -> None:
            tries.append(keys)
            set_value(connection, keys[0], str(keys))
            if len(tries) <= 2:
                both_hold_one.wait(timeout=20)
            set_value(connection, keys[1], str(keys))

        store._db.write(work)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(cross, ("a", "b")), pool.submit(cross, ("b", "a"))]:
            done.result(timeout=30)
    assert len(tries) == 3
    assert store.meta("a", str) == store.meta("b", str)


def test_a_serialization_failure_is_tried_a_bounded_number_of_times(store: SqlStore) -> None:
    tries = []

    def work(connection: Connection) -> None:
        tries.append(1)
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(Unavailable, match="again"):
        store._db.write(work)
    assert len(tries) == 6


def test_other_errors_are_not_tried_again(store: SqlStore) -> None:
    tries = []

    def work(connection: Connection) -> None:
        tries.append(1)
        connection.execute(text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError, match="division by zero"):
        store._db.write(work)
    assert len(tries) == 1


def test_a_statement_that_takes_too_long_is_ended(store: SqlStore) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text("SET LOCAL statement_timeout = '50ms'"))
        connection.execute(text("SELECT pg_sleep(20)"))

    with pytest.raises(Unavailable, match=r"statement timeout.*overloaded"):
        store._db.write(work)
    store.check()


@pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_every_session_has_limits(store: SqlStore, name: str) -> None:
    with store._db.read() as connection:
        assert connection.execute(text(f"SHOW {name}")).scalar_one() in {"30s", "10s", "1min"}


def test_sessions_that_the_server_ended_are_replaced(store: SqlStore, postgres: PostgresServer) -> None:
    run = create(store).run
    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'brickyard'")
    assert store.runs.load(run.run_id) == run
    create(store)


def test_a_session_that_ends_in_the_middle_stores_nothing(store: SqlStore) -> None:
    store.meta("a", lambda: "0")

    def work(connection: Connection) -> None:
        set_value(connection, "a", "1")
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable, match="does not work"):
        store._db.write(work)
    assert store.meta("a", str) == "0"


def test_a_server_that_is_not_there(opening: Open) -> None:
    with pytest.raises(Unavailable, match="Start PostgreSQL") as caught:
        opening("postgresql://me:hunter2@127.0.0.1:1/brickyard")
    assert "hunter2" not in caught.value.message


def test_a_database_that_is_not_there(postgres: PostgresServer, opening: Open) -> None:
    with pytest.raises(Unavailable, match=r"does not exist.*createdb"):
        opening(postgres.url("nowhere"))


def test_options_of_the_url_are_kept(emptied: str, opening: Open) -> None:
    store = opening(emptied + "?options=-c%20application_name%3Dbrick")
    with store._db.read() as connection:
        assert connection.execute(text("SHOW application_name")).scalar_one() == "brick"
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "10s"


def test_a_user_that_may_not_make_tables(postgres: PostgresServer, opening: Open) -> None:
    postgres.execute("CREATE ROLE guest LOGIN")
    url = postgres.new_database()
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    with pytest.raises(Unavailable, match=r"permission denied.*owner of the database"):
        opening(url.replace("brickyard@", "guest@"))
