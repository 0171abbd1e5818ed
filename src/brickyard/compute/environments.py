"""Python packages for tasks: one environment for each set of requirements, built once. Implements `ports.Environments`.

An environment is a virtual environment that sees the packages of the server and has in its own folder only what is
missing there, or there in another version. So a set that needs one small wheel costs one small wheel.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import sysconfig
import threading
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import structlog
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from brickyard.compute.pip import Pip, redacted
from brickyard.compute.requirements import Reader, Wanted
from brickyard.errors import InstallationFailed
from brickyard.ports import Clock
from brickyard.workloads.messages import Paths
from brickyard.workloads.packages import SERVERS

_log = structlog.get_logger(__name__)

KEPT_DAYS = 30
"""An environment that no task has asked for so long is deleted when the next one is built."""
_COMPLETE = "complete"
"""The marker of an environment that is; in it, the server's packages that it has in another version."""
_SPARK = ("pyspark", "pyspark-client")
"""What libraries ask for, and what there is in its place: the same modules, without Java."""


class PipEnvironments:
    """The environments of one installation, in a folder of its home. Safe for threads and for several processes.

    Args:
        folder: `<home>/environments`.
        environ: the server's environment: where pip's own settings (`PIP_INDEX_URL`, …) and proxies come from.
        paths: what workspace paths inside of requirements files mean.
    """

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        clock: Clock,
        *,
        paths: Paths | None = None,
        timeout_seconds: float = 900.0,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._reader = Reader(paths)
        self._pip = Pip(environ, timeout_seconds=timeout_seconds)
        self._building: dict[str, Future[Path]] = {}
        self._lock = threading.Lock()

    def prepare(self, requirements: Sequence[str]) -> Path:
        wanted = self._reader.read(requirements)
        place = self._place(wanted)
        if (place / _COMPLETE).exists():
            self._used(place)
            return site_packages(place)
        return self._shared(place.name, lambda: self._build(place, wanted))

    def shadows(self, requirements: Sequence[str]) -> bool:
        """False where the environment is there and has none of the server's packages in another version.

        Then a process that has imported some of the server's packages is as good as one that has not.
        """
        try:
            return bool((self._place(self._reader.read(requirements)) / _COMPLETE).read_text())
        except (FileNotFoundError, InstallationFailed):
            return True

    def _place(self, wanted: Wanted) -> Path:
        return self._folder / wanted.digest(sys.version, sysconfig.get_platform(), *installed())

    def stop(self) -> None:
        """End builds that are under way; they leave nothing."""
        self._pip.stop()

    def _shared(self, key: str, build: Callable[[], Path]) -> Path:
        """Whoever asks while somebody builds gets that result, a failure too: the second attempt would fail as well."""
        with self._lock:
            others = self._building.get(key)
            mine = self._building.setdefault(key, Future()) if others is None else None
        if mine is None:
            assert others is not None  # noqa: S101 -- one of the two is there
            return others.result()
        try:
            mine.set_result(build())
        except BaseException as error:  # noqa: BLE001 -- those who wait must hear of everything
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._building[key]
        return mine.result()

    def _build(self, place: Path, wanted: Wanted) -> Path:
        # Not in a folder that is renamed at the end: commands of packages have the path of their Python in them.
        with self._locked(place.name):
            if (place / _COMPLETE).exists():
                return site_packages(place)  # by another server of this home
            self._delete_unused()
            shutil.rmtree(place, ignore_errors=True)  # what a server left that was killed
            began = self._clock.monotonic()
            try:
                _create(place)
                self._install(place, wanted)
            except OSError as error:
                shutil.rmtree(place, ignore_errors=True)
                raise InstallationFailed(f"The environment cannot be written: {error}.") from error
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise
            (place / _COMPLETE).write_text("\n".join(sorted(_names(site_packages(place)) & _servers())))
            self._used(place)
            seconds = round(self._clock.monotonic() - began, 3)
            lines = [redacted(line) for line in wanted.lines]
            _log.info("environment built", environment=place.name, requirements=lines, seconds=seconds)
            return site_packages(place)

    def _install(self, place: Path, wanted: Wanted) -> None:
        lines, constraints = place / "requirements.txt", place / "constraints.txt"
        lines.write_text("\n".join(wanted.lines) + "\n")
        constraints.write_text("\n".join((*wanted.constraints, *_pretend_spark(place))) + "\n")
        python = place / "bin/python"
        self._pip.install(python, ["-r", str(lines), "-c", str(constraints)])
        # A wheel of the same version as the server's own package is none that pip would install.
        ignored = [str(path) for path, _ in wanted.packages if not _has(place, path)]
        if ignored:
            self._pip.install(python, ["--no-deps", "--force-reinstall", *ignored])
        if (site_packages(place) / "pyspark").exists():
            raise InstallationFailed(
                "One of the packages brings a pyspark of its own, which cannot speak to the engine of this server "
                f"(databricks-connect is one). Leave it out: pyspark {_spark_version()} is there for every task."
            )

    def _used(self, place: Path) -> None:
        seconds = self._clock.now_ms() / 1000
        os.utime(place / _COMPLETE, (seconds, seconds))

    def _delete_unused(self) -> None:
        oldest = self._clock.now_ms() / 1000 - KEPT_DAYS * 86_400
        for marker in self._folder.glob(f"*/{_COMPLETE}"):
            if marker.stat().st_mtime < oldest:
                marker.unlink()  # first, so that nobody takes what is half deleted
                shutil.rmtree(marker.parent, ignore_errors=True)

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        locks = self._folder / "locks"
        locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (locks / key).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def site_packages(place: Path) -> Path:
    """Where an environment has its packages."""
    return place / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def installed() -> list[str]:
    """The server's own packages as `name-version.dist-info`, with the folders they are in."""
    found = []
    for folder in _site_folders():
        with os.scandir(folder) as entries:
            found += [entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    return [*_site_folders(), *sorted(found)]


def _site_folders() -> list[str]:
    return [
        entry for entry in sys.path if Path(entry).name in {"site-packages", "dist-packages"} and Path(entry).is_dir()
    ]


def _create(place: Path) -> None:
    venv.EnvBuilder(symlinks=True, with_pip=False).create(place)
    shown = "".join(f"import site; site.addsitedir({folder!r})\n" for folder in _site_folders())
    (site_packages(place) / SERVERS).write_text(shown)


def _has(place: Path, package: Path) -> bool:
    """True where the environment itself has this wheel; of a source archive only pip knows the name."""
    try:
        name, _, _, _ = parse_wheel_filename(package.name)
    except InvalidWheelFilename:
        return True
    return name in _names(site_packages(place))


def _names(site: Path) -> set[str]:
    """The packages in a `site-packages` folder, with their names in the form that compares."""
    return {canonicalize_name(found.name.split("-")[0]) for found in site.glob("*.dist-info")}


def _servers() -> set[str]:
    return {name for folder in _site_folders() for name in _names(Path(folder))}


def _spark_version() -> str:
    try:
        return version(_SPARK[1])
    except PackageNotFoundError:
        return ""


def _pretend_spark(place: Path) -> Iterator[str]:
    """Have pip see that `pyspark` is there; yields the constraint that keeps it from bringing another one."""
    name, number = _SPARK[0], _spark_version()
    if not number or (site_packages(place) / name).exists():
        return
    folder = site_packages(place) / f"{name}-{number}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n")
    (folder / "INSTALLER").write_text("brickyard\n")
    (folder / "RECORD").write_text(f"{folder.name}/METADATA,,\n{folder.name}/INSTALLER,,\n{folder.name}/RECORD,,\n")
    yield f"{name}=={number}"
