"""Warehouses: started when needed, stopped when nobody needs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard.access.levels import ObjectType
from brickyard.engine.sql_part import STARTER, SqlPart
from brickyard.engine.warehouses.service import KIND, Warehouses
from brickyard.errors import NotFound, Unavailable
from brickyard.ports import ClusterRequest
from brickyard.ports.sessions import SessionRequest
from brickyard.records import ClusterRecord, Document
from brickyard.settings import read
from brickyard.storage.store import SqlStore, open_store
from tests.hand_engines import HandEngines
from tests.hand_sessions import HandSessions
from tests.surfaces.api.house import CountingIds, HandClock

MINUTE = 60_000


class Rig:
    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.store: SqlStore = open_store("sqlite://", key_file=folder / "key", clock=self.clock)
        self.sessions = HandSessions()
        self.engines = HandEngines(self.store.clusters, self.clock)
        self.ids = CountingIds()
        self.settings = read({"BRICKYARD_HOME": str(folder)})
        self.warehouses = Warehouses(
            documents=self.store.documents,
            clusters=self.engines,
            cluster_store=self.store.clusters,
            sessions=self.sessions,
            clock=self.clock,
        )

    def keep(self, warehouse_id: str = "w", **body: object) -> None:
        self.store.documents.save(
            Document(
                kind=KIND,
                document_id=warehouse_id,
                name=f"house {warehouse_id}",
                owner="ada",
                created_ms=1,
                updated_ms=1,
                body={"auto_stop_mins": 10, **body},
            )
        )

    def part(self) -> SqlPart:
        return SqlPart(
            store=self.store,
            clusters=self.engines,
            sessions=self.sessions,
            clock=self.clock,
            ids=self.ids,
            settings=self.settings,
        )

    def state(self, warehouse_id: str = "w") -> str:
        return self.warehouses.state(warehouse_id).state


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.warehouses.stop()
    rig.store.close()


def test_a_statement_starts_the_warehouse_that_it_names(rig: Rig) -> None:
    rig.keep(tags={"custom_tags": [{"key": "team", "value": "ore"}]})
    assert rig.state() == "STOPPED"
    answer = rig.warehouses.compute("w").acquire()
    assert (answer.url, answer.cluster_name) == ("sc://127.0.0.1:1", "house w")
    assert rig.state() == "RUNNING"
    request = rig.engines.requests[0]
    assert (request.run_id, request.key, request.owner, request.tags) == (0, "w", "ada", {"team": "ore"})
    assert rig.warehouses.compute("w").acquire() == answer
    assert rig.warehouses.compute("w").explain() == ""


def test_a_warehouse_is_started_on_wish_and_told_to_be_starting_meanwhile(rig: Rig) -> None:
    rig.keep()
    rig.warehouses.begin("w")
    rig.warehouses.stop()  # waits for what was begun
    assert rig.state() == "RUNNING"
    assert len(rig.engines.requests) == 1


def test_a_warehouse_that_is_stopped_while_it_is_being_started_stays_stopped(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.keep()
    starts = rig.engines.acquire

    def stopped_meanwhile(request: ClusterRequest) -> ClusterRecord:
        rig.warehouses.end("w", "ada has stopped it.")
        return starts(request)

    monkeypatch.setattr(rig.engines, "acquire", stopped_meanwhile)
    rig.warehouses.begin("w")
    rig.warehouses.stop()
    assert len(rig.engines.requests) == 1
    assert rig.state() == "STOPPED"


def test_a_warehouse_that_does_not_start_is_stopped_again(rig: Rig) -> None:
    rig.keep()
    rig.engines.broken = "There is no room."
    rig.warehouses.begin("w")
    rig.warehouses.stop()
    assert rig.state() == "STOPPED"
    with pytest.raises(Unavailable, match="no room"):
        rig.warehouses.acquire("w")


@pytest.mark.parametrize("ask", ["get", "begin", "acquire"])
def test_a_warehouse_that_is_not_there_is_missed(rig: Rig, ask: str) -> None:
    with pytest.raises(NotFound, match="The warehouse none does not exist"):
        getattr(rig.warehouses, ask)("none")


def test_stopping_ends_the_engine_with_its_reason_and_what_runs_on_it(rig: Rig) -> None:
    rig.keep()
    compute = rig.warehouses.compute("w")
    compute.acquire()
    session = rig.sessions.open(SessionRequest(compute=compute, host="w", user_name="ada"))
    assert rig.warehouses.state("w").sessions == 1
    rig.warehouses.end("w", "ada has stopped it.")
    assert rig.state() == "STOPPED"
    assert rig.sessions.closed == [session]
    ended = rig.store.clusters.get("engine-1")
    assert ended is not None
    assert (ended.reason, ended.reason_code) == ("ada has stopped it.", "USER_REQUEST")


def test_a_warehouse_stops_when_nobody_has_used_it_for_as_long_as_it_was_told(rig: Rig) -> None:
    rig.keep()
    rig.keep("never", auto_stop_mins=0)
    for warehouse_id in ("w", "never"):
        rig.warehouses.acquire(warehouse_id)
    rig.clock.ms += 9 * MINUTE
    rig.warehouses.look()
    assert rig.state() == "RUNNING"
    rig.clock.ms += MINUTE
    rig.warehouses.look()
    assert (rig.state(), rig.state("never")) == ("STOPPED", "RUNNING")
    ended = rig.store.clusters.get("engine-1")
    assert ended is not None
    assert ended.reason_code == "INACTIVITY"


def test_a_warehouse_on_which_something_runs_is_used(rig: Rig) -> None:
    rig.keep()
    compute = rig.warehouses.compute("w")
    compute.acquire()
    session = rig.sessions.open(SessionRequest(compute=compute, host="w", user_name="ada"))
    rig.clock.ms += 60 * MINUTE
    rig.warehouses.look()
    assert rig.state() == "RUNNING"
    rig.sessions.close(session, "over")
    rig.clock.ms += 9 * MINUTE
    rig.warehouses.look()
    assert rig.state() == "RUNNING"
    rig.clock.ms += MINUTE
    rig.warehouses.look()
    assert rig.state() == "STOPPED"


def test_after_a_restart_the_time_until_it_stops_begins_anew(rig: Rig) -> None:
    rig.keep()
    rig.warehouses.acquire("w")
    later = Warehouses(
        documents=rig.store.documents,
        clusters=rig.engines,
        cluster_store=rig.store.clusters,
        sessions=rig.sessions,
        clock=rig.clock,
    )
    rig.clock.ms += 60 * MINUTE
    later.look()
    assert later.state("w").state == "RUNNING"
    rig.clock.ms += 10 * MINUTE
    later.look()
    assert later.state("w").state == "STOPPED"


def test_an_installation_has_one_warehouse_for_everybody_from_the_start(rig: Rig) -> None:
    for _ in range(2):
        rig.part().found("ada")
    found = rig.store.documents.find(KIND)
    assert [each.name for each in found] == [STARTER]
    entries = rig.store.acls.entries(ObjectType.WAREHOUSES, found[0].document_id)
    assert [(entry.principal, entry.level) for entry in entries] == [("users", "CAN_USE")]


def test_the_warehouse_of_the_start_stays_away_once_it_was_deleted(rig: Rig) -> None:
    rig.part().found("ada")
    rig.store.documents.delete(KIND, rig.store.documents.find(KIND)[0].document_id)
    rig.part().found("ada")
    assert not rig.store.documents.find(KIND)


def test_the_part_starts_and_stops_and_may_be_stopped_twice(rig: Rig) -> None:
    part = rig.part()
    part.start()
    part.stop()
    part.stop()
