"""A task's own token: whose it is, how long it is kept, and what it leaves behind; and secrets read with its rights."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.access.tokens import digest
from brickyard.engine.commands import StartRequest
from brickyard.errors import InvalidState, NotFound, PermissionDenied
from brickyard.records import AclEntry, PrincipalRecord, TokenInfo
from brickyard.workloads.messages import GetSecret, GetToken, ListSecrets, RunNotebook
from tests.engine.house import FAILED, SUCCESS, USER, House, Land, notebook

BOB = "bob@example.org"


def kept(house: House, token: str) -> TokenInfo | None:
    return house.store.tokens.find(digest(token))


def person(house: House, name: str) -> PrincipalRecord:
    record = PrincipalRecord(principal_id=1, kind=PrincipalKind.USER, name=name, created_ms=1)
    house.store.principals.add(record)
    return record


def run_as(house: House, name: str) -> int:
    """A run whose tasks have the rights of somebody."""
    job_id = house.engine.commands.create_job({"name": "his", "tasks": [notebook("a", path="/Shared/a")]}, user=name)
    return house.engine.commands.run_now(job_id, StartRequest(), user=name)


# ------------------------------------------------------------------------------------------------------- tokens


def test_a_token_is_that_of_the_runs_identity_and_kept_as_a_digest(house: House) -> None:
    run_id = house.run(notebook("a"))
    token = house.ask("a", GetToken())
    attempt_id = house.workers.wait_for("a").attempt_id
    found = kept(house, token)
    assert found is not None
    assert (found.user_name, found.kind, found.run_id) == (USER, "RUN", run_id)
    assert found.comment == f"task run {attempt_id}"
    assert token not in repr(found)


def test_it_is_no_personal_token_of_the_user(house: House) -> None:
    house.run(notebook("a"))
    house.ask("a", GetToken())
    assert list(house.store.tokens.all()) == []


def test_each_question_gets_a_token_of_its_own(house: House) -> None:
    """Only digests are kept, so a worker that repeats its question after a restart cannot be told the same again."""
    house.run(notebook("a"))
    one, two = (house.ask("a", GetToken(), ask_id) for ask_id in (1, 1))
    assert one != two
    assert kept(house, one) is not None
    assert kept(house, two) is not None


@pytest.mark.parametrize("end", [SUCCESS, FAILED], ids=["success", "failure"])
def test_the_tokens_of_a_run_are_forgotten_at_its_end(house: House, end: object) -> None:
    run_id = house.run(notebook("a"))
    tokens = [house.ask("a", GetToken()), house.ask("a", GetToken())]
    house.workers.finish(house.workers.wait_for("a").attempt_id, end)  # type: ignore[arg-type]  # an outcome
    house.ended(run_id)
    house.settle()
    assert [kept(house, token) for token in tokens] == [None, None]


def test_tokens_of_other_runs_stay(house: House) -> None:
    first = house.run(notebook("a"))
    gone = house.ask("a", GetToken())
    house.run(notebook("b"))
    stays = house.ask("b", GetToken())
    house.workers.finish(house.workers.wait_for("a").attempt_id)
    house.ended(first)
    house.settle()
    assert (kept(house, gone), kept(house, stays) is not None) == (None, True)


def test_a_run_that_is_over_gives_none(house: House) -> None:
    run_id = house.run(notebook("a"))
    attempt_id = house.workers.wait_for("a").attempt_id
    house.workers.finish(attempt_id)
    house.ended(run_id)
    with pytest.raises(InvalidState, match="is over: it gets no token"):
        house.sink.ask(attempt_id, 1, GetToken())
    assert list(house.store.tokens.runs()) == []


def test_an_unknown_attempt_gets_none(house: House) -> None:
    with pytest.raises(NotFound, match="Task run 5 does not exist"):
        house.sink.ask(5, 1, GetToken())


def test_a_notebook_that_a_notebook_has_started_has_a_token_of_the_run_at_the_top(house: House) -> None:
    run_id = house.run(notebook("a"))
    parent = house.workers.wait_for("a").attempt_id
    with ThreadPoolExecutor(1) as aside:
        asking = aside.submit(house.sink.ask, parent, 1, RunNotebook(path="/child"))
        found = kept(house, house.ask("notebook", GetToken()))
        house.workers.finish(house.workers.wait_for("notebook").attempt_id)
        assert asking.result(20)["status"] == "success"
    assert found is not None
    assert found.run_id == run_id


def test_whoever_is_no_active_user_gets_none(house: House) -> None:
    bob = person(house, BOB)
    run_as(house, BOB)
    house.workers.wait_for("a")
    house.store.principals.save(replace(bob, active=False))
    with pytest.raises(PermissionDenied, match=f"acts as {BOB}, who is no active user"):
        house.ask("a", GetToken())


# ----------------------------------------------------------------------------------------------- across restarts


def restarted(home: Path, land: Land, house: House) -> House:
    """The next server on the same database."""
    house.stop()
    return House(home, url=f"sqlite:///{home / 'brickyard.db'}", land=land, clock=house.clock, ids=house.ids).start()


@pytest.fixture
def lasting(tmp_path: Path) -> House:
    """A house whose database outlives its server."""
    return House(tmp_path, url=f"sqlite:///{tmp_path / 'brickyard.db'}").start()


def test_a_token_outlives_its_server_and_not_its_run(lasting: House, tmp_path: Path) -> None:
    run_id = lasting.run(notebook("a"))
    token = lasting.ask("a", GetToken())
    attempt_id = lasting.workers.wait_for("a").attempt_id
    later = restarted(tmp_path, lasting.land, lasting)
    assert kept(later, token) is not None
    later.workers.finish(attempt_id)
    later.ended(run_id)
    later.settle()
    assert kept(later, token) is None
    later.stop()


def test_what_a_server_could_not_forget_the_next_one_does(lasting: House, tmp_path: Path) -> None:
    """It was killed after the end of the run was stored, and before its tokens were forgotten."""
    run_id = lasting.run(notebook("a"))
    lasting.workers.finish(lasting.workers.wait_for("a").attempt_id)
    lasting.ended(run_id)
    left = TokenInfo(token_id="t", user_name=USER, comment="", created_ms=1, expires_ms=0, kind="RUN", run_id=run_id)
    lasting.store.tokens.add(left, digest("dapi-left"))
    later = restarted(tmp_path, lasting.land, lasting)
    assert kept(later, "dapi-left") is None
    later.stop()


# ------------------------------------------------------------------------------------------------------ secrets


@pytest.fixture
def secrets(house: House) -> House:
    """Two scopes; Bob may read one of them."""
    for scope in ("open", "closed"):
        house.store.secrets.create_scope(scope)
        house.store.secrets.put(scope, "k", scope.encode(), 1)
    entry = AclEntry(PrincipalKind.USER, BOB, "READ")
    house.store.acls.replace(ObjectType.SECRET_SCOPES, "open", [entry])
    person(house, BOB)
    return house


def test_a_task_reads_the_secrets_that_the_identity_of_its_run_may_read(secrets: House) -> None:
    run_as(secrets, BOB)
    assert base64.b64decode(secrets.ask("a", GetSecret(scope="open", key="k"))) == b"open"
    assert secrets.ask("a", ListSecrets()) == ["open"]
    assert secrets.ask("a", ListSecrets(scope="open")) == ["k"]


@pytest.mark.parametrize("body", [GetSecret(scope="closed", key="k"), ListSecrets(scope="closed")], ids=["get", "list"])
def test_what_he_may_not_read_is_not_there_for_it(secrets: House, body: GetSecret | ListSecrets) -> None:
    run_as(secrets, BOB)
    with pytest.raises(NotFound, match="Scope closed does not exist"):
        secrets.ask("a", body)


def test_a_right_that_was_taken_away_is_gone_at_once(secrets: House) -> None:
    run_as(secrets, BOB)
    secrets.ask("a", GetSecret(scope="open", key="k"))
    secrets.store.acls.delete(ObjectType.SECRET_SCOPES, "open")
    with pytest.raises(NotFound):
        secrets.ask("a", GetSecret(scope="open", key="k"))


def test_an_administrators_task_reads_all(secrets: House) -> None:
    secrets.run(notebook("a"))
    assert secrets.ask("a", ListSecrets()) == ["closed", "open"]
