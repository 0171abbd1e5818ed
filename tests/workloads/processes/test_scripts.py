"""A script runs as `python FILE ARGS` would run it, and its end is told as the Jobs API needs it."""

from __future__ import annotations

import pytest

from tests.compute.house import House, text


def test_arguments_name_and_file_are_those_of_a_program(house: House) -> None:
    source = "import sys\nprint(sys.argv[1:], __name__, __file__.endswith('script.py'), sys.argv[0] == __file__)"
    outcome, place = house.run(source, arguments=("--day", "2024-01-01"))
    assert outcome.status == "success"
    assert text(place) == "['--day', '2024-01-01'] __main__ True True\n"


@pytest.mark.parametrize("end", ["", "import sys; sys.exit()", "import sys; sys.exit(0)", "raise SystemExit"])
def test_a_normal_end_is_success(house: House, end: str) -> None:
    assert house.run(end)[0].status == "success"


def test_a_code_other_than_zero_fails(house: House) -> None:
    outcome, _ = house.run("import sys\nsys.exit(4)")
    assert (outcome.status, outcome.error, outcome.line) == ("failed", "SystemExit: 4", 2)


def test_an_exit_with_a_text_fails_and_prints_it(house: House) -> None:
    outcome, place = house.run("import sys\nsys.exit('no input')")
    assert (outcome.status, outcome.error) == ("failed", "SystemExit: no input")
    assert text(place, "stderr.log") == "no input\n"


def test_an_exception_is_told_with_its_line_and_without_our_frames(house: House) -> None:
    outcome, place = house.run("def f():\n    return 1 / 0\n\nf()\n")
    assert (outcome.status, outcome.error, outcome.line) == ("failed", "ZeroDivisionError: division by zero", 2)
    assert outcome.trace.count("File ") == 2
    assert "brickyard" not in outcome.trace
    assert text(place, "stderr.log") == outcome.trace


def test_a_syntax_error_names_its_line(house: House) -> None:
    outcome, _ = house.run("x = 1\ny = = 2\n")
    assert (outcome.status, outcome.line) == ("failed", 2)
    assert outcome.error.endswith("SyntaxError: invalid syntax")


def test_a_file_that_is_not_there_is_named(house: House) -> None:
    assignment = house.assign("pass", path="/Users/me/gone.py")
    (house.settings.workspace / "Users/me/gone.py").unlink()
    house.workers.start(assignment)
    outcome = house.hearing.wait(assignment.attempt_id)
    assert (outcome.error, outcome.error_code) == (
        "The Python file /Users/me/gone.py does not exist.",
        "RESOURCE_NOT_FOUND",
    )


def test_a_path_that_leaves_the_workspace_is_refused(house: House) -> None:
    assignment = house.assign("pass", path="/Users/me/../../../x.py")
    house.workers.start(assignment)
    outcome = house.hearing.wait(assignment.attempt_id)
    assert outcome.status == "failed"
    assert "has '..' in it" in outcome.error


def test_functions_of_the_script_can_be_pickled(house: House) -> None:
    source = "import pickle\ndef f(): return 7\nprint(pickle.loads(pickle.dumps(f))())"
    assert house.run(source)[0].status == "success"


def test_the_end_waits_for_the_scripts_threads(house: House) -> None:
    source = "import threading\ngo = threading.Event()\nthreading.Thread(target=lambda: (go.wait(), print('thread'))).start()\ngo.set()"
    assert text(house.run(source)[1]) == "thread\n"


def test_the_declared_encoding_of_the_file_counts(house: House) -> None:
    outcome, place = house.run("# -*- coding: utf-8 -*-\nprint('Zürich')")
    assert outcome.status == "success"
    assert text(place) == "Zürich\n"


def test_modules_beside_the_script_are_found(house: House) -> None:
    house.assign("VALUE = 5", path="/Users/me/helper_module.py")
    outcome, place = house.run("import helper_module\nprint(helper_module.VALUE)")
    assert outcome.status == "success", outcome.error
    assert text(place) == "5\n"


def test_spark_is_there_and_costs_nothing_until_it_is_used(house: House) -> None:
    source = "from pyspark.sql import SparkSession\nprint(type(SparkSession.builder.getOrCreate()).__name__)"
    outcome, place = house.run(source)
    assert outcome.status == "success", outcome.trace
    assert text(place) == "RuntimeSession\n"
