"""What a task run gave back: to clients of the service by `runs/get-output`, to ours with cells and streams."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from brickyard.surfaces.api.run_output import MAX_OUTPUT
from brickyard.workloads.folder import CELLS, STDERR, STDOUT, CellRecord
from tests.surfaces.api.house import House, task

OUTPUT = "/api/2.2/jobs/runs/get-output"
SCRIPT = {"task_key": "s", "spark_python_task": {"python_file": "/Shared/s.py", "parameters": ["a"]}}


def output(house: House, run_id: int) -> Any:
    return house.get(OUTPUT, run_id=run_id)


def own(house: House, run_id: int) -> Any:
    return house.get(f"/api/brickyard/task-runs/{run_id}/output")


def write_cells(house: House, attempt_id: int, *records: CellRecord, rest: bytes = b"") -> None:
    lines = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
    (house.folder_of(attempt_id) / CELLS).write_bytes(lines + rest)


def test_the_exit_value_of_a_notebook_is_its_result(house: House) -> None:
    run_id = house.start_run(task("one"))
    attempt_id = house.end(run_id, "one", exit_value='{"rows": 3}')
    got = output(house, attempt_id)
    assert got["notebook_output"] == {"result": '{"rows": 3}', "truncated": False}
    assert (got["metadata"]["run_id"], got["metadata"]["job_run_id"]) == (attempt_id, run_id)
    assert got["metadata"]["state"]["result_state"] == "SUCCESS"
    assert got["metadata"]["task"]["notebook_task"]["notebook_path"] == "/Shared/one"
    assert "error" not in got
    assert "logs" not in got


def test_a_notebook_that_did_not_exit_has_an_output_without_result(house: House) -> None:
    run_id = house.start_run(task("one"))
    assert output(house, house.end(run_id, "one"))["notebook_output"] == {"truncated": False}


def test_a_result_over_the_limit_is_cut_at_a_character(house: House) -> None:
    run_id = house.start_run(task("one"))
    got = output(house, house.end(run_id, "one", exit_value="x" + "é" * MAX_OUTPUT))["notebook_output"]
    assert got["truncated"] is True
    assert len(got["result"].encode()) == MAX_OUTPUT - (MAX_OUTPUT - 1) % 2
    assert got["result"].endswith("éé")


def test_a_failure_tells_error_and_trace(house: House) -> None:
    run_id = house.start_run(task("one"), task("two", "one"))
    skipped = house.attempt_of(run_id, "two")
    attempt_id = house.end(run_id, "one", status="failed", error="ValueError: no", trace="Traceback…\nValueError: no")
    got = output(house, attempt_id)
    assert (got["error"], got["error_trace"]) == ("ValueError: no", "Traceback…\nValueError: no")
    assert got["notebook_output"] == {}, "as recorded runs have it"
    assert output(house, skipped)["error"].startswith("Run result unavailable: The task was skipped")


def test_a_run_that_goes_on_has_no_output_yet(house: House) -> None:
    run_id = house.start_run(task("one"))
    got = output(house, house.begin(run_id, "one"))
    assert set(got) == {"metadata"}
    assert got["metadata"]["state"]["life_cycle_state"] == "RUNNING"


def test_the_log_of_a_script_is_its_end(house: House) -> None:
    run_id = house.start_run(SCRIPT)
    attempt_id = house.end(run_id, "s")
    place = house.folder_of(attempt_id) / STDOUT
    place.write_bytes(b"hello\n")
    assert (output(house, attempt_id)["logs"], output(house, attempt_id)["logs_truncated"]) == ("hello\n", False)
    place.write_bytes(b"first" + b"x" * MAX_OUTPUT)
    got = output(house, attempt_id)
    assert (len(got["logs"]), got["logs_truncated"], "first" in got["logs"]) == (MAX_OUTPUT, True, False)


def test_the_id_of_a_job_run_gives_the_output_only_where_it_has_one_task(house: House) -> None:
    """Some clients know the id of the submitted run only (measured with two of them)."""
    single = house.start_run(task("one"))
    house.end(single, "one", exit_value="done")
    got = output(house, single)
    assert (got["notebook_output"]["result"], got["metadata"]["run_id"]) == ("done", single)
    assert got["metadata"]["task"]["notebook_task"]["notebook_path"] == "/Shared/one"
    several = house.start_run(task("one"), task("two"))
    status, code, message = house.refused("GET", f"{OUTPUT}?run_id={several}")
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert message.startswith("Retrieving the output of runs with multiple tasks is not supported")


def test_of_each_cell_the_last_record_counts_and_a_half_written_line_is_left_for_later(house: House) -> None:
    run_id = house.start_run(task("one"))
    attempt_id = house.begin(run_id, "one")
    stream = {"output_type": "stream", "name": "stdout", "text": "hi"}
    write_cells(
        house,
        attempt_id,
        CellRecord(index=1, language="sql", source="SELECT 1", state="pending"),
        CellRecord(index=0, language="python", source="print('hi')", state="running", started_ms=5),
        CellRecord(
            index=0, language="python", source="print('hi')", state="ok", started_ms=5, ended_ms=9, outputs=[stream]
        ),
        rest=b'{"index": 1, "langu',
    )
    (house.folder_of(attempt_id) / STDOUT).write_text("hi\n")
    (house.folder_of(attempt_id) / STDERR).write_text("warned\n")
    got = own(house, attempt_id)
    assert [(cell["index"], cell["state"]) for cell in got["cells"]] == [(0, "ok"), (1, "pending")]
    assert (got["cells"][0]["outputs"], got["cells"][0]["ended_ms"], got["cells"][1]["title"]) == ([stream], 9, "")
    assert (got["stdout_tail"], got["stderr_tail"]) == ("hi\n", "warned\n")
    assert (got["state"], got["result"], got["error"], got["exit_value"]) == ("RUNNING", None, None, None)
    assert (got["run_id"], got["task_key"]) == (run_id, "one")


def test_a_failed_cell_is_named_with_its_title_and_line(house: House) -> None:
    run_id = house.start_run(task("one"))
    attempt_id = house.end(
        run_id, "one", status="failed", error="KeyError: 'x'", trace="…", cell=2, cell_title="Clean", line=7
    )
    assert own(house, attempt_id)["error"] == {
        "message": "KeyError: 'x'",
        "trace": "…",
        "cell": 2,
        "cell_title": "Clean",
        "line": 7,
    }


def test_an_error_without_a_cell_and_a_skip_have_a_reason_too(house: House) -> None:
    run_id = house.start_run(task("one"), task("two", "one"))
    skipped = house.attempt_of(run_id, "two")
    attempt_id = house.end(run_id, "one", status="lost", error="The worker was killed by signal 9.")
    got = own(house, attempt_id)
    assert (got["error"]["message"], got["error"]["cell"]) == ("The worker was killed by signal 9.", None)
    assert (own(house, skipped)["error"]["message"], own(house, skipped)["cells"]) == ("An upstream task failed.", [])


def test_streams_are_read_by_their_end_or_from_an_offset(house: House) -> None:
    run_id = house.start_run(SCRIPT)
    attempt_id = house.begin(run_id, "s")
    path = f"/api/brickyard/task-runs/{attempt_id}/logs"
    assert house.client.get(path).text == ""
    (house.folder_of(attempt_id) / STDOUT).write_text("one\ntwo\nthree\n")
    assert house.client.get(path, params={"tail": 2}).text == "two\nthree\n"
    assert house.client.get(path, params={"tail": 0}).text == ""
    answer = house.client.get(path, params={"offset": 4})
    assert (answer.text, answer.headers["X-Next-Offset"]) == ("two\nthree\n", "14")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert house.client.get(path, params={"offset": 14}).text == ""
    assert house.client.get(path, params={"stream": "stderr"}).text == ""
    assert "stream" in house.refused("GET", f"{path}?stream=../../outcome.json")[2]


@pytest.mark.parametrize(
    "path", ["task-runs/99/output", "task-runs/99/logs", "runs/99/history", "runs/99/cost", "runs/99/watch"]
)
def test_what_is_not_there_is_refused_by_its_id(house: House, path: str) -> None:
    assert house.refused("GET", f"/api/brickyard/{path}") == (400, "INVALID_PARAMETER_VALUE", "Run 99 does not exist.")


def test_ids_in_paths_are_numbers_and_nothing_else(house: House) -> None:
    for path in ("task-runs/..%2f..%2fx/output", "task-runs/x/logs", "runs/1%00/history"):
        status, code, _ = house.refused("GET", f"/api/brickyard/{path}")
        assert (status, code) in {(400, "INVALID_PARAMETER_VALUE"), (404, "ENDPOINT_NOT_FOUND")}
