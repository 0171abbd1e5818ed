"""The working directory of an attempt looks like the folder of its notebook, yet what is written there is its own.

Real folders lead from the project's root down to the notebook's folder; everything beside that path is a symbolic
link. So `open("data/x.csv")` and `open("../conf.yml")` find the project's files, and `open("out.csv", "w")` stays in
the attempt.
"""

from __future__ import annotations

import os
from pathlib import Path

MAX_LINKS = 2000
"""A project with more entries along the way is not mirrored: only the notebook's own folder is."""


def mirror(root: Path, folder: Path, work: Path, *, max_links: int = MAX_LINKS) -> Path:
    """Make `work` look like `root`; returns the folder in it that stands for `folder`, which is `root` or below it."""
    steps = folder.relative_to(root).parts
    levels = [root.joinpath(*steps[:depth]) for depth in range(len(steps) + 1)]
    listings = [_entries(level, max_links) for level in levels]
    if sum(len(listing) for listing in listings) > max_links:
        steps, levels, listings = (), [folder], [listings[-1]]
    here = work
    here.mkdir(mode=0o700, exist_ok=True)
    for depth, (level, listing) in enumerate(zip(levels, listings, strict=True)):
        below = steps[depth] if depth < len(steps) else None
        for name in listing:
            if name != below:
                (here / name).symlink_to(level / name)
        if below is not None:
            here /= below
            here.mkdir(mode=0o700)
    return here


def own(work: Path) -> Path:
    """An empty folder, for work that has no project; returns it."""
    work.mkdir(mode=0o700, exist_ok=True)
    return work


def _entries(folder: Path, limit: int) -> list[str]:
    """Names in a folder; one more than `limit` at most, and none where there is no such folder."""
    names: list[str] = []
    if not folder.is_dir():
        return names
    with os.scandir(folder) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) > limit:
                break
    return names
