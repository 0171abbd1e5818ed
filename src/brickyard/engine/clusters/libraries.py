"""The packages of all-purpose clusters: wanted, installed, and gone with the next restart."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from brickyard.engine.clusters.book import ClusterBook
from brickyard.engine.requirement_paths import real_lines
from brickyard.errors import BrickyardError, InvalidParameterValue
from brickyard.jobs import packages, shape
from brickyard.jobs.requirements import line_of
from brickyard.ports import Environments
from brickyard.records import Json, LibraryRecord
from brickyard.workloads.messages import Paths

_THERE = ("INSTALLED", "UNINSTALL_ON_RESTART")
_WANTED = ("PENDING", "INSTALLING", *_THERE)


class ClusterLibraries:
    """Installing goes on by itself; it makes the environment that contexts and tasks then find."""

    def __init__(self, book: ClusterBook, environments: Environments, paths: Paths) -> None:
        self._book = book
        self._environments = environments
        self._paths = paths
        self._lock = threading.Lock()
        self._stopped = False
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="brickyard-libraries")

    def add(self, cluster_id: str, wanted: Sequence[Json]) -> None:
        """Have packages installed: now, or when the cluster starts.

        Raises:
            InvalidParameterValue: there is no such cluster, or an entry is no package.
            FeatureDisabled: a kind of package that is refused.
        """
        record = self._book.get(cluster_id)
        checked = _checked(wanted)
        with self._lock:
            known = {_key(each.library): each for each in self._book.store.libraries(cluster_id)}
            for library in checked:
                old = known.get(_key(library))
                if old is None or old.status not in _WANTED:
                    self._save(LibraryRecord(cluster_id=cluster_id, library=library, status="PENDING"))
                elif old.status == "UNINSTALL_ON_RESTART":
                    self._save(replace(old, status="INSTALLED"))
        if record.state == "RUNNING":
            self.begin(cluster_id)

    def remove(self, cluster_id: str, unwanted: Sequence[Json]) -> None:
        """Have packages removed with the next restart; of a cluster that does not run they are gone at once.

        Raises:
            InvalidParameterValue: there is no such cluster, or an entry is no package.
        """
        runs = self._book.get(cluster_id).state == "RUNNING"
        keys = {_key(library) for library in _checked(unwanted)}
        with self._lock:
            for each in self._book.store.libraries(cluster_id):
                if _key(each.library) not in keys:
                    continue
                if runs and each.status in ("INSTALLING", *_THERE):
                    self._save(replace(each, status="UNINSTALL_ON_RESTART"))
                else:
                    self._book.store.delete_library(each)

    def copy(self, source_id: str, cluster_id: str) -> None:
        """Have the packages of another cluster on this one."""
        for each in self._book.store.libraries(source_id):
            if each.status != "UNINSTALL_ON_RESTART":
                self._save(LibraryRecord(cluster_id=cluster_id, library=each.library, status="PENDING"))

    def begin(self, cluster_id: str) -> None:
        """Install what is pending, on another thread."""
        with self._lock:
            if not self._stopped:
                self._threads.submit(self.install, cluster_id)

    def install(self, cluster_id: str) -> None:
        """Install what is pending, one after the other, so that a package that fails is told by its name."""
        for each in self._book.store.libraries(cluster_id):
            if each.status not in ("PENDING", "INSTALLING"):
                continue
            self._save(replace(each, status="INSTALLING"))
            try:
                self._environments.prepare(self._lines([*self._there(cluster_id), each]))
            except BrickyardError as error:
                self._settle(each, "FAILED", error.message)
            else:
                self._settle(each, "INSTALLED")

    def ended(self, cluster_id: str) -> None:
        """The cluster has no engine any more: what was to go is gone, what was there is wanted again."""
        with self._lock:
            for each in self._book.store.libraries(cluster_id):
                if each.status == "UNINSTALL_ON_RESTART":
                    self._book.store.delete_library(each)
                elif each.status != "PENDING":
                    self._save(replace(each, status="PENDING", messages=()))

    def requirements(self, cluster_id: str) -> list[str]:
        """The pip requirement lines of what is on the cluster, or will be in a moment; what failed is left out.

        Raises:
            InvalidParameterValue: a path means no file here.
        """
        return self._lines(each for each in self._book.store.libraries(cluster_id) if each.status in _WANTED)

    def statuses(self, cluster_id: str) -> Sequence[LibraryRecord]:
        """All packages of a cluster.

        Raises:
            InvalidParameterValue: there is no such cluster.
        """
        self._book.get(cluster_id)
        return self._book.store.libraries(cluster_id)

    def stop(self) -> None:
        """Begin no more installations."""
        with self._lock:
            self._stopped = True
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _there(self, cluster_id: str) -> list[LibraryRecord]:
        return [each for each in self._book.store.libraries(cluster_id) if each.status in _THERE]

    def _settle(self, library: LibraryRecord, status: str, message: str = "") -> None:
        """Unless it was unwanted, or the cluster ended, meanwhile."""
        with self._lock:
            for each in self._book.store.libraries(library.cluster_id):
                if each.library == library.library and each.status == "INSTALLING":
                    self._save(replace(each, status=status, messages=(message,) if message else ()))

    def _save(self, library: LibraryRecord) -> None:
        self._book.store.save_library(library)

    def _lines(self, libraries: Iterable[LibraryRecord]) -> list[str]:
        found = [packages.libraries({"libraries": [each.library]}, "cluster")[0] for each in libraries]
        return real_lines(map(line_of, found), self._paths)


def _checked(libraries: Sequence[Json]) -> list[dict[str, Any]]:
    if not libraries:
        raise InvalidParameterValue("libraries is missing; it must be a list of packages.")
    checked = [shape.check("library", each, f"libraries[{index}]") for index, each in enumerate(libraries)]
    packages.libraries({"libraries": checked}, "")
    return checked


def _key(library: Mapping[str, Any]) -> str:
    return repr(sorted(library.items()))
