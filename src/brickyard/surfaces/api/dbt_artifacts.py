"""What dbt left behind in a task run (`target`, `logs`): an archive, and the link to it in the task's output."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from brickyard.errors import NotFound
from brickyard.surfaces.api.bodies import Query
from brickyard.surfaces.api.services import Given, Services
from brickyard.workloads import folder

PATH = "/api/brickyard/task-runs/{task_run_id}/dbt-artifacts"
PARTS = ("target", "logs")
"""Folders that dbt writes, as they are named in the archive."""
_IN_MEMORY = 8 * 1024 * 1024
_BLOCK = 256 * 1024

open_router = APIRouter(tags=["dbt"])
"""Needs no token: a link that was signed opens it, as clients of the service expect it."""


class Archive(StreamingResponse):
    """The answer's form, also for its description."""

    media_type = "application/gzip"


def output(services: Services, attempt_id: int) -> dict[str, Any]:
    """`dbt_output` of the Jobs API; empty where dbt has written nothing."""
    project = folder.of(services.settings.attempts, attempt_id) / folder.DBT
    if not any((project / part).is_dir() for part in PARTS):
        return {}
    link = services.links.sign(PATH.format(task_run_id=attempt_id), services.clock.now_ms())
    return {"dbt_output": {"artifacts_link": services.url + link, "artifacts_headers": {}}}


@open_router.get(PATH, response_class=Archive)
def artifacts(task_run_id: int, query: Query, services: Given) -> Archive:
    """A gzipped tar of what a dbt task wrote, by the link in its output, which needs no token for 30 minutes."""
    query.only("expires", "signature")
    expires, signature = query.whole("expires", 0), query.text("signature", "")
    services.links.check(PATH.format(task_run_id=task_run_id), expires, signature, services.clock.now_ms())
    file, size = _archive(services, task_run_id)
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="dbt-artifacts-{task_run_id}.tar.gz"',
        "X-Content-Type-Options": "nosniff",
    }
    return Archive(_blocks(file), headers=headers)


def _archive(services: Services, attempt_id: int) -> tuple[IO[bytes], int]:
    """The archive, to be read from its begin and closed, and its bytes."""
    project = folder.of(services.settings.attempts, attempt_id) / folder.DBT
    found = [part for part in PARTS if (project / part).is_dir()]
    if not found:
        raise NotFound(f"Task run {attempt_id} has no dbt artifacts any more.")
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 -- closed by who reads it
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for part in found:
            archive.add(project / part, part, filter=_plain)
    size = file.tell()
    file.seek(0)
    return file, size


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Only files and folders: links may point anywhere, and what they point at is not what dbt wrote."""
    if not (member.isreg() or member.isdir()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block
