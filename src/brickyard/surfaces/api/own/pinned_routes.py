"""`/api/brickyard/runs/{run_id}/…`: what a run is pinned to, and why it waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from brickyard.access.actions import Action
from brickyard.errors import NotFound
from brickyard.runs.model import Attempt
from brickyard.surfaces.api import finders, run_reader
from brickyard.surfaces.api.allowed import allow
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.pages import Page, offset_of
from brickyard.surfaces.api.services import Given, Services
from brickyard.workloads import code, folder

router = APIRouter(prefix="/api/brickyard/runs/{run_id}", tags=["Brickyard"])

_PAGE = 1000


class PinnedStart(BaseModel):
    """The start of a run, or one of its repairs."""

    repair: int = Field(description="0: the start; n: the nth repair")
    job_version: int = Field(description="The version of the job that it ran under; 0 for a run without a job.")
    git_commit: str = Field(description="What tasks with source GIT were read from; empty where there are none.")


class CodeFile(BaseModel):
    """One file that ran."""

    path: str
    sha256: str


class PinnedTask(BaseModel):
    """The code of a task run that is over."""

    task_key: str
    task_run_id: int
    repair: int
    iteration: int = Field(description="Of an iteration of a loop: its index; -1 for every other.")
    code_hash: str = Field(description="Of all its files together; equal hashes are equal code.")
    files: list[CodeFile]


class Pinned(BaseModel):
    """What a run ran: settings by their version, code by its hash."""

    run_id: int
    job_id: int
    starts: list[PinnedStart]
    tasks: list[PinnedTask] = Field(description="Every task run that has run code, oldest first; in pages.")
    has_more: bool
    next_page_token: str = ""


class Wait(BaseModel):
    """Why one thing waits."""

    subject: str = Field(description='"run", a task key, or `KEY[INDEX]` for an iteration of a loop')
    sentence: str


class WaitingRun(BaseModel):
    """Why a run, or tasks of it, wait; nothing for what runs or is over."""

    run_id: int
    waiting: list[Wait]


@router.get("/pinned", dependencies=[allow(Action.JOB_VIEW, finders.run_in_path)], response_model=Pinned)
def pinned(run_id: int, query: Query, services: Given) -> Response:
    """The version of the job that a run (and each repair) ran under, and the hash of the code of each task run."""
    asks = f"pinned {run_id}"
    page = Page(offset_of(query.only("page_token").text("page_token", ""), asks), _PAGE, asks)
    facts = run_reader.require(services, run_id)
    record = facts.record
    starts = [
        {
            "repair": number,
            "job_version": record.versions_by_repair.get(number, 0),
            "git_commit": record.commits_by_repair.get(number, ""),
        }
        for number in sorted(record.settings_by_repair)
    ]
    rest = facts.run.attempts[page.offset : page.offset + page.limit + 1]
    body = {"run_id": run_id, "job_id": facts.run.job_id, "starts": starts, "tasks": _tasks(services, page.cut(rest))}
    return answer({**body, **page.links(more=len(rest) > page.limit)})


@router.get("/waiting", dependencies=[allow(Action.JOB_VIEW, finders.run_in_path)], response_model=WaitingRun)
def waiting(run_id: int, services: Given) -> Response:
    """Why a run, or tasks of it, wait, as sentences."""
    try:
        found = services.commands.waiting(run_id)
    except NotFound:
        raise run_reader.no_run(run_id) from None
    return answer(
        {"run_id": run_id, "waiting": [{"subject": subject, "sentence": sentence} for subject, sentence in found]}
    )


def _tasks(services: Services, attempts: Sequence[Attempt]) -> list[dict[str, Any]]:
    outcomes = services.store.runs.outcomes([attempt.attempt_id for attempt in attempts if attempt.is_terminal])
    found = []
    for attempt in attempts:
        outcome = outcomes.get(attempt.attempt_id)
        if outcome is not None and outcome.code_hash:
            found.append({**_task(attempt), "code_hash": outcome.code_hash, "files": _files(services, attempt)})
    return found


def _task(attempt: Attempt) -> dict[str, Any]:
    return {
        "task_key": attempt.task_key,
        "task_run_id": attempt.attempt_id,
        "repair": attempt.repair,
        "iteration": attempt.iteration,
    }


def _files(services: Services, attempt: Attempt) -> list[dict[str, str]]:
    listed = code.entries(folder.of(services.settings.attempts, attempt.attempt_id))
    return [{"path": entry.path, "sha256": entry.sha256} for entry in listed]
