"""From the `object_id` of something in the workspace back to its path.

An id is made of the path (`stable_id`), so it cannot be turned around: the paths that there are now are asked for
theirs. They are remembered until an id is asked for that none of them has, and the one that is found is looked at
again before it is given: what was deleted or made meanwhile is told as it is.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from brickyard.errors import InvalidParameterValue, NotFound
from brickyard.surfaces.api.services import Services
from brickyard.surfaces.api.workspace_handles import UNFINISHED
from brickyard.surfaces.api.workspace_paths import is_name, parts_of, stable_id
from brickyard.surfaces.api.workspace_tree import Tree
from brickyard.workloads.notebooks.files import SUFFIXES


class WorkspaceIds:
    """The ids of all that is in one workspace. Safe for use by many threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths: dict[int, str] = {}
        self._lock = threading.Lock()

    def path_of(self, object_id: int) -> str:
        """The path, as the API shows it.

        Raises:
            NotFound: nothing has this id.
        """
        with self._lock:
            if not self._stands(object_id):
                self._paths = {stable_id(path): path for path in _paths_below(self._root)}
            if self._stands(object_id):
                return self._paths[object_id]
        raise NotFound(f"Object {object_id} does not exist.")

    def _stands(self, object_id: int) -> bool:
        """Whether the path that is remembered for this id is that of something now."""
        path = self._paths.get(object_id)
        if path is None:
            return False
        try:
            item = Tree(self._root).find(parts_of(path))
        except InvalidParameterValue:  # a link that leads out, or a path that is too long
            return False
        return item is not None and item.path == path


def path_of(services: Services, object_id: int) -> str:
    """The path of what has this id. Whether anybody may know of it is not asked here.

    Raises:
        NotFound: nothing has this id.
    """
    return _ids_of(services.settings.workspace).path_of(object_id)


@functools.lru_cache(maxsize=4)
def _ids_of(root: Path) -> WorkspaceIds:
    return WorkspaceIds(root)


def _paths_below(root: Path) -> Iterator[str]:
    """Every path that something may have; of a file that may be a notebook also its name without extension."""
    yield "/"
    for folder, folders, files in os.walk(root):
        above = "/" + str(PurePosixPath(folder).relative_to(PurePosixPath(root))) if folder != str(root) else ""
        folders[:] = [name for name in folders if is_name(name)]
        for name in folders:
            yield f"{above}/{name}"
        for name in files:
            if name.startswith(UNFINISHED) or not is_name(name):
                continue
            yield f"{above}/{name}"
            stem, dot, suffix = name.rpartition(".")
            if stem and f"{dot}{suffix.lower()}" in SUFFIXES:
                yield f"{above}/{stem}"
