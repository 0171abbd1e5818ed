"""Take a bundle off the server again."""

from __future__ import annotations

from brickyard.surfaces.bundles.resolve import Bundle
from brickyard.surfaces.bundles.state import deployment_lock, read_state
from brickyard.surfaces.client import ApiError, Client


def destroy(client: Client, bundle: Bundle, *, force_lock: bool = False) -> list[str]:
    """Delete the bundle's jobs and its folder in the workspace; the keys of the jobs. Tables and runs stay.

    Raises:
        Conflict: a deployment of this bundle is going on.
    """
    state_path = bundle.path("state_path")
    if client.status(bundle.path("root_path")) is None:
        return []
    with deployment_lock(client, state_path, bundle.user_name, wanted=bundle.locks, force=force_lock):
        state = read_state(client, state_path)
        for job_id in state.jobs.values():
            _delete(client, job_id)
        for name in ("root_path", "file_path", "artifact_path", "resource_path", "state_path"):
            client.delete_path(bundle.path(name), recursive=True)
    return list(state.jobs)


def _delete(client: Client, job_id: int) -> None:
    try:
        client.delete_job(job_id)
    except ApiError as error:
        # Deleted by somebody else: that is what was wanted.
        if not error.is_missing and "does not exist" not in error.message:
            raise
