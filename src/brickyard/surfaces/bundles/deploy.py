"""Bring a bundle to the server: its files, then its jobs. The state is kept after each step, so nothing gets lost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from brickyard.errors import InvalidState
from brickyard.jobs.graph import find_cycle
from brickyard.surfaces.bundles import grants
from brickyard.surfaces.bundles import plan as planning
from brickyard.surfaces.bundles.artifacts import build
from brickyard.surfaces.bundles.check import references, with_ids
from brickyard.surfaces.bundles.marks import BundleError
from brickyard.surfaces.bundles.plan import Step
from brickyard.surfaces.bundles.resolve import Bundle
from brickyard.surfaces.bundles.state import State, deployment_lock, read_state, write_metadata, write_state
from brickyard.surfaces.bundles.sync import Changes, collect, upload
from brickyard.surfaces.client import Client


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment did."""

    files: Changes
    steps: list[Step] = field(default_factory=list)
    jobs: dict[str, int] = field(default_factory=dict)
    wheels: Changes = field(default_factory=Changes)


def _silent(_: str) -> None:
    """Tell nobody."""


def deploy(
    client: Client, bundle: Bundle, *, force_lock: bool = False, tell: Callable[[str], None] = _silent
) -> Deployed:
    """Build the artifacts, upload what changed, create and change jobs, delete those that left the bundle.

    `tell` hears what is about to be built.

    Raises:
        BundleError: an artifact cannot be built, or a file is missing.
        Conflict: another deployment of this bundle is going on.
        InvalidState: a job has active runs and the bundle forbids that.
    """
    order = deployment_order(bundle)
    wheels = _build(bundle, tell)
    files = collect(bundle.root, bundle.selection)
    state_path = bundle.path("state_path")
    with deployment_lock(client, state_path, bundle.user_name, wanted=bundle.locks, force=force_lock):
        state = read_state(client, state_path)
        if bundle.fails_on_active_runs:
            _check_active(client, state)
        changes = _upload(client, bundle, state, files)
        sent = _upload_wheels(client, bundle, state, wheels)
        steps = {step.key: step for step in planning.plan(client, bundle, state)}
        for key in order:
            _apply(client, bundle, state, steps[key])
            grants.apply_to_job(client, state.jobs[key], bundle.grants.jobs.get(key, ()))
        grants.apply_to_folder(client, bundle.path("root_path"), bundle.grants.folder, bundle.user_name)
        for step in steps.values():
            if step.action == planning.DELETE:
                client.delete_job(step.job_id)
        # Only now does no job name them any more.
        gone = [name for name in state.wheels if name not in wheels]
        for name in gone:
            client.delete_path(f"{bundle.packages.target}/{name}")
            del state.wheels[name]
        state.jobs = {key: state.jobs[key] for key in bundle.jobs}
        write_state(client, state_path, state)
        write_metadata(client, state_path, {"bundle": {"name": bundle.name, "target": bundle.target}})
    wheel_changes = Changes(sent, gone, len(wheels) - len(sent))
    return Deployed(changes, list(steps.values()), dict(state.jobs), wheel_changes)


def sync_files(client: Client, bundle: Bundle) -> Changes:
    """Upload what changed, and leave the jobs alone."""
    files = collect(bundle.root, bundle.selection)
    state_path = bundle.path("state_path")
    client.mkdirs(state_path)
    return _upload(client, bundle, read_state(client, state_path), files)


def deployment_order(bundle: Bundle) -> list[str]:
    """The keys of the jobs, each after those whose ids it needs.

    Raises:
        BundleError: the jobs name each other in a circle, or a job that is not in the bundle.
    """
    needs = {key: references(bundle.jobs.block(key)) for key in bundle.jobs}
    for key, names in needs.items():
        for name in names - needs.keys():
            raise BundleError(
                f"resources.jobs.{key} names job {name!r}, which is not in the bundle.", bundle.jobs.mark(key)
            )
    cycle = find_cycle(needs)
    if cycle:
        raise BundleError(f"the jobs need each other's ids in a circle: {' -> '.join(cycle)}.")
    order: list[str] = []
    while len(order) < len(needs):
        order += [key for key, names in needs.items() if key not in order and names <= set(order)]
    return order


def _upload(client: Client, bundle: Bundle, state: State, files: dict[str, str]) -> Changes:
    target, state_path = bundle.path("file_path"), bundle.path("state_path")
    known = state.files if client.status(target) is not None else {}
    changes = upload(client, bundle.root, target, files, known)
    state.files = files
    write_state(client, state_path, state)
    return changes


def _build(bundle: Bundle, tell: Callable[[str], None]) -> dict[str, Path]:
    for artifact in bundle.packages.artifacts:
        if artifact.command:
            tell(f"Building {artifact.key}: {artifact.summary}")
            build(artifact)
    return bundle.packages.settle(built=True)


def _upload_wheels(client: Client, bundle: Bundle, state: State, wheels: Mapping[str, Path]) -> list[str]:
    """Upload the wheels that changed; their names."""
    if not wheels:
        return []
    target = bundle.packages.target
    known = state.wheels if client.status(target) is not None else {}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in wheels.items()}
    changed = [name for name, digest in digests.items() if known.get(name) != digest]
    if changed:
        client.mkdirs(target)
    for name in changed:
        client.put_file(f"{target}/{name}", wheels[name].read_bytes())
    state.wheels |= digests
    write_state(client, bundle.path("state_path"), state)
    return changed


def _apply(client: Client, bundle: Bundle, state: State, step: Step) -> None:
    settings = with_ids(bundle.jobs.block(step.key), state.jobs)
    if step.action == planning.CREATE:
        state.jobs[step.key] = client.create_job(settings)
        write_state(client, bundle.path("state_path"), state)
    elif step.action == planning.UPDATE:
        client.reset_job(step.job_id, settings)


def _check_active(client: Client, state: State) -> None:
    for key, job_id in state.jobs.items():
        run = next(client.list_runs(job_id=job_id, active_only=True, limit=1), None)
        if run is not None:
            raise InvalidState(
                f"Job {key} has an active run ({run['run_id']}), and bundle.deployment.fail_on_active_runs is set."
            )
