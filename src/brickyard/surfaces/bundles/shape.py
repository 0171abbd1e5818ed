"""Check the outline of a configuration: unknown fields with the nearest name, refused ones with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles import fields
from brickyard.surfaces.bundles.marks import Block, BundleError, describe


def check_names(root: Block) -> None:
    """Every name of the file and of all its targets must exist; values are not looked at.

    Raises:
        BundleError: an unknown field.
    """
    _known(root, fields.TOP, "")
    targets = root.block("targets")
    for name in targets:
        target = targets.block(name)
        _known(target, fields.TARGET, f"targets.{name}")
        _check_sections(target, f"targets.{name}.")
    _check_sections(root, "")


def check_meaning(config: Block) -> list[str]:
    """Refuse what is not supported in the configuration of the chosen target; the notices on what has no effect.

    Raises:
        BundleError: a field that is refused is used.
    """
    notices: list[str] = []
    for section, table in (
        ("", {**fields.TOP, **fields.TARGET}),
        ("bundle", fields.BUNDLE),
        ("workspace", fields.WORKSPACE),
        ("presets", fields.PRESETS),
        ("resources", fields.RESOURCES),
    ):
        block = config.block(section) if section else config
        for name, value in block.items():
            meaning = table.get(name, fields.WORKS)
            if meaning == fields.WORKS or value in (None, False, "", {}, []):
                continue
            path = f"{section}.{name}" if section else name
            if meaning != fields.NO_MEANING:
                raise BundleError(f"{path} is refused: {meaning}.", block.mark(name))
            reason = fields.NO_MEANING_REASONS.get(name, fields.AUTHENTICATION_REASON)
            notices.append(f"{path} has no effect: {reason}.")
    _check_jobs(config)
    return notices


def jobs_of(config: Block) -> Block:
    """`resources.jobs`."""
    return config.block("resources").block("jobs")


def _check_sections(block: Block, path: str) -> None:
    bundle = block.block("bundle")
    _known(bundle, fields.BUNDLE, f"{path}bundle")
    deployment = bundle.block("deployment")
    _known(deployment, fields.DEPLOYMENT, f"{path}bundle.deployment")
    _known(deployment.block("lock"), fields.LOCK, f"{path}bundle.deployment.lock")
    _known(bundle.block("git"), fields.GIT, f"{path}bundle.git")
    for name, table in (
        ("workspace", fields.WORKSPACE),
        ("sync", fields.SYNC),
        ("presets", fields.PRESETS),
        ("run_as", fields.RUN_AS),
        ("resources", fields.RESOURCES),
    ):
        _known(block.block(name), table, f"{path}{name}")
    jobs = block.block("resources").block("jobs")
    for key in jobs:
        if not isinstance(jobs[key], Block):
            raise BundleError(
                f"{path}resources.jobs.{key} is {describe(jobs[key])}; it must be a mapping.", jobs.mark(key)
            )


def _check_jobs(config: Block) -> None:
    jobs = jobs_of(config)
    for key in jobs:
        job = jobs.block(key)
        for name, reason in fields.JOB_EXTRA.items():
            if job.get(name):
                raise BundleError(f"resources.jobs.{key}.{name} is refused: {reason}.", job.mark(name))
            job.pop(name, None)


def _known(block: Block, table: Mapping[str, str], path: str) -> None:
    for name in block:
        if name not in table:
            place = f"{path}.{name}" if path else name
            raise BundleError(f"{place} is not a known field.{nearest(name, table)}", block.mark(name))
