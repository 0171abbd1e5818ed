"""`brickyard audit` against a real server, which writes its log in batches."""

from __future__ import annotations

from typing import Any

import pytest

from brickyard.errors import InvalidParameterValue
from brickyard.surfaces.cli.audit import since_ms
from brickyard.surfaces.client import ApiError, Client
from tests.surfaces.cli.conftest import Run

NOW = 1_800_000_000_000
HOUR = 3_600_000


def found(brickyard: Run, *words: str) -> list[dict[str, Any]]:
    """The events, once there are any: a batch is written at the latest half a second after its first event."""
    for _ in range(500):
        events: Any = brickyard("audit", "--json", *words).json
        if events:
            return list(events)
    raise AssertionError("nothing was recorded")


def test_it_shows_who_did_what_and_how_it_ended(brickyard: Run, client: Client) -> None:
    job_id = client.create_job(
        {"name": "audited", "tasks": [{"task_key": "a", "notebook_task": {"notebook_path": "/a"}}]}
    )
    client.delete_job(job_id)
    with pytest.raises(ApiError):
        client.delete_job(job_id)
    wanted = ("--object", f"jobs/{job_id}", "--since", "1h")
    found(brickyard, *wanted)
    events = found(brickyard, *wanted)
    assert {event["action"] for event in events} == {"delete a job"}
    assert events[-1]["status"] == 200
    lines = brickyard("audit", *wanted).out.splitlines()
    assert lines[0].split() == ["time", "user", "what", "object", "answer", "from"]
    assert f"jobs/{job_id}" in lines[-1]
    assert lines[-1].rstrip().endswith("127.0.0.1")
    assert "delete a job" in lines[-1]
    assert brickyard("audit", "--json", *wanted, "--user", "nobody").json == []


def test_an_action_that_there_is_not_is_named_with_those_that_there_are(brickyard: Run) -> None:
    done = brickyard("audit", "--action", "dance")
    assert done.code != 0
    assert "create a job" in done.err


def test_a_time_that_cannot_be_read_is_refused_before_anything_is_asked(brickyard: Run) -> None:
    done = brickyard("audit", "--since", "yesterday")
    assert done.code == 2
    assert "30m, 12h or 7d" in done.err


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", NOW - 90_000),
        ("30m", NOW - 30 * 60_000),
        ("12h", NOW - 12 * HOUR),
        ("7d", NOW - 7 * 24 * HOUR),
        ("99999d", 0),
        ("2027-01-15T08:00:00+00:00", NOW),
    ],
)
def test_since_is_a_span_before_now_or_a_time(text: str, ms: int) -> None:
    assert since_ms(text, NOW) == ms


@pytest.mark.parametrize("text", ["", "0h", "12", "h", "12 h", "-1h", "9999999d", "2026-13-01", "1h30m"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterValue, match="--since"):
        since_ms(text, NOW)
