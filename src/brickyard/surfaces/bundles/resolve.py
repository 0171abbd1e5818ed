"""From the files of a bundle to the configuration of one target: everything merged, filled in and checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from brickyard.surfaces.bundles import artifact_paths, artifacts, git, grants, load, modes, paths, shape, variables
from brickyard.surfaces.bundles.artifact_paths import Packages
from brickyard.surfaces.bundles.check import check_jobs
from brickyard.surfaces.bundles.grants import Grants
from brickyard.surfaces.bundles.interpolate import Interpolator
from brickyard.surfaces.bundles.marks import Block, BundleError, Mark, describe, of_plain
from brickyard.surfaces.bundles.merge import merge
from brickyard.surfaces.bundles.sync import Selection

SUBFOLDERS = {
    "file_path": "files",
    "state_path": "state",
    "artifact_path": "artifacts",
    "resource_path": "resources",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A bundle of which everything is known that needs no server."""

    root: Path
    target: str
    config: Block
    given: Mapping[str, str]
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle for one target and one user: `config` is resolved but for the ids of its jobs."""

    root: Path
    name: str
    target: str
    config: Block
    user_name: str
    host: str
    notices: list[str] = field(default_factory=list)
    packages: Packages = field(default_factory=Packages)
    grants: Grants = field(default_factory=Grants)

    @property
    def jobs(self) -> Block:
        """Key to settings."""
        return shape.jobs_of(self.config)

    def path(self, name: str) -> str:
        """A path of the workspace section, such as `file_path`."""
        return self.config.block("workspace").text(name)

    @property
    def selection(self) -> Selection:
        """The files that belong to the bundle."""
        sync = self.config.block("sync")
        return Selection(
            paths=_sync_paths(sync),
            include=_texts(sync, "include"),
            exclude=_texts(sync, "exclude"),
        )

    @property
    def locks(self) -> bool:
        """True where a deployment keeps others out; in development mode only if asked for."""
        enabled = self.config.block("bundle").block("deployment").block("lock").get("enabled")
        return modes.mode_of(self.config) != modes.DEVELOPMENT if enabled is None else bool(enabled)

    @property
    def fails_on_active_runs(self) -> bool:
        """True where jobs with active runs must not be deployed."""
        return bool(self.config.block("bundle").block("deployment").get("fail_on_active_runs"))


def draft(
    root: Path, target: str | None, given: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None
) -> Draft:
    """Read a bundle and choose the target. Everything that can be said without a server is checked here.

    Raises:
        BundleError: something in the files is wrong.
    """
    whole = load.load(root)
    shape.check_names(whole)
    name = load.choose_target(whole, target)
    chosen = whole.block("targets").block(name)
    config = merge(_without(whole, "targets", "variables", "include"), _without(chosen, "variables", "default"))
    _name_of(config)
    env = os.environ if environ is None else environ
    declared = variables.declare(whole, chosen)
    config.put("variables", variables.assign(declared, given or {}, env), declared.at)
    return Draft(root, name, config, given or {}, env)


def complete(half: Draft, me: Mapping[str, Any], host: str) -> Bundle:
    """Fill in what depends on the user and the server, and check all of it.

    Raises:
        BundleError: a reference, a path or a setting is wrong.
    """
    config = half.config
    user = str(me.get("userName") or "")
    declared_root = bool(config.block("workspace").get("root_path"))
    names = _names(half, user, host)
    resolver = Interpolator(names, keep=lambda reference: reference.startswith("resources."))
    filled = resolver.apply(_without(config, "variables", "bundle", "workspace"))
    for section in ("bundle", "workspace"):
        filled.put(section, resolver.apply(names.block(section)), config.mark(section))
    notices = shape.check_meaning(config)
    notices += artifacts.notices(filled)
    notices += modes.check_mode(filled, declared_root, user)
    _check_branch(filled, half.root)
    modes.apply_presets(filled, modes.presets_of(filled, user))
    _apply_run_as(filled)
    granted = grants.take(filled)
    linked = Interpolator(_named(resources=filled.block("resources")), keep=is_id).apply(filled.block("resources"))
    filled.put("resources", linked, filled.mark("resources"))
    _sync_paths(filled.block("sync"))
    file_path = filled.block("workspace").text("file_path")
    paths.translate(filled, half.root, file_path)
    packages = artifact_paths.packages(filled, half.root, artifacts.declared(filled, half.root))
    packages.settle(built=False)
    bundle = Bundle(half.root, _name_of(filled), half.target, filled, user, host, notices, packages, granted)
    notices += check_jobs(bundle.jobs, bundle.path("state_path"), modes.mode_of(filled))
    return bundle


def is_id(reference: str) -> bool:
    """True for `resources.jobs.<key>.id`, which is known only once the job is deployed."""
    parts = reference.split(".")
    return len(parts) == 4 and parts[:2] == ["resources", "jobs"] and parts[3] == "id"


def _names(half: Draft, user: str, host: str) -> Block:
    """What references may name."""
    config, info = half.config, git.inspect(half.root)
    facts = of_plain({"target": half.target, "environment": half.target, "mode": config.get("mode")})
    seen = of_plain({"git": {"branch": info.branch, "commit": info.commit, "origin_url": info.origin_url}})
    bundle = merge(seen, merge(config.block("bundle"), facts))
    workspace = merge(_workspace_defaults(config.block("workspace"), bundle.text("name"), half.target), Block())
    short = modes.short_name(user)
    person = {"userName": user, "short_name": short, "domain_friendly_name": short.replace("_", "-")}
    workspace.put("current_user", of_plain(person), None)
    workspace.put("host", host, workspace.mark("host"))
    return _named(var=config.block("variables"), bundle=bundle, workspace=workspace)


def _named(**names: Block) -> Block:
    block = Block()
    for name, value in names.items():
        block.put(name, value, None)
    return block


def _workspace_defaults(given: Block, name: str, target: str) -> Block:
    workspace = merge(given, Block())
    root = given.text("root_path") or f"/Workspace/Users/${{workspace.current_user.userName}}/.bundle/{name}/{target}"
    if root.startswith("~/"):
        root = f"/Workspace/Users/${{workspace.current_user.userName}}/{root[2:]}"
    workspace.put("root_path", root.rstrip("/"), given.mark("root_path"))
    for path, folder in SUBFOLDERS.items():
        if not given.get(path):
            workspace.put(path, f"${{workspace.root_path}}/{folder}", given.mark(path))
    return workspace


def _name_of(config: Block) -> str:
    name = config.block("bundle").text("name")
    if not name:
        raise BundleError("bundle.name is missing; every bundle has a name.", config.mark("bundle"))
    if "/" in name or name in {".", ".."}:
        raise BundleError(f"bundle.name is {name!r}; it must not hold a slash.", config.block("bundle").mark("name"))
    return name


def _check_branch(config: Block, root: Path) -> None:
    wanted_block = config.block("git") or Block()
    wanted = wanted_block.text("branch")
    actual = git.inspect(root).branch
    if wanted and actual and wanted != actual:
        raise BundleError(
            f"the target is for the branch {wanted!r}, and the branch here is {actual!r}.", wanted_block.mark("branch")
        )


def _apply_run_as(config: Block) -> None:
    run_as = config.block("run_as")
    if not run_as:
        return
    for key in shape.jobs_of(config):
        job = shape.jobs_of(config).block(key)
        if job.get("run_as") is None:
            job.put("run_as", run_as, config.mark("run_as"))


def _sync_paths(sync: Block) -> list[str]:
    found = _texts(sync, "paths") or ["."]
    for path in found:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise BundleError(
                f"sync.paths names {path!r}; only folders inside of the bundle can be named.", sync.mark("paths")
            )
    return [str(PurePosixPath(path)) for path in found]


def _texts(block: Block, key: str) -> list[str]:
    items = block.items_of(key)
    for item, mark in zip(items, items.marks, strict=True):
        _require_text(item, key, mark)
    return [str(item) for item in items]


def _require_text(item: object, key: str, mark: Mark | None) -> None:
    if not isinstance(item, str):
        raise BundleError(f"{key} names {describe(item)}; it must be text.", mark)


def _without(block: Block, *names: str) -> Block:
    result = Block(block.at)
    for key, value in block.items():
        if key not in names:
            result.put(key, value, block.mark(key))
    return result
