"""`brickyard jobs backfill` and `brickyard backfills …` against a real server with real scripts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from brickyard.surfaces.cli import backfill_view
from brickyard.surfaces.cli.live import patiently
from brickyard.surfaces.client import ApiError, Client, NoServer
from tests.surfaces.cli.conftest import Run

SCRIPT = """
import pathlib, sys
day, folder = sys.argv[1:]
ledger = pathlib.Path(folder) / "ledger"
with ledger.open("a") as out:
    out.write(day + "\\n")
if day == "2026-01-02" and not (pathlib.Path(folder) / "mended").exists():
    sys.exit("no data for " + day)
"""
JANUARY = ("--from", "2026-01-01", "--to", "2026-01-04", "--every", "1d", "--param", "day={{backfill.iso_date}}")


@pytest.fixture
def job(brickyard: Run, tmp_path: Any, client: Client, request: pytest.FixtureRequest) -> str:
    """A job that writes its day down, and fails for the second of January until it is mended."""
    name = str(request.node.name)
    folder = f"/Workspace/Shared/{name}"
    client.mkdirs(folder)
    client.put_file(f"{folder}/load.py", SCRIPT.encode())
    work = {
        "python_file": f"{folder}/load.py",
        "parameters": ["{{job.parameters.day}}", str(tmp_path)],
    }
    settings = {
        "name": name,
        "tasks": [{"task_key": "load", "spark_python_task": work}],
        "parameters": [{"name": "day", "default": "never"}],
    }
    (tmp_path / "job.json").write_text(json.dumps(settings))
    return str(brickyard("jobs", "create", "job.json").out.strip())


def days(tmp_path: Any) -> list[str]:
    """What ran, in its order."""
    ledger = tmp_path / "ledger"
    return ledger.read_text().split() if ledger.exists() else []


def id_in(text: str) -> str:
    return next(word for word in text.replace(":", " ").split() if word.isdigit() and len(word) > 12)


def test_a_dry_run_lists_what_would_run_and_starts_nothing(brickyard: Run, job: str, tmp_path: Any) -> None:
    done = brickyard("jobs", "backfill", job, *JANUARY, "--order", "newest", "--dry-run")
    assert done.code == 0, done
    lines = done.out.splitlines()
    assert lines[0].split() == ["interval", "action", "day", "why"]
    assert [line.split()[:3] for line in lines[1:4]] == [
        [f"2026-01-0{day}", "run", f"2026-01-0{day}"] for day in (3, 2, 1)
    ]
    assert lines[4] == "This would start 3 runs. Nothing was started."
    plan: Any = brickyard("jobs", "backfill", job, *JANUARY, "--dry-run", "--json").json
    assert (plan["runs"], plan["kept"]) == (3, 0)
    assert days(tmp_path) == []
    assert brickyard("backfills", "list", "--job", job).out == "There are no backfills.\n"


def test_a_backfill_with_a_failure_from_start_to_retry(brickyard: Run, job: str, tmp_path: Any) -> None:
    """Followed to its end; shown; the failed interval alone runs again; what succeeded is kept ever after."""
    done = brickyard("jobs", "backfill", job, *JANUARY)
    assert done.code == 1, done
    backfill_id = id_in(done.out)
    assert f"Backfill {backfill_id} of job {job}: RUNNING; 3 intervals" in done.out
    assert "3 of 3 done: 2 succeeded, 1 failed" in done.out
    assert "failed: 1 interval" in done.out
    assert f"brickyard backfills retry {backfill_id}" in done.out
    assert days(tmp_path) == ["2026-01-01", "2026-01-02", "2026-01-03"]

    shown = brickyard("backfills", "get", backfill_id, "--intervals").out
    assert f"Backfill {backfill_id} of job {job}: DONE, created" in shown
    assert "from 2026-01-01 to 2026-01-04 (not included) every 1d, UTC, oldest first, one at a time" in shown
    assert "  day = {{backfill.iso_date}}" in shown
    failed = next(line for line in shown.splitlines() if line.startswith("  2026-01-02")).split()
    assert failed[1] == "run"
    logs = brickyard("runs", "logs", failed[2]).out
    assert "no data for 2026-01-02" in logs
    run: Any = brickyard("runs", "get", failed[2], "--json").json
    assert run["run_name"].endswith("(backfill 2026-01-02)")

    (tmp_path / "mended").touch()
    again = brickyard("backfills", "retry", backfill_id)
    assert again.code == 0, again
    assert days(tmp_path)[3:] == ["2026-01-02"]
    third = brickyard("jobs", "backfill", job, *JANUARY)
    assert third.code == 0, third
    assert "3 of 3 done: 3 kept" in third.out
    assert len(days(tmp_path)) == 4
    listed = brickyard("backfills", "list", "--job", job).out.splitlines()
    assert [line.split()[2] for line in listed] == ["state", "DONE", "DONE", "DONE"]


def test_begun_and_left_then_followed(brickyard: Run, job: str, tmp_path: Any) -> None:
    (tmp_path / "mended").touch()
    done = brickyard("jobs", "backfill", job, *JANUARY, "--no-wait")
    backfill_id = done.out.strip()
    assert backfill_id.isdigit()
    followed = brickyard("backfills", "get", backfill_id, "--watch", "--json")
    assert followed.code == 0, followed
    found: Any = followed.json
    assert (found["state"], found["intervals"]["succeeded"]) == ("DONE", 3)
    assert "3 of 3 done" in followed.err
    whole: Any = brickyard("backfills", "get", backfill_id, "--intervals", "--json").json
    assert [each["at"] for each in whole["interval_list"]] == ["2026-01-01", "2026-01-02", "2026-01-03"]


def test_paused_resumed_and_cancelled(brickyard: Run, job: str, client: Client) -> None:
    """The job may not run while it is paused by hand, so nothing depends on how fast the machine is."""
    client.call("POST", "/api/2.2/jobs/update", json={"job_id": int(job), "new_settings": {"max_concurrent_runs": 1}})
    made: Any = brickyard("jobs", "backfill", job, *JANUARY[:4], "--every", "1h", "--no-wait", "--json").json
    backfill_id = str(made["backfill_id"])
    paused = brickyard("backfills", "pause", backfill_id)
    assert paused.code == 0, paused
    assert f"Backfill {backfill_id} of job {job}: PAUSED" in paused.out
    followed = brickyard("backfills", "get", backfill_id, "--watch")
    assert followed.code == 1
    assert f"To go on: brickyard backfills resume {backfill_id}" in followed.out
    assert "waiting: It is paused; resume it to go on." in brickyard("backfills", "get", backfill_id).out
    assert f"job {job}: RUNNING" in brickyard("backfills", "resume", backfill_id).out
    cancelled = brickyard("backfills", "cancel", backfill_id, "--cancel-runs")
    assert f"job {job}: CANCELL" in cancelled.out
    over: Any = brickyard("backfills", "get", backfill_id, "--watch", "--json").json
    assert over["state"] == "CANCELLED"
    assert over["intervals"]["total"] == 72
    refused = brickyard("backfills", "resume", backfill_id)
    assert (refused.code, refused.err) == (
        2,
        f"Error: Backfill {backfill_id} is CANCELLED; only one that is PAUSED can become RUNNING.\n",
    )


def test_of_many_failures_the_first_are_shown(brickyard: Run, job: str, tmp_path: Any) -> None:
    """The script fails for each hour of the second of January."""
    words = ("--from", "2026-01-02", "--to", "2026-01-02T12:00", "--every", "1h", "--param", JANUARY[-1])
    done = brickyard("jobs", "backfill", job, *words, "--parallel", "3", "--zone", "Europe/Berlin")
    assert done.code == 1, done
    backfill_id = id_in(done.out)
    lines = done.out.splitlines()
    first = lines.index("failed: 12 intervals")
    assert [line.split()[0] for line in lines[first + 1 : first + 4]] == [
        "2026-01-02",
        "2026-01-02T01:00:00",
        "2026-01-02T02:00:00",
    ]
    assert lines[first + 11] == f"  … and 2 more: brickyard backfills get {backfill_id} --intervals"
    assert days(tmp_path) == ["2026-01-02"] * 12
    table = brickyard("backfills", "get", backfill_id, "--intervals").out.splitlines()[-12:]
    assert {line.split()[1] for line in table} == {"FAILED"}
    listed: Any = brickyard("backfills", "list", "--job", job, "--json").json
    assert [str(each["backfill_id"]) for each in listed] == [backfill_id]


def test_ctrl_c_leaves_the_backfill_alone(
    brickyard: Run, job: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Client, "watch_backfill", interrupted)
        done = brickyard("jobs", "backfill", job, *JANUARY)
    assert done.code == 130
    backfill_id = id_in(done.err)
    assert f"Backfill {backfill_id} goes on. To see it: brickyard backfills get {backfill_id}" in done.err
    assert f"To stop it: brickyard backfills cancel {backfill_id}" in done.err
    followed = brickyard("backfills", "get", backfill_id, "--watch")
    assert followed.code == 1
    assert "3 of 3 done: 2 succeeded, 1 failed" in followed.out


def test_a_retry_that_is_left_to_itself(brickyard: Run, job: str, client: Client) -> None:
    first: Any = brickyard("jobs", "backfill", job, *JANUARY, "--json").json
    made: Any = brickyard("backfills", "retry", str(first["backfill_id"]), "--no-wait", "--json").json
    assert made["backfill_id"] > first["backfill_id"]
    assert client.get_backfill(made["backfill_id"])["rerun"] == "failed"
    plain = brickyard("backfills", "retry", str(first["backfill_id"]), "--no-wait")
    assert plain.out.strip().isdigit()
    for verb in ("pause", "cancel"):
        answer = brickyard("backfills", verb, plain.out.strip(), "--json")
        assert answer.code == 0 or "only one that is" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "2026-01-01"], "Error: to is '2026-01-01', which is not after from"),
        (["--every", "0 0 * * * ?"], "A cron expression is not supported here."),
        (["--zone", "Berlin"], "Error: zone is 'Berlin'; it must be the IANA name of a time zone"),
        (["--to", "2027-01-01"], "Error: max_runs is 100, and this backfill would start 365 runs."),
        (["--max", "20000"], "Error: max_runs is 20000; it must be from 1 to 10000."),
        (["--param", "day={{job.start_time.iso_date}}"], "Error: parameters.day is '{{job.start_time.iso_date}}'"),
        (["--param", "day"], "Error: --params 'day' is not of the form name=value."),
        (["--rerun", "broken"], "Error: rerun is 'broken'; it must be one of missing, failed, all."),
    ],
    ids=["range", "cron", "zone", "too many", "max", "reference", "form", "rerun"],
)
def test_wrong_words_are_explained(brickyard: Run, words: list[str], said: str, request: Any) -> None:
    job = request.getfixturevalue("job")
    done = brickyard("jobs", "backfill", job, "--from", "2026-01-01", "--to", "2026-01-03", "--every", "1d", *words)
    assert done.code == 2
    assert said in done.err
    assert brickyard("backfills", "list", "--job", job).out == "There are no backfills.\n"


def test_a_backfill_that_there_is_not(brickyard: Run) -> None:
    done = brickyard("backfills", "get", "5")
    assert (done.code, done.err) == (2, "Error: Backfill 5 does not exist.\n")


# ------------------------------------------------------------------------------------------------------- its words


def shown(**counts: int) -> dict[str, Any]:
    whole = dict.fromkeys(("waiting", "started", "succeeded", "failed", "skipped", "cancelled"), 0) | counts
    state = "RUNNING" if whole["waiting"] or whole["started"] else "DONE"
    return {
        "backfill_id": 3,
        "job_id": 7,
        "state": state,
        "reason": "",
        "intervals": {"total": sum(whole.values()), **whole},
    }


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, "nothing to do"),
        ({"waiting": 2}, "2 waiting"),
        (
            {"succeeded": 20, "failed": 1, "started": 2, "waiting": 8, "skipped": 3, "cancelled": 4},
            "20 succeeded, 1 failed, 2 running, 8 waiting, 3 kept, 4 cancelled",
        ),
    ],
    ids=["none", "waiting", "all"],
)
def test_counts_in_words(counts: dict[str, int], text: str) -> None:
    assert backfill_view.counts_text(shown(**counts)) == text


def test_a_long_backfill_has_a_line_for_each_hundredth(capsys: pytest.CaptureFixture[str]) -> None:
    view = backfill_view.LineView(to_error=False)
    for done in range(1001):
        view.update(shown(succeeded=done, waiting=1000 - done))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Backfill 3 of job 7: RUNNING; 1000 intervals", "0 of 1000 done: 1000 waiting"]
    assert lines[-1] == "1000 of 1000 done: 1000 succeeded"
    assert len(lines) == 102


def test_a_bar_for_a_person_who_looks_on() -> None:
    view = backfill_view.BarView()
    view.update(shown(succeeded=1, failed=1, waiting=2))
    (task,) = view.progress.tasks
    assert (task.completed, task.total, task.fields["said"]) == (2, 4, "1 succeeded, 1 failed, 2 waiting")


def test_a_server_that_is_being_stopped_is_waited_for_and_other_errors_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers: list[Exception | dict[str, Any]] = [
        ApiError("TEMPORARILY_UNAVAILABLE", "The server is stopping.", 503),
        NoServer("gone"),
        {"state": "DONE"},
        ApiError("RESOURCE_DOES_NOT_EXIST", "Backfill 3 does not exist.", 404),
    ]

    def ask() -> dict[str, Any]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with Client("http://127.0.0.1:9", "t") as client:
        assert patiently(client, "Backfill 3", ask) == {"state": "DONE"}
        with pytest.raises(ApiError, match="does not exist"):
            patiently(client, "Backfill 3", ask)
    assert capsys.readouterr().err.count("Backfill 3 goes on meanwhile.") == 1


@pytest.mark.parametrize(
    ("counts", "well"), [({"succeeded": 2}, True), ({"succeeded": 1, "failed": 1}, False), ({"waiting": 1}, False)]
)
def test_when_all_is_well(counts: dict[str, int], well: bool) -> None:
    assert backfill_view.is_well(shown(**counts)) is well
