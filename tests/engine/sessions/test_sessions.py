"""Sessions of a whole engine: the test asks as a client does, and answers as a worker does."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from brickyard.access.identity import PrincipalKind
from brickyard.access.levels import ObjectType
from brickyard.engine.sessions.live import LiveSessions
from brickyard.engine.sessions.session import KEPT_COMMANDS, MAX_WAITING
from brickyard.errors import BrickyardError, InvalidState, NotFound
from brickyard.ports.sessions import CommandStatus, SessionRequest, SessionState
from brickyard.records import AclEntry, PrincipalRecord
from brickyard.workloads.messages import (
    Body,
    ComputeAnswer,
    ExplainCompute,
    GetClusterSecrets,
    GetCompute,
    GetSecret,
    GetTaskValue,
    ListSchemas,
    ListSecrets,
    Outcome,
    PrepareCheckout,
    PrepareEnvironment,
    RunNotebook,
    SetTaskValue,
)
from brickyard.workloads.session_messages import CommandResult, EndCommand, NextCommand, SessionCommand, SessionWork
from tests.engine.house import CANCELLED, LOST, PATIENCE, USER, House

ONE = SessionCommand(language="python", text="1")
DONE = CommandResult(kind="text", text="1")


@dataclass(frozen=True)
class Compute:
    """Implements `ports.SessionCompute`."""

    def acquire(self) -> ComputeAnswer:
        return ComputeAnswer(url="sc://127.0.0.1:1", cluster_id="c", cluster_name="mine")

    def explain(self) -> str:
        return "It ran out of memory."


def request(**more: Any) -> SessionRequest:
    return SessionRequest(**{"compute": Compute(), "host": "c", "user_name": USER, **more})


@pytest.fixture
def sessions(house: House) -> LiveSessions:
    return house.engine.sessions


def ask(house: House, session_id: str, body: Body) -> Any:
    """What the session's worker asks."""
    return house.sink.ask(int(session_id), 1, body)


def begin(house: House, session_id: str) -> SessionCommand:
    """The worker asks for a command and gets one."""
    given = ask(house, session_id, NextCommand())
    assert given is not None
    return SessionCommand(**given)


def finish(house: House, session_id: str, command_id: str, result: CommandResult = DONE, **more: Any) -> None:
    ask(house, session_id, EndCommand(command_id=command_id, result=result, **more))


def test_a_session_is_a_worker_with_a_folder_of_its_own(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request(environment={"A": "1"}, spark_conf={"x": "2"}, requirements=["tiny"]))
    [assignment] = house.workers.started
    assert str(assignment.attempt_id) == made
    assert assignment.work == SessionWork()
    assert (assignment.environment, assignment.spark_conf, assignment.requirements) == (
        {"A": "1"},
        {"x": "2"},
        ["tiny"],
    )
    assert assignment.context.user_name == USER
    assert Path(assignment.folder, "assignment.json").exists()
    assert sessions.info(made).state is SessionState.PENDING


def test_commands_are_performed_one_after_the_other_in_their_order(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    first, second = (sessions.execute(made, ONE) for _ in range(2))
    assert begin(house, made).command_id == first
    assert sessions.info(made).state is SessionState.RUNNING
    assert [sessions.command(made, each).status for each in (first, second)] == ["RUNNING", "QUEUED"]
    house.clock.ms += 5
    finish(house, made, first)
    told = sessions.command(made, first)
    assert (told.status, told.result, told.ended_ms - told.started_ms) == (CommandStatus.FINISHED, DONE, 5)
    assert begin(house, made).command_id == second


def test_a_worker_waits_for_a_command_and_a_client_for_its_end(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    got: list[str] = []

    def work() -> None:
        command = begin(house, made)
        got.append(command.text)
        finish(house, made, command.command_id)

    worker = threading.Thread(target=work)
    worker.start()
    command_id = sessions.execute(made, SessionCommand(language="sql", text="select 1"))
    assert sessions.wait(made, command_id, PATIENCE).status is CommandStatus.FINISHED
    worker.join(PATIENCE)
    assert got == ["select 1"]


def test_to_wait_for_a_command_that_does_not_end_ends(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    assert sessions.wait(made, sessions.execute(made, ONE), 0.01).status is CommandStatus.QUEUED


def test_a_result_that_is_told_twice_counts_once(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    command_id = sessions.execute(made, ONE)
    begin(house, made)
    finish(house, made, command_id)
    finish(house, made, command_id, CommandResult(kind="text", text="other"))
    assert sessions.command(made, command_id).result == DONE


# ---------------------------------------------------------------------------------------------------------- cancel


def test_a_command_that_waits_is_taken_out_of_the_line(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    first, second, third = (sessions.execute(made, ONE) for _ in range(3))
    sessions.cancel(made, second)
    assert sessions.command(made, second).status is CommandStatus.CANCELLED
    assert begin(house, made).command_id == first
    finish(house, made, first)
    assert begin(house, made).command_id == third
    assert house.workers.interrupted == []


def test_a_command_that_is_performed_is_interrupted(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    command_id = sessions.execute(made, ONE)
    begin(house, made)
    sessions.cancel(made, command_id)
    assert house.workers.interrupted == [(int(made), command_id)]
    assert sessions.command(made, command_id).status is CommandStatus.CANCELLING
    finish(house, made, command_id, cancelled=True)
    assert sessions.command(made, command_id).status is CommandStatus.CANCELLED


def test_one_that_is_over_stays_as_it_is(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    command_id = sessions.execute(made, ONE)
    begin(house, made)
    finish(house, made, command_id)
    sessions.cancel(made, command_id)
    assert sessions.command(made, command_id).status is CommandStatus.FINISHED


# ----------------------------------------------------------------------------------------------------------- the end


def test_an_idle_session_that_is_closed_is_told_so_and_leaves_nothing(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    sessions.execute(made, ONE)
    finish(house, made, begin(house, made).command_id)
    sessions.close(made, "No more.")
    assert ask(house, made, NextCommand()) is None
    [assignment] = house.workers.started
    house.workers.finish(assignment.attempt_id)
    assert not Path(assignment.folder).exists()
    assert not sessions.knows(int(made))
    with pytest.raises(NotFound, match=f"Context '{made}' does not exist"):
        sessions.info(made)
    sessions.close(made, "Twice is once.")


@pytest.mark.parametrize("state", ["not started", "busy"])
def test_any_other_is_stopped(house: House, sessions: LiveSessions, state: str) -> None:
    made = sessions.open(request())
    if state == "busy":
        sessions.execute(made, ONE)
        begin(house, made)
    sessions.close(made, "No more.")
    assert house.workers.stopped == [(int(made), "No more.")]
    assert not sessions.knows(int(made))


def test_a_worker_that_dies_takes_all_commands_with_it_and_the_reason_stays(
    house: House, sessions: LiveSessions
) -> None:
    made = sessions.open(request())
    first, second = (sessions.execute(made, ONE) for _ in range(2))
    begin(house, made)
    house.workers.finish(int(made), LOST)
    for each in (first, second):
        told = sessions.command(made, each)
        assert told.status is CommandStatus.ERROR
        assert told.result is not None
        assert (told.result.kind, told.result.summary) == ("error", LOST.error)
    assert (sessions.info(made).state, sessions.info(made).reason) == (SessionState.ERROR, LOST.error)
    with pytest.raises(InvalidState, match="The context is gone: The worker was killed"):
        sessions.execute(made, ONE)
    sessions.close(made, "No more.")
    assert not sessions.knows(int(made))


def test_of_a_worker_that_is_gone_no_question_waits_for_ever(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(ask(house, made, NextCommand())))
    asking.start()
    house.workers.finish(int(made), LOST)
    asking.join(PATIENCE)
    assert answers == [None]


def test_a_session_without_packages_that_it_needs_says_why(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request(requirements=["nowhere"]))
    house.workers.finish(int(made), Outcome(status="failed", error="No matching distribution found for nowhere"))
    assert sessions.info(made).reason == "No matching distribution found for nowhere"


def test_all_sessions_of_a_host_are_closed_and_no_others(house: House, sessions: LiveSessions) -> None:
    mine = [sessions.open(request()) for _ in range(2)]
    other = sessions.open(request(host="d"))
    assert [each.session_id for each in sessions.of_host("c")] == mine
    sessions.close_all("c", "The cluster was terminated.")
    assert list(sessions.of_host("c")) == []
    assert sessions.info(other).host == "d"


def test_a_server_begins_with_nothing_of_the_sessions_of_one_that_was_killed(tmp_path: Path) -> None:
    first = House(tmp_path).start()
    made = first.engine.sessions.open(request())
    left = Path(first.workers.started[0].folder)
    assert left.name == made
    first.stop()  # without ending its sessions first, as one that is killed
    assert left.exists()
    second = House(tmp_path).start()
    assert not left.exists()
    second.stop()


def test_a_server_that_stops_ends_them_all_and_opens_no_more(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    sessions.stop()
    assert not sessions.knows(int(made))
    with pytest.raises(InvalidState, match="The server is stopping"):
        sessions.open(request())


# ------------------------------------------------------------------------------------------------------------- limits


def test_there_are_not_more_sessions_than_allowed(tmp_path: Path) -> None:
    house = House(tmp_path, max_running=2).start()
    sessions = house.engine.sessions
    made = [sessions.open(request()) for _ in range(2)]
    with pytest.raises(InvalidState, match="2 contexts are open on this server"):
        sessions.open(request())
    sessions.close(made[0], "No more.")
    sessions.open(request())
    house.stop()


def test_not_more_commands_wait_than_allowed(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    for _ in range(MAX_WAITING):
        sessions.execute(made, ONE)
    with pytest.raises(InvalidState, match="1,000 commands wait"):
        sessions.execute(made, ONE)


def test_only_the_last_commands_that_are_over_are_kept(house: House, sessions: LiveSessions) -> None:
    made = sessions.open(request())
    ids = []
    for _ in range(KEPT_COMMANDS + 1):
        ids.append(sessions.execute(made, ONE))
        begin(house, made)
        finish(house, made, ids[-1])
    with pytest.raises(NotFound, match="does not exist in this context"):
        sessions.command(made, ids[0])
    assert sessions.command(made, ids[1]).status is CommandStatus.FINISHED


def test_when_a_host_was_used_last(house: House, sessions: LiveSessions) -> None:
    assert sessions.used_ms("c") == 0
    made = sessions.open(request())
    command_id = sessions.execute(made, ONE)
    house.clock.ms += 1000
    assert sessions.used_ms("c") == house.clock.ms
    begin(house, made)
    finish(house, made, command_id)
    ended = house.clock.ms
    house.clock.ms += 1000
    assert sessions.used_ms("c") == ended


@pytest.mark.parametrize("session_id", ["", "x", "12", "9" * 30, "²"])
def test_an_id_that_is_none(sessions: LiveSessions, session_id: str) -> None:
    with pytest.raises(NotFound):
        sessions.info(session_id)
    sessions.close(session_id, "Nothing happens.")


# ---------------------------------------------------------------------------------------------------------- questions


def test_what_a_worker_needs_is_what_the_session_was_opened_with(house: House, sessions: LiveSessions) -> None:
    secrets = {"{{secrets/s/k}}": "v"}
    made = sessions.open(request(requirements=["tiny"], secrets=secrets))
    assert ask(house, made, GetCompute())["url"] == "sc://127.0.0.1:1"
    assert ask(house, made, ExplainCompute()) == "It ran out of memory."
    assert ask(house, made, GetClusterSecrets()) == secrets
    assert ask(house, made, PrepareEnvironment()) == str(house.environments.folder / "1")
    assert house.environments.asked == [["tiny"]]
    assert "main" in ask(house, made, ListSchemas())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (SetTaskValue(key="k", json="1"), "Task values belong to the tasks of a job"),
        (GetTaskValue(task_key="t", key="k"), "Task values belong to the tasks of a job"),
        (RunNotebook(path="/a"), r"dbutils\.notebook\.run belongs to the tasks of a job"),
        (PrepareCheckout(), "no Git source"),
    ],
    ids=["set", "get", "run", "checkout"],
)
def test_what_only_a_job_has_is_refused_with_the_reason(
    house: House, sessions: LiveSessions, body: Body, words: str
) -> None:
    made = sessions.open(request())
    with pytest.raises(BrickyardError, match=words):
        ask(house, made, body)


@pytest.mark.parametrize("may", [True, False], ids=["reader", "nobody"])
def test_secrets_are_read_with_the_rights_of_the_user(house: House, sessions: LiveSessions, may: bool) -> None:
    zoe = "zoe@example.info"
    house.store.principals.add(PrincipalRecord(principal_id=999_001, kind=PrincipalKind.USER, name=zoe))
    house.store.secrets.create_scope("s")
    house.store.secrets.put("s", "k", b"v", 1)
    house.store.acls.replace(ObjectType.SECRET_SCOPES, "s", [AclEntry(PrincipalKind.USER, zoe, "READ")] if may else [])
    made = sessions.open(request(user_name=zoe))
    assert ask(house, made, ListSecrets()) == (["s"] if may else [])
    if may:
        assert ask(house, made, GetSecret(scope="s", key="k")) == "dg=="
    else:
        with pytest.raises(BrickyardError):
            ask(house, made, GetSecret(scope="s", key="k"))


def test_a_task_has_no_commands(house: House) -> None:
    house.script(load=[CANCELLED])
    with pytest.raises(BrickyardError):
        house.sink.ask(4711, 1, NextCommand())
