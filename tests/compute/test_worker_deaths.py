"""However a worker dies, its attempt ends, with the reason, and nothing of it stays."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from brickyard.workloads import folder
from brickyard.workloads.claims import Claim, read_claim, read_outcome
from brickyard.workloads.messages import encode
from tests.compute.house import House, pid_ended, text


def test_sigkill_is_named_with_its_likely_cause(house: House) -> None:
    outcome, _ = house.run("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert outcome.status == "lost"
    assert outcome.error == "The worker process was killed by signal 9 (SIGKILL), likely out of memory."
    assert outcome.error_code == "DRIVER_ERROR"


def test_an_exit_behind_pythons_back_is_no_success(house: House) -> None:
    outcome, _ = house.run("import os\nos._exit(0)")
    assert (outcome.status, outcome.error) == ("lost", "The worker process exited with code 0.")


def test_the_exit_code_is_named(house: House) -> None:
    outcome, _ = house.run("import os\nos._exit(3)")
    assert outcome.error == "The worker process exited with code 3."


def test_a_segmentation_fault_is_named(house: House) -> None:
    outcome, _ = house.run("import ctypes\nctypes.string_at(0)")
    assert outcome.status == "lost"
    assert "signal 11 (SIGSEGV)" in outcome.error


def test_what_was_printed_before_a_kill_is_kept(house: House) -> None:
    """F50: a line is in the log as soon as it is printed."""
    _, place = house.run("import os, signal\nprint('the last line')\nos.kill(os.getpid(), signal.SIGKILL)")
    assert text(place) == "the last line\n"


_DAEMON = """
import os, subprocess, sys
child = subprocess.Popen(["sleep", "300"]{options})
print(child.pid)
{end}
"""


@pytest.mark.parametrize("end", ["", "raise ValueError", "os._exit(1)", "os.kill(os.getpid(), 9)"])
@pytest.mark.parametrize("options", ["", ", start_new_session=True"])
def test_processes_that_a_task_leaves_behind_end_with_it(house: House, options: str, end: str) -> None:
    """F27: also those that went into a session of their own."""
    _, place = house.run(_DAEMON.format(options=options, end=end))
    assert pid_ended(int(text(place)))


def test_a_daemon_that_detached_twice_ends_with_its_task(house: House) -> None:
    source = """
import os
out, into = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(into, str(os.getpid()).encode())
        os.execvp("sleep", ["sleep", "300"])
    os._exit(0)
os.wait()
print(os.read(out, 20).decode())
os.kill(os.getpid(), 9)
"""
    _, place = house.run(source)
    assert pid_ended(int(text(place)))


def test_an_outcome_that_was_written_counts_though_the_worker_died(house: House) -> None:
    assignment = house.assign("pass")
    place = Path(assignment.folder)
    source = f"""
import os
with open({str(place / folder.OUTCOME)!r}, "w") as file:
    file.write('{{"status": "success", "exit_value": "kept"}}')
os.kill(os.getpid(), 9)
"""
    (house.settings.workspace / "Users/me/script.py").write_text(source)
    house.workers.start(assignment)
    outcome = house.hearing.wait(assignment.attempt_id)
    assert (outcome.status, outcome.exit_value) == ("success", "kept")


def test_an_attempt_runs_once_though_it_is_started_twice(house: House) -> None:
    assignment = house.assign("print('ran')")
    house.workers.start(assignment)
    house.workers.start(assignment)
    house.hearing.wait(assignment.attempt_id)
    house.workers.start(assignment)
    house.run("pass")
    assert text(Path(assignment.folder)) == "ran\n"
    assert {one.status for one in house.hearing.outcomes[assignment.attempt_id]} == {"success"}


def test_an_attempt_that_somebody_else_claimed_is_not_run(house: House) -> None:
    """The claim of a process that is gone: the attempt is lost, and never run a second time."""
    assignment = house.assign("print('ran')")
    place = Path(assignment.folder)
    (place / folder.CLAIM).write_bytes(encode(Claim(pid=2**22 - 1, started=1.0)))
    house.workers.start(assignment)
    assert house.hearing.wait(assignment.attempt_id).status == "lost"
    assert not (place / folder.STDOUT).exists()


def test_a_worker_that_dies_idle_costs_no_attempt(house: House) -> None:
    """F19: it is replaced, and whoever waits gets another."""
    for child in house.launcher._children.copy().values():
        with contextlib.suppress(ProcessLookupError):  # one may be on its way out already
            os.kill(child.pid, signal.SIGKILL)
    outcome, _ = house.run("pass")
    assert outcome.status == "success"


def test_the_launchers_death_is_survived(own_house: House) -> None:
    assignment = own_house.assign(
        "import sys\nopen(sys.argv[1]).read()",
        arguments=(_fifo(own_house),),
    )
    own_house.workers.start(assignment)
    own_house.hearing.wait_begun(assignment.attempt_id)
    zygote = own_house.launcher._zygote
    assert zygote is not None
    assert zygote._process is not None
    os.kill(zygote._process.pid, signal.SIGKILL)
    other, _ = own_house.run("print('after')")
    assert other.status == "success"
    _release(own_house)
    assert own_house.hearing.wait(assignment.attempt_id).status == "success"


def test_without_its_launcher_a_worker_that_dies_is_noticed_all_the_same(own_house: House) -> None:
    assignment = own_house.assign("import sys\nopen(sys.argv[1]).read()", arguments=(_fifo(own_house),))
    own_house.workers.start(assignment)
    own_house.hearing.wait_begun(assignment.attempt_id)
    zygote = own_house.launcher._zygote
    assert zygote is not None
    assert zygote._process is not None
    os.kill(zygote._process.pid, signal.SIGKILL)
    own_house.run("pass")
    claim = read_claim(Path(assignment.folder))
    assert claim is not None
    os.kill(claim.pid, signal.SIGKILL)
    outcome = own_house.hearing.wait(assignment.attempt_id)
    assert (outcome.status, outcome.error) == ("lost", "The worker process vanished; how it ended is not known.")


def test_the_outcome_is_on_disk_before_it_is_reported(house: House) -> None:
    outcome, place = house.run("print('x' * 10)")
    assert read_outcome(place) == outcome
    assert outcome.cpu_seconds > 0
    assert outcome.peak_memory_bytes > 1_000_000
    assert 0 < outcome.started_ms <= outcome.ended_ms


def _fifo(house: House) -> str:
    path = house.settings.home / "gate"
    if not path.exists():
        os.mkfifo(path)
    return str(path)


def _release(house: House) -> None:
    """Let whoever reads from the gate go on."""
    (house.settings.home / "gate").open("w").close()
