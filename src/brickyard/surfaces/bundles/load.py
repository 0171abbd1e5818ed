"""Find a bundle and read all its files into one configuration."""

from __future__ import annotations

import glob
from pathlib import Path, PurePosixPath

from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles.document import read_yaml
from brickyard.surfaces.bundles.marks import Block, BundleError, describe
from brickyard.surfaces.bundles.merge import merge

NAMES = ("databricks.yml", "databricks.yaml", "bundle.yml", "bundle.yaml")
MAX_FILES = 1_000
DEFAULT_TARGET = "default"
"""The name of the target of a bundle that declares none."""


def find_root(start: Path) -> Path:
    """The folder of the bundle that `start` lies in.

    Raises:
        BundleError: neither it nor a folder above has a `databricks.yml`.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in NAMES):
            return folder
    raise BundleError(f"There is no databricks.yml in {start} or a folder above it.")


def root_file(root: Path) -> Path:
    """The bundle's main file.

    Raises:
        BundleError: there are several, or none.
    """
    found = [root / name for name in NAMES if (root / name).is_file()]
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise BundleError(f"{root} must hold exactly one of {', '.join(NAMES)}; it holds {names}.")
    return found[0]


def load(root: Path) -> Block:
    """The configuration of a bundle with all that it includes, before a target is chosen.

    Raises:
        BundleError: a file is wrong, lies outside of the bundle, or defines a job that another defines too.
    """
    main = root_file(root)
    config = read_yaml(main, main.name)
    for path in _included(root, main, config):
        part = read_yaml(path, path.relative_to(root).as_posix())
        if "include" in part:
            raise BundleError("include is only allowed in the main file.", part.mark("include"))
        _check_twice(config, part)
        config = merge(config, part)
    return config


def choose_target(config: Block, wanted: str | None) -> str:
    """The target's name: the wanted one, the default one, or the only one.

    Raises:
        BundleError: there is no such target, or none can be chosen.
    """
    targets = config.block("targets")
    if wanted is not None:
        if wanted not in (targets or {DEFAULT_TARGET: None}):
            known = ", ".join(targets) or DEFAULT_TARGET
            raise BundleError(f"There is no target {wanted!r}.{nearest(wanted, targets)} Known targets: {known}.")
        return wanted
    if not targets:
        return DEFAULT_TARGET
    defaults = [name for name in targets if targets.block(name).get("default") is True]
    if len(defaults) > 1:
        raise BundleError(f"Several targets are the default: {', '.join(defaults)}.", targets.at)
    if defaults:
        return defaults[0]
    if len(targets) == 1:
        return next(iter(targets))
    raise BundleError(f"Choose a target with -t: {', '.join(targets)} (none has `default: true`).")


def _included(root: Path, main: Path, config: Block) -> list[Path]:
    patterns = config.items_of("include")
    found: dict[Path, None] = {}
    for pattern, mark in zip(patterns, patterns.marks, strict=True):
        if not isinstance(pattern, str):
            raise BundleError(f"include names {describe(pattern)}; it must be a path or a pattern.", mark)
        if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
            raise BundleError(f"include {pattern!r} leaves the bundle; only files inside can be included.", mark)
        matches = sorted(glob.glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207 - Path.glob follows no `**` through links
        files = [
            root / name for name in matches if (root / name).is_file() and name.endswith((".yml", ".yaml", ".json"))
        ]
        if not files and not glob.has_magic(pattern):
            raise BundleError(f"include {pattern!r}: there is no such file.", mark)
        for path in files:
            if not path.resolve().is_relative_to(root.resolve()):
                raise BundleError(f"include {pattern!r} matches {path.name}, a link that leaves the bundle.", mark)
            if path != main:
                found[path] = None
        if len(found) > MAX_FILES:
            raise BundleError(f"include matches more than {MAX_FILES} files.", mark)
    return list(found)


def _check_twice(config: Block, part: Block) -> None:
    known, added = config.block("resources"), part.block("resources")
    for kind in added:
        mine, theirs = known.block(kind), added.block(kind)
        for key in theirs:
            if key in mine:
                first = mine.mark(key)
                raise BundleError(f"resources.{kind}.{key} is defined twice (first at {first}).", theirs.mark(key))
