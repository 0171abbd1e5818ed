"""The parts of backfills one by one: parameters, verdicts, the bell, the news."""

from __future__ import annotations

import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from brickyard.engine.admission import Admission
from brickyard.engine.backfill import parameters as backfill_parameters
from brickyard.engine.backfill.bell import BackfillBell
from brickyard.engine.backfill.door import BackfillRequest
from brickyard.engine.backfill.news import BackfillNews
from brickyard.engine.backfill.plan import run_name, verdict
from brickyard.errors import InvalidParameterValue, Unavailable
from brickyard.jobs.dates import TIME_ARGUMENTS
from brickyard.ports import Announcement
from brickyard.records import BackfillRecord, PastInterval
from brickyard.runs.model import Run
from tests.engine.backfilling import request
from tests.engine.house import HandClock

AT_MS = 1_767_308_645_250  # 2026-01-01T23:04:05.250Z, a Thursday; a Friday in Berlin


def resolved(text: str, zone: str = "UTC") -> str:
    return backfill_parameters.resolve(backfill_parameters.templates({"x": text}), AT_MS, zone)["x"]


# ------------------------------------------------------------------------------------------------------ parameters


@pytest.mark.parametrize(
    ("argument", "in_utc", "in_berlin"),
    [
        ("iso_date", "2026-01-01", "2026-01-02"),
        ("iso_datetime", "2026-01-01T23:04:05.250Z", "2026-01-02T00:04:05.250+01:00"),
        ("iso_weekday", "4", "5"),
        ("is_weekday", "true", "true"),
        ("year", "2026", "2026"),
        ("month", "1", "1"),
        ("day", "1", "2"),
        ("hour", "23", "0"),
        ("minute", "4", "4"),
        ("second", "5", "5"),
        ("timestamp_ms", str(AT_MS), str(AT_MS)),
    ],
)
def test_every_reference_by_the_clock_of_the_zone(argument: str, in_utc: str, in_berlin: str) -> None:
    text = "{{backfill." + argument + "}}"
    assert (resolved(text), resolved(text, "Europe/Berlin")) == (in_utc, in_berlin)


def test_all_of_them_are_tested_above() -> None:
    assert len(backfill_parameters.KNOWN) == len(TIME_ARGUMENTS) == 11


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a={{ backfill.year }}/b={{backfill.`month`}}", "a=2026/b=1"),
        ("{not a reference}", "{not a reference}"),
        ("{{backfill.day}}{{backfill.day}}", "11"),
        ("café {{backfill.day}}", "café 1"),
    ],
)
def test_texts_around_references(text: str, expected: str) -> None:
    assert resolved(text) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{{job.id}}", "{{job.id}}"),
        ("{{start_date}}", "{{start_date}}"),
        ("{{backfill.iso_day}}", "{{backfill.iso_day}}"),
        ("{{backfill}}", "{{backfill}}"),
        ("{{backfill.iso_date.year}}", "{{backfill.iso_date.year}}"),
        ("{{backfil.iso_date}}", "{{backfil.iso_date}}"),
        ("{{ ds }}", "{{ds}}"),
        ("x {{backfill.year}} {{now() | date('yyyy')}}", "{{now() | date('yyyy')}}"),
    ],
)
def test_every_other_reference_is_refused(text: str, named: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        backfill_parameters.templates({"fine": "1", "day": text})
    assert caught.value.message.startswith(f"parameters.day is {text!r}: '{named}' has no value in a backfill.")
    assert "Allowed are {{backfill.iso_date}}, " in caught.value.message


def test_the_nearest_reference_is_suggested() -> None:
    with pytest.raises(InvalidParameterValue, match=r"Did you mean 'backfill\.iso_date'\?"):
        backfill_parameters.templates({"day": "{{backfil.iso_date}}"})


# -------------------------------------------------------------------------------------------------------- verdicts


def before(result: str, run_id: int = 5) -> PastInterval:
    return PastInterval(at_ms=1, backfill_id=3, run_id=run_id, result=result)


@pytest.mark.parametrize("rerun", ["missing", "failed", "all"])
@pytest.mark.parametrize(
    ("past", "runs"),
    [
        (None, {"missing", "failed", "all"}),
        (before("SUCCESS"), {"all"}),
        (before("SUCCESS_WITH_FAILURES"), {"all"}),
        (before("FAILED"), {"failed", "all"}),
        (before("CANCELED"), {"failed", "all"}),
        (before("TIMEDOUT"), {"failed", "all"}),
        (before("MAXIMUM_CONCURRENT_RUNS_REACHED"), {"failed", "all"}),
        (before(""), set()),
        (before("", run_id=0), set()),
    ],
    ids=["none", "well", "well with failures", "failed", "cancelled", "timed out", "skipped", "active", "claimed"],
)
def test_whether_an_interval_runs(rerun: str, past: PastInterval | None, runs: set[str]) -> None:
    found = verdict(rerun, past)
    assert found.runs == (rerun in runs)
    assert found.why.endswith(".")


def test_reasons_name_the_run() -> None:
    assert verdict("failed", before("SUCCESS")).why == "Run 5 of backfill 3 ended with SUCCESS."
    assert verdict("all", before("")).why == "Backfill 3 has it: run 5 is active."
    assert verdict("all", before("", run_id=0)).why == "Backfill 3 has it."


@pytest.mark.parametrize(
    ("zone", "name"),
    [("UTC", "load (backfill 2026-01-01T23:04:05)"), ("Europe/Berlin", "load (backfill 2026-01-02T00:04:05)")],
)
def test_how_a_run_is_called(zone: str, name: str) -> None:
    assert run_name("load", AT_MS, ZoneInfo(zone)) == name
    assert run_name("load", AT_MS - AT_MS % 86_400_000, ZoneInfo("UTC")) == "load (backfill 2026-01-01)"


def test_a_request_is_kept_whole() -> None:
    asked = request(zone="Asia/Tokyo", parameters={"a": "1"}, order="newest", parallel=3, rerun="all", max_runs=7)
    assert BackfillRequest.of_spec(asked.spec()) == asked
    assert set(asked.spec()) == {
        *("from", "to", "every", "zone", "parameters", "order", "parallel", "rerun", "max_runs"),
    }


def test_a_place_is_free_where_nobody_waits_and_the_limit_is_not_reached() -> None:
    admission = Admission(lambda _: None)
    assert admission.has_place(1, 1)
    admission.occupy(1, 10)
    assert not admission.has_place(1, 1)
    assert admission.has_place(1, 2)
    assert admission.has_place(2, 1)
    admission.wait(1, 11, 1)
    assert not admission.has_place(1, 2)


# -------------------------------------------------------------------------------------------------- bell and news


def ended(job_id: int, kind: str = "run.ended") -> Announcement:
    return Announcement(kind=kind, run=Run(run_id=1, job_id=job_id, plan={}), attempt_id=None, at_ms=1)


def test_the_end_of_a_run_rings_for_the_backfills_of_its_job() -> None:
    bell = BackfillBell()
    for backfill_id, job_id in ((1, 7), (2, 8), (3, 7)):
        bell.add(backfill_id, job_id)
    assert [bell.take() for _ in range(3)] == [1, 2, 3]
    bell.hear(ended(9))
    bell.hear(ended(7, "run.started"))
    bell.hear(ended(7))
    bell.hear(ended(7))
    assert [bell.take(), bell.take()] == [1, 3]
    bell.remove(1)
    bell.hear(ended(7))
    assert bell.take() == 3
    bell.remove(3)
    bell.hear(ended(7))
    bell.add(2, 8)
    assert bell.take() == 2


def test_who_waits_for_the_bell_is_woken() -> None:
    bell = BackfillBell()
    taken: list[int | None] = []
    thread = threading.Thread(target=lambda: taken.extend((bell.take(), bell.take())))
    thread.start()
    bell.add(4, 1)
    bell.close()
    thread.join(20)
    assert taken in ([4, None], [None, None])


def record(revision: int) -> BackfillRecord:
    return BackfillRecord(backfill_id=1, job_id=1, creator="", created_ms=1, spec={}, revision=revision)


def test_news_wake_who_has_seen_less() -> None:
    news = BackfillNews(HandClock())
    assert news.wait(lambda: record(3), seen=2, timeout=20).revision == 3
    assert news.wait(lambda: record(3), seen=3, timeout=0).revision == 3
    assert news.wait(lambda: record(3), seen=3, timeout=0.01).revision == 3
    now = [3]
    asked = threading.Event()

    def load() -> BackfillRecord:
        asked.set()
        return record(now[0])

    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(news.wait(load, seen=3, timeout=20)))
    thread.start()
    asked.wait(20)
    now[0] = 4
    news.tell()
    thread.join(20)
    assert [each.revision for each in found] == [4]


def test_no_news_come_from_a_server_that_stops() -> None:
    news = BackfillNews(HandClock())
    news.close()
    assert news.wait(lambda: record(3), seen=2, timeout=20).revision == 3
    with pytest.raises(Unavailable, match="stopping"):
        news.wait(lambda: record(3), seen=3, timeout=20)


@pytest.mark.parametrize(
    "text", ["{{" * 500_000, "{{ " * 500_000, "}}" * 250_000 + "{{" * 250_000], ids=["bare", "spaced", "reversed"]
)
def test_a_text_of_nothing_but_braces_is_read_in_one_pass(text: str) -> None:
    """A search for the end after each beginning would take hours; the time limit of the tests is the assertion."""
    assert backfill_parameters.templates({"day": text}) == {"day": (text,)}
