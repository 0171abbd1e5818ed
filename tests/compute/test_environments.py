"""Environments are built once for each set of requirements, have what they should in front, and fail with pip's reason."""

from __future__ import annotations

import os
import socket
import subprocess
import tarfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from brickyard.clock import SystemClock
from brickyard.compute import environments as module
from brickyard.compute.environments import KEPT_DAYS, PipEnvironments
from brickyard.errors import InstallationFailed
from tests.compute.wheels import make_wheel

OFFLINE = {"PATH": os.defpath, "HOME": "/nonexistent", "PIP_NO_INDEX": "1"}


class HandClock(SystemClock):
    """A clock that can be put forward."""

    ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def environments(tmp_path: Path, clock: HandClock) -> PipEnvironments:
    return PipEnvironments(tmp_path / "environments", OFFLINE, clock)


def ask(site: Path, code: str) -> str:
    """What a program of the environment prints."""
    python = site.parents[2] / "bin/python"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def left(tmp_path: Path) -> list[str]:
    """The environments that there are, half built ones too."""
    return [path.name for path in (tmp_path / "environments").iterdir() if path.name != "locks"]


def test_a_wheel_is_installed_beside_what_the_server_has(environments: PipEnvironments, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", requires=("pandas>=2", "pyspark>=4"))
    site = environments.prepare([str(wheel), "msgspec"])
    assert ask(site, "import tiny, msgspec; print(tiny.VERSION, msgspec.__version__)") == f"1.0 {version('msgspec')}"
    assert not (site / "pandas").exists()
    assert not (site / "pyspark").exists()


def test_another_version_of_a_package_of_the_server_wins(environments: PipEnvironments, tmp_path: Path) -> None:
    site = environments.prepare([str(make_wheel(tmp_path, "structlog", "0.0.1"))])
    seen = "import structlog; from importlib.metadata import version; print(structlog.VERSION, version('structlog'))"
    assert ask(site, seen) == "0.0.1 0.0.1"


def test_a_wheel_of_the_same_version_as_the_servers_package_wins_too(
    environments: PipEnvironments, tmp_path: Path
) -> None:
    """A project that is installed beside the server, say: pip alone would find its wheel superfluous."""
    site = environments.prepare([str(make_wheel(tmp_path, "structlog", version("structlog")))])
    assert ask(site, "import structlog; print(structlog.VERSION)") == version("structlog")


def test_the_commands_of_a_package_run(environments: PipEnvironments, tmp_path: Path) -> None:
    files = {"tiny.py": "def main():\n    print('hello')\n"}
    wheel = make_wheel(tmp_path, "tiny", files=files, entry_points="[console_scripts]\ntiny-hello = tiny:main\n")
    command = environments.prepare([str(wheel)]).parents[2] / "bin/tiny-hello"
    assert subprocess.run([command], check=True, capture_output=True, text=True).stdout == "hello\n"


def test_a_set_is_built_once_in_whatever_order_it_is_written(environments: PipEnvironments, tmp_path: Path) -> None:
    one, two = str(make_wheel(tmp_path, "one")), str(make_wheel(tmp_path, "two"))
    site = environments.prepare([one, two])
    before = (site / "one.py").stat().st_mtime_ns
    assert environments.prepare([two, one, two, ""]) == site
    assert (site / "one.py").stat().st_mtime_ns == before
    assert environments.prepare([one]) != site


def test_the_next_server_finds_what_is_built(environments: PipEnvironments, tmp_path: Path, clock: HandClock) -> None:
    wheel = str(make_wheel(tmp_path, "tiny"))
    site = environments.prepare([wheel])
    broken = PipEnvironments(tmp_path / "environments", OFFLINE, clock, timeout_seconds=0)
    assert broken.prepare([wheel]) == site


def test_a_wheel_that_was_built_again_under_its_name_is_installed_anew(
    environments: PipEnvironments, tmp_path: Path
) -> None:
    first = environments.prepare([str(make_wheel(tmp_path, "tiny", files={"tiny.py": "X = 1\n"}))])
    second = environments.prepare([str(make_wheel(tmp_path, "tiny", files={"tiny.py": "X = 2\n"}))])
    assert (ask(first, "import tiny; print(tiny.X)"), ask(second, "import tiny; print(tiny.X)")) == ("1", "2")


def test_other_packages_of_the_server_make_another_environment(
    environments: PipEnvironments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = str(make_wheel(tmp_path, "tiny"))
    first = environments.prepare([wheel])
    (tmp_path / "site-packages/extra-1.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    assert environments.prepare([wheel]) != first


def test_many_threads_and_two_servers_build_a_set_once(
    environments: PipEnvironments, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    created: list[Path] = []
    real = module._create

    def create(place: Path) -> None:
        created.append(place)
        real(place)

    monkeypatch.setattr(module, "_create", create)
    other = PipEnvironments(tmp_path / "environments", OFFLINE, clock)
    wheel = str(make_wheel(tmp_path, "tiny"))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(each.prepare, [wheel]) for each in [environments, other] * 4]
        assert len({each.result() for each in asked}) == 1
    assert len(created) == 1


def test_a_failure_leaves_nothing_and_is_tried_again(environments: PipEnvironments, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheel = make_wheel(wheels, "tiny", requires=("does-not-exist-here>=3",))
    with pytest.raises(InstallationFailed, match="does-not-exist-here>=3"):
        environments.prepare([str(wheel)])
    assert left(tmp_path) == []
    make_wheel(wheels, "does_not_exist_here", "3.1")
    searching = PipEnvironments(tmp_path / "environments", OFFLINE | {"PIP_FIND_LINKS": str(wheels)}, HandClock())
    assert ask(searching.prepare([str(wheel)]), "import does_not_exist_here as it; print(it.VERSION)") == "3.1"


def test_it_is_known_whether_packages_of_the_server_are_shadowed(environments: PipEnvironments, tmp_path: Path) -> None:
    beside, instead = str(make_wheel(tmp_path, "tiny")), str(make_wheel(tmp_path, "IPython", "0.1"))
    assert [environments.shadows([each]) for each in (beside, instead, "-e x")] == [True, True, True]
    for each in (beside, instead):
        environments.prepare([each])
    assert [environments.shadows([each]) for each in (beside, instead)] == [False, True]


def test_a_package_that_cannot_be_built_says_why(environments: PipEnvironments, tmp_path: Path) -> None:
    (tmp_path / "sad").mkdir()
    (tmp_path / "sad/pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    )
    (tmp_path / "sad/backend.py").write_text("raise ValueError('no compiler here')\n")
    archive = tmp_path / "sad-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / "sad", "sad-1.0")
    with pytest.raises(InstallationFailed, match="ValueError: no compiler here"):
        environments.prepare([str(archive)])
    assert left(tmp_path) == []


def test_a_folder_that_cannot_be_written_fails_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_place: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_create", full)
    with pytest.raises(InstallationFailed, match=r"cannot be written: .*No space left on device"):
        PipEnvironments(tmp_path / "environments", OFFLINE, HandClock()).prepare(["tiny"])


def test_what_a_killed_server_left_is_built_again(environments: PipEnvironments, tmp_path: Path) -> None:
    wheel = str(make_wheel(tmp_path, "tiny"))
    site = environments.prepare([wheel])
    (site.parents[2] / "complete").unlink()
    (site / "tiny.py").write_text("half of")
    assert environments.prepare([wheel]) == site
    assert ask(site, "import tiny; print(tiny.VERSION)") == "1.0"


def test_everybody_who_waits_for_a_build_hears_of_its_failure(
    environments: PipEnvironments, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, seen, go_on = threading.Event(), threading.Event(), threading.Event()

    class Telling(dict[str, Future[Path]]):
        def get(self, key: str, default: Any = None) -> Any:
            found = super().get(key, default)
            if found is not None:
                seen.set()
            return found

    environments._building = Telling()

    def fail(_place: Path) -> None:
        begun.set()
        assert go_on.wait(10)
        raise InstallationFailed("No luck.")

    monkeypatch.setattr(module, "_create", fail)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(environments.prepare, ["tiny"])
        assert begun.wait(10)
        second = pool.submit(environments.prepare, ["tiny"])
        assert seen.wait(10)
        go_on.set()
        assert {str(each.exception()) for each in (first, second)} == {"No luck."}


@pytest.mark.parametrize(
    ("package", "text"),
    [("pyspark==3.5.1", "pyspark==3.5.1"), ("pyspark<4", "pyspark<4")],
)
def test_another_pyspark_is_refused(environments: PipEnvironments, package: str, text: str) -> None:
    with pytest.raises(InstallationFailed, match=text):
        environments.prepare([package])


def test_a_package_with_a_pyspark_in_it_is_refused(environments: PipEnvironments, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "connect", files={"pyspark/__init__.py": ""})
    with pytest.raises(InstallationFailed, match="brings a pyspark of its own"):
        environments.prepare([str(wheel)])
    assert left(tmp_path) == []


def test_pip_gets_no_more_than_its_time(tmp_path: Path) -> None:
    hasty = PipEnvironments(tmp_path / "environments", OFFLINE, HandClock(), timeout_seconds=0.01)
    with pytest.raises(InstallationFailed, match="did not end within 0 seconds"):
        hasty.prepare([str(make_wheel(tmp_path, "tiny"))])
    assert left(tmp_path) == []


def test_an_environment_that_nobody_uses_for_long_is_deleted(
    environments: PipEnvironments, tmp_path: Path, clock: HandClock
) -> None:
    day = 86_400_000
    unused, used = (str(make_wheel(tmp_path, name)) for name in ("unused", "used"))
    gone, kept = environments.prepare([unused]), environments.prepare([used])
    clock.ahead_ms = KEPT_DAYS * day
    environments.prepare([used])
    clock.ahead_ms += day
    environments.prepare([str(make_wheel(tmp_path, "new"))])
    assert (gone.exists(), kept.exists()) == (False, True)


def test_a_build_that_is_stopped_fails(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as pool:
        silent.settimeout(30)
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        environ = {**OFFLINE, "PIP_NO_INDEX": "0", "PIP_INDEX_URL": index}
        waiting = PipEnvironments(tmp_path / "environments", environ, HandClock())
        asked = pool.submit(waiting.prepare, ["does-not-exist-here"])
        connection, _ = silent.accept()
        with connection:
            waiting.stop()
            assert isinstance(asked.exception(30), InstallationFailed)
    assert left(tmp_path) == []
