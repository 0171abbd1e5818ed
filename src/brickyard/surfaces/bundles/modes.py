"""What `mode` and `presets` of a target do to the jobs, and what each mode insists on.

Source: deployment modes of asset bundles, `development` and `production`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles.marks import Block, BundleError, describe
from brickyard.surfaces.bundles.shape import jobs_of

DEVELOPMENT, PRODUCTION = "development", "production"
MODES = (DEVELOPMENT, PRODUCTION)
TRIGGERS = ("schedule", "trigger", "continuous")
PAUSES = ("PAUSED", "UNPAUSED")
DEVELOPMENT_CONCURRENCY = 4
PATHS = ("root_path", "file_path", "state_path", "artifact_path", "resource_path")


def short_name(user_name: str) -> str:
    """`mina.moon@example.com` as `mina_moon`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", user_name.partition("@")[0]).strip("_").lower()


def mode_of(config: Block) -> str:
    """The target's mode, or nothing.

    Raises:
        BundleError: it is no mode.
    """
    mode = config.get("mode")
    if mode in {None, ""}:
        return ""
    if mode not in MODES:
        hint = nearest(str(mode), MODES)
        raise BundleError(f"mode is {describe(mode)}; it must be {' or '.join(MODES)}.{hint}", config.mark("mode"))
    return str(mode)


def presets_of(config: Block, user_name: str) -> dict[str, Any]:
    """The presets of the target, with those that its mode brings.

    Raises:
        BundleError: a preset has a wrong value, or one that contradicts the mode.
    """
    mode, given = mode_of(config), config.block("presets")
    presets: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    _check_presets(given)
    if mode == DEVELOPMENT:
        if presets.get("trigger_pause_status") == "UNPAUSED":
            raise BundleError(
                "presets.trigger_pause_status is UNPAUSED; in development mode schedules and triggers stay paused.",
                given.mark("trigger_pause_status"),
            )
        short = short_name(user_name)
        presets.setdefault("name_prefix", f"[dev {short}] ")
        presets.setdefault("trigger_pause_status", "PAUSED")
        presets.setdefault("jobs_max_concurrent_runs", DEVELOPMENT_CONCURRENCY)
        presets["tags"] = {"dev": short, **presets.get("tags", {})}
    return presets


def apply_presets(config: Block, presets: dict[str, Any]) -> None:
    """Change the jobs as the presets say. What a job says itself about tags, runs and pausing stays."""
    jobs = jobs_of(config)
    for key in jobs:
        job = jobs.block(key)
        prefix = presets.get("name_prefix", "")
        job.put("name", f"{prefix}{job.get('name') or 'Untitled'}", job.marks.get("name"))
        if presets.get("tags"):
            tags = Block(job.mark("tags"))
            for source in (presets["tags"], job.block("tags")):
                for name, value in source.items():
                    tags.put(name, value, job.mark("tags"))
            job.put("tags", tags, job.mark("tags"))
        if "jobs_max_concurrent_runs" in presets and job.get("max_concurrent_runs") is None:
            job.put("max_concurrent_runs", presets["jobs_max_concurrent_runs"], job.at)
        for name in TRIGGERS:
            if presets.get("trigger_pause_status") and job.get(name) is not None:
                trigger = job.block(name)
                if trigger.get("pause_status") is None:
                    trigger.put("pause_status", presets["trigger_pause_status"], trigger.at)


def check_mode(config: Block, declared_root: bool, user_name: str) -> list[str]:
    """What a mode insists on; the notices.

    Raises:
        BundleError: the configuration does not fit its mode.
    """
    mode, workspace = mode_of(config), config.block("workspace")
    if mode == DEVELOPMENT:
        for name in PATHS:
            path = workspace.text(name)
            if user_name not in path and short_name(user_name) not in path:
                raise BundleError(
                    f"workspace.{name} is {path!r}; in development mode it must hold your user name "
                    "(${workspace.current_user.userName}), so that nobody overwrites another's files.",
                    workspace.mark(name),
                )
    if mode == PRODUCTION and not declared_root:
        if config.get("run_as"):
            return ["workspace.root_path is not set: every user deploys a copy of their own."]
        raise BundleError(
            "In production mode workspace.root_path must be set, so that everybody deploys to the same place.",
            config.mark("mode"),
        )
    return []


def _check_presets(given: Block) -> None:
    pause = given.get("trigger_pause_status")
    if pause not in {None, *PAUSES}:
        raise BundleError(
            f"presets.trigger_pause_status is {describe(pause)}; it must be {' or '.join(PAUSES)}.",
            given.mark("trigger_pause_status"),
        )
    runs = given.get("jobs_max_concurrent_runs")
    if runs is not None and (not isinstance(runs, int) or isinstance(runs, bool) or runs < 1):
        raise BundleError(
            f"presets.jobs_max_concurrent_runs is {describe(runs)}; it must be a whole number above 0.",
            given.mark("jobs_max_concurrent_runs"),
        )
    given.text("name_prefix")
    tags = given.block("tags")
    for name in _not_text(tags):
        raise BundleError(f"presets.tags.{name} is {describe(tags[name])}; it must be text.", tags.mark(name))


def _not_text(tags: Block) -> Iterable[str]:
    return (name for name, value in tags.items() if not isinstance(value, str))
